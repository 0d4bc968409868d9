"""Pure: the paragraphs of a text with their lines, and where a paragraph is once the text was changed."""

from collections import Counter
from dataclasses import dataclass

from kb.authoring.differences import hunks, paragraphs
from kb.authoring.header_form import split


@dataclass(frozen=True)
class Block:
    """A paragraph, or the whole header, from a line of the file on."""

    line: int
    text: str
    header: bool = False


def blocks(text: str) -> list[Block]:
    parts = split(text)
    found = [Block(1, parts.head.rstrip("\n"), header=True)] if parts.head else []
    line = 1 + parts.head_lines
    for paragraph in paragraphs(parts.body):
        if paragraph.strip():
            found.append(Block(line, paragraph.rstrip("\n")))
        line += paragraph.count("\n")
    return found


def block_at(text: str, line: int) -> Block | None:
    """The paragraph a line belongs to; the one before it for a blank line."""
    found = [one for one in blocks(text) if one.line <= line]
    return found[-1] if found else None


class Follower:
    """Where the paragraphs of one text are in another one."""

    def __init__(self, old: str, new: str) -> None:
        self._before, self._after = blocks(old), blocks(new)
        self._hunks = hunks([one.text for one in self._before], [one.text for one in self._after])

    def line(self, line: int) -> int | None:
        """The line at which the paragraph that began at a line of the old text begins in the new one; None where it is
        gone. A paragraph that was changed is where what took its place is."""
        before, after = self._before, self._after
        at = next((n for n in range(len(before) - 1, -1, -1) if before[n].line <= line), None)
        if at is None:
            return None
        shift = 0
        for one in self._hunks:
            if one.a > at:
                break
            if at < one.b:
                return after[min(one.c + at - one.a, one.d - 1)].line if one.d > one.c else None
            shift = one.d - one.b
        return after[at + shift].line if at + shift < len(after) else None


def followed(old: str, line: int, new: str) -> int | None:
    """Where the paragraph that began at a line of `old` begins in `new`; None where it is gone."""
    return Follower(old, new).line(line)


def likeness(old: str, new: str) -> float:
    """What part of their paragraphs two texts share, from 0 to 1; 0 for texts of one paragraph, which say little."""
    sides = [Counter(one.text for one in blocks(text) if not one.header) for text in (old, new)]
    every = sum(sides[0].values()) + sum(sides[1].values())
    shared = sum((sides[0] & sides[1]).values())
    return 2 * shared / every if shared > 1 else 0.0
