"""A deterministic fake embedder: feature hashing of words and character n-grams. For tests and fault injection.

Texts that share words are near each other, the same text always has the same vector, and there is nothing to load.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from index.analysis import fold, words
from index.protocols import Vectors


class HashingEmbedder:
    fingerprint = "hashing-1"

    def __init__(self, dimensions: int = 384) -> None:
        self.dimensions = dimensions

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._one(t) for t in texts]) if texts else np.zeros((0, self.dimensions), np.float32)

    encode_passages = encode_queries

    def _one(self, text: str) -> Vectors:
        vector = np.zeros(self.dimensions, np.float32)
        vector[0] = 1e-3  # so that a text without words still has a direction
        for word in words(text):
            plain = fold(word.casefold())
            for piece in {plain, *(plain[i : i + 3] for i in range(len(plain) - 2))}:
                digest = hashlib.blake2b(piece.encode(), digest_size=8).digest()
                slot = int.from_bytes(digest[:4], "little") % self.dimensions
                vector[slot] += 1.0 if digest[4] & 1 else -1.0
        return np.asarray(vector / np.linalg.norm(vector), np.float32)
