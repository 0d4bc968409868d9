"""The pack follows its schema, wherever it goes, and holds all a customer told."""

import json
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.container import Services
from support.tickets.agent_actions import AgentActions
from support.tickets.handoff import pack, schema
from support.tickets.journey import Journey
from support.tickets.models import CallOutcome, Channel, Consent, Identity, Ticket, Upload, Via
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)


def _full(tickets: TicketService) -> Ticket:
    journey = (
        Journey(page="https://shop.example/x", product="Earbuds 2", lang="tr", device="phone", reason="none_helped")
        .with_query("ses yok", "ask_human", NOW.isoformat())
        .with_suggestion("no-sound", "tr", title="Ses yok", opened=True, seconds_read=40, rejected="other", comment="?")
        .with_suggestion("reset", "tr", title="Sıfırlama", opened=True, solved=True)
    )
    receipt = tickets.files.save(Upload("fiş.txt", b"receipt"))
    other = tickets.files.save(Upload("log.txt", b"log"))
    return tickets.create(
        new_ticket(
            journey=journey,
            fields={"order_number": "TF-20418837"},
            attachments=(receipt, other),
            field_files={receipt.sha256: "receipt"},
            form="repair",
            team="workshop",
            product="Earbuds 2",
            time_zone="Europe/Istanbul",
            consents=(Consent("storage", "Keep it"), Consent("call", "Call me")),
            consent_text="Keep it\nCall me",
            identity=Identity.SIGNED,
            preferred_channel=Channel.PHONE,
            phone="+90 212 555 01 00",
        ),
        None,
        NOW,
    )


def test_a_full_request_and_a_bare_one_follow_the_schema(tickets: TicketService, validator: Any) -> None:
    full, bare = _full(tickets), tickets.create(new_ticket(name="", subject="", email="a@b.example"), None, NOW)
    for ticket in (full, bare):
        assert [error.message for error in validator.iter_errors(pack(ticket))] == []


def test_a_request_follows_it_through_its_whole_life(tickets: TicketService, validator: Any) -> None:
    agent_actions, ticket = AgentActions(tickets), _full(tickets)
    agent_actions.log_contact(ticket.reference, "secret", NOW, outcome=CallOutcome.NO_ANSWER)
    agent_actions.add_note(ticket.reference, "secret", NOW)
    agent_actions.reply(ticket.reference, "Please reset it.", NOW + timedelta(hours=1))
    tickets.add_customer_message(ticket.id, "It is back.", "k", NOW + timedelta(hours=2), via=Via.EMAIL)
    packed = pack(agent_actions.close(ticket.reference, NOW + timedelta(hours=3)))
    assert [error.message for error in validator.iter_errors(packed)] == []
    assert [(m["from"], m["via"]) for m in packed["messages"]] == [
        ("customer", "form"),
        ("team", "desk"),
        ("customer", "email"),
    ]
    assert "secret" not in json.dumps(packed)


def test_everything_the_customer_told_is_in_it(tickets: TicketService) -> None:
    packed = pack(_full(tickets))
    assert packed["journey"]["queries"] == [
        {"text": "ses yok", "verdict": "ask_human", "at": "2026-11-23T10:00:00+00:00"}
    ]
    shown = {s["slug"]: s for s in packed["journey"]["suggestions"]}
    assert (shown["no-sound"]["rejected"], shown["no-sound"]["comment"]) == ("other", "?")
    assert (shown["no-sound"]["seconds_read"], shown["reset"]["solved"]) == (40, True)
    assert packed["customer"]["identity"] == "signed"
    assert [a["field"] for a in packed["messages"][0]["attachments"]] == ["receipt", ""]
    assert [consent["name"] for consent in packed["consents"]] == ["storage", "call"]
    assert packed["promise"]["kept_at"] is None


def test_the_schema_refuses_what_it_does_not_name(tickets: TicketService, validator: Any) -> None:
    packed = pack(_full(tickets))
    assert not validator.is_valid({**packed, "surprise": 1})
    assert not validator.is_valid({**packed, "stage": "lost"})


def test_the_schema_is_served(client: FlaskClient, app: Flask) -> None:
    served = client.get("/api/v1/schemas/pack.json")
    assert (served.status_code, served.mimetype) == (200, "application/schema+json")
    assert served.get_json(force=True) == schema()
    s: Services = app.extensions["signpost"]
    made = s.tickets.create(new_ticket(), None, NOW)
    assert jsonschema_rs.is_valid(schema(), pack(made))
