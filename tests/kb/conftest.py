"""A folder to write articles into, and a store on each of the two databases; a missing PostgreSQL fails the tests."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.database.connection import connect
from kb.repository import ArticleRepository
from tests.databases import migrated_sqlite

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
def store(migrated_url: str) -> Iterator[ArticleRepository]:
    """An empty ArticleStore."""
    engine = connect(migrated_url)
    yield ArticleRepository(engine)
    engine.dispose()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[ArticleRepository]:
    """For tests of publishing, where the database makes no difference."""
    engine = connect(migrated_sqlite(tmp_path / "signpost.db"))
    yield ArticleRepository(engine)
    engine.dispose()
