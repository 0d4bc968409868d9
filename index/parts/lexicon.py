"""Term statistics (BM25 weights, inverse document frequency) of one language family's articles and passages.

The keyword engine retrieves candidates; they are scored from these statistics, the same for every engine. BM25 weights
are precomputed when the index is built, so that scoring a candidate is a sum.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.parts import arrays
from index.parts.row_reuse import Run, expand_runs, offsets, reuse_rows, runs_of
from index.parts.word_table import WordIds, WordList, WordNumbers

Floats = NDArray[np.float32]

# Article BM25 depends on term frequency, passage BM25 hardly: they are two different features (docs/search.md).
ARTICLE_K1, ARTICLE_B = 1.5, 0.4
PASSAGE_K1, PASSAGE_B = 0.9, 0.4


@dataclass(frozen=True)
class Terms:
    """A query's terms in one family: ids of the known ones with their idf, and the summed idf (mass) of all terms."""

    ids: NDArray[np.int32]
    idf: Floats
    mass: float

    def places(self, words: NDArray[np.int32], known: int) -> NDArray[np.int64]:
        """Where these terms are among some words of a vocabulary of `known`."""
        is_term = np.zeros(known, bool)
        is_term[self.ids] = True
        return np.asarray(is_term.take(words).nonzero()[0])


@dataclass(frozen=True)
class Bags:
    """A term-document count matrix in CSR form: row r has the words `indices[indptr[r]:indptr[r+1]]`, `counts` times.

    `lengths` are the documents' lengths in tokens.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: NDArray[np.int32]
    lengths: NDArray[np.int32]

    @staticmethod
    def of(documents: Sequence[Sequence[str]], ids: Mapping[str, int]) -> "Bags":
        """From token lists; `ids` numbers every token."""
        counted = [Counter(d) for d in documents]
        indptr = offsets([len(c) for c in counted])
        total = int(indptr[-1])
        return Bags(
            indptr,
            np.fromiter((ids[t] for c in counted for t in c), np.int32, total),
            np.fromiter((n for c in counted for n in c.values()), np.int32, total),
            np.fromiter((len(d) for d in documents), np.int32, len(documents)),
        )

    @property
    def mean_length(self) -> float:
        """The mean length of a document, at least 1."""
        lengths = np.maximum(self.lengths, 1).astype(np.float64)
        return max(1.0, float(lengths.mean() if len(lengths) else 1.0))

    @staticmethod
    def reuse_rows(runs: Sequence[Run], old: "Bags", new: "Bags") -> "Bags":
        """Splice rows of both; word ids must be the same in both."""
        words = expand_runs(runs, old.indptr, new.indptr)
        return Bags(
            offsets(reuse_rows(runs, np.diff(old.indptr), np.diff(new.indptr))),
            reuse_rows(words, old.indices, new.indices),
            reuse_rows(words, old.counts, new.counts),
            reuse_rows(runs, old.lengths, new.lengths),
        )


@dataclass(frozen=True)
class Level:
    """BM25 weights of all rows (articles, or passages) as a CSR matrix, and each term's moments over the rows."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    weights: Floats
    frequency: NDArray[np.int32]
    first: Floats
    second: Floats

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    @property
    def bags(self) -> Bags:
        return Bags(self.indptr, self.indices, self.counts, self.lengths)

    @staticmethod
    def of(documents: Sequence[Sequence[str]], ids: dict[str, int], k1: float, b: float) -> "Level":
        """From token lists; `ids` numbers every token."""
        return Level.from_bags(Bags.of(documents, ids), len(ids), k1, b)

    @staticmethod
    def from_bags(bags: Bags, words: int, k1: float, b: float, mean_length: float | None = None) -> "Level":
        """From bags with word ids below `words`. All weights are recomputed, as each depends on the mean length, which
        is that of the bags unless it is given."""
        lengths = np.maximum(bags.lengths, 1).astype(np.float64)
        norm = k1 * (1 - b + b * lengths / (mean_length or bags.mean_length))
        tf = bags.counts.astype(np.float64)
        values = (tf * (k1 + 1) / (tf + np.repeat(norm, np.diff(bags.indptr)))).astype(np.float32)
        return Level(
            bags.indptr,
            bags.indices,
            bags.counts,
            bags.lengths,
            values,
            np.bincount(bags.indices, minlength=words).astype(np.int32),
            np.bincount(bags.indices, values, words).astype(np.float32),
            np.bincount(bags.indices, values * values, words).astype(np.float32),
        )

    def terms(self, ids: Sequence[int | None], everyday: float = 0.0) -> Terms:
        """A query's terms; None is an out-of-vocabulary word, which counts with the greatest idf.

        `everyday` is how many of those do not count, being everyday words.
        """
        known = np.array([i for i in ids if i is not None], np.int32)
        frequency = self.frequency[known]
        idf = np.log1p((self.rows - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        unknown = (len(ids) - len(known) - everyday) * float(np.log1p((self.rows + 0.5) / 0.5))
        return Terms(known, idf, float(idf.sum()) + unknown)

    def idf(self, ids: Sequence[int | None]) -> NDArray[np.float64]:
        """The inverse document frequency of each term; None is an out-of-vocabulary word, as in `terms`."""
        frequency = np.array([0 if i is None else self.frequency[i] for i in ids], np.int32)
        found = np.log1p((self.rows - frequency + 0.5) / (frequency + 0.5))
        known = np.array([i is not None for i in ids], bool)
        return np.where(known, found.astype(np.float32), found)

    def scores(self, rows: NDArray[np.int64], terms: Terms) -> tuple[Floats, Floats]:
        """(BM25, coverage: share of the query's idf mass present) for each of `rows`; both of shape (len(rows),)."""
        if len(rows) == 0 or terms.mass <= 0 or len(terms.ids) == 0:
            return np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        idf_by_term = np.zeros(len(self.frequency), np.float32)
        idf_by_term[terms.ids] = terms.idf
        first, last = self.indptr[rows], self.indptr[rows + 1]
        ends = np.cumsum(last - first)
        words = self._words_of(first, last)
        # Few words of a document are among the query's: only those are weighed and summed.
        found = terms.places(words, len(self.frequency))
        owner = np.searchsorted(ends, found, side="right")
        idf = idf_by_term[words[found]]
        places = found + (last - ends)[owner]
        bm25 = np.bincount(owner, idf * self.weights[places], len(rows))
        covered = np.bincount(owner, idf, len(rows)) / terms.mass
        return bm25.astype(np.float32), covered.astype(np.float32)

    def row_words(self, row: int) -> set[int]:
        """The ids of the words of a row."""
        return set(self.indices[self.indptr[row] : self.indptr[row + 1]].tolist())

    def _words_of(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int32]:
        """The words from `first` to `last` of each row, one row after the other.

        Neighbours are read together: a query's candidates are whole articles of several passages.
        """
        breaks = np.flatnonzero(first[1:] != last[:-1]) + 1
        starts, stops = first[np.concatenate(([0], breaks))], last[np.concatenate((breaks - 1, [len(last) - 1]))]
        return np.concatenate(
            [self.indices[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
        )

    def moments(self, terms: Terms) -> tuple[float, float]:
        """Mean and standard deviation of the query's BM25 over all rows, assuming independent terms."""
        if not len(terms.ids):  # as an English question's in most Turkish articles
            return 0.0, 0.0
        rows = max(1, self.rows)
        mean = self.first[terms.ids] / rows
        variance = terms.idf**2 * (self.second[terms.ids] / rows - mean**2)
        return float((terms.idf * mean).sum()), float(np.sqrt(max(float(variance.sum()), 0.0)))


_SAVED = tuple(f.name for f in fields(Level))


class Lexicon:
    """One family's vocabulary, with term statistics at article level and at passage level."""

    def __init__(self, words: Sequence[str], articles: Level, passages: Level) -> None:
        self.words = words
        self.articles = articles
        self.passages = passages

    @cached_property
    def ids(self) -> WordIds:
        """The number of each word. A build needs none, so it is made when a search first asks."""
        return WordNumbers(self.words)

    @staticmethod
    def of(articles: Sequence[Sequence[str]], passages: Sequence[Sequence[str]]) -> "Lexicon":
        none = runs_of([-1] * len(articles)), runs_of([-1] * len(passages))
        return Lexicon.reuse_rows(None, *none, articles, passages)

    @staticmethod
    def reuse_rows(
        previous: "Lexicon | None",
        article_runs: Sequence[Run],
        passage_runs: Sequence[Run],
        articles: Sequence[Sequence[str]],
        passages: Sequence[Sequence[str]],
    ) -> "Lexicon":
        """The same as `of` over all rows, from the reused rows of `previous` and the tokens of the new ones."""
        old = (previous.articles.bags, previous.passages.bags) if previous else None
        words, levels = merge_bags(
            previous.words if previous else (), old, ((article_runs, articles), (passage_runs, passages))
        )
        return Lexicon(
            words,
            Level.from_bags(levels[0], len(words), ARTICLE_K1, ARTICLE_B),
            Level.from_bags(levels[1], len(words), PASSAGE_K1, PASSAGE_B),
        )

    def lookup(self, tokens: Sequence[str]) -> list[int | None]:
        """Ids of a query's distinct tokens, None for out-of-vocabulary ones."""
        return [self.ids.get(t) for t in dict.fromkeys(tokens)]

    def document(self, row: int) -> list[str]:
        """The tokens of an article row, with repetitions, in no particular order."""
        first, last = self.articles.indptr[row], self.articles.indptr[row + 1]
        found = zip(self.articles.indices[first:last], self.articles.counts[first:last], strict=True)
        return [self.words[i] for i, times in found for _ in range(times)]

    def save(self, path: Path) -> None:
        """Write `path`.arrays and `path`.txt."""
        path.with_suffix(".txt").write_text("\n".join(self.words), encoding="utf-8")
        levels = (("a", self.articles), ("p", self.passages))
        arrays.write(
            path.with_suffix(".arrays"),
            {f"{name}_{key}": getattr(level, key) for name, level in levels for key in _SAVED},
        )

    @staticmethod
    def load(path: Path) -> "Lexicon":
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        stored = arrays.read(path.with_suffix(".arrays"))
        levels = [Level(*(stored[f"{name}_{key}"] for key in _SAVED)) for name in ("a", "p")]
        words = WordList(text)
        if len(words) != len(levels[0].frequency):
            raise ValueError(f"{path.name}.txt holds {len(words)} words instead of {len(levels[0].frequency)}")
        return Lexicon(words, levels[0], levels[1])


def merge_bags(
    words: Sequence[str],
    old: Sequence[Bags] | None,
    documents_by_kind: Sequence[tuple[Sequence[Run], Sequence[Sequence[str]]]],
) -> tuple[list[str], list[Bags]]:
    """Merge old bags with (runs, new documents) for one or more kinds of rows that share one vocabulary, `words`.

    The merged vocabulary is in alphabetical order, without words that no row has any more.
    """
    all_words = list(words)
    ids = {word: i for i, word in enumerate(all_words)}
    for token in dict.fromkeys(t for _, documents in documents_by_kind for d in documents for t in d):
        if token not in ids:
            ids[token] = len(all_words)
            all_words.append(token)
    merged = []
    for i, (runs, documents) in enumerate(documents_by_kind):
        new_bags = Bags.of(documents, ids)
        merged.append(Bags.reuse_rows(runs, old[i] if old else new_bags, new_bags))
    used = np.zeros(len(all_words), bool)
    for bags in merged:
        used[bags.indices] = True
    order = sorted(np.flatnonzero(used).tolist(), key=all_words.__getitem__)
    number = np.full(len(all_words), -1, np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return [all_words[i] for i in order], [replace(bags, indices=number[bags.indices]) for bags in merged]
