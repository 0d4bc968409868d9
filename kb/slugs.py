"""Pure: slugs from text, for article URLs and heading anchors.

Latin letters lose their accents (`Şifremi unuttum` -> `sifremi-unuttum`), because an address with %C5%9F in it is
hard to read aloud; Chinese and other scripts are kept as they are. The same text always gives the same name.
"""

import re
import unicodedata
from collections.abc import Collection

_LATIN_WITHOUT_DECOMPOSITION = str.maketrans(
    {"ı": "i", "İ": "i", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ß": "ss", "æ": "ae", "Æ": "ae",
     "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th", "ð": "d", "Ð": "d"}
)  # fmt: skip
_NOT_WORD = re.compile(r"[^\w]+|_+")
_NOT_GITHUB = re.compile("[^\\w\\s\u0300-\u036f-]")
_SPACES = re.compile(r"[-\s]+")
_APOSTROPHES = re.compile(r"['’ʼ]")


def slugify(text: str) -> str:
    """Lower-case words joined by hyphens; '' when the text has no letter or digit."""
    folded = "".join(map(_fold, unicodedata.normalize("NFKC", text).translate(_LATIN_WITHOUT_DECOMPOSITION)))
    return _NOT_WORD.sub("-", _APOSTROPHES.sub("", folded.casefold())).strip("-")


def github_anchor(heading: str) -> str:
    """The anchor GitHub makes of a heading, as Docusaurus, Hugo and others do; repeated ones get `-1`, `-2`, …"""
    return _NOT_GITHUB.sub("", heading.lower()).replace(" ", "-")


def mkdocs_anchor(heading: str) -> str:
    """The anchor MkDocs makes of a heading; '' without a Latin letter or digit. Repeated ones get `_1`, `_2`, …"""
    latin = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode("ascii")
    return _SPACES.sub("-", _NOT_GITHUB.sub("", latin).strip().lower())


def unique(name: str, taken: Collection[str]) -> str:
    """`name`, or `name-2`, `name-3`, … when it is taken."""
    if name not in taken:
        return name
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"


def _fold(character: str) -> str:
    if character < "\u00c0" or character > "\u1eff":
        return character
    base = unicodedata.normalize("NFD", character)[0]
    return base if base < "\u0250" else character
