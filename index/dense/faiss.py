"""Nearest-neighbour search by inner product in a FAISS file of half-precision vectors.

Every vector is compared, unless an inverted file beside it names the candidates (index/dense/inverted_file.py). That is
fast enough to 200,000 passages (.7 ms for 27,000 with one thread, 1.9 ms in single precision; two threads were ten
times slower on a busy machine, so one is used). Half precision moves a cosine by about .00001, and takes half of
the memory.
"""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.dense.half_precision import HalfVectors
from index.dense.inverted_file import InvertedFile
from index.protocols import Vectors

faiss.omp_set_num_threads(1)


# Candidates that are scored exactly, for each row asked for.
_CANDIDATES = 2


class FaissIndex:
    """An open, memory-mapped file: its pages are shared with every process that reads it."""

    def __init__(self, path: Path) -> None:
        # Only with this flag does FAISS really map a flat index instead of copying it into the process.
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        coarse = path.with_suffix(".ivf")
        self._coarse = InvertedFile(coarse) if coarse.is_file() else None

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, vectors: Vectors, depth: int, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        asked = np.ascontiguousarray(vectors, np.float32)
        if among is not None and not among.any():
            return _none_near(len(asked), depth)
        if among is not None:
            # Rows that are left out cost a bit to skip, so every other one is compared, whatever the collection's size.
            bits = np.packbits(among, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(bits) * 8, faiss.swig_ptr(bits))
            options: Any = faiss.SearchParameters
            scores, rows = self._index.search(asked, depth, params=options(sel=selector))
        elif self._coarse is not None:
            scores, rows = self._best_of(self._coarse.rows(vectors, depth * _CANDIDATES), vectors, depth)
        else:
            scores, rows = self._index.search(asked, depth)
        # FAISS itself pads with row -1 where there are fewer rows.
        return scores, rows

    def skips(self, among: NDArray[np.bool_]) -> bool:
        # With an inverted file, a search without a mask looks at few rows; with one, at every row that the mask has.
        return self._coarse is None

    def _best_of(
        self, candidates: NDArray[np.int64], vectors: Vectors, depth: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best of each vector's candidates by exact score, padded as FAISS pads."""
        stored = self.vectors()
        scores, rows = _none_near(len(vectors), depth)
        for i, vector in enumerate(vectors):
            found = np.sort(candidates[i][candidates[i] >= 0])
            exact = stored.products(found, vector)
            best = np.argsort(-exact, kind="stable")[:depth]
            scores[i, : len(best)], rows[i, : len(best)] = exact[best], found[best]
        return scores, rows

    def vectors(self) -> HalfVectors:
        """All vectors in row order, shape (rows, dimensions), as a view of the mapped file."""
        if len(self) == 0:
            return HalfVectors(np.zeros((0, self._index.d), np.float16))
        return HalfVectors(np.asarray(_IndexVectors(self._index)))


class _IndexVectors:
    """numpy array interface to an index's vectors; as the array's base it keeps the index open as long as the array."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.__array_interface__ = {
            "data": (int(index.codes.data()), True),  # read-only
            "shape": (int(index.ntotal), int(index.d)),
            "typestr": "<f2",
            "version": 3,
        }


def _none_near(queries: int, depth: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """What FAISS gives where there are no rows."""
    return np.full((queries, depth), np.finfo(np.float32).min, np.float32), np.full((queries, depth), -1, np.int64)


def write(path: Path, vectors: Vectors) -> None:
    index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.add(np.ascontiguousarray(vectors, np.float32))
    faiss.write_index(index, str(path))
