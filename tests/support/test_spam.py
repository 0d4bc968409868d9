"""The spam check: what it reads, what it adds up, and that it holds back instead of refusing."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app import create_app
from app.container import Services
from app.settings.schema import BadSettings, Settings
from core.database.connection import writing
from core.network.client_networks import household
from support.email.composer import EmailComposer
from support.spam import submission_history
from support.spam.challenge import LASTS, Challenges, ProofOfWork
from support.spam.client_fingerprint import ClientFingerprint, client_fingerprint
from support.spam.content import Content, read, registered_domain
from support.spam.form_token import FormToken, FormTokens
from support.spam.scoring import POINTS, EarlierSubmissions, SpamSignals, judge
from support.spam.service import SpamService, SubmissionContext, SubmissionText
from support.spam.similarity import are_near_duplicates, sketch
from support.tickets import repository
from support.tickets.agent_actions import AgentActions
from support.tickets.models import Delivery, NewTicket, OutboxRow, OutboxState, Priority, UrgentNotice
from support.tickets.receipts import Receipts
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket, rows
from tests.support.solved_challenges import packed, solve, solved
from tests.support.test_contact_form import fill, read_form, stored

KEY = b"k" * 32
SECRET = "s" * 40
CHROME = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0 Safari/537.36", "Accept-Language": "en"}
PITCH = (
    "Dear {0}, I found your shop while looking for {1} and would like to tell you how our people bring new buyers to"
    " stores like yours every single month without any risk for you."
)


def test_a_challenge_is_solved_once_the_number_is_found() -> None:
    challenges = Challenges(KEY, 500)
    challenge = challenges.issue(NOW)
    assert challenges.read(solve(challenge), NOW).proof is ProofOfWork.SOLVED
    assert challenges.read(packed(challenge), NOW).proof is ProofOfWork.UNSOLVED
    assert challenges.read(packed({**challenge, "number": 501}), NOW).proof is ProofOfWork.WRONG
    assert challenges.read(solve(challenge), NOW + LASTS).proof is ProofOfWork.EXPIRED
    assert challenges.read("", NOW).proof is ProofOfWork.NONE


@pytest.mark.parametrize(
    "change",
    [
        {"salt": "00?expires=9999999999&issued=1&"},
        {"signature": "0" * 64},
        {"challenge": "0" * 64},
        {"signature": None},
        {"salt": 1},
        {"salt": "\ud800"},  # half a pair of UTF-16, which JSON may hold and UTF-8 may not
        {"challenge": "\udfff"},
        {"signature": "\udcff"},
    ],
)
def test_a_changed_challenge_is_not_believed(change: dict[str, Any]) -> None:
    challenges = Challenges(KEY, 500)
    assert challenges.read(packed({**challenges.issue(NOW), "number": 1, **change}), NOW).proof is ProofOfWork.FORGED


def test_digits_cannot_be_moved_from_the_number_into_the_salt() -> None:
    challenges = Challenges(KEY, 50_000)
    challenge = challenges.issue(NOW)
    assert challenge["salt"].endswith("&")
    longer = {**challenge, "salt": challenge["salt"] + "1", "number": 1}
    assert challenges.read(packed(longer), NOW).proof is ProofOfWork.FORGED


@pytest.mark.parametrize("payload", ["%", "bm8=", "W10=", "e30=", "A" * 5_000, "eyJzYWx0IjpbXX0="])
def test_nonsense_instead_of_a_solution_is_no_error(payload: str) -> None:
    assert Challenges(KEY, 500).read(payload, NOW).proof is ProofOfWork.FORGED


def test_the_note_in_a_form_tells_when_it_was_opened_and_cannot_be_made() -> None:
    forms = FormTokens(KEY)
    note = forms.issue(NOW)
    opened = forms.read(note, NOW + timedelta(seconds=5))
    assert opened is not None
    assert round(opened.seconds) == 5
    assert forms.read(note, NOW + timedelta(days=8)) is None
    assert FormTokens(b"other").read(note, NOW) is None
    for bad in ("", "now", "1.2.3", note[:-1], "9" + note, "é" * 30):
        assert forms.read(bad, NOW) is None


def test_a_clock_set_back_makes_nobody_a_robot() -> None:
    forms = FormTokens(KEY)
    opened = forms.read(forms.issue(NOW), NOW - timedelta(hours=1))
    assert opened is not None
    assert opened.seconds > 60


# --- what a visitor looks like ---


def test_what_is_kept_of_a_visitor_is_another_thing_the_next_day() -> None:
    today = client_fingerprint("203.0.113.7", CHROME, False, KEY, NOW)
    tomorrow = client_fingerprint("203.0.113.7", CHROME, False, KEY, NOW + timedelta(days=1))
    assert today == client_fingerprint("203.0.113.7", CHROME, False, KEY, NOW)
    assert not {today.address, today.fingerprint} & {tomorrow.address, tomorrow.fingerprint}
    assert "203" not in f"{today}"


def test_one_household_has_one_network() -> None:
    assert household("2001:db8:1:2:3::4") == household("2001:db8:1:2:ffff::1") != household("2001:db8:1:3::4")
    assert household("::ffff:203.0.113.7") == household("203.0.113.7") != household("203.0.113.8")
    assert household("unknown") == "unknown"


def test_programs_and_half_browsers_are_told_from_browsers() -> None:
    assert client_fingerprint("::1", {"User-Agent": "python-requests/2.32"}, True, KEY, NOW).tool
    assert client_fingerprint("::1", {}, True, KEY, NOW).tool
    seen = client_fingerprint("::1", CHROME, True, KEY, NOW)
    assert (seen.tool, seen.no_language, seen.half_browser) == (False, False, True)
    assert not client_fingerprint("::1", CHROME, False, KEY, NOW).half_browser  # over plain HTTP browsers send less
    assert not client_fingerprint("::1", {**CHROME, "Sec-Fetch-Site": "same-origin"}, True, KEY, NOW).half_browser


# --- what a text says ---


def _read(message: str, subject: str = "", name: str = "") -> Content:
    return read(subject, message, name, "me@home.example", ["help.shop.example"], ["en", "tr", "zh-Hant"])


def test_links_are_counted_by_site_and_the_operators_own_are_not() -> None:
    assert _read("see https://www.shop.example/x and help.shop.example").hosts == ()
    assert _read("see https://a.evil.com/1 http://evil.com/2 and other.net").hosts == ("evil.com", "other.net")
    assert _read("http://localhost:3000 http://10.0.0.1/x printer.local").hosts == ()
    assert _read("look: https://bit.ly/abc").shortened
    assert registered_domain("shop.example.co.uk") == "example.co.uk"


def test_trades_calls_and_contacts_are_found_in_several_languages() -> None:
    for pitch in (
        "Our SEO team puts you on the first page of Google",
        "Google'da ilk sayfa ve kaliteli backlink",
        "專業網站優化與關鍵字排名",
        "专业网站推广，关键词排名",
    ):
        assert "search engines" in _read(pitch).trades, pitch
    assert _read("Click here and visit our website").calls == 2
    assert _read("Write to boss@elsewhere.example instead").other_contact
    assert not _read("My address is me@home.example").other_contact
    assert _read("加微信：abc12345").other_contact


def test_odd_scripts_disguises_noise_and_shouting_are_seen() -> None:
    assert _read("Здравствуйте, хотим предложить вам сотрудничество").foreign_script
    assert not _read("耳機左邊沒有聲音，請問該怎麼辦？已經試過重開機了").foreign_script
    assert _read("Buy viаgra nоw").disguised  # with Cyrillic а and о
    assert not _read("Ürünüm çalışmıyor").disguised
    assert _read("hGtYdkLoPqR").noise
    assert not _read("JavaScript InvalidOperationException").noise
    assert _read("WHY DOES THIS NEVER WORK I HAVE BEEN WAITING FOR THREE WEEKS FOR MY REFUND").shouting
    assert _read("[url=http://x.example]x[/url]").markup
    assert _read("x", name="www.cheap-pills.com").link_in_name


def test_a_template_is_recognised_under_other_names_and_an_error_message_is_none() -> None:
    one, two = (sketch(PITCH.format(*fill)) for fill in (("Anna", "gifts"), ("Mr Bo", "headphones")))
    assert are_near_duplicates(one, two)
    trace = (
        'Traceback (most recent call last):\n  File "app.py", line 3, in main\nValueError: bad thing happened here\n'
    )
    first = "Hello, since the update this morning our import job stops with the following message, what can we do? "
    other = "hi there - we are on version four and get this whenever anybody opens the second page of the orders. "
    assert not are_near_duplicates(sketch(first + "\n" + trace), sketch(other + "\n" + trace))
    assert sketch("Where is my order?") == frozenset()


@pytest.mark.parametrize(
    "piece", ["a", "a.a", "<a ", "@a", "usd 1", "aB", "www.", "[a", "\t", "wechat ", "1", "a@", "\n>"]
)
def test_no_text_keeps_the_reader_busy(piece: str) -> None:
    """Twenty thousand characters made for it cost no more than others: the test would run for minutes."""
    evil = piece * (20_000 // len(piece))
    assert _read(evil, evil[:300], evil[:200])
    sketch(evil)


# --- points ---


HONEST = SpamSignals(form_token=FormToken("x", 40.0, NOW), client=ClientFingerprint("a", "f"), seconds=40.0)


def test_what_only_a_robot_does_is_held_and_what_people_do_is_not() -> None:
    assert judge(replace(HONEST, trap=True), 50).held
    assert judge(replace(HONEST, form_token=None, seconds=None), 50).held
    assert judge(replace(HONEST, seconds=0.3), 50).held
    assert not judge(HONEST, 50).held
    hurried = replace(HONEST, seconds=1.5, content=Content(hosts=("imgur.com",), shouting=True, calls=1))
    assert not judge(hurried, 50).held


def test_every_point_is_in_the_table_and_the_reasons_begin_with_the_weightiest() -> None:
    verdict = judge(replace(HONEST, trap=True, content=Content(hosts=("a", "b", "c", "d"))), 50)
    assert verdict.found == ("honeypot", "many_links", "no_proof")
    assert verdict.points == sum(POINTS[name] for name in verdict.found)
    assert verdict.why == "honeypot, many_links, no_proof"


def test_a_threshold_of_nought_holds_nothing() -> None:
    assert not judge(replace(HONEST, trap=True), 0).held


def test_a_server_is_judged_by_the_text_alone_and_a_known_person_mildly() -> None:
    bare = SpamSignals(by_server=True)
    assert judge(bare, 50).points == 0
    spam = Content(hosts=("a",), trades=("x", "y"), calls=2)
    assert judge(replace(bare, content=spam), 50).held
    assert not judge(replace(HONEST, content=spam, known_person=True), 50).held


def test_repetition_counts_other_addresses() -> None:
    assert judge(replace(HONEST, before=EarlierSubmissions(alike_addresses=4)), 50).held
    assert not judge(replace(HONEST, before=EarlierSubmissions(alike_addresses=1, alike_own=3)), 50).held


# --- memory, on both databases ---


def test_a_challenge_is_used_once_whoever_asks_first(engine: Engine) -> None:
    def use(_n: int) -> int:
        with writing(engine) as connection:
            return submission_history.count_use(connection, "proof 1", "", NOW + LASTS)[0]

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(8))) == list(range(8))


def test_what_is_remembered_is_forgotten_when_it_is_of_no_more_use(engine: Engine) -> None:
    with writing(engine) as connection:
        submission_history.count_use(connection, "proof 1", "", NOW + LASTS)
        submission_history.remember(connection, "a", {"00"}, {"m"}, NOW)
    with writing(engine) as connection:
        assert submission_history.forget(connection, NOW + timedelta(minutes=1)) == 0
        assert submission_history.forget(connection, NOW + timedelta(days=1)) == 2


def test_alike_texts_of_the_last_day_are_found_and_nothing_readable_is_stored(
    engine: Engine, make_settings: Callable[..., Settings]
) -> None:
    spam = SpamService(make_settings(), KEY)
    points = []
    for number in range(6):
        arrived = SubmissionContext(
            form_token=spam.forms.issue(NOW - timedelta(minutes=1)), remote=f"203.0.113.{number}", headers=CHROME
        )
        written = SubmissionText("Hello", PITCH.format(f"Team {number}", "gifts"), "Pat", f"pat{number}@mail.example")
        check = spam.collect_signals(arrived, written, NOW)
        with writing(engine) as connection:
            check = spam.compare_with_recent(connection, check, NOW)
            points.append(spam.decide(connection, check, NOW).points)
    assert points[0] < 50 <= points[5]
    assert points == sorted(points)
    with engine.connect() as connection:
        everything = str(connection.execute(text("SELECT * FROM abuse_recent")).all())
    assert "buyers" not in everything
    assert "203.0.113" not in everything


def test_links_to_the_sites_that_embed_us_are_not_counted(make_settings: Callable[..., Settings]) -> None:
    spam = SpamService(make_settings(sites=[{"key": "shop", "origins": ["https://*.tonshop.net"]}]), KEY)
    written = SubmissionText("", "It stands on https://www.tonshop.net/p/1 and on https://else.where.net/x", "", "")
    assert spam.collect_signals(SubmissionContext(), written, NOW).signals.content.hosts == ("where.net",)


def test_links_to_a_site_in_another_script_are_known_however_they_are_written(
    make_settings: Callable[..., Settings],
) -> None:
    spam = SpamService(make_settings(sites=[{"key": "shop", "origins": ["https://müller-ton.net"]}]), KEY)
    written = SubmissionText("", "See https://müller-ton.net/p/1 and https://xn--mller-ton-q9a.net/p/2", "", "")
    assert spam.collect_signals(SubmissionContext(), written, NOW).signals.content.hosts == ()


# --- at the form and the API ---


def test_a_solved_challenge_is_good_for_one_message(client: FlaskClient, app: Flask) -> None:
    payload = solved(app)
    for number in range(3):
        client.post("/en/contact", data=fill(client, message=f"Number {number}", altcha=payload))
    held = [bool(t.quarantine) for t in sorted(stored(app), key=lambda t: t.id)]
    assert held == [False, True, True]
    assert all("replayed" in t.quarantine for t in stored(app) if t.id > 1)


def test_what_could_not_be_stored_has_used_up_nothing(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = app.extensions["signpost"].engine

    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(repository, "insert_message", broken)
        assert client.post("/en/contact", data=fill(client, altcha=solved(app))).status_code >= 500

    assert {name: rows(engine, name) for name in ("ticket", "abuse_used", "abuse_recent")} == {
        "ticket": 0,
        "abuse_used": 0,
        "abuse_recent": 0,
    }


def test_going_back_and_sending_again_with_the_same_solution_is_a_persons_doing(
    client: FlaskClient, app: Flask
) -> None:
    values = fill(client, altcha=solved(app))
    client.post("/en/contact", data=values)
    client.post("/en/contact", data={**values, "message": "I forgot: it is the blue one."})
    assert [t.quarantine for t in stored(app)] == ["", ""]


def test_a_double_click_makes_one_ticket_that_is_not_held(client: FlaskClient, app: Flask) -> None:
    values = fill(client, altcha=solved(app))
    assert client.post("/en/contact", data=values).location == client.post("/en/contact", data=values).location
    assert [t.quarantine for t in stored(app)] == [""]


def test_a_form_that_comes_back_with_errors_keeps_its_solution(client: FlaskClient, app: Flask) -> None:
    payload = solved(app)
    page = client.post("/en/contact", data=fill(client, message="", altcha=payload))
    assert read_form(page).values["altcha"] == payload
    client.post("/en/contact", data={**read_form(page).values, "message": "Now with text", "consent": "yes"})
    assert [t.quarantine for t in stored(app)] == [""]


def test_the_challenge_is_asked_for_by_address_and_can_be_switched_off(
    client: FlaskClient, make_settings: Callable[..., Settings]
) -> None:
    answer = client.get("/api/v1/challenge")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    assert set(answer.json) == {"algorithm", "challenge", "maxnumber", "salt", "signature"}
    without = create_app(make_settings(proof_of_work="off")).test_client()
    assert without.get("/api/v1/challenge").status_code == 404
    assert "altcha" not in without.get("/en/contact").text


def test_the_api_holds_a_link_that_brings_neither_challenge_nor_secret(client: FlaskClient, app: Flask) -> None:
    body = {"email": "ada@example.org", "message": "It is silent.", "consent": True}
    with_link = {**body, "message": "See https://elsewhere.example/offer for it."}
    assert client.post("/api/v1/tickets", json=body).status_code == 201
    assert client.post("/api/v1/tickets", json=with_link).status_code == 201
    assert client.post("/api/v1/tickets", json={**with_link, "altcha": solved(app)}).status_code == 201
    assert sorted(t.quarantine for t in stored(app)) == ["", "", "program, no_proof, link"]


def _server(make_settings: Callable[..., Settings], *secrets: str) -> Flask:
    app = create_app(make_settings(servers=[{"name": "shop", "secrets": list(secrets)}]))
    app.testing = False
    return app


def test_a_server_with_a_secret_needs_no_challenge_and_has_an_allowance_of_its_own(
    make_settings: Callable[..., Settings],
) -> None:
    app = _server(make_settings, SECRET, "n" * 32)
    client = app.test_client()
    for number in range(12):
        secret = (SECRET, "n" * 32)[number % 2]
        body = {"email": f"c{number}@example.org", "message": f"Question {number}", "consent": True}
        answer = client.post("/api/v1/tickets", json=body, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 201
    assert {t.quarantine for t in stored(app)} == {""}
    refused = client.post("/api/v1/tickets", json=body, headers={"Authorization": "Bearer wrong"})
    assert refused.status_code == 401
    assert refused.json is not None
    assert refused.json["error"]["code"] == "unknown_server"


def test_servers_are_checked_when_the_settings_are_read(make_settings: Callable[..., Settings]) -> None:
    for wrong in (["short"], [SECRET, SECRET + "1", SECRET + "2"], []):
        with pytest.raises(BadSettings):
            make_settings(servers=[{"name": "shop", "secrets": wrong}])


def test_whoever_is_limited_is_told_the_other_ways_and_keeps_what_they_typed(client: FlaskClient, app: Flask) -> None:
    body = {"email": "ada@example.org", "message": "It is silent.", "consent": True}
    answers = [client.post("/api/v1/tickets", json=body)]
    while answers[-1].status_code != 429 and len(answers) < 100:
        answers.append(client.post("/api/v1/tickets", json={**body, "message": f"{len(answers)}"}))
    assert answers[-1].status_code == 429
    assert answers[-1].json is not None
    details = answers[-1].json["error"]["details"]
    assert any(one["url"].startswith("tel:") for one in details["channels"])
    assert details["contact_url"].endswith("/contact")
    other = client.post("/api/v1/tickets", json=body, headers={"User-Agent": "Firefox/140", "Accept-Language": "tr"})
    assert other.status_code == 201  # another browser of the same office


# --- quarantine ---


def test_rejecting_closes_delivers_nothing_and_can_be_taken_back(tickets: TicketService) -> None:
    held = tickets.create(new_ticket(quarantine="honeypot"), None, NOW)
    assert tickets.backlog(NOW + timedelta(hours=5))["quarantined"] == 1
    assert tickets.backlog(NOW + timedelta(hours=5))["quarantined_oldest_hours"] == 5
    rejected = tickets.reject(held.reference, NOW)
    assert rejected.rejected
    assert rejected.events[-1].kind == "rejected"
    assert tickets.stuck(NOW + timedelta(days=3)) == ()
    assert tickets.backlog(NOW)["quarantined"] == 0
    released = tickets.release(held.reference, NOW)
    assert (released.quarantine, released.stage.value) == ("", "new")
    assert tickets.backlog(NOW)["pending"] == 3


def test_only_what_is_held_can_be_rejected(tickets: TicketService) -> None:
    honest = tickets.create(new_ticket(), None, NOW)
    assert tickets.reject(honest.reference, NOW) == honest


def test_somebody_who_was_rejected_wrongly_can_write_again_and_is_looked_at_again(tickets: TicketService) -> None:
    held = tickets.create(new_ticket(quarantine="links"), None, NOW)
    tickets.reject(held.reference, NOW)
    tickets.add_message(held.token, "I am a person!", "k", NOW)
    assert tickets.backlog(NOW)["quarantined"] == 1


DANGER = UrgentNotice("battery", "Move away", "Call us.")


def held_danger(**more: Any) -> NewTicket:
    return new_ticket(quarantine="links", urgent=DANGER, **more)


def waiting(engine: Engine, ticket_id: int) -> dict[str, list[str]]:
    """The deliveries of a ticket by their states."""
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for kind, state in connection.execute(
            text("SELECT kind, state FROM outbox WHERE ticket_id = :id ORDER BY id"), {"id": ticket_id}
        ):
            found.setdefault(state, []).append(kind)
    return found


def test_the_team_hears_at_once_of_danger_that_is_held_and_the_typed_address_does_not(
    tickets: TicketService, engine: Engine
) -> None:
    held = tickets.create(held_danger(), None, NOW)
    assert waiting(engine, held.id) == {"held": ["acknowledgement"], "pending": ["team_mail", "webhook"]}
    assert (held.quarantine, held.priority, held.alarmed) == ("links", Priority.URGENT, True)
    assert tickets.backlog(NOW)["quarantined"] == 1
    tickets.release(held.reference, NOW)
    assert waiting(engine, held.id) == {"pending": ["acknowledgement", "team_mail", "webhook"]}  # nothing twice


def test_danger_in_a_later_message_of_what_is_held_reaches_the_team(tickets: TicketService, engine: Engine) -> None:
    held = tickets.create(new_ticket(quarantine="links"), None, NOW)
    tickets.add_message(held.token, "Hello?", "a", NOW)
    assert "pending" not in waiting(engine, held.id)
    tickets.urgent = lambda text, lang, own_words="": DANGER
    tickets.add_message(held.token, "It smokes!", "b", NOW)
    assert waiting(engine, held.id)["pending"] == ["team_mail", "webhook"]


def test_a_robot_that_knows_the_words_of_danger_does_not_flood_the_team(tickets: TicketService, engine: Engine) -> None:
    for number in range(12):
        tickets.create(held_danger(message=f"It smokes, look at {number}."), None, NOW + timedelta(minutes=number))
    assert tickets.backlog(NOW)["quarantined"] == 12
    assert tickets.backlog(NOW)["pending"] == 2 * 10
    later = tickets.create(held_danger(message="Fire!"), None, NOW + timedelta(hours=2))
    assert later.alarmed


def test_whoever_answers_what_is_held_has_looked_at_it(tickets: TicketService, engine: Engine) -> None:
    held = tickets.create(held_danger(), None, NOW)
    answered = AgentActions(tickets).reply(held.reference, "Go outside, we call the fire brigade.", NOW)
    assert (answered.quarantine, answered.alarmed) == ("", False)
    assert waiting(engine, held.id)["pending"] == ["acknowledgement", "team_mail", "webhook", "customer_mail"]


def test_by_setting_what_is_held_is_acknowledged_by_mail(
    engine: Engine, make_settings: Callable[..., Settings]
) -> None:
    mailing = TicketService(engine, make_settings(held_acknowledgement="mail"))
    mailing.create(new_ticket(quarantine="links"), None, NOW)
    counts = mailing.backlog(NOW)
    assert (counts["pending"], counts["held"]) == (1, 1)


def test_the_status_page_of_what_is_held_says_so_and_promises_nothing(client: FlaskClient, app: Flask) -> None:
    sent = client.post("/en/contact", data=fill(client, website="x"))
    page = client.get(sent.location).text
    assert "a person checks it" in page
    assert "We promised" not in page
    s: Services = app.extensions["signpost"]
    s.tickets.reject(stored(app)[0].reference, s.now())
    assert "We closed this request without an answer." in client.get(sent.location).text


_ACCUSES = re.compile(
    r"spam|robot(?!o)|\bbot\b|suspect|suspicious|\babuse|automat|şüphe|istenmeyen|otomat|垃圾|機器人|机器人|可疑|自動|自动",
    re.IGNORECASE,
)


@pytest.mark.parametrize("lang", ["en", "tr", "zh-Hant", "zh-Hans"])
def test_whose_message_is_held_is_told_what_happens_and_not_what_it_resembles(
    make_settings: Callable[..., Settings], lang: str
) -> None:
    """All that is said to them: the page before and after somebody has looked, the receipt of a site, the API, the
    acknowledgement. None of it tells which rule it was, either."""
    app = create_app(make_settings(held_acknowledgement="mail", languages=["en", "tr", "zh-Hant", "zh-Hans"]))
    app.testing = False
    s: Services = app.extensions["signpost"]
    client = app.test_client()
    values = {**read_form(client.get(f"/{lang}/contact")).values, "email": "ada@example.org", "consent": "yes"}
    sent = client.post(f"/{lang}/contact", data={**values, "message": "Hi", "website": "x"})
    body = {"email": "ada@example.org", "message": "See https://x.example", "consent": True, "lang": lang}
    answer = client.post("/api/v1/tickets", json=body)
    held = stored(app)
    assert all(ticket.quarantine for ticket in held) and len(held) == 2
    assert answer.json is not None
    told = [client.get(sent.location).text.split("<main")[1], answer.json["promise"]]
    (of_page,) = [one for one in held if one.source == "form"]
    row = OutboxRow(1, "u", of_page.id, 0, Delivery.ACKNOWLEDGEMENT, OutboxState.PENDING, 0, s.now(), s.now())
    mail = EmailComposer(s.settings, s.tickets.files.path, s.tickets.response_targets).write(row, of_page, s.now())
    told.append("\n".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"))
    receipts = Receipts(b"k" * 32, s.tickets, s.settings.zone)
    (entry,) = receipts.states("", [receipts.token("", of_page.reference)], lang, s.now())
    told += [entry["words"], entry["detail"]]
    s.tickets.reject(of_page.reference, s.now())
    told.append(client.get(sent.location).text.split("<main")[1])
    for words in told:
        assert not _ACCUSES.search(words), words
        assert "website" not in words and "trap" not in words
    checked = {"en": "a person checks it", "tr": "bir kişi tarafından", "zh-Hant": "專人", "zh-Hans": "专人"}[lang]
    assert all(checked in words for words in (*told[:3], entry["detail"]))
