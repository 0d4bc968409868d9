"""BM25 over postings of our own, for collections where Whoosh is too slow (docs/adr/0020-own-postings-above-whoosh.md).

One mapped file: for each word of the family's lexicon the rows that contain it, with the weight that
index/parts/lexicon.py computed for them. Nothing is cached, so no search pays for what others asked; a word that is in
all of 24,000 articles is 200 kB to read.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.parts import arrays
from index.parts.lexicon import Lexicon

_FILE = "postings.arrays"


class PostingsIndex:
    """An open folder. Thread-safe. `lexicon` is the family's, which numbers the words."""

    def __init__(self, folder: Path, lexicon: Lexicon) -> None:
        stored = arrays.read(folder / _FILE)
        self._begin, self._rows, self._weights = stored["begin"], stored["rows"], stored["weights"]
        self._lexicon = lexicon
        if len(self._begin) != len(lexicon.words) + 1:
            raise ValueError(f"{folder.name} has postings of {len(self._begin) - 1} words of {len(lexicon.words)}")

    def __len__(self) -> int:
        return self._lexicon.articles.rows

    def search(
        self, tokens: Sequence[str], depth: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        scores = np.zeros(len(self))
        for word in self._lexicon.lookup(tokens):
            if word is None:
                continue
            begin, end = int(self._begin[word]), int(self._begin[word + 1])
            if begin < end:
                idf = math.log(len(self) / (end - begin + 1)) + 1
                scores[self._rows[begin:end]] += idf * self._weights[begin:end]
        if among is not None:
            scores[~among] = 0
        return best_rows(scores, depth)


def best_rows(scores: NDArray[np.float64], depth: int) -> list[tuple[int, float]]:
    """The `depth` best rows that have a score, with it, the best first; of equal ones the earlier."""
    found = np.flatnonzero(scores)
    if len(found) > depth > 0:
        # Everything as good as the worst that is kept, so that equal scores are told apart by row, not by chance. To
        # sort all of them takes ten times as long: a common word is in most articles.
        least = np.partition(scores[found], len(found) - depth)[len(found) - depth]
        found = found[scores[found] >= least]
    best = found[np.argsort(-scores[found], kind="stable")[:depth]]
    return list(zip(best.tolist(), scores[best].tolist(), strict=True))


def write(folder: Path, lexicon: Lexicon) -> None:
    """Write the postings of a lexicon's articles: its matrix of articles by words, turned over."""
    level = lexicon.articles
    order = np.argsort(level.indices, kind="stable")
    rows = np.repeat(np.arange(level.rows, dtype=np.int32), np.diff(level.indptr))
    begin = np.zeros(len(lexicon.words) + 1, np.int64)
    np.cumsum(np.bincount(level.indices, minlength=len(lexicon.words)), out=begin[1:])
    folder.mkdir(parents=True, exist_ok=True)
    arrays.write(folder / _FILE, {"begin": begin, "rows": rows[order], "weights": level.weights[order]})


def is_written(folder: Path) -> bool:
    """Whether a folder holds postings (and not a Whoosh index)."""
    return (folder / _FILE).is_file()
