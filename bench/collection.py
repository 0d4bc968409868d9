"""Loads a retrieval test set as articles and opens a Search over a temporary index, all with the product's own code."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.settings.schema import Settings
from core.texts.languages import canonical
from index.embed.choose import open_embedder
from index.protocols import Embedder
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.models import Article, Section


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


@contextmanager
def open_search(articles: list[Article], precision: str = "") -> Iterator[tuple[Search, LiveIndex]]:
    """Search over these articles. Nothing persists but the embedding cache, which the product shares."""
    chosen = embedder(precision)
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        folder = Path(scratch)
        bring_up_to_date(articles, chosen, folder, cache_folder=Settings.load().index_dir / "vectors")
        live = LiveIndex(folder)
        # Quality is measured whatever else this machine is doing: no question is answered without the model.
        yield Search(live, chosen, set, budget_ms=60_000), live
