"""Words that are only looked up: 8 to 12 bytes a word, where a set or a dictionary of strings takes 90 to 150.

A word stands there by its hash, 64 bits that are salted in each process: that a word which is not there has the hash of
one of 100,000 that are happens once in 10^14 words.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np


class KnownWords:
    """A set of words that answers `in`. A word may be given more than once."""

    def __init__(self, words: Iterable[str]) -> None:
        self._hashes = array("q", np.unique(np.fromiter(map(_hash, words), np.int64)).tobytes())

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, word: str) -> bool:
        return _place(self._hashes, word) is not None


class WordNumbers:
    """A number for each of some distinct words; as a dictionary, for `get` and `in`."""

    def __init__(self, words: Iterable[str], numbers: Iterable[int] | None = None) -> None:
        """Without `numbers`, each word's place among these."""
        hashes = np.fromiter(map(_hash, words), np.int64)
        order = np.argsort(hashes)
        values = order if numbers is None else np.fromiter(numbers, np.int64)[order]
        self._hashes = array("q", hashes[order].tobytes())
        self._values = array("i", values.astype(np.int32).tobytes())

    def __len__(self) -> int:
        return len(self._hashes)

    def get(self, word: str) -> int | None:
        place = _place(self._hashes, word)
        return None if place is None else self._values[place]

    def __contains__(self, word: str) -> bool:
        return _place(self._hashes, word) is not None


# What numbers the words of a family: a table, or a dictionary that grows.
WordIds = WordNumbers | dict[str, int]


class WordList(Sequence[str]):
    """Words of one text, a line each, that become strings when they are read. No word has a line feed, none is ''."""

    def __init__(self, text: str) -> None:
        self._bytes = text.encode()
        ends = np.flatnonzero(np.frombuffer(self._bytes, np.uint8) == ord("\n"))
        self._starts = np.concatenate([[0], ends + 1, [len(self._bytes) + 1]] if text else [[0]]).astype(np.int32)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def is_same(self, other: Sequence[str]) -> bool:
        """Whether these are the same words in the same order."""
        return isinstance(other, WordList) and self._bytes == other._bytes

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return list(self)[number]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        return self._bytes[self._starts[number] : self._starts[number + 1] - 1].decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._bytes.decode().split("\n") if self._bytes else ())


def lines(text: str) -> Iterator[str]:
    """The lines of a text, one at a time: a list of all would be in memory at once."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _hash(word: str) -> int:
    # Python hashes the memory of a string, which is one, two or four bytes a character: `of` and 景 have the same hash.
    # In UTF-8 they differ, where ASCII stays what it is.
    return hash(word) if word.isascii() else hash(word.encode("utf-8", "surrogatepass"))


def _place(hashes: "array[int]", word: str) -> int | None:
    wanted = _hash(word)
    place = bisect_left(hashes, wanted)
    return place if place < len(hashes) and hashes[place] == wanted else None
