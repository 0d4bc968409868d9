"""Related articles (nearest neighbours in one language) and near-duplicate detection."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from index.analysis import tokens
from index.parts.language_centering import subtract_mean
from index.protocols import Embedder
from index.ranking.fuse import Floats
from index.storage.generation import Generation

# Weight of title similarity against text similarity: titles tell apart articles whose texts share much.
_TITLE_SHARE = 0.3
# Thresholds for near-duplicates, above any two articles that readers need both of (docs/authors/lint.md).
_DUPLICATE_SEMANTIC, _DUPLICATE_WORDS = 0.65, 0.6
# Blocking: near-duplicates are far above this whole-article cosine, so other pairs are not compared by passage.
_COMPARE_FROM = 0.6
_ROWS_AT_ONCE = 512
_NEAR_PASSAGES, _NEAR_TITLES = 200, 60


@dataclass(frozen=True)
class NearDuplicates:
    """Two near-duplicate article rows. `semantic` is the mean best passage cosine, `words` the token overlap."""

    row: int
    other: int
    semantic: float
    words: float


def nearest(generation: Generation, row: int) -> list[tuple[int, float]]:
    """Other articles of an article's language, not versions of it, with their similarity, most similar first."""
    article = generation.articles[row]
    text, title = _texts(generation, [row])[0], _titles(generation, [row])[0]
    rows = _articles_of(generation.dense.search(text[None, :], _NEAR_PASSAGES)[1][0], generation.passage_article)
    rows |= _articles_of(generation.titles.search(title[None, :], _NEAR_TITLES)[1][0], generation.title_articles)
    others = [
        r for r in sorted(rows)
        if generation.articles[r].lang == article.lang and generation.articles[r].key != article.key
    ]  # fmt: skip
    similarity = (1 - _TITLE_SHARE) * (_texts(generation, others) @ text)
    similarity += _TITLE_SHARE * (_titles(generation, others) @ title)
    return [(others[i], float(similarity[i])) for i in np.argsort(-similarity, kind="stable")]


def nearest_to(generation: Generation, embedder: Embedder, title: str, text: str, lang: str) -> list[tuple[int, float]]:
    """Articles of a language with their similarity to one that is in no index: its title and, if there is one already,
    the beginning of its text. Most similar first."""
    means = generation.means
    named = subtract_mean(embedder.encode_passages([title]), means.title(lang))[0]
    found = generation.titles.search(named[None, :], _NEAR_TITLES)
    rows = _articles_of(found[1][0], generation.title_articles)
    said = None
    if text.strip():
        said = subtract_mean(embedder.encode_passages([f"{title}\n{text}"]), means.passage(lang))[0]
        rows |= _articles_of(generation.dense.search(said[None, :], _NEAR_PASSAGES)[1][0], generation.passage_article)
    near = [row for row in sorted(rows) if generation.articles[row].lang == lang]
    if not near:
        return []
    by_title = np.array([_best_title(generation, row, named) for row in near], np.float32)
    similarity = by_title
    if said is not None:
        by_text = [float((_vectors(generation, row) @ said).max(initial=-1.0)) for row in near]
        similarity = np.asarray((by_title + np.array(by_text)) / 2, np.float32)
    return [(near[i], float(similarity[i])) for i in np.argsort(-similarity, kind="stable")]


def _best_title(generation: Generation, row: int, named: Floats) -> float:
    first, last = np.searchsorted(generation.title_articles, [row, row + 1])
    return float((generation.title_vectors[first:last] @ named).max(initial=-1.0))


def _articles_of(found: NDArray[np.int64], article_of: NDArray[np.int64]) -> set[int]:
    return {int(article_of[number]) for number in found if number >= 0}


def nearest_passages(generation: Generation, rows: Sequence[int], to: int) -> list[int]:
    """The passage of each of some articles that is most similar to article `to`."""
    target = _texts(generation, [to])[0]
    generation.prepare_ranked(rows, [])
    spans = [_passages(generation, row) for row in rows]
    return [first + int(np.argmax(generation.passage_vectors[first:last] @ target)) for first, last in spans]


def near_duplicates(generation: Generation) -> Iterator[NearDuplicates]:
    """Near-duplicate pairs in one language: each passage has a similar one in the other article, both ways, and most of
    the shorter article's words occur in the other."""
    for lang in generation.manifest.languages:
        words = cache(partial(_words, generation))  # one article is near many
        rows = np.flatnonzero(generation.article_lang == lang).tolist()
        text = _texts(generation, rows)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            near = text[start : start + _ROWS_AT_ONCE] @ text.T
            for i, j in zip(*np.where(near > _COMPARE_FROM), strict=True):
                row, other = rows[start + int(i)], rows[int(j)]
                if row < other and (found := _compare(generation, row, other, words)):
                    yield found


def _compare(
    generation: Generation, row: int, other: int, words_of: Callable[[int], set[str]]
) -> NearDuplicates | None:
    cosines = _vectors(generation, row) @ _vectors(generation, other).T
    semantic = float(min(cosines.max(axis=0).mean(), cosines.max(axis=1).mean()))
    if semantic < _DUPLICATE_SEMANTIC:
        return None
    own, other_words = words_of(row), words_of(other)
    words = len(own & other_words) / max(1, min(len(own), len(other_words)))
    return NearDuplicates(row, other, semantic, words) if words >= _DUPLICATE_WORDS else None


def _passages(generation: Generation, row: int) -> tuple[int, int]:
    return int(generation.first_passage[row]), int(generation.first_passage[row + 1])


def _vectors(generation: Generation, row: int) -> Floats:
    first, last = _passages(generation, row)
    return generation.passage_vectors[first:last]


def _words(generation: Generation, row: int) -> set[str]:
    article = generation.articles[row]
    first, last = _passages(generation, row)
    texts = [generation.passages[number].text for number in range(first, last)]
    return set(tokens("\n".join([article.title, *texts]), article.lang))


def _texts(generation: Generation, rows: Sequence[int]) -> Floats:
    """One unit vector an article: the mean of its passages."""
    return _unit(generation.article_means(rows))


def _titles(generation: Generation, rows: Sequence[int]) -> Floats:
    """One unit vector an article: the mean of its title and questions; zero without."""
    return _unit(generation.title_means(rows))


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-6), np.float32)
