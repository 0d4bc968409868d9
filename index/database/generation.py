"""A generation whose rows are in PostgreSQL.

What ranking needs of every article and word is in memory (`catalogue.py`); vectors, postings, bags of words, windows
and texts are read with each search, a step of it in one statement.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import FAMILIES
from index.database.parts import (
    Bags,
    DatabaseForms,
    DatabaseIndex,
    DatabaseKeyword,
    DatabaseLevel,
    DatabaseLexicon,
    DatabaseTexts,
    DatabaseVectors,
    DatabaseWindows,
    Numbering,
    Place,
)
from index.database.rows import FORMS, PASSAGES, PASSAGES_AN_ARTICLE, TITLES, WORDS, WRITTEN, article_bag
from index.database.words import Words
from index.parts.language_centering import Means
from index.protocols import DenseIndex, Vectors
from index.query.spelling import Vocabulary
from index.storage.generation import Generation, IndexedArticle, Manifest

# Of a title's byte: whether it is a question that authors gave; the rest is its state.
QUESTION = 128


class DatabaseGeneration(Generation):
    """Attributes are those of a Generation. `at` gives one that reads in another transaction."""

    def __init__(
        self, place: Place, number: int, manifest: Manifest, means: Means, spread: tuple[Vectors, Vectors],
        articles: Sequence[IndexedArticle], numbers: NDArray[np.int64], states: Sequence[tuple[bytes, bytes]],
        words: dict[tuple[int, int], Words],
    ) -> None:  # fmt: skip
        self.place, self.number = place, number
        self.name = f"database {place.epoch}.{number}"
        self.folder = Path(self.name)
        self.manifest, self.means, self.spread = manifest, means, spread
        self.articles = list(articles)
        self.article_numbers = numbers
        self._words = words
        counts = np.array([len(passages) for passages, _ in states], np.int64)
        title_counts = np.array([len(titles) for _, titles in states], np.int64)
        rows = np.arange(len(self.articles), dtype=np.int64)
        self._article_of = np.repeat(rows, counts).astype(np.int32)
        self.title_articles = np.repeat(rows, title_counts)
        told = np.frombuffer(b"".join(titles for _, titles in states), np.uint8)
        self.is_title = told < QUESTION
        self.title_state = told % QUESTION
        self.passage_state = np.frombuffer(b"".join(passages for passages, _ in states), np.uint8)
        self._passages = Numbering.of(_ids(numbers, counts))
        self._titles = Numbering.of(_ids(numbers, title_counts))
        self.vocabularies = {f: _vocabulary(words.get((WRITTEN, FAMILIES.index(f)))) for f in manifest.families}
        self._bind(place)
        self._number()
        self._bind(place)

    def at(self, place: Place) -> "DatabaseGeneration":
        """The same, read as `place` says."""
        other = copy(self)
        other._bind(place)
        return other

    def _bind(self, place: Place) -> None:
        self.place = place
        size = len(self.means.passage(""))
        self.passages: Any = DatabaseTexts(place, self._passages, self._article_of)
        self.dense, self.titles = (
            DatabaseIndex(place, PASSAGES, self._passages),
            DatabaseIndex(place, TITLES, self._titles),
        )
        self._stored_passages = DatabaseVectors(place, PASSAGES, self._passages, size)
        self._stored_titles = DatabaseVectors(place, TITLES, self._titles, size)
        self._own_windows = DatabaseWindows.at(place, self._passages)
        self.passage_vectors, self.title_vectors = self._stored_passages, self._stored_titles
        self.windows = self._own_windows
        self._bags = Bags(place)
        if not hasattr(self, "family_articles"):
            return
        self.lexicons, self.exact, keyword = {}, {}, {}
        for name in self.manifest.families:
            number = FAMILIES.index(name)
            articles, passages, numbering = self._of_family[name]
            words, forms = self._words.get((WORDS, number), Words()), self._words.get((FORMS, number), Words())
            self.lexicons[name] = DatabaseLexicon(
                words.words, words.ids,
                DatabaseLevel.of_figures(words.frequency, words.first, words.second, self._bags, articles, 0),
                DatabaseLevel.of_figures(
                    words.passage_frequency, words.passage_first, words.passage_second, self._bags, passages, 0
                ),
            )  # fmt: skip
            self.exact[name] = DatabaseForms(
                forms.words, forms.ids,
                DatabaseLevel.of_figures(
                    forms.passage_frequency, forms.passage_first, forms.passage_second, self._bags, passages, 1
                ),
            )  # fmt: skip
            keyword[name] = DatabaseKeyword(place, number, self.lexicons[name], numbering)
        self.keyword = keyword

    def _number(self) -> None:
        super()._number()
        bags = article_bag(1) - PASSAGES_AN_ARTICLE + self.article_numbers * PASSAGES_AN_ARTICLE
        self._of_family = {}
        passage_family = self.article_family[self.passage_article] if len(self.passages) else np.array([], str)
        for name, rows in self.family_articles.items():
            own = np.flatnonzero(passage_family == name)
            self._of_family[name] = bags[rows], self._passages.ids[own], Numbering.of(self.article_numbers[rows])
        self._bags_of_articles = bags

    def nearest(
        self, asked: Sequence[tuple[DenseIndex, Vectors, int, NDArray[np.bool_] | None]]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        asks = [index.ask(*others) for index, *others in asked]  # type: ignore[attr-defined]
        return self.place.ask(*asks)

    def by_words(
        self, asked: Sequence[tuple[str, Sequence[str], int, NDArray[np.bool_] | None]]
    ) -> list[list[tuple[int, float]]]:
        return self.place.ask(*(self.keyword[name].ask(*others) for name, *others in asked))  # type: ignore[attr-defined]

    def prepare_evidence(
        self, rows: NDArray[np.int64], passages: NDArray[np.int64], vectors: Mapping[str, Vectors] | None
    ) -> None:
        asks = self._bags.ask(np.concatenate([self._bags_of_articles[rows], self._passages.ids[passages]]))
        if vectors is not None and len(passages):
            first = np.searchsorted(self.title_articles, rows)
            last = np.searchsorted(self.title_articles, rows, side="right")
            titles = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
            named = [tag for tag in vectors if tag]
            stored = (
                (self._stored_passages, passages, self.passage_lang), (self._stored_titles, titles, self.title_lang)
            )  # fmt: skip
            for source, own, lang_of in stored:
                tags = lang_of[own] if len(own) else np.array([], str)
                for tag, vector in vectors.items():
                    chosen = tags == tag if tag else ~np.isin(tags, named)
                    asks += source.ask_products_of(own[chosen], vector)
            asks += self._own_windows.ask_best(passages, self.passage_lang[passages], self.means, vectors)
        self.place.ask(*asks)

    def prepare_ranked(self, rows: Sequence[int], passages: Sequence[int]) -> None:
        spans = [np.arange(self.first_passage[row], self.first_passage[row + 1]) for row in rows]
        ids, asks = self._stored_passages.ask_rows(np.concatenate(spans) if spans else np.zeros(0, np.int64))
        found = self.place.ask(*asks, *self.passages.ask(passages), *self._own_windows.ask_shown(passages))
        self._stored_passages.fetched(ids, found[: len(asks)])

    def prepare_shown(self, passages: Sequence[int]) -> None:
        self.place.ask(*self.passages.ask(passages), *self._own_windows.ask_shown(passages))

    def raw_vectors(self) -> tuple[Vectors, Vectors]:
        raise NotImplementedError("vectors as the model gave them are with the publisher")


def _ids(numbers: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The id of every passage, or title, of articles with these numbers and counts."""
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(np.repeat(numbers * PASSAGES_AN_ARTICLE, counts) + within)


def _vocabulary(words: Words | None) -> Vocabulary:
    if words is None:
        return Vocabulary((), ())
    known = sorted(words.ids)
    return Vocabulary(tuple(known), tuple(int(words.frequency[words.ids[word]]) for word in known))
