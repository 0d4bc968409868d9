"""Pure: the short names of emoji that GitHub, GitLab and documentation tools show as signs (`:white_check_mark:`)."""

import re
from collections.abc import Mapping
from functools import lru_cache

_NAME = re.compile(r":[a-z0-9+-][a-z0-9_+-]{0,41}:")
# Beside these a colon is part of a time, a port, an address or another colon.
_BESIDE = re.compile(r"[A-Za-z0-9_:/\\=-]")


def may_hold_names(text: str) -> bool:
    """Whether `with_signs` may have something to replace."""
    return ":" in text and _NAME.search(text) is not None


def with_signs(text: str) -> tuple[str, Mapping[str, str]]:
    """A text that is no code with signs in place of the names in it, and the name of each sign that was put in."""
    out: list[str] = []
    named: dict[str, str] = {}
    at = 0  # up to where the text was taken over
    place = text.find(":")
    while place >= 0:
        found = _NAME.match(text, place)
        sign = _signs().get(found[0]) if found else None
        free = not place or place == at > 0 or not _BESIDE.match(text[place - 1])
        if found is None or sign is None or not free or not _ends(text, found.end()):
            place = text.find(":", place + 1)
            continue
        out += [text[at:place], sign]
        named[sign] = found[0]
        at = found.end()
        place = text.find(":", at)
    return ("".join([*out, text[at:]]), named) if named else (text, {})


def _ends(text: str, place: int) -> bool:
    """Whether what follows a name is no part of what it would be in: another name may be."""
    after = text[place : place + 1]
    if after == ":":
        following = _NAME.match(text, place)
        return following is not None and following[0] in _signs()
    return not _BESIDE.match(after)


@lru_cache(maxsize=1)
def _signs() -> Mapping[str, str]:
    # GitHub's own list, which comes with a package that is there anyway. Read when a page first has a name: 0.2 s.
    from pymdownx import gemoji_db

    # The variant is drawn in colour also where the plain sign is a letter's kind of sign.
    signs = {name: _sign(row.get("unicode_alt") or row["unicode"]) for name, row in gemoji_db.emoji.items()
             if "unicode" in row}  # fmt: skip
    return signs | {name: signs[known] for name, known in gemoji_db.aliases.items() if known in signs}


def _sign(points: str) -> str:
    return "".join(chr(int(point, 16)) for point in points.split("-"))
