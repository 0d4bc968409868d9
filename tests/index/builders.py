"""Small articles, and embedders whose vectors can be drawn on paper."""

from collections.abc import Iterable, Mapping, Sequence
from math import cos, radians, sin

import numpy as np

from index.protocols import Embedder, Vectors
from kb.models import Article, ArticleRef, Section


def article(
    slug: str,
    text: str = "",
    *,
    lang: str = "en",
    key: str = "",
    title: str = "",
    category: str = "help",
    audience: str = "everyone",
    boost: float = 1.0,
    exclude: bool = False,
    questions: tuple[str, ...] = (),
) -> Article:
    """One article with one section for each paragraph of `text`."""
    paragraphs = (text or f"About {slug}.").split("\n\n")
    sections = tuple(Section(f"part-{i}", f"Part {i}", 2, t) for i, t in enumerate(paragraphs))
    return Article(
        lang, slug, key or slug, category, title or f"The {slug} article", sections, audience=audience, boost=boost,
        exclude=exclude, questions=questions, source=f"{lang}/{category}/{slug}.md",
    )  # fmt: skip


def everything(refs: Iterable[ArticleRef]) -> set[ArticleRef]:
    """A store in which every article may be seen."""
    return set(refs)


class CountingEmbedder:
    """Another embedder, counting the texts it is asked for."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.fingerprint = inner.fingerprint
        self.passages: list[str] = []
        self.queries: list[str] = []

    @property
    def dimensions(self) -> int:
        return self._inner.dimensions

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.queries += texts
        return self._inner.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages += texts
        return self._inner.encode_passages(texts)


class CompassEmbedder:
    """Two dimensions: a text points where the first of the given words in it says, in degrees; others point to 0.

    Use words whose directions cancel out over a collection's articles, so that their mean is zero and nothing moves
    when it is taken out.
    """

    fingerprint = "compass"
    dimensions = 2

    def __init__(self, degrees: Mapping[str, float]) -> None:
        self._degrees = degrees

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._direction(t) for t in texts], np.float32).reshape(len(texts), 2)

    encode_passages = encode_queries

    def _direction(self, text: str) -> tuple[float, float]:
        found = sorted((text.find(word), angle) for word, angle in self._degrees.items() if word in text)
        angle = radians(found[0][1] if found else 0.0)
        return cos(angle), sin(angle)


class BrokenEmbedder:
    """A model that loads and then fails on every text."""

    def __init__(self, fingerprint: str, dimensions: int = 2) -> None:
        self.fingerprint = fingerprint
        self.dimensions = dimensions

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError("the model fell over")

    encode_passages = encode_queries
