"""Pure: brings two changes of one text together, by paragraphs (a three-way merge).

What only one side changed is taken. Where both changed the same paragraph otherwise, or put something at the same
place, nothing is guessed: it is a conflict that holds both texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kb.authoring.differences import Hunk, hunks, paragraphs


@dataclass(frozen=True)
class Conflict:
    """What stood there, and what each side made of it."""

    base: str
    mine: str
    theirs: str


Merged = tuple[str | Conflict, ...]


def merge(base: str, mine: str, theirs: str) -> Merged:
    """The parts of the merged text in order: texts, and conflicts."""
    old = paragraphs(base)
    sides = (paragraphs(mine), paragraphs(theirs))
    changes = sorted(
        ((one, side) for side in (0, 1) for one in hunks(old, sides[side])), key=lambda pair: (pair[0].a, pair[0].b)
    )
    parts: list[str | Conflict] = []
    done = 0
    for group in _groups(changes):
        low, high = min(one.a for one, _ in group), max(one.b for one, _ in group)
        parts.append("".join(old[done:low]))
        made = [_applied(old, low, high, [one for one, of in group if of == side], sides[side]) for side in (0, 1)]
        touched = {side for _, side in group}
        if len(touched) == 1:
            parts.append(made[touched.pop()])
        elif made[0] == made[1]:
            parts.append(made[0])
        else:
            parts.append(Conflict("".join(old[low:high]), made[0], made[1]))
        done = high
    parts.append("".join(old[done:]))
    return tuple(_with_whole_lines([part for part in parts if part]))


def text_of(merged: Merged, choices: Sequence[str] = ()) -> str:
    """The merged text. `choices` say for each conflict in turn whether `mine`, `theirs` or `both` are kept; `both`
    where nothing is said, so that nothing is lost."""
    said = iter(choices)
    texts = []
    for part in merged:
        if isinstance(part, str):
            texts.append(part)
            continue
        choice = next(said, "both")
        kept = {"mine": (part.mine,), "theirs": (part.theirs,)}.get(choice, (part.theirs, part.mine))
        texts.append(_apart([text for text in kept if text.strip()]))
    return "".join(texts)


def conflicts(merged: Merged) -> list[Conflict]:
    return [part for part in merged if isinstance(part, Conflict)]


def _groups(changes: Sequence[tuple[Hunk, int]]) -> list[list[tuple[Hunk, int]]]:
    groups: list[list[tuple[Hunk, int]]] = []
    high = -1
    for one, side in changes:
        same_place = bool(groups) and any(
            of != side and other.a == one.a and (other.a == other.b or one.a == one.b) for other, of in groups[-1]
        )
        if groups and (one.a < high or same_place):
            groups[-1].append((one, side))
        else:
            groups.append([(one, side)])
        high = max(high, one.b)
    return groups


def _applied(old: Sequence[str], low: int, high: int, changes: Sequence[Hunk], new: Sequence[str]) -> str:
    """One side's text for `old[low:high]`."""
    made, at = [], low
    for one in changes:
        made += [*old[at : one.a], *new[one.c : one.d]]
        at = one.b
    return "".join([*made, *old[at:high]])


def _with_whole_lines(parts: list[str | Conflict]) -> list[str | Conflict]:
    """A part that something follows ends its paragraph: the last of a text may have had no line break."""
    return [
        *(
            _ended(part) if isinstance(part, str) and not part.endswith("\n") else part
            for part, _next in pairwise(parts)
        ),
        *parts[-1:],
    ]


def _ended(text: str) -> str:
    return f"{text}\n\n"


def _apart(texts: Sequence[str]) -> str:
    return "".join(text if n == len(texts) - 1 or text.endswith("\n\n") else f"{text.rstrip()}\n\n"
                   for n, text in enumerate(texts))  # fmt: skip
