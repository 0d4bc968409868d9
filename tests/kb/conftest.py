"""A folder to write articles into, and a store on each of the two databases; a missing PostgreSQL fails the tests."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.migrations import migrate
from core.database import connect
from kb.repository import ArticleRepository

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TODAY = NOW.date()

WriteFile = Callable[[str, str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir(exist_ok=True)
    return made


@pytest.fixture
def write(folder: Path) -> WriteFile:
    """Write a file below the articles folder."""

    def write_file(path: str, content: str) -> Path:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def store(database_url: str) -> Iterator[ArticleRepository]:
    """An empty ArticleStore."""
    engine = connect(database_url)
    migrate(engine)
    yield ArticleRepository(engine)
    engine.dispose()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[ArticleRepository]:
    """For tests of publishing, where the database makes no difference."""
    engine = connect(f"sqlite:///{tmp_path / 'signpost.db'}")
    migrate(engine)
    yield ArticleRepository(engine)
    engine.dispose()
