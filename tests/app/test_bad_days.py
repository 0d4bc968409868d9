"""An operator's bad days: what can be served is served, the rest is said, and the doctor finds it (test_doctor.py)."""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.settings.schema import Settings
from core import atomic_files
from tests import articles
from tests.support.conftest import make_settings

__all__ = ["make_settings"]


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    made = make_settings(rate_limits="off", challenge="off")
    articles.write_demo(made.kb_dir)
    s = create_app(made).extensions["signpost"]
    articles.publish(s)
    s.close()
    return made


@pytest.fixture
def start(settings: Settings) -> Callable[[], Flask]:
    def begin() -> Flask:
        return create_app(settings)

    return begin


TICKET = {"message": "The left earbud is silent.", "email": "ada@example.org", "lang": "en", "consent": True}


def write_ticket(app: Flask) -> int:
    return app.test_client().post("/api/v1/tickets", json=TICKET).status_code


def damage_table(path: Path, table: str) -> None:
    """Overwrite the page a table begins with."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))


def test_with_damaged_pages_of_tickets_articles_and_search_go_on(
    settings: Settings, start: Callable[[], Flask]
) -> None:
    damage_table(settings.data_dir / "signpost.db", "ticket")
    app = start()
    client = app.test_client()

    assert client.get("/healthz").status_code == 200
    assert client.get("/en/").status_code == 200
    found = client.get("/api/v1/search?q=battery&lang=en").get_json()
    assert found["results"]
    assert write_ticket(app) >= 500
    form = client.post("/en/contact", data={"message": "Every word I typed.", "email": "ada@example.org"})
    assert form.status_code >= 400 and "Every word I typed." in form.text
    app.extensions["signpost"].close()


def test_on_a_full_disk_reading_goes_on_and_readiness_says_so(
    start: Callable[[], Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start()

    def full(_folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic_files, "check", full)
    client = app.test_client()
    ready = client.get("/readyz")
    assert ready.status_code == 503 and ready.get_json()["files"] == "failed"
    assert client.get("/api/v1/search?q=battery&lang=en").get_json()["results"]
    app.extensions["signpost"].close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every folder")
def test_with_read_only_data_reading_goes_on(settings: Settings, start: Callable[[], Flask]) -> None:
    app = start()
    (settings.data_dir / "attachments").mkdir(exist_ok=True)
    (settings.data_dir / "attachments").chmod(0o500)
    assert app.test_client().get("/readyz").get_json()["files"] == "failed"
    assert app.test_client().get("/en/").status_code == 200
    (settings.data_dir / "attachments").chmod(0o700)
    app.extensions["signpost"].close()


def test_a_clock_that_was_wrong_loses_nothing(start: Callable[[], Flask]) -> None:
    app = start()
    s = app.extensions["signpost"]
    for when in (datetime.now(UTC) + timedelta(days=400), datetime(1970, 1, 2, tzinfo=UTC), datetime.now(UTC)):
        s.now = lambda when=when: when
        assert write_ticket(app) == 201
    assert s.backlog(datetime.now(UTC))["pending"] >= 3
    s.close()


def test_half_written_files_are_nobody_s(settings: Settings, start: Callable[[], Flask]) -> None:
    for name in ("attachments/ab/abc.part", "mail/x.part", "inbound/ab/x.part"):
        path = settings.data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    (settings.index_dir / "generations" / "20990101T000000-half").mkdir()  # a generation without its manifest
    app = start()

    assert write_ticket(app) == 201
    assert app.test_client().get("/api/v1/search?q=battery&lang=en").get_json()["results"]
    app.extensions["signpost"].close()
