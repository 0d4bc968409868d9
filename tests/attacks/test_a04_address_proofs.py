"""A proof of an address works once, for a while, and only when a person presses the button."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.container import Services
from app.settings.schema import Settings
from support.background.worker import OutboxProcessor, OutboxSender
from support.incidents import service as incidents
from support.tickets.models import Identity, Ticket
from tests.support.conftest import NOW, new_ticket


@pytest.fixture
def s(app: Flask) -> Services:
    found: Services = app.extensions["signpost"]
    return found


@pytest.fixture
def ticket(s: Services) -> Ticket:
    return s.tickets.create(new_ticket(), None, s.now())


def _proof(s: Services, ticket: Ticket, **ago: int) -> str:
    return s.customer_actions.email_tokens.mail(ticket, s.now() + timedelta(hours=1) - timedelta(**ago))


def _identity(s: Services, ticket: Ticket) -> Identity:
    return s.tickets.by_id(ticket.id).identity


def test_opening_the_link_proves_nothing_and_the_button_does(client: FlaskClient, s: Services, ticket: Ticket) -> None:
    proof = _proof(s, ticket)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):  # as a scanner of a mail server does
        client.open(f"/t/{ticket.token}?by={proof}", method=method)
    assert _identity(s, ticket) is Identity.TYPED
    page = client.get(f"/t/{ticket.token}?by={proof}").text
    assert proof in page
    assert f'action="/t/{ticket.token}/prove"' in page
    done = client.post(f"/t/{ticket.token}/prove", data={"by": proof})
    assert done.location == f"/t/{ticket.token}?done=proven"
    assert _identity(s, ticket) is Identity.MAIL


def test_a_proof_works_once_and_not_for_long(client: FlaskClient, s: Services, ticket: Ticket) -> None:
    late, proof = _proof(s, ticket, hours=2), _proof(s, ticket)
    client.post(f"/t/{ticket.token}/prove", data={"by": late})
    assert _identity(s, ticket) is Identity.TYPED
    client.post(f"/t/{ticket.token}/prove", data={"by": proof})
    with s.engine.begin() as connection:
        connection.execute(text("UPDATE ticket SET identity = 'typed'"))
    again = client.post(f"/t/{ticket.token}/prove", data={"by": proof})
    assert again.location == f"/t/{ticket.token}?done=not_proven"
    assert _identity(s, ticket) is Identity.TYPED
    assert client.get(f"/t/{ticket.token}?by={proof}").location == f"/t/{ticket.token}"


def test_a_proof_of_one_purpose_or_ticket_is_none_of_another(client: FlaskClient, s: Services, ticket: Ticket) -> None:
    other = s.tickets.create(new_ticket(), None, s.now())
    proofs, until = s.customer_actions.email_tokens, s.now() + timedelta(hours=1)
    for wrong in (
        proofs.privacy(ticket, until),
        proofs.visit(ticket, until),
        proofs.mail(other, until),
        "²." + "0" * 32,
    ):
        client.post(f"/t/{ticket.token}/prove", data={"by": wrong})
        assert _identity(s, ticket) is Identity.TYPED


def test_the_mailed_link_proves_only_while_there_is_something_to_prove(
    s: Services, ticket: Ticket, settings: Settings
) -> None:
    s.tickets.create(new_ticket(email="bo@example.org", identity=Identity.SIGNED), None, s.now())
    OutboxProcessor(s.tickets, OutboxSender(settings, s.tickets.files.path)).deliver_due(s.now)
    mails = [path.read_text() for path in (settings.data_dir / "mail").glob("*.eml")]
    with_proof = [mail for mail in mails if "?by=" in mail.replace("=\n", "").replace("=3D", "=")]
    assert len(with_proof) == 1
    assert "ada@example.org" in with_proof[0]


def test_all_requests_of_an_address_are_opened_once_by_a_button(
    client: FlaskClient, s: Services, ticket: Ticket
) -> None:
    s.tickets.create(new_ticket(subject="Another matter"), None, s.now())
    page = f"/t/{ticket.token}/privacy/all"
    proof = s.customer_actions.email_tokens.privacy(ticket, s.now() + timedelta(hours=1))
    for _ in range(2):
        assert "Another matter" not in client.get(f"{page}?proof={proof}").text
    for path in ("/export", "/erase"):
        method = "POST" if path == "/erase" else "GET"
        answer = client.open(f"{page}{path}?proof={proof}", method=method, data={"proof": proof, "sure": "yes"})
        assert answer.status_code == 404, "the mailed link itself opens nothing"
    assert "Another matter" in client.post(page, data={"proof": proof}).text
    assert client.post(page, data={"proof": proof}).status_code == 404
    assert client.get(f"{page}?proof={proof}").status_code == 404


def _told(s: Services, settings: Settings) -> list[str]:
    OutboxProcessor(s.tickets, OutboxSender(settings, s.tickets.files.path)).deliver_due(s.now)
    with s.engine.connect() as connection:
        uids = connection.execute(text("SELECT uid FROM outbox WHERE kind = 'changed_mail' ORDER BY id")).scalars()
        return [(settings.data_dir / "mail" / f"{uid}.eml").read_text() for uid in uids]


@pytest.mark.parametrize(("channel", "address"), [("email", "mallory@evil.example"), ("phone", "+31 20 555 0100")])
def test_the_old_address_hears_that_answers_go_elsewhere(
    client: FlaskClient, s: Services, ticket: Ticket, settings: Settings, channel: str, address: str
) -> None:
    client.post(f"/t/{ticket.token}/channel", data={"channel": channel, "address": address})
    (told,) = _told(s, settings)
    assert "\nTo: ada@example.org" in told
    assert ticket.reference in told
    # It may have been a mistyped address, that is, a stranger's.
    for secret in (ticket.token, "mallory", "555 0100", "The left earbud", "/t/"):
        assert secret not in told
    assert "In-Reply-To" not in told
    s.privacy.erase((), "ada@example.org")
    with s.engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM outbox WHERE kind = 'changed_mail'")).scalar() == 0


def test_nobody_is_told_of_what_did_not_change(
    client: FlaskClient, s: Services, ticket: Ticket, settings: Settings
) -> None:
    client.post(f"/t/{ticket.token}/channel", data={"channel": "email", "address": "Ada@EXAMPLE.org"})
    assert _told(s, settings) == []


def test_links_of_subscriptions_do_nothing_until_a_button_is_pressed(client: FlaskClient, s: Services) -> None:
    incident = incidents.open_incident(s.engine, {"en": "Down"}, {"en": "We look."}, NOW)
    incidents.subscribe(s.engine, incident.reference, "eve@example.org", "en", "", NOW)
    with s.engine.connect() as connection:
        token = connection.execute(text("SELECT token FROM incident_subscriber")).scalar()
    for path in (f"/incidents/confirm/{token}", f"/incidents/stop/{token}"):
        for method in ("GET", "HEAD"):
            assert client.open(path, method=method).status_code == 200
    with s.engine.connect() as connection:
        assert connection.execute(text("SELECT confirmed_at FROM incident_subscriber")).scalars().all() == [""]
