"""Pure: emoji that name a thing (`🔋 dead after 3h`) as their word in the question's language.

The names are data (index/data/emoji.txt). Those that say how somebody feels are not there, and are dropped as noise.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from index.analysis import family, in_script, tokens
from index.query.parser import operator_spans

_FILE = Path(__file__).parents[1] / "data" / "emoji.txt"
_LANGUAGES = ("en", "tr", "zh")
# Emoji may be followed by what says that they are drawn in colour, or in which skin.
_VARIANT = "\ufe0f\ufe0e\U0001f3fb-\U0001f3ff"


@lru_cache(maxsize=1)
def names() -> Mapping[str, Mapping[str, str]]:
    """The name of each emoji by language family."""
    found: dict[str, Mapping[str, str]] = {}
    for line in _FILE.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("#"):
            signs, *own = (part.strip() for part in line.split("|"))
            found |= {sign: dict(zip(_LANGUAGES, own, strict=True)) for sign in signs.split()}
    return found


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    # Joined to another one it is no thing but what somebody does: a woman with a laptop.
    return re.compile(rf"(?<!\u200d)([{re.escape(''.join(names()))}])[{_VARIANT}]*+(?!\u200d)")


def with_emoji_named(text: str, lang: str) -> str:
    """A question with each thing that an emoji shows named once, where its words do not say it already."""
    name = family(lang)
    if name not in _LANGUAGES or text.isascii() or operator_spans(text):
        return text
    said = set(tokens(text, lang, query=True))

    def replace(match: re.Match[str]) -> str:
        word = names()[match.group(1)][name]
        own = tokens(word, lang, query=True)
        if own and said.issuperset(own):
            return " "
        said.update(own)
        # A space would keep Chinese words from being read together; elsewhere it keeps them apart.
        return in_script(word, lang) if name == "zh" else f" {word} "

    found = _pattern().sub(replace, text)
    return text if found == text else " ".join(found.split())
