"""Words that are only looked up: 8 bytes a word, where a set or a dictionary of strings takes 90.

A word stands there by its hash, 64 bits that are salted in each process: that a word which is not there has the hash of
one of 100,000 that are happens once in 10^14 words.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import numpy as np


class KnownWords:
    """A set of words that answers `in`. A word may be given more than once."""

    def __init__(self, words: Iterable[str]) -> None:
        self._hashes = array("q", np.unique(np.fromiter(map(hash, words), np.int64)).tobytes())

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, word: str) -> bool:
        place = bisect_left(self._hashes, hash(word))
        return place < len(self._hashes) and self._hashes[place] == hash(word)


class WordNumbers:
    """A number from 0 to 255 for each of some distinct words."""

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        table = np.fromiter(((hash(word), value) for word, value in pairs), np.dtype([("hash", "i8"), ("value", "u1")]))
        table.sort(order="hash")
        self._hashes, self._values = array("q", table["hash"].tobytes()), table["value"].tobytes()

    def get(self, word: str, default: int) -> int:
        place = bisect_left(self._hashes, hash(word))
        found = place < len(self._hashes) and self._hashes[place] == hash(word)
        return self._values[place] if found else default


def lines(text: str) -> Iterator[str]:
    """The lines of a text, one at a time: a list of all would be in memory at once."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]
