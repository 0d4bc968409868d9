"""Loads a retrieval test set as articles and opens a Search over a temporary index, all with the product's own code."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from app.settings.schema import Settings
from core.texts.languages import canonical
from index.embed.cache import VectorCache
from index.embed.choose import open_embedder
from index.protocols import Embedder, Vectors
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.models import Article, PassageKind, Section
from kb.passages import passages_of


@dataclass(frozen=True)
class Question:
    """A query of a test set. Search is given `text` and `lang` only."""

    id: str
    lang: str
    text: str


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def read_questions(path: Path) -> list[Question]:
    return [Question(q["id"], canonical(q["lang"]), q["text"]) for q in read_lines(path)]


def read_articles(folder: Path) -> list[Article]:
    """`corpus.jsonl` as articles: their text is plain, so it becomes one section as it stands."""
    return [
        Article(
            lang=canonical(d["lang"]),
            slug=d["id"],
            key=d["id"],
            category=d.get("category") or "",
            title=d.get("title") or "",
            sections=(Section("", "", 0, d["text"]),),
        )
        for d in read_lines(folder / "corpus.jsonl")
    ]


@lru_cache(maxsize=2)
def embedder(precision: str = "") -> Embedder:
    """The product's embedder as configured, or the default model in another precision."""
    settings = Settings.load()
    return open_embedder(
        model=settings.model,
        precision=precision or settings.precision,
        model_dir=settings.model_dir,
        kind=settings.embedder,
        workers=2,
    )


def without_answers(articles: list[Article], relevant: dict[str, set[str]], seed: str) -> list[Article]:
    """The articles less half of those that answer something, split by article: their questions are near unknowns."""
    answering = set().union(*relevant.values()) if relevant else set()
    return [a for a in articles if a.slug not in answering or _digest(seed, a.slug) % 2 == 0]


def only(articles: list[Article], relevant: dict[str, set[str]], count: int, seed: str) -> list[Article]:
    """`count` of the articles that answer something: the first weeks of a help centre."""
    answering = set().union(*relevant.values()) if relevant else set()
    return sorted((a for a in articles if a.slug in answering), key=lambda a: _digest(seed, a.slug))[:count]


def repeated(articles: Sequence[Article], passages: int) -> list[Article]:
    """Articles with at least so many passages together, under other addresses when they come again."""
    sizes = [sum(p.kind is PassageKind.BODY for p in passages_of(a)) for a in articles]
    out: list[Article] = []
    count = copy = 0
    while count < passages:
        for article, size in zip(articles, sizes, strict=True):
            if count >= passages:
                break
            end = f"-{copy}" if copy else ""
            out.append(replace(article, slug=article.slug + end, key=article.key + end))
            count += size
        copy += 1
    return out


def _digest(seed: str, slug: str) -> int:
    return int(hashlib.sha256(f"{seed}{slug}".encode()).hexdigest(), 16)


class _KeptQueries:
    """An embedder that keeps the vectors of questions as those of passages are kept, so that a second run is quick."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._cache = VectorCache(Settings.load().index_dir / "vectors", inner)
        self._known: dict[str, Vectors] = {}
        self.fingerprint = inner.fingerprint
        self.dimensions = inner.dimensions

    def remember(self, texts: Sequence[str]) -> None:
        """Look up, or compute, the vectors of many questions at once."""
        self._known |= zip(texts, self._cache.vectors([], texts).queries, strict=True)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """One look-up a text; `remember` many at once first."""
        missing = [t for t in texts if t not in self._known]
        if missing:
            self.remember(missing)
        return np.stack([self._known[t] for t in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._inner.encode_passages(texts)


@contextmanager
def open_search(articles: list[Article], precision: str = "") -> Iterator[tuple[Search, LiveIndex]]:
    """Search over these articles. Nothing persists but the embedding cache, which the product shares."""
    chosen = embedder(precision)
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        folder = Path(scratch)
        bring_up_to_date(articles, chosen, folder, cache_folder=Settings.load().index_dir / "vectors")
        live = LiveIndex(folder)
        # Quality is measured whatever else this machine is doing: no question is answered without the model.
        yield Search(live, _KeptQueries(chosen), set, budget_ms=60_000), live
