"""Pure: rows of search in PostgreSQL as they are read and written, and how they are numbered."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
PASSAGES, TITLES = "passages", "titles"
WORDS, FORMS, WRITTEN = range(3)
# An article's own bag of words has the last number that a passage of it could have.
ARTICLE_BAG = 0xFFFF
PASSAGES_AN_ARTICLE = 1 << 16
# A word's number within its family, and the family's above it.
_FAMILY_BITS = 26
# A word's figures, by their columns.
FIGURES = ("frequency", "first", "second", "passage_frequency", "passage_first", "passage_second")


@dataclass(frozen=True)
class Serving:
    """Which epoch serves, at which generation, and how often that changed."""

    epoch: int
    generation: int
    published: int


@dataclass(frozen=True)
class EpochRow:
    """What of an epoch each of its generations changes."""

    epoch: int
    generation: int
    manifest: dict[str, Any]


@dataclass(frozen=True)
class Frozen:
    """What stays while an epoch lasts, but for the spread, which is written again when it has moved."""

    means: bytes
    lengths: dict[str, float]
    spread: bytes


@dataclass(frozen=True)
class ArticleRow:
    """One article as it is stored. A byte of `passages` and of `titles` for each of them: its state, of a title with
    128 added where it is a question's."""

    article: int
    lang: str
    slug: str
    key: str
    title: str
    category: str
    audience: str
    boost: float
    same_titles: int
    content: str
    stamp: str
    passages: bytes
    titles: bytes


@dataclass(frozen=True)
class TermRows:
    """Words of one kind and family, with their figures, in the order of their numbers."""

    numbers: NDArray[np.int32]
    words: list[str]
    frequency: NDArray[np.int32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    passage_frequency: NDArray[np.int32]
    passage_first: NDArray[np.float32]
    passage_second: NDArray[np.float32]


@dataclass(frozen=True)
class WindowRows:
    """The windows of some passages, one after the other; `ids` are their passages."""

    ids: Ids
    lengths: NDArray[np.float32]
    vectors: NDArray[np.float16]


def article_bag(article: int) -> int:
    """The id of an article's own bag of words."""
    return article * PASSAGES_AN_ARTICLE + ARTICLE_BAG


def term(family: int, words: Any) -> NDArray[np.int64]:
    """Words' numbers in postings, where those of all families stand together."""
    return np.asarray(words, np.int64) + (family << _FAMILY_BITS)
