"""The commands of incoming mail and of receivers, as a mail server's pipe and an operator use them."""

import io
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from app import create_app
from app.container import Services
from app.settings.schema import Settings
from core.database.connection import writing
from support.email.inbound import spool
from support.email.inbound.spool import InboundOutcome
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import INBOX, answer, letter
from tests.support.test_webhook import Receiver, receiver

__all__ = ["receiver"]


@pytest.fixture
def app(make_settings: Callable[..., Settings]) -> Iterator[Flask]:
    application = create_app(make_settings(inbound_email=INBOX, mail_from=INBOX, base_url="https://help.example"))
    yield application
    application.extensions["signpost"].close()


def _pipe(runner: FlaskCliRunner, raw: bytes, *arguments: str) -> tuple[int, str]:
    done = runner.invoke(args=["tickets", "ingest", *arguments], input=io.BytesIO(raw))
    return done.exit_code, done.output.strip()


def test_a_pipe_takes_a_mail_in_and_says_where_it_went(app: Flask, runner: FlaskCliRunner) -> None:
    code, output = _pipe(runner, letter().as_bytes())
    assert (code, output.split()[0]) == (0, "ticket")
    assert _pipe(runner, letter().as_bytes()) == (0, output), "the same mail again is the same ticket"
    listed = runner.invoke(args=["tickets", "mail"]).output
    assert "ada@example.org" in listed and "No sound" in listed


def test_a_mail_that_cannot_be_stored_is_left_to_the_mail_server(app: Flask, runner: FlaskCliRunner) -> None:
    s: Services = app.extensions["signpost"]
    with writing(s.engine) as connection:
        connection.execute(text("ALTER TABLE inbound_mail RENAME TO away"))
    code, _ = _pipe(runner, letter().as_bytes())
    assert code == 75


def test_a_refused_sender_is_told_so_by_the_mail_server(make_settings: Callable[..., Settings]) -> None:
    application = create_app(
        make_settings(inbound_email=INBOX, unknown_senders="refuse", base_url="https://help.example")
    )
    assert _pipe(application.test_cli_runner(), letter().as_bytes())[0] == 77
    application.extensions["signpost"].close()


def test_what_would_be_understood_can_be_seen_first(app: Flask, runner: FlaskCliRunner) -> None:
    code, output = _pipe(runner, letter("Broken.\n\n-- \nAda").as_bytes(), "--dry-run")
    assert code == 0
    assert output.splitlines() == ["from ada@example.org, subject: No sound, 0 files", "written by a person", "Broken."]
    assert runner.invoke(args=["tickets", "mail"]).output == ""
    assert _pipe(runner, b"  \n")[0] == 1


def test_a_held_mail_is_named_as_stuck_and_decided_by_a_person(app: Flask, runner: FlaskCliRunner) -> None:
    s: Services = app.extensions["signpost"]
    s.tickets.create(new_ticket(), None, NOW)
    runner.invoke(args=["tickets", "deliver", "--once"])
    found = [message_from_bytes(p.read_bytes(), policy=default) for p in s.settings.mail_dir.glob("*.eml")]
    to_team = next(m for m in found if "team@" in m["To"])
    output = _pipe(runner, answer(to_team, "As if.", sender="eve@example.net").as_bytes())[1]  # type: ignore[arg-type]
    assert output.startswith("held")
    (held,) = spool.incoming(s.engine, InboundOutcome.HELD)
    with writing(s.engine) as connection:
        connection.execute(text("UPDATE inbound_mail SET received_at = '2020-01-01T00:00:00.000+00:00'"))
    stuck = runner.invoke(args=["tickets", "stuck"])
    assert (stuck.exit_code, f"mail {held.id}" in stuck.output) == (1, True)
    assert "dismissed" in runner.invoke(args=["tickets", "mail", "--dismiss", str(held.id)]).output
    assert runner.invoke(args=["tickets", "stuck"]).exit_code == 0


def test_a_receiver_is_tried_and_what_it_said_is_in_the_log(
    make_settings: Callable[..., Settings], receiver: Receiver
) -> None:
    application = create_app(make_settings(webhook_url=receiver.url, allow_private_webhooks=True))
    runner = application.test_cli_runner()
    s: Services = application.extensions["signpost"]
    assert "default/webhook  ok" in runner.invoke(args=["webhooks", "list"]).output
    assert "taken, answer 204" in runner.invoke(args=["webhooks", "test"]).output
    assert b"signpost.test" in receiver.got[0][1]
    receiver.statuses = [500]
    failed = runner.invoke(args=["webhooks", "test"])
    assert (failed.exit_code, "answered 500" in failed.output) == (1, True)
    assert runner.invoke(args=["webhooks", "test", "nobody/1"]).exit_code == 1
    ticket = s.tickets.create(new_ticket(), None, s.now())
    receiver.statuses = [503]
    runner.invoke(args=["tickets", "deliver", "--once"])
    log = runner.invoke(args=["webhooks", "log", "--reference", ticket.reference]).output
    assert "FAILED" in log and "answered 503" in log and "team_mail" not in log
    assert "default/email" in runner.invoke(args=["webhooks", "log", "--mail"]).output
    s.close()
