"""The real model, its embedders, and the demo help centre indexed by it: each made once."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from index.embed import open_embedder
from index.protocols import Embedder
from index.query.hints import LiveHints
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.models import Article, ArticleRef
from kb.source.folder_reader import read_folder
from tests.model.real import ROOT, default_model


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The default model's folder."""
    return default_model()


@pytest.fixture(scope="session")
def serving(model_dir: Path) -> Embedder:
    """What a serving process uses."""
    return open_embedder(model_dir=model_dir)


@pytest.fixture(scope="session")
def demo() -> tuple[Article, ...]:
    """The demo help centre's articles."""
    return read_folder(ROOT / "kb" / "articles").articles


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where vectors that were computed in this run are kept."""
    return tmp_path_factory.mktemp("vectors")


@pytest.fixture(scope="session")
def demo_index(
    demo: tuple[Article, ...], serving: Embedder, vectors: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of the demo help centre's index."""
    folder = tmp_path_factory.mktemp("index")
    bring_up_to_date(demo, serving, folder, cache_folder=vectors)
    return folder


@pytest.fixture(scope="session")
def search(demo_index: Path, serving: Embedder) -> Search:
    """A search over the demo help centre."""

    def visible(refs: Iterable[ArticleRef]) -> set[ArticleRef]:
        return set(refs)

    hints = LiveHints(ROOT / "kb" / "articles")
    found = Search(LiveIndex(demo_index), serving, visible, budget_ms=60_000, hints=hints)
    found.prepare()
    return found
