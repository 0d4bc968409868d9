"""Held mail at the desk: read, released, deleted; what is not proven, and what did not arrive."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import create_app
from app.container import Services
from app.ops.translations import compile_all
from app.settings.schema import Settings
from support.agents.models import Role
from support.background.worker import OutboxProcessor, OutboxSender
from support.email.inbound import spool
from support.email.inbound.spool import InboundMail, InboundOutcome
from support.tickets.models import Ticket
from tests.app.desk.conftest import Member
from tests.databases import with_tables
from tests.support.conftest import new_ticket
from tests.support.inbound.conftest import INBOX, letter
from tests.support.inbound.test_reports import notice


@pytest.fixture
def desk_app(tmp_path: Path) -> Iterator[Flask]:
    compile_all()
    (tmp_path / "articles").mkdir()
    values = {
        "data_dir": tmp_path / "data", "kb_dir": tmp_path / "articles", "embedder": "hashing", "watch": False,
        "inbound_email": INBOX, "mail_from": INBOX, "team_email": "team@tonfell.example",
        "base_url": "https://help.example",
    }  # fmt: skip
    application = create_app(with_tables(Settings.load(values, environ={})))
    yield application
    application.extensions["signpost"].close()


@pytest.fixture
def s(desk_app: Flask) -> Services:
    found: Services = desk_app.extensions["signpost"]
    return found


def _deliver(s: Services) -> None:
    sender = OutboxSender(s.settings, s.tickets.files.path, s.tickets.response_targets)
    OutboxProcessor(s.tickets, sender).deliver_due(s.now)


def _sent(s: Services) -> list[EmailMessage]:
    found = s.settings.mail_dir.glob("*.eml")
    return [message_from_bytes(path.read_bytes(), policy=default) for path in found]  # type: ignore[misc]


def _forged(s: Services) -> tuple[Ticket, InboundMail]:
    """A ticket, and a held mail that claims to be the team's answer to it."""
    ticket = s.tickets.create(new_ticket(), None, s.now())
    root = f"<{ticket.reference.lower()}.team@tonfell.example>"
    mail = letter("<b>Please</b> reset it.", sender="Grace <grace@tonfell.example>", References=root)
    s.ingester().ingest(mail.as_bytes(), s.now())
    (held,) = spool.incoming(s.engine, InboundOutcome.HELD)
    return ticket, held


def test_held_mail_is_listed_with_its_reason_read_and_released(s: Services, member: Callable[..., Member]) -> None:
    ticket, held = _forged(s)
    agent = member(Role.AGENT)
    page = agent.get("/desk/mail").text
    assert "grace@tonfell.example" in page and ticket.reference in page
    assert "did not come to the ticket&#39;s secret address" in page
    assert "Held mail for this ticket: 1" in agent.get(f"/desk/t/{ticket.reference}").text
    mail = agent.get(f"/desk/mail/{held.id}").text
    assert "&lt;b&gt;Please&lt;/b&gt; reset it." in mail
    assert "it goes to the customer as the team&#39;s answer" in mail
    raw = agent.get(f"/desk/mail/{held.id}/raw")
    assert raw.data == s.ingester().raw(held)
    assert raw.headers["Content-Disposition"].startswith("attachment")

    agent.post("/desk/mail", action=f"release:{held.id}")

    assert s.tickets.by_reference(ticket.reference).messages[-1].text == "<b>Please</b> reset it."
    assert "Nothing." in agent.get("/desk/mail").text
    admin = member(Role.ADMIN)
    assert "mail_released" in admin.get("/desk/audit").text


def test_held_mail_can_become_a_ticket_of_its_own(s: Services, member: Callable[..., Member]) -> None:
    """A colleague has forwarded something: it is no answer to the customer whom it names."""
    ticket, held = _forged(s)
    agent = member(Role.AGENT)
    assert f"open:{held.id}" in agent.get(f"/desk/mail/{held.id}").text
    agent.post("/desk/mail", action=f"open:{held.id}")
    assert len(s.tickets.by_reference(ticket.reference).messages) == 1
    assert [one.email for one in s.tickets.newest()] == ["grace@tonfell.example", "ada@example.org"]


def test_deleted_mail_is_set_aside_first_and_then_gone(s: Services, member: Callable[..., Member]) -> None:
    _, held = _forged(s)
    agent = member(Role.AGENT)
    agent.post("/desk/mail", action="delete", chosen=[str(held.id)])
    assert "Deleted or refused" in agent.get("/desk/mail?aside=1").text
    agent.post("/desk/mail", action=f"delete:{held.id}", aside="1")
    assert spool.one(s.engine, held.id) is None
    assert agent.get(f"/desk/mail/{held.id}").status_code == 404


def test_what_was_set_aside_can_be_taken_in(s: Services, member: Callable[..., Member]) -> None:
    s.ingester().ingest(letter("I wrote this.", Auto_Submitted="auto-replied").as_bytes(), s.now())
    agent = member(Role.AGENT)
    page = agent.get("/desk/mail?aside=1").text
    assert "A program sent it, says its header: auto-replied" in page
    ((_, mail),) = spool.with_outcomes(s.engine, spool.SET_ASIDE)
    agent.post("/desk/mail", action=f"release:{mail.id}", aside="1")
    (ticket,) = s.tickets.newest()
    assert s.tickets.by_id(ticket.id).messages[0].text == "I wrote this."


def test_only_who_answers_decides_and_numbers_that_are_none_do_no_harm(
    s: Services, member: Callable[..., Member]
) -> None:
    _, held = _forged(s)
    author = member(Role.AUTHOR)
    assert author.get("/desk/mail").status_code == 403
    assert author.post("/desk/mail", action=f"release:{held.id}").status_code == 403
    agent = member(Role.AGENT)
    for action in ("release:x", "release:999", "delete:-1", "release:²", "throw", "", "release:99999999999999999999"):
        assert agent.post("/desk/mail", action=action).status_code == 303
    assert agent.get("/desk/mail/99999999999999999999999").status_code == 404
    assert spool.one(s.engine, held.id) == held


def test_a_mail_whose_file_is_gone_says_so(s: Services, member: Callable[..., Member]) -> None:
    _, held = _forged(s)
    for path in (s.settings.data_dir / "inbound").glob("??/*"):
        path.unlink()
    agent = member(Role.AGENT)
    assert agent.get(f"/desk/mail/{held.id}").status_code == 404
    after = agent.post("/desk/mail", action=f"release:{held.id}")
    assert "done=failed" in after.headers["Location"]
    assert "Not released: 1" in agent.get(after.headers["Location"]).text


def test_a_message_whose_address_is_not_proven_says_so(s: Services, member: Callable[..., Member]) -> None:
    ticket = s.tickets.create(new_ticket(), None, s.now())
    s.ingester().ingest(letter("Mine.", subject=f"Re: {ticket.reference}").as_bytes(), s.now())
    agent = member(Role.AGENT)
    assert agent.get(f"/desk/t/{ticket.reference}").text.count("Address not proven") == 1
    for lang, words in (("tr", "Adres doğrulanmadı"), ("zh-Hant", "地址未經確認"), ("zh-Hans", "地址未经确认")):
        assert words in agent.get(f"/desk/t/{ticket.reference}?lang={lang}").text


def test_an_answer_that_did_not_arrive_says_so_in_the_agents_language(
    s: Services, desk_app: Flask, member: Callable[..., Member]
) -> None:
    ticket = s.tickets.create(new_ticket(), None, s.now())
    s.agent_actions.reply(ticket.reference, "Please reset it.", s.now())
    _deliver(s)
    reply = next(m for m in _sent(s) if "ada@" in m["To"] and m["Auto-Submitted"] == "no")
    s.ingester().ingest(notice(reply), s.now())
    agent = member(Role.AGENT)
    page = agent.get(f"/desk/t/{ticket.reference}").text
    assert "Our answer did not reach ada@example.org: the address does not exist (5.1.1)" in page
    assert "550 5.1.1 No such user here" in page, "what the server said stands with the answer"
    turkish = agent.get(f"/desk/t/{ticket.reference}?lang=tr").text
    assert "Yanıtımız ada@example.org adresine ulaşmadı: adres mevcut değil (5.1.1)" in turkish
    assert "Did not arrive" in agent.get("/desk/?view=undelivered").text
    assert "5.1.1" in agent.get("/desk/deliveries").text
    runner: FlaskCliRunner = desk_app.test_cli_runner()
    stuck = runner.invoke(args=["tickets", "stuck"])
    assert stuck.exit_code == 1 and ticket.reference in stuck.output and "5.1.1" in stuck.output
    ready = desk_app.test_client().get("/readyz").json
    assert (ready["dead_letters"], ready["mail_set_aside"], ready["mail_held"]) == (1, 1, 0)


def test_tickets_that_name_each_other_lead_to_each_other(s: Services, member: Callable[..., Member]) -> None:
    ticket = s.tickets.create(new_ticket(), None, s.now())
    mail = letter("From my other address.", sender="ada@other.example", subject=f"See {ticket.reference}")
    other = s.ingester().ingest(mail.as_bytes(), s.now()).reference
    agent = member(Role.AGENT)
    assert f"/desk/t/{other}" in agent.get(f"/desk/t/{ticket.reference}").text
    assert f"/desk/t/{ticket.reference}" in agent.get(f"/desk/t/{other}").text


def test_held_mail_is_stuck_at_once(s: Services, desk_app: Flask) -> None:
    _, held = _forged(s)
    stuck = desk_app.test_cli_runner().invoke(args=["tickets", "stuck"])
    assert (stuck.exit_code, f"mail {held.id}  held" in stuck.output) == (1, True)
