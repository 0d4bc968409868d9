"""Pure: incremental rebuild: rows of unchanged articles are copied from the previous generation.

One changed article among thousands leaves long runs of rows unchanged, so that new arrays are spliced from slices of
the old ones; nothing about an unchanged article is computed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Run:
    """Consecutive rows `first` to `last` (exclusive): of the previous generation (`kept`), or of the new rows."""

    kept: bool
    first: int
    last: int


def runs_of(sources: Sequence[int]) -> list[Run]:
    """Runs from `sources`: for each row of the new generation its row in the old one; -1: the next new row."""
    if not len(sources):
        return []
    rows = np.asarray(sources, np.int64)
    kept = rows >= 0
    numbers = np.where(kept, rows, np.cumsum(~kept) - 1)
    breaks = np.flatnonzero((kept[1:] != kept[:-1]) | (numbers[1:] != numbers[:-1] + 1)) + 1
    starts, ends = [0, *breaks.tolist()], [*breaks.tolist(), len(rows)]
    return [
        Run(bool(kept[start]), int(numbers[start]), int(numbers[end - 1]) + 1)
        for start, end in zip(starts, ends, strict=True)
    ]


def expand_runs(runs: Sequence[Run], old: NDArray[Any], new: NDArray[Any]) -> list[Run]:
    """The runs at a finer level (passages of articles, words of passages); `old` and `new` are the rows' offsets."""
    return [
        Run(r.kept, int((old if r.kept else new)[r.first]), int((old if r.kept else new)[r.last]))
        for r in runs
    ]  # fmt: skip


def reuse_rows(runs: Sequence[Run], old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
    """The rows of the new generation, concatenated from `old` and `new`."""
    return np.concatenate(pieces_of(runs, old, new)).astype(new.dtype, copy=False) if runs else new[:0]


def pieces_of(runs: Sequence[Run], old: NDArray[Any], new: NDArray[Any]) -> list[NDArray[Any]]:
    """The same as views of `old` and `new`, one after the other; at least one."""
    return [(old if r.kept else new)[r.first : r.last] for r in runs] or [new[:0]]


def offsets(lengths: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
    """Start offsets of rows with these lengths, and the end of the last one (CSR index pointer)."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
