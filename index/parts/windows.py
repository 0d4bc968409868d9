"""Window embeddings: vectors of pieces of about 300 characters of every body passage, without its title.

One vector for a whole passage averages over its sentences. The best window's cosine (max-pooling) is a feature of its
own, and helps most across languages (figures for every set: docs/search.md). Stored uncentred in half precision and
memory-mapped: a search reads only those of its candidates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.dense.half_precision import Halves, products, to_single
from index.parts import arrays
from index.parts.language_centering import Means, pieces, rows_by_language
from index.parts.row_reuse import Run, expand_runs, offsets, pieces_of, reuse_rows
from index.protocols import Vectors

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Windows:
    """Passage p's windows are `vectors[starts[p]:starts[p + 1]]`, at least one; `lengths` are the norms of the vectors
    centred on the mean of their language."""

    starts: NDArray[np.int64]
    vectors: Halves
    lengths: NDArray[np.float32]

    @staticmethod
    def of(counts: Sequence[int], vectors: Vectors | Halves) -> "Windows":
        """`counts` is the number of windows of each passage."""
        return Windows(offsets(counts), vectors.astype(np.float16), np.ones(len(vectors), np.float32))

    @staticmethod
    def save_spliced(
        path: Path, runs: Sequence[Run], old: "Windows | None", new: "Windows", langs: NDArray[np.str_], means: Means,
        without: Rows,
    ) -> None:  # fmt: skip
        """Write rows of both to `path`, `runs` of passages, with new lengths (`with_lengths`, `without`). The vectors,
        which are most of it, are not copied together."""
        before = old or new
        own = expand_runs(runs, before.starts, new.starts)
        starts = offsets(reuse_rows(runs, np.diff(before.starts), np.diff(new.starts)))
        vectors = pieces_of(own, before.vectors, new.vectors)
        tags, lengths, first = np.repeat(langs, np.diff(starts)), np.ones(int(starts[-1]), np.float32), 0
        for piece in vectors:
            last = first + len(piece)
            lengths[first:last] = _centred_lengths(piece, tags[first:last], means)
            first = last
        lengths[_expanded(starts[without], starts[without + 1])] = np.inf
        arrays.write(path, {"starts": starts, "vectors": vectors, "lengths": lengths})

    def with_lengths(self, langs: NDArray[np.str_], means: Means) -> "Windows":
        """A copy with the norms of the centred vectors; `langs` are the passages' languages."""
        lengths = _centred_lengths(self.vectors, np.repeat(langs, np.diff(self.starts)), means)
        return Windows(self.starts, self.vectors, lengths)

    def rows_of(self, passages: Rows) -> Rows:
        """The windows of some passages, one after the other."""
        return _expanded(self.starts[passages], self.starts[passages + 1])

    def replaced(self, passages: Rows, vectors: Vectors) -> "Windows":
        """A copy with other vectors for all windows of some passages."""
        kept = self.vectors.copy()
        kept[self.rows_of(passages)] = vectors
        return Windows(self.starts, kept, self.lengths)

    def without(self, passages: Rows) -> "Windows":
        """A copy in which the windows of these passages are near nothing: they have no vectors yet."""
        if not len(passages):
            return self
        lengths = self.lengths.copy()
        lengths[self.rows_of(passages)] = np.inf
        return Windows(self.starts, self.vectors, lengths)

    def save(self, path: Path) -> None:
        arrays.write(path, {"starts": self.starts, "vectors": self.vectors, "lengths": self.lengths})

    @staticmethod
    def load(path: Path) -> "Windows":
        return Windows(**arrays.read(path))

    def __len__(self) -> int:
        return len(self.vectors)

    def cosines(self, passage: int, mean: Vectors, query: Vectors) -> Vectors:
        """The cosine of each window of a passage with a centred query; `mean` is that of the passage's language."""
        rows = slice(int(self.starts[passage]), int(self.starts[passage + 1]))
        return window_cosines(self.vectors[rows], self.lengths[rows], mean, query)

    def best(
        self, passages: Rows, langs: NDArray[np.str_], means: Means, vectors: Mapping[str, Vectors]
    ) -> NDArray[np.float32]:
        """The greatest cosine of any window of each of `passages`, in languages `langs`, with the query.

        `vectors` are the query's centred vectors by language; '' is for all other languages.
        """
        found = np.zeros(len(passages), np.float32)
        if not len(passages):
            return found
        by_language = rows_by_language(langs)
        offset = np.zeros(len(passages), np.float32)
        compared: dict[str, list[Rows]] = {}
        numbers = np.arange(len(passages))
        for lang, own in by_language.items():
            name = lang if lang in vectors else ""
            offset[own] = means.passage(lang) @ vectors[name]
            compared.setdefault(name, []).append(numbers[own])
        # All languages that are compared with one vector at once.
        for name, parts in compared.items():
            some = np.concatenate(parts)
            first, last = self.starts[passages[some]], self.starts[passages[some] + 1]
            counts = last - first
            rows = _expanded(first, last)
            scores = products(self.vectors, rows, vectors[name]) - np.repeat(offset[some], counts)
            scores /= np.maximum(self.lengths[rows], 1e-6)
            found[some] = np.maximum.reduceat(scores, np.cumsum(counts) - counts)
        return found


def _centred_lengths(vectors: Halves, langs: NDArray[np.str_], means: Means) -> NDArray[np.float32]:
    """The norms of vectors centred on the mean of their language, each computed by itself."""
    lengths = np.ones(len(vectors), np.float32)
    for lang, rows in rows_by_language(langs).items():
        for some in pieces(rows):
            moved = to_single(vectors[some]) - means.passage(lang)
            lengths[some] = np.sqrt(np.einsum("ij,ij->i", moved, moved))
    return lengths


def window_cosines(stored: Halves, lengths: NDArray[np.float32], mean: Vectors, query: Vectors) -> Vectors:
    """The cosine of each of some windows with a centred query."""
    found: Vectors = to_single(stored) @ query - mean @ query
    return np.asarray(found / np.maximum(lengths, 1e-6), np.float32)


def _expanded(first: Rows, last: Rows) -> Rows:
    """The rows from each of `first` to each of `last`, exclusive."""
    begins = offsets(last - first)
    return np.arange(begins[-1]) - np.repeat(begins[:-1] - first, last - first)
