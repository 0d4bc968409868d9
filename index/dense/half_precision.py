"""Half-precision vectors, as single precision where they are read.

numpy converts one number at a time; a table of all 65,536 halves is more than twice as fast, with the same result.
For products alone, FAISS converts within the processor's registers.
"""

from functools import cache
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Halves = NDArray[np.float16]
Singles = NDArray[np.float32]


def to_single(halves: Halves) -> Singles:
    """The same numbers in single precision."""
    return _table().take(halves.view(np.uint16))


def products(halves: Halves, vector: Singles) -> Singles:
    """The inner product of each of some stored vectors with one in single precision."""
    out = np.zeros(len(halves), np.float32)
    if len(halves):
        index = faiss.IndexScalarQuantizer(halves.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.add_sa_codes(np.ascontiguousarray(halves).view(np.uint8))
        found, rows = index.search(np.ascontiguousarray(vector[None, :], np.float32), len(halves))
        out[rows[0]] = found[0]
    return out


@cache
def _table() -> Singles:
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


class HalfVectors:
    """Stored half-precision vectors that are single-precision where they are indexed."""

    def __init__(self, stored: Halves) -> None:
        self._stored = stored
        self.shape = stored.shape

    def __len__(self) -> int:
        return len(self._stored)

    def __getitem__(self, rows: Any) -> Singles:
        return to_single(self._stored[rows])

    def products(self, rows: Any, vector: Singles) -> Singles:
        """The inner product of each of some rows with a vector."""
        return products(self._stored[rows], vector)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return to_single(self._stored).astype(dtype or np.float32, copy=False)
