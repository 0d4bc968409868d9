"""A crash between any two steps loses nothing that was acknowledged: real processes, killed at every step."""

import email
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.settings.schema import Settings
from support.background.worker import OutboxProcessor, OutboxSender
from support.tickets.models import Upload
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket, rows

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tickets(engine: Engine, make_settings: Callable[..., Settings]) -> TicketService:
    """Without a webhook: what is delivered is mail."""
    return TicketService(engine, make_settings())


def _run(*arguments: object) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.crash_harness", *map(str, arguments)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_killed_at_every_step_of_sending_a_form_nothing_acknowledged_is_lost_and_nothing_is_half_there(
    engine: Engine, migrated_url: str, tickets: TicketService, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    results = _run("create", migrated_url, data, 1, 36)
    assert results.count("killed") >= 20
    assert results[-1] == "done", "the last children must live to the end, or not every step was reached"
    told = [json.loads(line) for line in (data / "acknowledged").read_text().splitlines()]
    for answer in told:
        ticket = tickets.by_token(answer["token"])
        assert ticket.reference == answer["reference"]
        assert tickets.files.path(ticket.attachments[0].sha256).read_text() == f"log of {answer['number']}"
    with engine.connect() as connection:
        stored = connection.execute(text("SELECT id FROM ticket")).scalars().all()
        for table in ("message", "outbox", "ticket_event"):
            owners = set(connection.execute(text(f"SELECT ticket_id FROM {table}")).scalars())
            assert owners == set(stored)
    # The customer presses the button again: the same key gives the same ticket where there was one, else a new one.
    again = _again(tickets)
    references = {t["number"]: t["reference"] for t in told}
    assert {n: again[n] for n in references} == references
    assert rows(engine, "ticket") == 36


def _again(tickets: TicketService) -> dict[int, str]:
    made = {}
    for number in range(1, 37):
        file = tickets.files.save(Upload("log.txt", f"log of {number}".encode()))
        ticket = tickets.create(
            new_ticket(message=f"message {number}", name="", subject="", attachments=(file,)), f"key-{number}", NOW
        )
        made[number] = ticket.reference
    return made


def test_killed_at_every_step_of_delivering_everything_arrives_under_one_id(
    engine: Engine, migrated_url: str, tickets: TicketService, tmp_path: Path
) -> None:
    for _ in range(3):
        tickets.create(new_ticket(), None, NOW)
    results = _run("deliver", migrated_url, tmp_path / "data", 1, 90)
    assert results.count("killed") >= 30
    mails = [email.message_from_bytes(p.read_bytes()) for p in (tmp_path / "data" / "mail").glob("*.eml")]
    assert len(mails) == 6
    assert len({m["Message-ID"] for m in mails}) == 6
    assert Counter(m["To"].split("@")[0].split("<")[-1] for m in mails) == {"ada": 3, "team": 3}
    assert tickets.backlog(NOW + timedelta(days=3))["pending"] == 0


def test_three_workers_at_once_deliver_everything_once(
    engine: Engine, migrated_url: str, tickets: TicketService, tmp_path: Path
) -> None:
    for _ in range(12):
        tickets.create(new_ticket(), None, NOW)
    _run("race", migrated_url, tmp_path / "data", 3)
    delivered = [p.name for p in (tmp_path / "data").glob("mail-*/*.eml")]
    assert len(delivered) == len(set(delivered)) == 24
    assert tickets.backlog(NOW)["pending"] == 0


def test_a_restart_does_not_wait_for_the_lease_of_the_process_that_died(
    engine: Engine, migrated_url: str, tickets: TicketService, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    tickets.create(new_ticket(), None, NOW)
    assert _run("die", migrated_url, tmp_path / "data", 9) == ["killed"]
    processor = OutboxProcessor(tickets, OutboxSender(make_settings(), tickets.files.path))
    same_moment = NOW + timedelta(hours=9)
    processor.deliver_due(lambda: same_moment)
    left = tickets.backlog(same_moment)["pending"]
    assert left == 1, "the row in the dead process's hands is leased"
    processor.free_stale_leases()
    processor.deliver_due(lambda: same_moment)
    assert tickets.backlog(same_moment)["pending"] == 0
