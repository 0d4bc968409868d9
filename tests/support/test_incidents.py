"""Incidents: said everywhere, mailed to who confirmed, and stopped by who has enough."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import Engine

from app.container import Services
from app.settings.schema import Settings
from support.background.worker import OutboxProcessor, OutboxSender
from support.incidents import service as incidents
from support.incidents.models import IncidentStage, UnknownIncident
from support.tickets.agent_actions import AgentActions
from support.tickets.customer_actions import CustomerActions
from support.tickets.email_tokens import EmailTokens
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket

SAID, TOLD = {"en": "Login is down", "tr": "Giriş yapılamıyor"}, {"en": "We are looking.", "tr": "Bakıyoruz."}


class Mails:
    def __init__(self, tickets: TicketService, settings: Settings):
        self._processor = OutboxProcessor(tickets, OutboxSender(settings, tickets.files.path, tickets.response_targets))
        self._folder = settings.mail_dir

    def sent(self, after: timedelta = timedelta()) -> list[EmailMessage]:
        """What is sent now, and was not before."""
        before = set(self._folder.glob("*.eml"))
        self._processor.deliver_due(lambda: NOW + after)
        new = set(self._folder.glob("*.eml")) - before
        return [message_from_bytes(path.read_bytes(), policy=default) for path in new]  # type: ignore[misc]


@pytest.fixture
def mails(tickets: TicketService, make_settings: Callable[..., Settings]) -> Mails:
    return Mails(tickets, make_settings())


@pytest.fixture
def tickets(engine: Engine, make_settings: Callable[..., Settings]) -> TicketService:
    return TicketService(engine, make_settings())


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _ask(engine: Engine, reference: str, email: str = "ada@example.org", lang: str = "tr") -> None:
    incidents.subscribe(engine, reference, email, lang, "https://help.example", NOW)


def test_who_confirmed_hears_of_news_and_the_end_in_their_language(engine: Engine, mails: Mails) -> None:
    incident = incidents.open_incident(engine, SAID, TOLD, NOW)
    _ask(engine, incident.reference)
    _ask(engine, incident.reference, "Eve@example.org", "en")
    asked = mails.sent()
    assert {m["To"] for m in asked} == {"ada@example.org", "eve@example.org"}
    ada = next(m for m in asked if "ada" in m["To"])
    assert "Giriş yapılamıyor" in _text(ada)
    found = re.search(r"/incidents/confirm/(\S+)", _text(ada))
    assert found is not None
    assert incidents.confirm(engine, found[1], NOW) is not None
    later = NOW + timedelta(hours=1)
    cause = {"en": "A disk.", "tr": "Disk."}
    incidents.update_incident(engine, incident.reference, IncidentStage.IDENTIFIED, cause, later)
    (news,) = mails.sent(timedelta(hours=1))
    assert "ada" in news["To"], "Eve never confirmed"
    assert "Disk." in _text(news)
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert incidents.unsubscribe(engine, found[1])
    incidents.close_incident(engine, incident.reference, {"en": "Fixed."}, later)
    assert mails.sent(timedelta(hours=2)) == []
    assert incidents.open_incidents(engine) == ()
    with pytest.raises(UnknownIncident):
        incidents.update_incident(engine, incident.reference, IncidentStage.MONITORING, {"en": "?"}, later)


def test_a_mail_on_its_way_when_somebody_stops_them_is_not_sent(engine: Engine, mails: Mails) -> None:
    incident = incidents.open_incident(engine, SAID, TOLD, NOW)
    _ask(engine, incident.reference)
    found = re.search(r"/incidents/confirm/(\S+)", _text(mails.sent()[0]))
    assert found is not None
    incidents.confirm(engine, found[1], NOW)
    incidents.close_incident(engine, incident.reference, {"en": "Fixed."}, NOW)
    incidents.unsubscribe(engine, found[1])
    assert mails.sent() == []


def test_asking_often_does_not_fill_a_mailbox_and_addresses_are_forgotten(engine: Engine, mails: Mails) -> None:
    incident = incidents.open_incident(engine, SAID, TOLD, NOW)
    for _ in range(5):
        _ask(engine, incident.reference)
    assert len(mails.sent()) == 1
    with engine.begin() as connection:
        assert incidents.forget_subscribers(connection, NOW + timedelta(days=6)) == 0
        assert incidents.forget_subscribers(connection, NOW + timedelta(days=8)) == 1


def test_an_acknowledgement_names_what_is_broken(engine: Engine, tickets: TicketService, mails: Mails) -> None:
    incidents.open_incident(engine, SAID, TOLD, NOW)
    tickets.create(new_ticket(), None, NOW)
    acknowledgement = next(m for m in mails.sent() if "ada@" in m["To"])
    assert "Login is down" in _text(acknowledgement)


def test_pages_api_and_commands_say_the_same(app: Flask, client: FlaskClient, runner: FlaskCliRunner) -> None:
    opened = runner.invoke(
        args=["incident", "open", "--title", "Login is down", "--message", "We look.", "--title-in", "tr", "Giriş yok"]
    )
    reference = opened.output.split()[0]
    (shown,) = client.get("/api/v1/incidents?lang=tr").get_json()["incidents"]
    assert (shown["reference"], shown["title"], shown["stage"]) == (reference, "Giriş yok", "investigating")
    assert "Giriş yok" in client.get("/tr/contact").text
    assert "Login is down" in client.get("/en/incidents").text
    wrong = client.post(f"/en/incidents/{reference}/subscribe", data={"email": "nobody"})
    assert (wrong.status_code, 'value="nobody"' in wrong.text) == (422, True)
    assert client.post(f"/en/incidents/{reference}/subscribe", data={"email": "ada@example.org"}).status_code == 200
    s: Services = app.extensions["signpost"]
    with s.engine.connect() as connection:
        token = connection.exec_driver_sql("SELECT token FROM incident_subscriber").scalar_one()
    assert client.get(f"/incidents/confirm/{token}").status_code == 200
    with s.engine.connect() as connection:
        confirmed = connection.exec_driver_sql("SELECT confirmed_at FROM incident_subscriber").scalar_one()
    assert confirmed == "", "a program that looks into mails opens links; only the button says yes"
    assert client.post(f"/incidents/confirm/{token}").status_code == 200
    closed = runner.invoke(args=["incident", "close", reference])
    assert "resolved" in closed.output
    assert client.get("/api/v1/incidents").get_json() == {"incidents": []}
    (recent,) = client.get("/api/v1/incidents?recent=true").get_json()["incidents"]
    assert recent["closed_at"]
    stopped = client.post(f"/incidents/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    assert client.get(f"/incidents/stop/{token}").status_code == 404


def test_closing_is_told_once_and_asked_about_once_unless_it_is_not_wanted(
    engine: Engine, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(check_in_days=5)
    tickets = TicketService(engine, settings)
    mails, agent_actions = Mails(tickets, settings), AgentActions(tickets)
    made = [tickets.create(new_ticket(email=f"c{n}@example.org"), None, NOW) for n in range(3)]
    mails.sent()
    for ticket in made:
        agent_actions.close(ticket.reference, NOW)
    assert sorted(m["Auto-Submitted"] for m in mails.sent(timedelta(minutes=1)) if "@example.org" in m["To"]) == (
        ["auto-generated"] * 3
    )
    assert tickets.stuck(NOW + timedelta(days=4)) == (), "what is to be sent later is not late"
    agent_actions.reopen(made[0].reference, NOW)
    CustomerActions(tickets, EmailTokens(b"x" * 32)).set_quiet(made[1].token, True, NOW)
    asked = mails.sent(timedelta(days=5, minutes=1))
    assert [m["To"] for m in asked] == ["Ada <c2@example.org>"]
    assert mails.sent(timedelta(days=30)) == []
