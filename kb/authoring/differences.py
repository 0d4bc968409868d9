"""Pure: how two texts differ, by paragraphs and by words.

The shortest edit by Myers' algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986), which is quick for
texts that have much in common. Texts that differ in more than `_MOST` places are one difference as a whole: whoever
compares them reads both anyway, and time stays bounded whatever strangers write.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

_MOST = 300
_FENCES = frozenset({"---", "+++", "...", ";;;"})
# Words, a run of spaces, or one sign; each Han, kana, Thai or Khmer character is a word of its own.
_TOKEN = re.compile(
    r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|"
    r"[^\W\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|\s+|[^\w\s]"
)


@dataclass(frozen=True)
class Hunk:
    """`old[a:b]` became `new[c:d]`."""

    a: int
    b: int
    c: int
    d: int


class Kind(StrEnum):
    SAME = "same"
    OUT = "out"
    IN = "in"


@dataclass(frozen=True)
class Piece:
    """A part of a comparison by words."""

    kind: Kind
    text: str


def hunks(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Hunk]:
    """What differs, in order."""
    first, last, other = 0, len(old), len(new)
    while first < min(last, other) and old[first] == new[first]:
        first += 1
    while last > first and other > first and old[last - 1] == new[other - 1]:
        last, other = last - 1, other - 1
    if first == last and first == other:
        return []
    matched = _matches(old[first:last], new[first:other])
    found, a, c = [], first, first
    for x, y, length in [*((x + first, y + first, n) for x, y, n in matched), (last, other, 0)]:
        if x > a or y > c:
            found.append(Hunk(a, x, c, y))
        a, c = x + length, y + length
    return found


def _matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """(start in old, start in new, length) of what is the same; none where too much differs."""
    if not old or not new or abs(len(old) - len(new)) > _MOST:
        return []
    furthest: dict[int, int] = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(_MOST, len(old) + len(new)) + 1):
        trace.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < len(old) and x - k < len(new) and old[x] == new[x - k]:
                x += 1
            furthest[k] = x
            if x >= len(old) and x - k >= len(new):
                return _back(trace, len(old), len(new))
    return []


def _back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, int]]:
    found = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest, k = trace[edits], x - y
        down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
        before = k + 1 if down else k - 1
        start = furthest[before] if edits else 0
        length = min(x - start, y - (start - before)) if edits else x
        if edits:
            length = x - (start if down else start + 1)
        if length:
            found.append((x - length, y - length, length))
        x, y = start, start - before
    return found[::-1]


def paragraphs(text: str) -> list[str]:
    """The text in parts that make it up again: each line of a header, each paragraph, and the blank lines between."""
    lines = text.splitlines(keepends=True)
    end = 0
    if lines and lines[0].strip() in _FENCES:
        end = next((n + 1 for n, line in enumerate(lines) if n and line.strip() in _FENCES), 0)
    return [*lines[:end], *("".join(part) for _blank, part in groupby(lines[end:], lambda line: not line.strip()))]


def words_in(text: str) -> int:
    """How many words a text has; characters where a script sets no spaces."""
    return sum(token[0].isalnum() for token in _TOKEN.findall(text))


def compared(old: str, new: str) -> list[Piece]:
    """Both texts as one, with the words that went and the words that came."""
    before, after = paragraphs(old), paragraphs(new)
    pieces: list[Piece] = []
    a = 0
    for one in hunks(before, after):
        pieces.append(Piece(Kind.SAME, "".join(before[a : one.a])))
        pieces += _by_words("".join(before[one.a : one.b]), "".join(after[one.c : one.d]))
        a = one.b
    pieces.append(Piece(Kind.SAME, "".join(before[a:])))
    return list(_joined(pieces))


def _by_words(old: str, new: str) -> Iterator[Piece]:
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    a = 0
    for one in hunks(before, after):
        yield Piece(Kind.SAME, "".join(before[a : one.a]))
        yield Piece(Kind.OUT, "".join(before[one.a : one.b]))
        yield Piece(Kind.IN, "".join(after[one.c : one.d]))
        a = one.b
    yield Piece(Kind.SAME, "".join(before[a:]))


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Without empty pieces, and with neighbours of one kind as one."""
    kept: Piece | None = None
    for piece in pieces:
        if not piece.text:
            continue
        if kept is not None and kept.kind is piece.kind:
            kept = Piece(kept.kind, kept.text + piece.text)
            continue
        if kept is not None:
            yield kept
        kept = piece
    if kept is not None:
        yield kept
