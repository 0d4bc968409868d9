"""Which articles of a language are nearest to one: further reading, and near-duplicates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.analysis import tokens
from index.ranking.fuse import Floats
from index.storage.generation import Generation

# What is near in text counts most; titles tell apart articles that share much of it.
_TITLE_SHARE = 0.3
# Nearer to each other, in meaning and in words, than any two articles that readers need both of (docs/authors/lint.md).
_TWIN_MEANING, _TWIN_WORDS = 0.65, 0.6
# Twins are far nearer than this on the whole, so that not every two articles are compared passage by passage.
_WORTH_COMPARING = 0.6
_ROWS_AT_ONCE = 512
_NEAR_PASSAGES, _NEAR_TITLES = 200, 60


@dataclass(frozen=True)
class NearDuplicates:
    """Two article rows that say nearly the same. `meaning` and `words`: how much of each the other has, up to 1."""

    row: int
    other: int
    meaning: float
    words: float


def nearest(generation: Generation, row: int) -> list[tuple[int, float]]:
    """Other articles of an article's language that are not versions of it, with their likeness, nearest first."""
    article = generation.articles[row]
    text, title = _texts(generation, [row])[0], _titles(generation, [row])[0]
    rows = _near(generation.dense.search(text[None, :], _NEAR_PASSAGES)[1][0], generation.passage_article)
    rows |= _near(generation.titles.search(title[None, :], _NEAR_TITLES)[1][0], generation.title_articles)
    others = [
        r for r in sorted(rows)
        if generation.articles[r].lang == article.lang and generation.articles[r].key != article.key
    ]  # fmt: skip
    likeness = (1 - _TITLE_SHARE) * (_texts(generation, others) @ text)
    likeness += _TITLE_SHARE * (_titles(generation, others) @ title)
    return [(others[i], float(likeness[i])) for i in np.argsort(-likeness, kind="stable")]


def _near(found: NDArray[np.int64], article_of: NDArray[np.int64]) -> set[int]:
    return {int(article_of[number]) for number in found if number >= 0}


def nearest_passage(generation: Generation, row: int, to: int) -> int:
    """The passage of article `row` that is nearest to article `to`."""
    first, last = _passages(generation, row)
    wanted = _texts(generation, [to])[0]
    return first + int(np.argmax(generation.passage_vectors[first:last] @ wanted))


def twins(generation: Generation) -> Iterator[NearDuplicates]:
    """Pairs of articles in one language that say nearly the same: every passage of the one has a near one in the other,
    both ways, and the shorter one's words stand in the other."""
    for lang in generation.manifest.languages:
        rows = np.flatnonzero(generation.article_lang == lang).tolist()
        text = _texts(generation, rows)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            near = text[start : start + _ROWS_AT_ONCE] @ text.T
            for i, j in zip(*np.where(near > _WORTH_COMPARING), strict=True):
                row, other = rows[start + int(i)], rows[int(j)]
                if row < other and (found := _compared(generation, row, other)):
                    yield found


def _compared(generation: Generation, row: int, other: int) -> NearDuplicates | None:
    cosines = _vectors(generation, row) @ _vectors(generation, other).T
    meaning = float(min(cosines.max(axis=0).mean(), cosines.max(axis=1).mean()))
    if meaning < _TWIN_MEANING:
        return None
    own, its = _words(generation, row), _words(generation, other)
    words = len(own & its) / max(1, min(len(own), len(its)))
    return NearDuplicates(row, other, meaning, words) if words >= _TWIN_WORDS else None


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
    """One direction an article: the mean of its passages."""
    means = [generation.passage_vectors[slice(*_passages(generation, int(r)))].mean(axis=0) for r in rows]
    return _unit(np.stack(means)) if means else np.zeros((0, generation.passage_vectors.shape[1]), np.float32)


def _titles(generation: Generation, rows: Sequence[int]) -> Floats:
    """One direction an article: the mean of its title and questions; zero without."""
    out = np.zeros((len(rows), generation.title_vectors.shape[1]), np.float32)
    for number, row in enumerate(rows):
        first, last = np.searchsorted(generation.title_articles, [row, row + 1])
        if last > first:
            out[number] = generation.title_vectors[first:last].mean(axis=0)
    return _unit(out)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-6), np.float32)
