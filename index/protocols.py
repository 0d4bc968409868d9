"""The seams of search. Each has two real implementations (see docs/search.md); one contract suite runs on all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Text to unit vectors. `fingerprint` names model and precision: vectors of different fingerprints never mix."""

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

    def search(self, vectors: Vectors, depth: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scores and row numbers, each of shape (queries, depth), best first; row -1 where there are fewer."""
        ...


class KeywordIndex(Protocol):
    """BM25 over tokens our own analyzers made. Rows are numbered 0..n-1 in the order written."""

    def search(self, tokens: Sequence[str], depth: int) -> list[tuple[int, float]]:
        """(row, BM25 score) best first, at most `depth`."""
        ...


class KeywordWriter(Protocol):
    def write(self, folder: Path, documents: Sequence[Sequence[str]]) -> None:
        """Write an index of the given token lists, one document a row, into an empty folder."""
        ...
