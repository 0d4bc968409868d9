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


def expand_runs(runs: Sequence[Run], old: NDArray[Any], new: NDArray[Any]) -> list[Run]:
    """The runs at a finer level (passages of articles, words of passages); `old` and `new` are the rows' offsets."""
    return [
        Run(r.kept, int((old if r.kept else new)[r.first]), int((old if r.kept else new)[r.last]))
        for r in runs
    ]  # fmt: skip


def reuse_rows(runs: Sequence[Run], old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
    """The rows of the new generation, concatenated from `old` and `new`."""
    pieces = [(old if r.kept else new)[r.first : r.last] for r in runs]
    return np.concatenate(pieces).astype(new.dtype, copy=False) if pieces else new[:0]


def offsets(lengths: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
    """Start offsets of rows with these lengths, and the end of the last one (CSR index pointer)."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
