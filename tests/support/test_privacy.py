"""What is kept, for how long, and how a person's data is shown and erased."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import Engine, inspect, text

from app.container import Services, personal_data
from app.settings.schema import Settings
from core.database.connection import connect, writing
from core.database.timestamps import iso
from core.secret_keys import Keys
from support.privacy.service import PrivacyService, PurgeReport, Retention
from support.tickets.agent_actions import AgentActions
from support.tickets.models import Stage, Ticket, Upload
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket, rows

LATER = NOW + timedelta(days=400)


@pytest.fixture
def whole(migrated_url: str, make_settings: Callable[..., Settings]) -> Iterator[TicketService]:
    """Tickets in a database with the tables of every part of the program."""
    engine = connect(migrated_url)
    yield TicketService(engine, make_settings())
    engine.dispose()


def _privacy(tickets: TicketService, days: tuple[int, int, int] = (365, 100, 30)) -> PrivacyService:
    return PrivacyService(tickets.engine, personal_data(tickets, Keys(b"i" * 32)), Retention(*days))


def _finished(tickets: TicketService, at: datetime, **changes: object) -> Ticket:
    file = tickets.files.save(Upload("log.txt", str(changes).encode()))
    ticket = tickets.create(new_ticket(attachments=(file,), **changes), f"key {changes}", at)
    AgentActions(tickets).reply(ticket.reference, "Reset it.", at)
    AgentActions(tickets).add_note(ticket.reference, "A note.", at)
    with writing(tickets.engine) as connection:
        connection.execute(
            text("INSERT INTO rating (ticket_id, score, comment, created_at) VALUES (:id, 5, '', :at)"),
            {"id": ticket.id, "at": NOW.isoformat()},
        )
        connection.execute(
            text("INSERT INTO ticket_vector (ticket_id, fingerprint, vector) VALUES (:id, 'x', :vector)"),
            {"id": ticket.id, "vector": b"1"},
        )
    return AgentActions(tickets).set_stage(ticket.reference, Stage.CLOSED, at)


def _left_of(engine: Engine) -> dict[str, int]:
    """Rows in every table that has something to do with tickets."""
    names = inspect(engine).get_table_names()
    of_tickets = [n for n in names if "ticket_id" in {c["name"] for c in inspect(engine).get_columns(n)}]
    return {n: rows(engine, n) for n in [*of_tickets, "ticket", "attachment", "person"] if rows(engine, n)}


def test_an_erased_ticket_leaves_no_row_in_any_table(whole: TicketService) -> None:
    ticket = _finished(whole, NOW)
    path = whole.files.path(ticket.attachments[0].sha256)
    assert path.is_file()
    assert _privacy(whole).erase([ticket.id]) == 1
    assert _left_of(whole.engine) == {}
    assert not path.exists()
    assert _privacy(whole).erase([ticket.id]) == 0


def test_erasing_one_ticket_leaves_the_others_and_shared_files(whole: TicketService) -> None:
    gone, kept = _finished(whole, NOW), _finished(whole, NOW, subject="Other")
    shared = whole.create(new_ticket(attachments=(whole.files.save(Upload("log.txt", b"{}")),)), None, NOW)
    assert shared.attachments[0].sha256 == gone.attachments[0].sha256
    _privacy(whole).erase([gone.id])
    assert whole.by_reference(kept.reference) == kept
    assert whole.files.path(shared.attachments[0].sha256).is_file()
    assert rows(whole.engine, "person") == 1


def test_purging_removes_what_was_closed_long_ago(whole: TicketService) -> None:
    _finished(whole, NOW, subject="old")
    recent = _finished(whole, LATER - timedelta(days=200), subject="recent")
    still_open = whole.create(new_ticket(attachments=recent_files(whole)), None, NOW)
    privacy = _privacy(whole)
    would = privacy.purge(LATER, dry_run=True)
    assert rows(whole.engine, "ticket") == 3
    assert privacy.purge(LATER) == would == PurgeReport(tickets=1, attachments=2, events=0)
    left = whole.by_reference(recent.reference)
    assert left.attachments[0].purged_at == LATER
    assert not whole.files.path(left.attachments[0].sha256).exists()
    assert left.events[-1].kind == "files_purged"
    assert whole.files.path(still_open.attachments[0].sha256).is_file()
    assert privacy.purge(LATER) == PurgeReport()


def test_the_dry_run_says_what_the_purge_then_does(whole: TicketService) -> None:
    parts = personal_data(whole, Keys(b"i" * 32))
    ages = (10, 29, 30, 31, 45, 59, 60, 61, 90)
    for events, queries, only in ((30, 60, ()), (60, 30, ("events", "queries")), (0, 30, ()), (30, 60, ("queries",))):
        with writing(whole.engine) as connection:
            connection.execute(text("DELETE FROM insight_event"))
            for days in ages:
                asked = {"id": f"e{days}", "at": iso(LATER - timedelta(days=days)), "query": "refund"}
                insert = "INSERT INTO insight_event (id, name, at, query) VALUES (:id, 'search', :at, :query)"
                connection.execute(text(insert), asked)
        privacy = PrivacyService(whole.engine, parts, Retention(0, 0, events, queries=queries))

        would = privacy.purge(LATER, dry_run=True, only=only)

        assert privacy.purge(LATER, only=only) == would
        assert privacy.purge(LATER, dry_run=True, only=only) == PurgeReport()
        gone = {days for days in ages if events and days > events and only != ("queries",)}
        assert (would.events, would.queries) == (len(gone), len({days for days in ages if days > queries} - gone))


def recent_files(tickets: TicketService) -> tuple[object, ...]:
    return (tickets.files.save(Upload("open.txt", b"open")),)


def test_what_was_held_and_never_released_goes_too(whole: TicketService) -> None:
    whole.create(new_ticket(quarantine="honeypot"), None, NOW)
    assert _privacy(whole).purge(LATER).tickets == 1


def test_zero_days_keep_for_ever(whole: TicketService) -> None:
    _finished(whole, NOW)
    assert _privacy(whole, (0, 0, 0)).purge(LATER) == PurgeReport()


def test_events_are_purged_apart_and_votes_lose_only_their_words(whole: TicketService) -> None:
    with writing(whole.engine) as connection:
        for at in (iso(NOW), iso(LATER)):
            connection.execute(
                text("INSERT INTO insight_event (id, name, at) VALUES (:at, 'suggestion_solved', :at)"), {"at": at}
            )
            connection.execute(
                text(
                    "INSERT INTO feedback (lang, slug, helpful, comment, created_at) VALUES ('en', 'a', 1, 'hm', :at)"
                ),
                {"at": at},
            )
    assert _privacy(whole).purge(LATER).events == 2
    assert rows(whole.engine, "insight_event") == 1
    assert rows(whole.engine, "feedback") == 2


@pytest.mark.parametrize("who", ["ada@EXAMPLE.org", "+31 (0)20 555 01-00", "REF"])
def test_a_person_is_found_by_address_phone_or_reference(whole: TicketService, who: str) -> None:
    ticket = whole.create(new_ticket(phone="+31 (0)20 5550100"), None, NOW)
    whole.create(new_ticket(email="bob@example.org", phone="+31 20 555 99 99"), None, NOW)
    assert _privacy(whole).find(ticket.reference.lower() if who == "REF" else who) == (ticket.id,)


def _exported(whole: TicketService, ticket_id: int, *, with_notes: bool = False) -> io.BytesIO:
    to = io.BytesIO()
    _privacy(whole).export([ticket_id], to, with_notes=with_notes)
    return to


def test_an_export_has_everything_and_notes_only_when_asked(whole: TicketService) -> None:
    ticket = _finished(whole, NOW)
    with zipfile.ZipFile(_exported(whole, ticket.id)) as archive:
        data = json.loads(archive.read("data.json"))
        (name,) = [n for n in archive.namelist() if n.startswith("files/")]
        assert archive.read(name) == b"{}"
    (told,) = data["tickets"]
    assert [m["text"] for m in told["messages"]] == ["The left earbud is silent.", "Reset it."]
    assert told["rating"]["score"] == 5
    assert "notes" not in told
    with zipfile.ZipFile(_exported(whole, ticket.id, with_notes=True)) as archive:
        assert json.loads(archive.read("data.json"))["tickets"][0]["notes"][0]["text"] == "A note."


def test_the_commands_purge_export_and_erase(app: Flask, runner: FlaskCliRunner, tmp_path: Path) -> None:
    s: Services = app.extensions["signpost"]
    ticket = s.tickets.create(new_ticket(), None, s.now())
    assert "0 tickets, 0 files, 0 events" in runner.invoke(args=["privacy", "purge", "--dry-run"]).output
    target = tmp_path / "ada.zip"
    assert runner.invoke(args=["privacy", "export", "ada@example.org", "--output", str(target)]).exit_code == 0
    assert zipfile.is_zipfile(target)
    assert ticket.reference in runner.invoke(args=["privacy", "erase", "ada@example.org", "--dry-run"]).output
    assert rows(s.engine, "ticket") == 1
    assert runner.invoke(args=["privacy", "erase", "ada@example.org"], input="n\n").exit_code == 1
    assert runner.invoke(args=["privacy", "erase", "ada@example.org", "--yes"]).exit_code == 0
    assert rows(s.engine, "ticket") == 0
    unknown = runner.invoke(args=["privacy", "erase", "ada@example.org", "--yes"])
    assert unknown.exit_code == 1
    assert "nothing is stored" in unknown.output


def test_the_customer_erases_one_request_from_its_page(app: Flask, client: FlaskClient) -> None:
    s: Services = app.extensions["signpost"]
    ticket = s.tickets.create(new_ticket(), None, s.now())
    assert client.get(f"/t/{ticket.token}/privacy").status_code == 200
    assert client.post(f"/t/{ticket.token}/privacy/erase").status_code == 422
    assert rows(s.engine, "ticket") == 1
    assert client.post(f"/t/{ticket.token}/privacy/erase", data={"sure": "yes"}).status_code == 200
    assert rows(s.engine, "ticket") == 0
    assert client.get(f"/t/{ticket.token}").status_code == 404


def test_all_requests_of_an_address_open_only_by_mail(app: Flask, client: FlaskClient) -> None:
    s: Services = app.extensions["signpost"]
    mine, other = (s.tickets.create(new_ticket(subject=subject), None, s.now()) for subject in ("One", "Two"))
    page = f"/t/{mine.token}/privacy"
    assert client.get(f"{page}/all").status_code == 404
    assert client.get(f"{page}/all?proof=9999999999.{'0' * 32}").status_code == 404
    assert client.post(f"{page}/mail").status_code == 200
    with s.engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM outbox ORDER BY id")).scalars().all()
    assert kinds[-1] == "privacy_mail"
    proof = s.customer_actions.email_tokens.privacy(mine, s.now() + timedelta(hours=1))
    assert client.get(f"/t/{other.token}/privacy/all?proof={proof}").status_code == 404
    assert "Two" not in client.get(f"{page}/all?proof={proof}").text, "opening the link shows a button only"
    opened = client.post(f"{page}/all", data={"proof": proof}).text
    assert "Two" in opened
    visit = opened.partition('name="proof" value="')[2].partition('"')[0]
    assert client.get(f"{page}/all/export?proof={visit}").mimetype == "application/zip"
    late = s.customer_actions.email_tokens.visit(mine, s.now() - timedelta(seconds=5))
    for wrong in (late, proof):
        assert client.post(f"{page}/all/erase", data={"proof": wrong, "sure": "yes"}).status_code == 404
    unsure = client.post(f"{page}/all/erase", data={"proof": visit})
    assert (unsure.status_code, "Please tick the box first." in unsure.text) == (422, True)
    assert client.post(f"{page}/all/erase", data={"proof": visit, "sure": "yes"}).status_code == 200
    assert rows(s.engine, "ticket") == 0
