"""The status page: for whoever has its link, and for nobody else."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.services import Services
from app.support.types import Ticket
from tests.support.conftest import NOW, new_ticket
from tests.support.test_form import _Form


def _service(app: Flask) -> Services:
    found: Services = app.extensions["signpost"]
    return found


@pytest.fixture
def ticket(app: Flask) -> Ticket:
    made: Ticket = _service(app).tickets.create(new_ticket(subject="No <b>sound</b>"), None, _service(app).now())
    return made


def _key(page: str) -> str:
    return page.split('name="key" value="')[1].split('"')[0]


def test_it_shows_where_the_request_stands(client: FlaskClient, ticket: Ticket) -> None:
    page = client.get(f"/t/{ticket.token}?new=1")
    for said in (ticket.reference, "With our team", "We usually answer", "The left earbud is silent.", "reached us"):
        assert said in page.text
    assert "No &lt;b&gt;sound&lt;/b&gt;" in page.text
    assert "Talk to a human" in page.text


def test_it_is_kept_out_of_caches_search_engines_and_other_sites_logs(client: FlaskClient, ticket: Ticket) -> None:
    page = client.get(f"/t/{ticket.token}")
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex' in page.text


def test_it_is_in_the_customers_language_unless_another_is_chosen(client: FlaskClient, app: Flask) -> None:
    ticket = _service(app).tickets.create(new_ticket(lang="tr"), None, NOW)
    assert '<html lang="tr"' in client.get(f"/t/{ticket.token}").text
    assert '<html lang="en"' in client.get(f"/t/{ticket.token}?lang=en").text


@pytest.mark.parametrize("token", ["x" * 32, "short", "..%2f..", "%00", "%ff", "ü"])
def test_an_unknown_link_is_not_found_and_offers_a_person(client: FlaskClient, token: str) -> None:
    page = client.get(f"/t/{token}")
    assert page.status_code in {400, 404}  # 400 where the address is not text at all
    assert "Talk to a human" in page.text


def test_a_message_is_added_once(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    key = _key(client.get(f"/t/{ticket.token}").text)
    for _ in range(2):
        added = client.post(f"/t/{ticket.token}/message", data={"message": "One more <thing>", "key": key})
        assert added.status_code == 303
    assert client.get(added.location).text.count("One more &lt;thing&gt;") == 1
    assert len(_service(app).tickets.by_token(ticket.token).messages) == 2


@pytest.mark.parametrize(("typed", "status"), [("  ", 422), ("x" * 20_001, 422)])
def test_a_message_that_cannot_be_taken_stays_in_the_form(
    client: FlaskClient, ticket: Ticket, typed: str, status: int
) -> None:
    page = client.post(f"/t/{ticket.token}/message", data={"message": typed})
    assert page.status_code == status
    assert typed.strip() in page.text
    assert 'id="message-error"' in page.text


def test_after_too_many_messages_the_text_stays(client: FlaskClient, ticket: Ticket) -> None:
    answers = [client.post(f"/t/{ticket.token}/message", data={"message": f"number {n}"}) for n in range(16)]
    assert answers[-1].status_code == 429
    assert "number 15</textarea>" in answers[-1].text


def test_a_late_answer_is_admitted(client: FlaskClient, app: Flask) -> None:
    service = _service(app)
    ticket = service.tickets.create(new_ticket(), None, service.now() - timedelta(days=30))
    assert "are late" in client.get(f"/t/{ticket.token}").text


def test_the_teams_answer_and_a_closed_request_are_shown(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    casework = _service(app).casework
    casework.reply(ticket.reference, "Please reset it.", _service(app).now())
    page = client.get(f"/t/{ticket.token}").text
    assert "Answered" in page
    assert "Please reset it." in page
    casework.close(ticket.reference, _service(app).now())
    assert "opens it again" in client.get(f"/t/{ticket.token}").text


def test_nothing_of_it_runs_or_loads_from_elsewhere(client: FlaskClient, app: Flask) -> None:
    nasty = "<script>alert(1)</script><img src=//evil.example/x>"
    service = _service(app)
    ticket = service.tickets.create(
        new_ticket(message=nasty, name=nasty, subject=nasty, fields={"order_number": nasty}), None, service.now()
    )
    page = client.get(f"/t/{ticket.token}").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "style=" not in page
    _Form().feed(page)
