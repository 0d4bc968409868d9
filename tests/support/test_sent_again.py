"""Send, back, send makes one ticket; other words, another person or another key make another one."""

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from app.settings.schema import Settings
from core.database.connection import connect
from support.tickets.models import NewTicket, Ticket
from support.tickets.schema import ticket as ticket_table
from support.tickets.service import TicketService
from tests.support.test_contact_form import read_form

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
TYPED = {"email": "ada@example.org", "message": "Where is my refund?", "consent": "yes"}
ASKED = NewTicket("Where is my refund?", "en", "https://help.example.org", email="ada@example.org")


def send(client: FlaskClient, **changes: Any) -> str:
    """Opens the form anew, as after going back to a page that was not kept, and sends it; the status page's address."""
    values = {**read_form(client.get("/en/contact")).values, **TYPED, **changes}
    answer = client.post("/en/contact", data=values)
    assert answer.status_code == 303, answer.text
    return answer.location.split("?")[0]


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(ticket_table)).scalar_one()


def test_the_same_form_filled_in_twice_is_one_ticket_with_one_confirmation(client: FlaskClient, app: Flask) -> None:
    first, again = send(client), send(client)
    assert first == again
    assert count(app.extensions["signpost"].engine) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"message": "Where is my refund now?"},
        {"subject": "Refund"},
        {"email": "eve@example.org"},
        {"name": "Ada"},
        {"fields.order_number": "TF-20418837"},
        {"preferred_channel": "phone", "phone": "+31 20 555 01 00"},
        {"attachments": (io.BytesIO(b"log"), "a.log")},
        {"journey": '{"suggestions": [{"lang": "en", "slug": "a", "rejected": "other", "comment": "tried it"}]}'},
    ],
)
def test_whoever_says_something_else_gets_a_ticket_of_its_own(client: FlaskClient, other: dict[str, Any]) -> None:
    assert send(client) != send(client, **other)


def test_a_file_that_is_gone_after_going_back_is_still_in_the_ticket(client: FlaskClient, app: Flask) -> None:
    first = send(client, attachments=(io.BytesIO(b"log"), "a.log"))
    assert send(client) == first
    assert count(app.extensions["signpost"].engine) == 1


def test_a_stranger_who_guesses_the_words_is_not_handed_the_link(client: FlaskClient, app: Flask) -> None:
    first = send(client)
    stranger = app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert send(stranger) != first


def test_a_request_of_the_api_without_a_key_is_recognised_and_a_key_says_otherwise(client: FlaskClient) -> None:
    body = {"email": "ada@example.org", "message": "It is silent.", "consent": True}

    def reference(**headers: str) -> str:
        answer = client.post("/api/v1/tickets", json=body, headers=headers)
        assert answer.status_code == 201, answer.json
        return str((answer.json or {})["reference"])

    first = reference()
    assert reference() == first
    keyed = reference(**{"Idempotency-Key": "a"})
    assert len({first, keyed, reference(**{"Idempotency-Key": "b"})}) == 3
    assert reference(**{"Idempotency-Key": "a"}) == keyed


def test_the_same_words_some_time_later_are_a_new_request(tickets: TicketService) -> None:
    first = tickets.create(ASKED, None, NOW, sent_from="x")
    assert tickets.create(ASKED, None, NOW + timedelta(minutes=9), sent_from="x").id == first.id
    later = tickets.create(ASKED, None, NOW + timedelta(minutes=11), sent_from="x")
    assert later.id != first.id
    assert tickets.create(ASKED, None, NOW + timedelta(minutes=12), sent_from="x").id == later.id


def test_what_is_not_held_now_does_not_end_in_a_ticket_that_is(tickets: TicketService) -> None:
    held = tickets.create(replace(ASKED, quarantine="link"), None, NOW, sent_from="x")
    assert tickets.create(replace(ASKED, quarantine="link"), None, NOW, sent_from="x").id == held.id
    free = tickets.create(ASKED, None, NOW, sent_from="x")
    assert not free.quarantine
    assert tickets.create(replace(ASKED, quarantine="link"), None, NOW, sent_from="x").id == free.id


def test_a_closed_ticket_is_not_the_answer_to_who_asks_again(tickets: TicketService) -> None:
    first = tickets.create(replace(ASKED, quarantine="link"), None, NOW, sent_from="x")
    tickets.reject(first.reference, NOW)
    assert tickets.create(replace(ASKED, quarantine="link"), None, NOW, sent_from="x").id != first.id


@pytest.mark.parametrize("age", [None, timedelta(minutes=30)])
def test_several_processes_at_once_make_one_ticket(
    make_settings: Callable[..., Settings], migrated_url: str, age: timedelta | None
) -> None:
    """On SQLite and PostgreSQL; each thread has an engine of its own, as a process has."""
    settings = make_settings(database_url=migrated_url)
    services = [TicketService(connect(migrated_url), settings) for _ in range(4)]
    if age is not None:
        services[0].create(ASKED, None, NOW - age, sent_from="x")
    ready, made = threading.Barrier(len(services)), list[Ticket]()

    def press(one: TicketService) -> None:
        ready.wait(30)
        made.append(one.create(ASKED, None, NOW, sent_from="x"))

    threads = [threading.Thread(target=press, args=(one,)) for one in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == len(services)
    assert len({one.reference for one in made}) == 1
    assert count(services[0].engine) == (1 if age is None else 2)
    for one in services:
        one.engine.dispose()
