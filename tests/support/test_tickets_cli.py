"""flask tickets, and the worker that runs inside the server."""

import time
from pathlib import Path

from flask import Flask
from flask.testing import FlaskCliRunner

from app.container import Services
from app.settings.schema import Settings
from support.background.worker import DeliveryWorker
from support.tickets.models import Channel, Ticket
from tests.support.conftest import NOW, new_ticket


def _make(app: Flask, **changes: object) -> Ticket:
    service: Services = app.extensions["signpost"]
    made: Ticket = service.tickets.create(new_ticket(**changes), None, service.now())
    return made


def test_deliver_once_sends_what_is_due(app: Flask, runner: FlaskCliRunner, settings: Settings) -> None:
    _make(app)
    assert runner.invoke(args=["tickets", "deliver", "--dry-run"]).output == "2 waiting, 0 given up, 0 held\n"
    assert not settings.mail_dir.exists()
    result = runner.invoke(args=["tickets", "deliver", "--once"])
    assert (result.exit_code, result.output) == (0, "2 tried\n")
    assert len(list(settings.mail_dir.iterdir())) == 2


def test_stuck_ends_with_one_when_something_is(app: Flask, runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["tickets", "stuck"]).exit_code == 0
    service: Services = app.extensions["signpost"]
    ticket = service.tickets.create(new_ticket(), None, NOW.replace(year=2020))
    result = runner.invoke(args=["tickets", "stuck"])
    assert result.exit_code == 1
    assert result.output.count(ticket.reference) == 2


def test_tickets_are_listed_shown_answered_and_closed(app: Flask, runner: FlaskCliRunner) -> None:
    ticket = _make(app)
    held = _make(app, quarantine="honeypot")
    listed = runner.invoke(args=["tickets", "list"]).output
    assert ticket.reference in listed
    assert held.reference not in listed
    assert held.reference in runner.invoke(args=["tickets", "list", "--quarantined"]).output
    assert "mailed" in runner.invoke(args=["tickets", "reply", ticket.reference, "--message", "Reset it."]).output
    shown = runner.invoke(args=["tickets", "show", ticket.reference.lower()]).output
    assert "Reset it." in shown
    assert "The left earbud is silent." in shown
    assert runner.invoke(args=["tickets", "close", ticket.reference]).exit_code == 0
    assert ticket.reference in runner.invoke(args=["tickets", "list", "--state", "closed"]).output
    assert runner.invoke(args=["tickets", "release", held.reference]).exit_code == 0
    assert held.reference in runner.invoke(args=["tickets", "list"]).output


def test_answering_by_phone_is_said(app: Flask, runner: FlaskCliRunner) -> None:
    ticket = _make(app, phone="+31 20 555 0100", preferred_channel=Channel.PHONE)
    result = runner.invoke(args=["tickets", "reply", ticket.reference], input="We will call at noon.")
    assert "call +31 20 555 0100" in result.output


def test_dry_runs_change_nothing(app: Flask, runner: FlaskCliRunner) -> None:
    ticket = _make(app)
    for command in (
        ["reply", ticket.reference, "--message", "x"],
        ["close", ticket.reference],
        ["retry", ticket.reference],
    ):
        assert runner.invoke(args=["tickets", *command, "--dry-run"]).exit_code == 0
    service: Services = app.extensions["signpost"]
    assert service.tickets.by_reference(ticket.reference) == ticket


def test_an_unknown_reference_says_what_to_do(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["tickets", "show", "SP-NONE-XX"])
    assert result.exit_code == 1
    assert "flask tickets list" in result.output


def _wait_for(folder: Path, count: int) -> list[Path]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = list(folder.glob("*.eml"))
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{len(list(folder.glob('*.eml')))} of {count} mails after ten seconds")


def test_the_worker_sends_at_once_what_is_stored_while_it_runs(app: Flask, settings: Settings) -> None:
    _make(app)
    s = app.extensions["signpost"]
    worker = DeliveryWorker(s.settings, s.tickets, s.maintenance)
    worker.start()
    try:
        _wait_for(settings.mail_dir, 2)
        _make(app)
        assert len(_wait_for(settings.mail_dir, 4)) == 4
    finally:
        worker.stop()


def test_what_is_held_is_listed_with_its_reasons_released_and_rejected(app: Flask, runner: FlaskCliRunner) -> None:
    service: Services = app.extensions["signpost"]
    honest, robot, old = (_make(app, quarantine=why) for why in ("links, fast", "honeypot", "tool"))
    kept = _make(app)
    listed = runner.invoke(args=["tickets", "quarantine", "list"]).output
    assert "(links, fast)" in listed
    assert kept.reference not in listed
    wrong = runner.invoke(args=["tickets", "quarantine", "reject", robot.reference, kept.reference])
    assert wrong.exit_code == 1
    assert not service.tickets.by_reference(robot.reference).rejected  # all or nothing
    tried = runner.invoke(args=["tickets", "quarantine", "reject", robot.reference, "--dry-run"])
    assert "would be rejected" in tried.output
    assert runner.invoke(args=["tickets", "quarantine", "reject", robot.reference]).exit_code == 0
    assert robot.reference in runner.invoke(args=["tickets", "quarantine", "list", "--rejected"]).output
    assert runner.invoke(args=["tickets", "quarantine", "release", honest.reference]).exit_code == 0
    assert service.tickets.by_reference(honest.reference).quarantine == ""
    swept = runner.invoke(args=["tickets", "quarantine", "reject", "--older-than", "0"])
    assert swept.output.split(":")[0] == old.reference
    assert runner.invoke(args=["tickets", "quarantine", "reject"]).exit_code == 1
