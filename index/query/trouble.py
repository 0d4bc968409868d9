"""Pure: whether a text says that something went wrong: it does not work or come, it is lost, it was refused.

Who says so is helped by another section than who asks how it is set up, although both use the same words. The words
stand in index/data/trouble.txt.
"""

import re
from functools import lru_cache
from pathlib import Path

from index.analysis import fold, to_simplified

_FILE = Path(__file__).parents[1] / "data" / "trouble.txt"
# Chinese and Japanese have no spaces between words.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
# 能不能 and 是不是 only ask.
_ONLY_ASKS = re.compile("(.)[不没]\\1")


def tells_of_trouble(text: str, lang: str) -> bool:
    """Whether a question, in a language, tells that something went wrong."""
    pattern = _patterns()[0].get(_language(lang))
    return pattern is not None and pattern.search(_plain(text)) is not None


@lru_cache(maxsize=8192)
def is_about_trouble(heading: str, lang: str) -> bool:
    """Whether a heading is one of what helps when something went wrong, or of a case that may arise."""
    patterns, plain = (of_kind.get(_language(lang)) for of_kind in _patterns()), _plain(heading)
    return any(pattern.search(plain) for pattern in patterns if pattern is not None)


def _language(lang: str) -> str:
    return lang.split("-")[0].casefold()


def _plain(text: str) -> str:
    return _ONLY_ASKS.sub("", fold(to_simplified(text).casefold()))


@lru_cache(maxsize=1)
def _patterns() -> tuple[dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
    """What tells of trouble, and what of a case, by language."""
    written: dict[tuple[bool, str], set[str]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, _, words = line.partition(":")
            lang, _, of_case = name.partition(" ")
            written.setdefault((bool(of_case), lang), set()).update(word.strip() for word in words.split(","))
    of_trouble, of_cases = (
        {lang: _any_of(words) for (is_case, lang), words in written.items() if is_case == wanted}
        for wanted in (False, True)
    )
    return of_trouble, of_cases


def _any_of(words: set[str]) -> re.Pattern[str]:
    anywhere = {word for word in words if _UNSPACED.match(word)}
    apart = "|".join(re.escape(fold(word)).replace(r"\*", r"\w*") for word in sorted(words - anywhere))
    return re.compile("|".join(([rf"(?<!\w)(?:{apart})(?!\w)"] if apart else []) + sorted(map(re.escape, anywhere))))
