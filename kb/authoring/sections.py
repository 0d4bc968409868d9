"""Pure: a Markdown text by its headings, and two such texts beside one another."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from kb.authoring.differences import Kind, Piece, compared, hunks

_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})")
_ANCHOR = re.compile(r"\{#[^{}\s]{1,200}\}$")


@dataclass(frozen=True)
class Part:
    """A heading with what is below it, up to the next one. `level` is 0 for what stands before the first."""

    level: int
    heading: str
    text: str


@dataclass(frozen=True)
class Beside:
    """One part of a source beside the same of its translation; None where one has no such part. `pieces` are what
    changed in the source since the translation was made, empty where nothing did."""

    source: Part | None
    translation: Part | None
    pieces: tuple[Piece, ...] = ()


def parts_of(body: str) -> list[Part]:
    """The parts of a text below its header, which make it up again."""
    found: list[Part] = []
    level, heading, lines, fence = 0, "", list[str](), ""
    for line in body.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        elif mark:
            fence = mark[1]
        elif top := _HEADING.match(line):
            found.append(Part(level, heading, "".join(lines)))
            level, heading, lines = len(top[1]), _plain(top[2]), []
        lines.append(line)
    found.append(Part(level, heading, "".join(lines)))
    return found if found[0].text.strip() or len(found) == 1 else found[1:]


def beside(basis: str | None, source: str, translation: str) -> list[Beside]:
    """A source and its translation part by part. `basis` is the source the translation was made from, None where that
    is not known."""
    now, theirs = parts_of(source), parts_of(translation)
    changes = _changes(parts_of(basis), now) if basis is not None else {}
    made = []
    for one, other in _aligned(now, theirs, lambda part: part.level):
        made.append(Beside(one, other, changes.get(id(one), ())))
    gone = [
        Beside(Part(part.level, part.heading, ""), None, tuple(compared(part.text, "")))
        for part, new in (_aligned(parts_of(basis), now, lambda part: part.heading) if basis is not None else ())
        if new is None and part is not None
    ]
    return [*made, *gone]


def changed_headings(basis: str, source: str) -> tuple[str, ...]:
    """The headings of the source under which something is not as it was; '' for what stands before the first."""
    found = [
        new.heading
        for old, new in _aligned(parts_of(basis), parts_of(source), lambda part: part.heading)
        if new is not None and (old is None or old.text.strip() != new.text.strip())
    ]
    return tuple(dict.fromkeys(found))


def _changes(basis: Sequence[Part], now: Sequence[Part]) -> dict[int, tuple[Piece, ...]]:
    return {
        id(new): tuple(compared(old.text if old else "", new.text))
        for old, new in _aligned(basis, now, lambda part: part.heading)
        if new is not None and (old is None or old.text.strip() != new.text.strip())
    }


def _aligned(
    old: Sequence[Part], new: Sequence[Part], of: Callable[[Part], Hashable]
) -> list[tuple[Part | None, Part | None]]:
    """Both in their order, those that are the same beside one another; within what differs, by place."""
    pairs: list[tuple[Part | None, Part | None]] = []
    a = c = 0
    for one in [*hunks([of(part) for part in old], [of(part) for part in new]), None]:
        end_a, end_c = (one.a, one.c) if one else (len(old), len(new))
        pairs += zip_longest(old[a:end_a], new[c:end_c])
        if one:
            pairs += zip_longest(old[one.a : one.b], new[one.c : one.d])
            a, c = one.b, one.d
    return pairs


def words_changed(pieces: Sequence[Piece]) -> int:
    """How many words came or went."""
    return sum(len(piece.text.split()) for piece in pieces if piece.kind is not Kind.SAME)


def _plain(heading: str) -> str:
    return _ANCHOR.sub("", heading.strip().rstrip("#").rstrip()).strip()
