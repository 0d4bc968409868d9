"""What a node keeps in memory of a generation in PostgreSQL: articles' metadata, words with their figures, means. It is
read again where it is missing, and where a publish has changed it: only what the generations since have written."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from index.database import repository
from index.database.generation import DatabaseGeneration
from index.database.parts import Place
from index.database.reader import Reader
from index.database.rows import ArticleRow, EpochRow, Frozen, Serving
from index.database.spread import SPREAD_SINCE, spread_of
from index.database.words import Words
from index.parts.language_centering import Means, means_of
from index.protocols import Vectors
from index.storage.generation import IndexedArticle, Manifest


@dataclass(frozen=True)
class Catalogue:
    """One generation of one epoch."""

    serving: Serving
    kept: "_Kept"
    articles: dict[int, ArticleRow]
    words: dict[tuple[int, int], Words]
    generation: DatabaseGeneration

    @staticmethod
    def read(read: Reader, vector_schema: str, serving: Serving, before: "Catalogue | None" = None) -> "Catalogue":
        """As it is at `serving`, from what is known of an earlier generation of the same epoch."""
        epoch = serving.epoch
        row = read(repository.epoch_row, epoch)
        assert row is not None  # noqa: S101 - it is there in this transaction
        same = before is not None and before.serving.epoch == epoch and before.serving.generation <= serving.generation
        known = before if same else None
        spread_since = row.manifest.get(SPREAD_SINCE, 1)
        kept = known.kept if known else None
        if kept is None or kept.spread_since != spread_since:
            kept = _Kept.of(read(repository.frozen, epoch), spread_since)
        since = known.serving.generation if known else -1
        articles = dict(known.articles) if known else {}
        articles |= {one.article: one for one in read(repository.articles, epoch, since)}
        there = set(read(repository.article_numbers, epoch).tolist())
        articles = {number: one for number, one in articles.items() if number in there}
        words = dict(known.words) if known else {}
        for key, rows in read(repository.terms, epoch, since).items():
            words[key] = words.get(key, Words()).updated(rows)
        generation = _generation(Place(read, epoch, vector_schema), row, kept, articles, words)
        return Catalogue(serving, kept, articles, words, generation)


@dataclass(frozen=True)
class _Kept:
    """What stays while an epoch lasts, or for long: the spread is that of the generation `spread_since`."""

    means: Means
    spread: tuple[Vectors, Vectors]
    spread_since: int

    @staticmethod
    def of(frozen: Frozen, spread_since: int) -> "_Kept":
        return _Kept(means_of(frozen.means), spread_of(frozen.spread), spread_since)


def _generation(
    place: Place, row: EpochRow, kept: _Kept, articles: dict[int, ArticleRow],
    words: dict[tuple[int, int], Words],
) -> DatabaseGeneration:  # fmt: skip
    ordered = sorted(articles.values(), key=lambda one: (one.lang, one.slug))
    return DatabaseGeneration(
        place, row.generation, manifest_of(row.manifest), kept.means, kept.spread,
        [
            IndexedArticle(
                a.lang, a.slug, a.key, a.title, a.category, a.audience, a.boost, a.same_titles, a.content
            )
            for a in ordered
        ],
        np.array([a.article for a in ordered], np.int64),
        [(a.passages, a.titles) for a in ordered],
        words,
    )  # fmt: skip


def manifest_of(stored: dict[str, Any]) -> Manifest:
    known = {name: value for name, value in stored.items() if name in Manifest.__dataclass_fields__}
    return Manifest(**{**known, "families": tuple(stored["families"]), "languages": tuple(stored["languages"])})
