"""Approximate nearest neighbours for large collections: an inverted file with vectors of one byte a number (IVF-SQ8).

Passages lie in cells around learned centres; a search reads the cells nearest to the question and scores what they hold
exactly, from the half-precision vectors. It is used only where its own check passes: the collection's titles and
customers' questions are asked both ways when it is written, and unless the exact best are among those found, there is
none and every vector is compared, as below `FROM_ROWS`.

Centres are learned once and kept over publishes, and so is each passage's cell, since learning them takes a minute:
both are made anew when the collection has doubled or halved. The check is repeated when a fiftieth of the rows is new.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.protocols import Vectors

# Below, comparing every vector takes less than 9 ms (docs/search.md).
FROM_ROWS = 200_000
# Rows a cell, as FAISS's guidelines have it for collections below a million: 4 * sqrt(n) cells.
_CELLS_BY_ROOT = 4
# Vectors that centres are learned from, a cell.
_LEARN = 40
# Cells a search reads: the first of these that passes the check.
_PROBES = (16, 32, 64, 128)
# The check: questions asked, how many of their exact best are looked for, what share must be there: of all, and of the
# worst twentieth.
_ASKED, _BEST, _RECALL, _WORST = 200, 30, 0.99, 0.9
_CHECKED_AGAIN = 0.02

Rows = NDArray[np.int64]


class InvertedFile:
    """An open file. Raises RuntimeError (FAISS) or ValueError when it is damaged."""

    def __init__(self, path: Path) -> None:
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)

    def rows(self, vectors: Vectors, depth: int) -> Rows:
        """The rows nearest to each vector by their coarse scores, shape (queries, depth); -1 where there are fewer."""
        return np.asarray(self._index.search(np.ascontiguousarray(vectors, np.float32), depth)[1])


def write(
    path: Path, vectors: Vectors, questions: Vectors, before: Path | None = None, sources: Sequence[int] | Rows = ()
) -> bool:
    """Write `path` and its cells beside it; returns whether there is one (the collection is large, the check passed).

    `questions` are what the check asks. `before` is the file of the generation before, `sources` each row's row there,
    -1 for none.
    """
    if len(vectors) < FROM_ROWS:
        return False
    vectors = np.ascontiguousarray(vectors, np.float32)
    kept = _kept(before, np.asarray(sources, np.int64), len(vectors)) if before else None
    centres, cells, probes_before = kept or (*_learned(vectors), 0)
    new = np.flatnonzero(cells < 0)
    cells[new] = centres.search(vectors[new], 1)[1][:, 0] if len(new) else 0
    index = faiss.IndexIVFScalarQuantizer(
        centres, vectors.shape[1], centres.ntotal, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.train(vectors[:: max(1, len(vectors) // 20_000)])
    index.add_core(len(vectors), faiss.swig_ptr(vectors), None, faiss.swig_ptr(cells))
    checked = probes_before and len(new) <= _CHECKED_AGAIN * len(vectors)
    for probes in (probes_before,) if checked else _PROBES:
        index.nprobe = probes
        if checked or _passes(index, vectors, questions):
            faiss.write_index(index, str(path))
            path.with_suffix(".cells").write_bytes(cells.astype("<i4").tobytes())
            return True
    return False


def _learned(vectors: Vectors) -> "tuple[faiss.IndexFlatIP, Rows]":
    """Centres by k-means over a sample, and no row with a cell yet."""
    count = int(_CELLS_BY_ROOT * len(vectors) ** 0.5)
    sample = vectors[np.random.default_rng(1).permutation(len(vectors))[: count * _LEARN]]
    means = faiss.Kmeans(vectors.shape[1], count, niter=10, spherical=True, seed=1)
    means.train(sample)
    centres = faiss.IndexFlatIP(vectors.shape[1])
    centres.add(means.centroids)
    return centres, np.full(len(vectors), -1, np.int64)


def _kept(before: Path, sources: Rows, rows: int) -> "tuple[faiss.IndexFlatIP, Rows, int] | None":
    """Centres and probes of the file before, and the cells of rows that were there; None where they no longer fit."""
    if not before.is_file() or len(sources) != rows:
        return None
    old: Any = faiss.read_index(str(before), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    if not old.ntotal / 2 <= rows <= old.ntotal * 2:
        return None
    centres = faiss.IndexFlatIP(old.d)
    centres.add(old.quantizer.reconstruct_n(0, old.nlist))
    stored = np.append(np.fromfile(before.with_suffix(".cells"), "<i4").astype(np.int64), -1)
    return centres, stored[sources], int(old.nprobe)


def _passes(index: "faiss.Index", vectors: Vectors, questions: Vectors) -> bool:
    """Whether the exact best of a sample of questions are found."""
    asked = questions[:: max(1, len(questions) // _ASKED)][:_ASKED]
    if not len(asked):
        return False
    asked = np.ascontiguousarray(asked, np.float32)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    exact, found = flat.search(asked, _BEST)[1], index.search(asked, _BEST)[1]
    recall = np.sort([len(set(a) & set(b)) / _BEST for a, b in zip(exact.tolist(), found.tolist(), strict=True)])
    return bool(recall.mean() >= _RECALL and recall[len(recall) // 20] >= _WORST)
