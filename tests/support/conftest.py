"""The data layer is tested on both databases; a missing PostgreSQL fails, it does not skip."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.settings.schema import Settings
from core.database.connection import connect
from support.tickets.models import NewTicket
from support.tickets.service import TicketService
from tests.articles import UNHURRIED
from tests.databases import with_tables

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, 11:00 in Amsterdam


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(**overrides: object) -> Settings:
        folder = tmp_path / "articles"
        folder.mkdir(exist_ok=True)
        base = {"data_dir": tmp_path / "data", "kb_dir": folder, "embedder": "hashing", "watch": False, **UNHURRIED}
        return with_tables(Settings.load({**base, **overrides}, environ={}))

    return make


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


@pytest.fixture
def tickets(engine: Engine, make_settings: Callable[..., Settings]) -> TicketService:
    return TicketService(engine, make_settings(webhook_url="https://hooks.example/signpost"))


def new_ticket(**changes: object) -> NewTicket:
    values: dict[str, object] = {
        "message": "The left earbud is silent.",
        "lang": "en",
        "site_url": "https://help.example",
        "email": "ada@example.org",
        "name": "Ada",
        "subject": "No sound",
    }
    return NewTicket(**{**values, **changes})  # type: ignore[arg-type]


def rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())
