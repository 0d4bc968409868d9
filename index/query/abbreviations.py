"""Pure: written abbreviations of customers (`acct`, `addr`, `şfr`) as the words they stand for.

They come from index/data/abbreviations.txt. Unlike an everyday word, which means this or that, each has one meaning, so
the question is searched and embedded with the word. Articles that write the abbreviation, and authors with synonyms
for it, know better.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from index.analysis import family, fold
from index.query.parser import operator_spans

_LIST = Path(__file__).parents[1] / "data" / "abbreviations.txt"
# Not a part of an address, a path or a name with a hyphen. The full stop of `nr.` goes with it.
_WORD = re.compile(r"(?<![\w@/.'’\-])([^\W\d_]+)(\.(?=\s|$))?(?![\w@/'’\-]|\.\w)")


def abbreviations_written_out(text: str, lang: str, is_known: Callable[[str], bool]) -> str:
    """A question with its abbreviations written out, where the articles know (`is_known`) the word only."""
    listed = _abbreviations(family(lang) if family(lang) != "und" else lang.split("-")[0])
    if not listed or not any(word.casefold() in listed for word in re.findall(r"[^\W\d_]+", text)):
        return text
    protected = operator_spans(text)

    def replace(match: re.Match[str]) -> str:
        short = match[1].casefold()
        full = listed.get(short)
        if full is None or any(start <= match.start() < end for start, end in protected):
            return match[0]
        return full if is_known(fold(full)) and not is_known(fold(short)) else match[0]

    return _WORD.sub(replace, text)


@lru_cache(maxsize=8)
def _abbreviations(lang: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{lang} "):
            full, _, shorts = line.removeprefix(f"{lang} ").partition(" = ")
            found.update(dict.fromkeys(shorts.split(), full))
    return found
