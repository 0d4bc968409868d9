"""Word statistics of one language family: what BM25 needs to score any article or passage of a generation.

The keyword engine finds candidates; these numbers say how strong the evidence is, the same whichever engine found
them. BM25's weights are computed when the index is built, so that scoring a candidate is a sum.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Article BM25 leans on term frequency, passage BM25 hardly: they are two different witnesses (docs/search.md).
ARTICLE_K1, ARTICLE_B = 1.5, 0.4
PASSAGE_K1, PASSAGE_B = 0.9, 0.4


@dataclass(frozen=True)
class Terms:
    """A query's terms in one family: ids of the known ones with their idf, and the idf mass of all of them."""

    ids: NDArray[np.int32]
    idf: Floats
    mass: float


@dataclass(frozen=True)
class Level:
    """BM25 weights of all rows (articles, or passages) as a sparse matrix, and each term's moments over the rows."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    weights: Floats
    frequency: NDArray[np.int32]
    first: Floats
    second: Floats

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    @staticmethod
    def of(documents: Sequence[Sequence[str]], ids: dict[str, int], k1: float, b: float) -> "Level":
        """From token lists; `ids` numbers every token."""
        lengths = np.array([max(1, len(d)) for d in documents], np.float64)
        norm = k1 * (1 - b + b * lengths / max(1.0, float(lengths.mean() if len(lengths) else 1.0)))
        indptr = np.zeros(len(documents) + 1, np.int64)
        indices: list[NDArray[np.int32]] = []
        weights: list[Floats] = []
        for row, document in enumerate(documents):
            counts = Counter(document)
            terms = np.fromiter((ids[t] for t in counts), np.int32, len(counts))
            tf = np.fromiter(counts.values(), np.float64, len(counts))
            indices.append(terms)
            weights.append((tf * (k1 + 1) / (tf + norm[row])).astype(np.float32))
            indptr[row + 1] = indptr[row] + len(terms)
        flat = np.concatenate(indices) if indices else np.zeros(0, np.int32)
        values = np.concatenate(weights) if weights else np.zeros(0, np.float32)
        size = len(ids)
        return Level(
            indptr,
            flat,
            values,
            np.bincount(flat, minlength=size).astype(np.int32),
            np.bincount(flat, values, size).astype(np.float32),
            np.bincount(flat, values * values, size).astype(np.float32),
        )

    def terms(self, ids: Sequence[int | None]) -> Terms:
        """A query's terms; None is a word the collection does not have, which counts with the greatest idf."""
        known = np.array([i for i in ids if i is not None], np.int32)
        idf = np.log1p((self.rows - self.frequency[known] + 0.5) / (self.frequency[known] + 0.5)).astype(np.float32)
        unknown = (len(ids) - len(known)) * float(np.log1p((self.rows + 0.5) / 0.5))
        return Terms(known, idf, float(idf.sum()) + unknown)

    def scores(self, rows: NDArray[np.int64], terms: Terms) -> tuple[Floats, Floats]:
        """(BM25, share of the query's idf mass present) for each of `rows`; both of shape (len(rows),)."""
        if len(rows) == 0 or terms.mass <= 0 or len(terms.ids) == 0:
            return np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        worth = np.zeros(len(self.frequency), np.float32)
        worth[terms.ids] = terms.idf
        lengths = self.indptr[rows + 1] - self.indptr[rows]
        owner = np.repeat(np.arange(len(rows)), lengths)
        flat = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        flat += np.repeat(self.indptr[rows], lengths)
        idf = worth[self.indices[flat]]
        bm25 = np.bincount(owner, idf * self.weights[flat], len(rows))
        covered = np.bincount(owner, idf, len(rows)) / terms.mass
        return bm25.astype(np.float32), covered.astype(np.float32)

    def moments(self, terms: Terms) -> tuple[float, float]:
        """Mean and standard deviation of the query's BM25 over all rows, taking terms as independent."""
        rows = max(1, self.rows)
        mean = self.first[terms.ids] / rows
        variance = terms.idf**2 * (self.second[terms.ids] / rows - mean**2)
        return float((terms.idf * mean).sum()), float(np.sqrt(max(float(variance.sum()), 0.0)))


class Lexicon:
    """One family's words, with an article level and a passage level."""

    def __init__(self, words: Sequence[str], articles: Level, passages: Level) -> None:
        self.words = words
        self.ids = {w: i for i, w in enumerate(words)}
        self.articles = articles
        self.passages = passages

    @staticmethod
    def of(articles: Sequence[Sequence[str]], passages: Sequence[Sequence[str]]) -> "Lexicon":
        words = sorted({t for d in articles for t in d} | {t for d in passages for t in d})
        ids = {w: i for i, w in enumerate(words)}
        return Lexicon(
            words,
            Level.of(articles, ids, ARTICLE_K1, ARTICLE_B),
            Level.of(passages, ids, PASSAGE_K1, PASSAGE_B),
        )

    def lookup(self, tokens: Sequence[str]) -> list[int | None]:
        """Ids of a query's distinct tokens, None for those the collection does not have."""
        return [self.ids.get(t) for t in dict.fromkeys(tokens)]

    def save(self, path: Path) -> None:
        """Write `path`.npz and `path`.txt."""
        path.with_suffix(".txt").write_text("\n".join(self.words), encoding="utf-8")
        arrays: dict[str, Any] = {}
        for name, level in (("a", self.articles), ("p", self.passages)):
            for key in ("indptr", "indices", "weights", "frequency", "first", "second"):
                arrays[f"{name}_{key}"] = getattr(level, key)
        np.savez(path.with_suffix(".npz"), **arrays)

    @staticmethod
    def load(path: Path) -> "Lexicon":
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        with path.with_suffix(".npz").open("rb") as file, np.load(file) as stored:
            levels = [
                Level(*(stored[f"{n}_{k}"] for k in ("indptr", "indices", "weights", "frequency", "first", "second")))
                for n in ("a", "p")
            ]
        return Lexicon(text.split("\n") if text else [], levels[0], levels[1])
