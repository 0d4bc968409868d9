"""Several nodes, each with a data folder and an articles folder of its own, on one PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.container import Services
from app.settings.schema import Settings
from tests.articles import UNHURRIED
from tests.databases import PostgresServer

SECRET = "a" * 40
AddNode = Callable[..., Flask]


@pytest.fixture
def shared_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database(tables=True) as url:
        yield url


@pytest.fixture
def add_node(shared_url: str, tmp_path: Path) -> Iterator[AddNode]:
    made: list[Services] = []

    def add(name: str, **more: Any) -> Flask:
        folder = tmp_path / name
        (folder / "articles").mkdir(parents=True, exist_ok=True)
        values = {"data_dir": folder / "data", "kb_dir": folder / "articles", "embedder": "hashing", "watch": False}
        values = {**values, "database_url": shared_url, "secret_key": SECRET, **UNHURRIED, **more}
        app = create_app(Settings.load(values, environ={}))
        made.append(app.extensions["signpost"])
        return app

    yield add
    for services in made:
        services.close()
