"""The interfaces of search. Their implementations, and why two have only one: docs/search.md.

The suites in tests/contracts run on every implementation.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Text to unit vectors. `fingerprint` names model and precision: vectors of different fingerprints must not mix."""

    fingerprint: str

    @property
    def dimensions(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), float32, each row of length 1."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), float32, each row of length 1."""
        ...


class DenseIndex(Protocol):
    """Nearest vectors by inner product. Rows are numbered 0..n-1 in the order written."""

    def search(
        self, vectors: Vectors, depth: int, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scores and row numbers, each of shape (queries, depth), best first; row -1 where there are fewer. `among` is
        a mask of the rows to compare with (None: all)."""
        ...

    def skips(self, among: NDArray[np.bool_]) -> bool:
        """Whether a search is cheaper with this mask than without."""
        ...


class StoredVectors(Protocol):
    """The vectors of a DenseIndex by row, in single precision where they are read."""

    shape: tuple[int, ...]

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any) -> Vectors: ...

    def products(self, rows: Any, vector: Vectors) -> Vectors:
        """The inner product of each of some rows with a vector."""
        ...


class KeywordIndex(Protocol):
    """BM25 over tokens of our own analyzers. Rows are numbered 0..n-1 in the order written."""

    def search(
        self, tokens: Sequence[str], depth: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        """(row, BM25 score) best first, at most `depth`, of the rows that the mask `among` has (None: all)."""
        ...
