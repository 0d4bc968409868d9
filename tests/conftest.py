"""Fixtures every test may use: settings on a temporary data folder, an app on them, a client and a command runner."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from app import create_app
from app.settings.schema import Settings
from tests import articles, compile_cache, heap
from tests.databases import PostgresServer, migrated_sqlite, with_tables
from tests.index.database import SearchDatabase
from tests.parallel import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]  # pytest calls them


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    with compile_cache.remembered(), heap.left_alone():
        yield


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("SIGNPOST_") or name in {"PORT", "HOST"}:
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings on a new database, no articles, and the embedder that needs no model."""
    folder = tmp_path / "articles"
    folder.mkdir()
    values = {"data_dir": tmp_path / "data", "kb_dir": folder, "embedder": "hashing", "watch": False}
    return with_tables(Settings.load({**values, **articles.UNHURRIED}, environ={}))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL. Where it cannot start, tests that need it fail; they are not skipped."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def search_tables(postgres: PostgresServer) -> Iterator[SearchDatabase]:
    """A database with the tables of search, for all tests that clear them before they use them."""
    with postgres.database(tables=False) as url, SearchDatabase.opened(url) as opened:
        yield opened


@pytest.fixture
def search_database(search_tables: SearchDatabase) -> SearchDatabase:
    """The tables of search, empty."""
    search_tables.clear()
    return search_tables


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """What asks for a database, by either fixture below, runs on both."""
    return str(request.param)


@pytest.fixture
def migrated_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database with all tables: a copy, see tests/databases.py."""
    if database_kind == "sqlite":
        yield migrated_sqlite(tmp_path / "data" / "signpost.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(tables=True) as url:
            yield url


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database without any table, for tests of migrations."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty' / 'signpost.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(tables=False) as url:
            yield url


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    application = create_app(settings)
    application.testing = False  # Errors must come out as visitors see them.
    yield application
    application.extensions["signpost"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def help_centre(app: Flask, settings: Settings) -> FlaskClient:
    """A client of a help centre with a few articles in three languages (tests/articles.py), published and indexed."""
    articles.write_demo(settings.kb_dir)
    articles.publish(app.extensions["signpost"])
    return app.test_client()


@pytest.fixture(scope="session")
def shared_help_centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The same for tests that only read: made once, without rate limits. Leave no trace in it."""
    folder = tmp_path_factory.mktemp("shared")
    values = {"data_dir": folder / "data", "kb_dir": folder / "articles", "embedder": "hashing", "rate_limits": "off"}
    articles.write_demo(folder / "articles")
    application = create_app(with_tables(Settings.load({**values, **articles.UNHURRIED}, environ={})))
    articles.publish(application.extensions["signpost"])
    yield application.test_client()
    application.extensions["signpost"].close()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()
