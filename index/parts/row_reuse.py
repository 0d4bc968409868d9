"""Pure: rows of a new generation, taken from the one before wherever an article is the same.

One changed article among thousands leaves long runs of rows as they were, so that new arrays are pieces of the old ones
put together; nothing about an unchanged article is computed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Run:
    """Consecutive rows, `first` to before `last`: of what there was (`kept`), or of what is new."""

    kept: bool
    first: int
    last: int


def runs_of(sources: Sequence[int]) -> list[Run]:
    """`sources` says for each row of the new generation which row of the old one it is; -1: the next new one."""
    runs: list[Run] = []
    fresh = 0
    for source in sources:
        kept = source >= 0
        row = source if kept else fresh
        fresh += not kept
        if runs and runs[-1].kept == kept and runs[-1].last == row:
            runs[-1] = Run(kept, runs[-1].first, row + 1)
        else:
            runs.append(Run(kept, row, row + 1))
    return runs


def widened(runs: Sequence[Run], old: NDArray[Any], new: NDArray[Any]) -> list[Run]:
    """The same runs in rows of something a row has several of; `old` and `new` hold where each row's begin and end."""
    return [
        Run(r.kept, int((old if r.kept else new)[r.first]), int((old if r.kept else new)[r.last]))
        for r in runs
    ]  # fmt: skip


def spliced(runs: Sequence[Run], old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
    """The rows of the new generation."""
    pieces = [(old if r.kept else new)[r.first : r.last] for r in runs]
    return np.concatenate(pieces).astype(new.dtype, copy=False) if pieces else new[:0]


def borders(lengths: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
    """Where rows of these lengths begin, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
