"""Half-precision vectors, as single precision where they are read.

numpy converts one number at a time; a table of all 65,536 halves is more than twice as fast, with the same result.
For products alone, FAISS converts within the processor's registers.
"""

from collections import deque
from functools import cache
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Halves = NDArray[np.float16]
Singles = NDArray[np.float32]
Rows = NDArray[np.int64]

# Rows that are copied and multiplied at once: they stay in the processor's cache.
_PIECE = 512
# Results that FAISS makes room for at a time: it would reserve three megabytes.
_ROOM = 1024
_LEAST = float(np.finfo(np.float32).min)

# Parts of FAISS that its stubs do not name.
_untyped: Any = faiss
# Scanners that no thread is using, by dimensions.
_scanners: dict[int, deque[Any]] = {}


def to_single(halves: Halves) -> Singles:
    """The same numbers in single precision."""
    return _table().take(halves.view(np.uint16))


def products(halves: Halves, rows: Rows, vector: Singles) -> Singles:
    """The inner product of each of some rows with one vector in single precision."""
    if not len(rows):
        return np.zeros(0, np.float32)
    asked = np.ascontiguousarray(vector, np.float32)
    unused = _scanners.setdefault(halves.shape[1], deque())
    try:
        scanner = unused.pop()
    except IndexError:
        scanner = _scanner(halves.shape[1])
    scanner.set_query(faiss.swig_ptr(asked))
    # Everything that is not less than the least number, in order: a search for the nearest would sort them first.
    result = faiss.RangeSearchResult(1)
    result.buffer_size = _ROOM
    partial = _untyped.RangeSearchPartialResult(result)
    found = partial.new_result(0)
    for start in range(0, len(rows), _PIECE):
        piece = np.ascontiguousarray(halves[rows[start : start + _PIECE]])
        codes = faiss.swig_ptr(piece.view(np.uint8).reshape(-1))
        scanner.scan_codes_range(len(piece), codes, None, _LEAST, found)
    unused.append(scanner)
    partial.finalize()
    if int(faiss.rev_swig_ptr(result.lims, 2)[1]) < len(rows):  # of damaged vectors: what is no number is in no result
        return np.asarray(to_single(halves[rows]) @ asked, np.float32)
    return np.asarray(faiss.rev_swig_ptr(result.distances, len(rows)).copy())


def _scanner(dimensions: int) -> Any:
    """What multiplies stored vectors with one vector, which it holds. There are as many as threads multiply at once;
    they stay, since FAISS hands them out for good."""
    quantizer = _untyped.ScalarQuantizer(dimensions, faiss.ScalarQuantizer.QT_fp16)
    quantizer.this.disown()
    return quantizer.select_InvertedListScanner(faiss.METRIC_INNER_PRODUCT, None, True, None, False)


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

    def products(self, rows: Rows, vector: Singles) -> Singles:
        """The inner product of each of some rows with a vector."""
        return products(self._stored, rows, vector)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return to_single(self._stored).astype(dtype or np.float32, copy=False)
