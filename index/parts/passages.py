"""The body passages of a generation, stored as bytes in a memory-mapped file and decoded on access.

Tens of thousands of Python objects would take seconds to load and a hundred megabytes; a search shows ten.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from index.parts import arrays
from index.parts.row_reuse import Run, expand_runs, offsets, reuse_rows

# Separates anchor, heading, text, sentences and HTML; articles cannot contain it.
_BREAK = "\0"


@dataclass(frozen=True)
class IndexedPassage:
    """A body passage; `article` is its article's row. `html` is its quotation (kb/markup/quote.py), and `sentences` are
    the quotation's: (start, end) in `text`, and the number of the window that each is in."""

    article: int
    anchor: str
    heading: str
    text: str
    html: str = ""
    sentences: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class PassageTexts(Sequence[IndexedPassage]):
    """Passages by row. `articles` are their articles' rows, `starts` their byte offsets in `data`."""

    articles: NDArray[np.int32]
    starts: NDArray[np.int64]
    data: NDArray[np.uint8]

    @staticmethod
    def of(passages: Iterable[IndexedPassage]) -> "PassageTexts":
        listed = list(passages)
        encoded = [
            _BREAK.join(
                part.replace(_BREAK, " ") for part in (p.anchor, p.heading, p.text, _packed(p.sentences), p.html)
            ).encode()
            for p in listed
        ]
        return PassageTexts(
            np.array([p.article for p in listed], np.int32),
            offsets([len(w) for w in encoded]),
            np.frombuffer(b"".join(encoded), np.uint8),
        )

    @staticmethod
    def reuse_rows(
        runs: Sequence[Run], old: "PassageTexts", new: "PassageTexts", articles: NDArray[np.int32]
    ) -> "PassageTexts":
        """Splice rows of both; `articles` are their articles' rows in the new generation."""
        return PassageTexts(
            articles,
            offsets(reuse_rows(runs, np.diff(old.starts), np.diff(new.starts))),
            reuse_rows(expand_runs(runs, old.starts, new.starts), old.data, new.data),
        )

    def save(self, path: Path) -> None:
        arrays.write(path, {"articles": self.articles, "starts": self.starts, "data": self.data})

    @staticmethod
    def load(path: Path) -> "PassageTexts":
        return PassageTexts(**arrays.read(path))

    def __len__(self) -> int:
        return len(self.articles)

    @overload
    def __getitem__(self, row: int) -> IndexedPassage: ...
    @overload
    def __getitem__(self, row: slice) -> list[IndexedPassage]: ...
    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        number = int(row) + (len(self) if row < 0 else 0)
        if not 0 <= number < len(self):
            raise IndexError(row)
        return decoded(int(self.articles[number]), self.encoded(number))

    def encoded(self, number: int) -> bytes:
        """A passage as it is stored."""
        return self.data[self.starts[number] : self.starts[number + 1]].tobytes()

    def section(self, number: int) -> tuple[str, str]:
        """A passage's anchor and heading, without decoding the rest."""
        return section_of(self.encoded(number))

    def prepare(self, numbers: Iterable[int]) -> None:
        """Says which passages are going to be read: nothing to do where they are mapped."""

    def __iter__(self) -> Iterator[IndexedPassage]:
        return (self[i] for i in range(len(self)))


def decoded(article: int, encoded: bytes) -> IndexedPassage:
    """A passage of an article from what is stored."""
    anchor, heading, text, sentences, html = encoded.decode().split(_BREAK)
    return IndexedPassage(article, anchor, heading, text, html, _unpacked(sentences))


def section_of(encoded: bytes) -> tuple[str, str]:
    """The anchor and heading of a passage from what is stored."""
    anchor, heading, _ = encoded.split(_BREAK.encode(), 2)
    return anchor.decode(), heading.decode()


def _packed(sentences: Sequence[tuple[int, int, int]]) -> str:
    return " ".join(str(number) for sentence in sentences for number in sentence)


def _unpacked(packed: str) -> tuple[tuple[int, int, int], ...]:
    numbers = [int(number) for number in packed.split()]
    return tuple(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
