"""The status page: for whoever has its link, and for nobody else."""

import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.container import Services
from core.database.timestamps import iso
from support.tickets import repository
from support.tickets.models import CallOutcome, Channel, Identity, Stage, State, Ticket, UrgentNotice
from support.tickets.timeline import TargetOutcome, outcome, timeline
from tests.support.conftest import NOW, new_ticket
from tests.support.test_contact_form import _Form


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
    for phrase in (
        ticket.reference,
        "With our team",
        "We usually answer",
        "The left earbud is silent.",
        "reached us",
        "We promised an answer by",
    ):
        assert phrase in page.text
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
    agent_actions = _service(app).agent_actions
    agent_actions.reply(ticket.reference, "Please reset it.", _service(app).now())
    page = client.get(f"/t/{ticket.token}").text
    assert "Answered" in page
    assert "Please reset it." in page
    agent_actions.close(ticket.reference, _service(app).now())
    assert "opens it again" in client.get(f"/t/{ticket.token}").text


def test_nothing_of_it_runs_or_loads_from_elsewhere(client: FlaskClient, app: Flask) -> None:
    nasty = "<script>alert(1)</script><img src=//evil.example/x>"
    service = _service(app)
    ticket = service.tickets.create(
        new_ticket(message=nasty, name=nasty, subject=nasty, fields={"order_number": nasty}), None, service.now()
    )
    page = client.get(f"/t/{ticket.token}").text
    assert "<script>alert" not in page
    assert "<img src=//evil" not in page
    assert "style=" not in page
    _Form().feed(page)


def _post(client: FlaskClient, ticket: Ticket, what: str, **data: object) -> TestResponse:
    return client.post(f"/t/{ticket.token}/{what}", data=data)


def _now(app: Flask, ticket: Ticket) -> Ticket:
    return _service(app).tickets.by_reference(ticket.reference)


def test_solved_thank_you_closes_it_and_still_broken_opens_it_again(
    client: FlaskClient, app: Flask, ticket: Ticket
) -> None:
    assert "How did we do?" not in client.get(f"/t/{ticket.token}").text
    assert _post(client, ticket, "solved").status_code == 303
    assert (_now(app, ticket).stage, _now(app, ticket).state) == (Stage.SOLVED, State.CLOSED)
    page = client.get(f"/t/{ticket.token}").text
    for phrase in ("You said that it is solved.", "How did we do?", "It is still not solved"):
        assert phrase in page
    assert _post(client, ticket, "reopen", message="It is silent again.").status_code == 303
    again = _now(app, ticket)
    assert (again.state, again.messages[-1].text) == (State.WAITING, "It is silent again.")
    assert "The request was reopened." in client.get(f"/t/{ticket.token}").text


def test_what_is_solved_by_the_customer_is_no_broken_promise(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    _post(client, ticket, "solved")
    assert [outcome(p, NOW + timedelta(days=300)) for p in _now(app, ticket).response_targets] == [
        TargetOutcome.RENEWED
    ]


def test_it_is_rated_once_after_closing(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    _post(client, ticket, "rating", score="5")
    assert _now(app, ticket).rating is None  # it is still open
    _post(client, ticket, "solved")
    for score in ("9", "x", ""):
        _post(client, ticket, "rating", score=score)
    assert _now(app, ticket).rating is None
    _post(client, ticket, "rating", score="2", comment="Slow.")
    _post(client, ticket, "rating", score="4", comment="Slow, but good.")
    rated = _now(app, ticket)
    assert rated.rating is not None
    assert (rated.rating.score, rated.rating.comment) == (4, "Slow, but good.")
    assert [e.kind for e in rated.events].count("rated") == 1


def test_the_channel_can_be_switched_and_is_obeyed(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    wrong = _post(client, ticket, "channel", channel="phone", address="call me")
    assert wrong.status_code == 422
    assert "call me" in wrong.text
    assert _post(client, ticket, "channel", channel="pigeon").status_code == 422
    _post(client, ticket, "channel", channel="phone", address="+31 20 555 01 00")
    switched = _now(app, ticket)
    assert (switched.preferred_channel, switched.phone) == (Channel.PHONE, "+31 20 555 01 00")
    page = client.get(f"/t/{ticket.token}").text
    assert "We answer by phone: <bdi>+31 20 555 01 00</bdi>" in page
    assert "You asked to be answered by phone." in page
    _post(client, ticket, "channel", channel="email")  # the address is known: nothing is typed twice
    assert _now(app, ticket).preferred_channel is Channel.EMAIL


def test_another_address_is_a_strangers_word_until_it_is_proven(
    client: FlaskClient, app: Flask, ticket: Ticket
) -> None:
    service = _service(app)
    proof = service.customer_actions.email_tokens.mail(ticket, service.now() + timedelta(hours=1))
    _post(client, ticket, "prove", by=proof)
    assert _now(app, ticket).identity is Identity.MAIL
    _post(client, ticket, "channel", channel="phone", address="+31 20 555 01 00")
    _post(client, ticket, "channel", channel="email", address="bob@example.org")
    moved = _now(app, ticket)
    assert (moved.identity, moved.email) == (Identity.TYPED, "bob@example.org")
    assert moved.person_id != ticket.person_id
    _post(client, ticket, "prove", by=proof)  # what was mailed to the old address proves nothing now
    assert _now(app, ticket).identity is Identity.TYPED


@pytest.mark.parametrize("proof", ["", "x", "0" * 32, "ü"])
def test_a_made_up_proof_proves_nothing(client: FlaskClient, app: Flask, ticket: Ticket, proof: str) -> None:
    client.get(f"/t/{ticket.token}", query_string={"by": proof})
    _post(client, ticket, "prove", by=proof)
    assert _now(app, ticket).identity is Identity.TYPED


def test_status_mails_can_be_stopped(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    _post(client, ticket, "mails", quiet="yes")
    assert _now(app, ticket).quiet
    _post(client, ticket, "mails", quiet="")
    assert not _now(app, ticket).quiet


def test_files_are_added_and_survive_a_page_shown_again(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    files = [(io.BytesIO(b"log"), "a.log"), (io.BytesIO(b"MZ\x90\x00" + b"\0" * 60), "b.exe")]
    page = _post(client, ticket, "message", message="See the log.", attachments=files)
    assert page.status_code == 422
    kept = re.findall(r'name="kept" value="([^"]+)"', page.text)
    assert len(kept) == 1
    assert "See the log.</textarea>" in page.text
    assert _post(client, ticket, "message", message="See the log.", kept=kept, key="k").status_code == 303
    assert [a.name for a in _now(app, ticket).messages[-1].attachments] == ["a.log"]
    shown = client.get(f"/t/{ticket.token}").text
    (address,) = set(re.findall(rf"/t/{ticket.token}/files/\d+", shown))
    with client.get(address) as download:
        assert download.data == b"log"


def test_a_file_alone_is_a_message(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    assert _post(client, ticket, "message", attachments=[(io.BytesIO(b"log"), "a.log")]).status_code == 303
    assert _now(app, ticket).messages[-1].text == ""


def test_an_expired_link_only_offers_to_mail_a_fresh_one(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    service = _service(app)
    with service.tickets.transaction() as connection:
        repository.set_values(connection, ticket.id, NOW, link_expires_at=iso(service.now() - timedelta(minutes=1)))
    for what in ("", "/live", "/files/1", "/privacy", "/privacy/export"):
        page = client.get(f"/t/{ticket.token}{what}")
        assert page.status_code == 410
        assert "The left earbud" not in page.text
        assert "ada@example.org" not in page.text
    for what in ("message", "solved", "channel", "rating", "privacy/erase"):
        assert _post(client, ticket, what, message="x", channel="email", sure="yes").status_code == 410
    assert "a•••@e•••.org" in page.text
    assert _post(client, ticket, "link").status_code == 200
    fresh = _now(app, ticket)
    assert fresh.token != ticket.token
    assert fresh.token not in client.post(f"/t/{ticket.token}/link").text
    with service.engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM outbox ORDER BY id")).scalars().all()
    assert kinds.count("link_mail") == 1  # asked twice within ten minutes
    assert client.get(f"/t/{fresh.token}").status_code == 200
    assert client.get(f"/t/{ticket.token}").status_code == 410


def test_times_are_on_the_customers_clock(client: FlaskClient, app: Flask) -> None:
    service = _service(app)
    here = service.tickets.create(new_ticket(), None, NOW)
    there = service.tickets.create(new_ticket(time_zone="Asia/Taipei"), None, NOW)
    assert "Monday 23 November, 11:00" in client.get(f"/t/{here.token}").text
    page = client.get(f"/t/{there.token}").text
    assert "Monday 23 November, 18:00" in page
    assert "(Taipei)" in page


@pytest.mark.parametrize("nowhere", ["UTC", "Etc/UTC", "GMT", "Etc/GMT+3", ""])
def test_a_clock_of_no_place_is_ours_instead(client: FlaskClient, app: Flask, nowhere: str) -> None:
    page = client.get(f"/t/{_service(app).tickets.create(new_ticket(time_zone=nowhere), None, NOW).token}").text
    assert "Times are in our time zone." in page and "(Amsterdam)" in page and "(UTC)" not in page


@pytest.mark.parametrize("held", ["", "links"])
def test_somebody_in_danger_is_told_not_to_wait_before_anything_else(
    client: FlaskClient, app: Flask, held: str
) -> None:
    s = _service(app)
    urgent = UrgentNotice("battery", "Put it outside.", "Call us.", "en", "urgent")
    ticket = s.tickets.create(new_ticket(urgent=urgent, quarantine=held), None, s.now())
    page = client.get(f"/t/{ticket.token}?new").text
    told = ("Put it outside.", "Your message has reached us", "Please do not wait for our reply")
    promised = "Before your message goes" if held else "We usually answer"
    assert [page.index(words) for words in (*told, promised)] == sorted(page.index(w) for w in (*told, promised))
    calm = client.get(f"/t/{s.tickets.create(new_ticket(quarantine=held), None, s.now()).token}").text
    assert "do not wait" not in calm and promised in calm


def test_every_promise_says_whether_it_was_kept(client: FlaskClient, app: Flask) -> None:
    service = _service(app)
    kept, late, broken = (service.tickets.create(new_ticket(), None, NOW) for _ in range(3))
    service.agent_actions.reply(kept.reference, "Here.", NOW + timedelta(hours=1))
    service.agent_actions.reply(late.reference, "Here.", NOW + timedelta(days=3))
    assert "We kept this promise." in client.get(f"/t/{kept.token}").text
    assert "later than promised" in client.get(f"/t/{late.token}").text
    entries = timeline(broken, NOW + timedelta(days=3), service.settings.zone, "en", lambda text, **v: text % v)
    assert [e.words for e in entries if e.tone == "late"] == ["We did not keep this promise. We are sorry."]


def test_contacts_are_told_and_their_notes_are_not(client: FlaskClient, app: Flask) -> None:
    service = _service(app)
    ticket = service.tickets.create(new_ticket(preferred_channel=Channel.PHONE, phone="+31 20 555"), None, NOW)
    service.agent_actions.log_contact(ticket.reference, "secret", NOW, outcome=CallOutcome.NO_ANSWER)
    service.agent_actions.log_contact(ticket.reference, "secret", NOW, outgoing=False)
    service.agent_actions.add_note(ticket.reference, "secret", NOW)
    page = client.get(f"/t/{ticket.token}").text
    assert "We tried to reach you on Monday 23 November, 11:00." in page
    assert "You called us on" in page
    assert "secret" not in page


def test_the_live_part_changes_only_when_something_did(client: FlaskClient, app: Flask, ticket: Ticket) -> None:
    address = f"/t/{ticket.token}/live"
    first = client.get(address)
    assert "The left earbud is silent." in first.text
    assert "<html" not in first.text
    same = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.text) == (304, "")
    _service(app).agent_actions.reply(ticket.reference, "Please reset it.", _service(app).now())
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, "Please reset it." in changed.text) == (200, True)
