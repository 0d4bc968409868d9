"""A database that is locked: nobody waits for ever, nothing typed is lost, and it works again afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app import create_app
from app.settings.schema import Settings
from core.database import connection as database
from core.database.connection import connect
from tests.support.test_contact_form import fill, read_form
from tests.support.test_tickets_api import GOOD

WORDS = "The left earbud has been silent since Tuesday."


@pytest.fixture
def client(
    make_settings: Callable[..., Settings], migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlaskClient]:
    monkeypatch.setattr(database, "_LOCK_SECONDS", 1)
    monkeypatch.setattr(database, "_BUSY_SECONDS", 1)
    app = create_app(make_settings(database_url=migrated_url, rate_limits="off"))
    app.testing = False
    yield app.test_client()
    app.extensions["signpost"].close()


@pytest.fixture
def other(client: FlaskClient, migrated_url: str) -> Iterator[Engine]:
    """Somebody else at the same database."""
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


@contextmanager
def locked(other: Engine, tables: str = "ticket, idempotency") -> Iterator[None]:
    """These can neither be read (PostgreSQL) nor written (both) meanwhile, as during a careless migration."""
    writing = other.dialect.name == "sqlite"
    with other.connect().execution_options(writing=writing) as connection, connection.begin():
        if not writing:
            connection.execute(text(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"))
        yield


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT COUNT(*) FROM ticket")).scalar_one())


def test_the_form_says_that_nothing_was_sent_keeps_every_word_and_works_afterwards(
    client: FlaskClient, other: Engine
) -> None:
    values = fill(client, message=WORDS)
    with locked(other):
        refused = client.post("/en/contact", data=values)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "60"
    form = read_form(refused)
    assert (form.values["message"].strip(), form.values["email"]) == (WORDS, "ada@example.org")
    assert count(other) == 0

    sent = client.post("/en/contact", data={**values, **form.values})
    assert sent.status_code == 303
    assert count(other) == 1


def test_programs_are_told_to_come_again_and_get_one_ticket(client: FlaskClient, other: Engine) -> None:
    headers = {"Idempotency-Key": "once"}
    with locked(other):
        refused = client.post("/api/v1/tickets", json=GOOD, headers=headers)
        health = client.get("/readyz")

    assert refused.status_code == 503
    assert (refused.json or {})["error"]["code"] == "not_stored"
    assert (health.status_code, (health.json or {})["storing"]) == (503, "failed")
    assert client.post("/api/v1/tickets", json=GOOD, headers=headers).status_code == 201
    assert count(other) == 1


def test_words_on_the_status_page_stand_on_the_page_that_says_so_and_can_be_sent_from_it(
    client: FlaskClient, other: Engine
) -> None:
    address = client.post("/api/v1/tickets", json=GOOD).json["status_url"]  # type: ignore[index]
    path = "/t/" + address.split("/t/")[1]
    client.post(f"{path}/solved")
    with locked(other):
        refused = client.post(f"{path}/reopen", data={"message": WORDS + " <b>", "key": "k1"})

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "60"
    assert f'action="{path}/reopen"' in refused.text
    assert unescape(refused.text).count(WORDS) == 1
    assert "<b>" not in refused.text
    assert 'name="key" value="k1"' in refused.text
    assert client.post(f"{path}/reopen", data={"message": WORDS, "key": "k1"}).status_code == 303
    assert WORDS in client.get(path).text


def test_a_form_with_a_password_is_not_shown_again(client: FlaskClient, other: Engine) -> None:
    with locked(other, "desk_attempts"):
        refused = client.post("/desk/sign-in", data={"login": "ada@example.org", "password": "a secret of mine"})

    assert refused.status_code == 503
    assert "a secret of mine" not in refused.text
