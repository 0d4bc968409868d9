"""Tickets in the tools of teams: a room, Zammad, and receivers of JSON, each against a server that checks strictly."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import TypeAdapter, ValidationError

from app.settings.schema import BadSettings, Settings
from core.database.connection import connect
from support.background.worker import OutboxProcessor, OutboxSender
from support.delivery import adapters
from support.delivery.adapters import AdapterOptions
from support.delivery.webhook_signing import check_secrets, sign
from support.tickets.deliveries import attempts
from support.tickets.journey import Journey
from support.tickets.models import Channel, Priority, Upload
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket
from tests.support.test_webhook import SECRET

TOKEN = "a-token-of-zammad"


class FakeZammad(ThreadingHTTPServer):
    """The part of Zammad's API that is used, as its documentation has it: whatever is not documented, not of the
    right type, or not signed in is refused. Remembers what it was given."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tickets: dict[int, dict[str, Any]] = {}
        self.articles: list[dict[str, Any]] = []
        self.refusals: list[str] = []
        self.forget_answers = 0  # so many answers get lost on their way, after the work was done
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


_TICKET = {"title": str, "group": str, "customer_id": str, "article": dict}
_ARTICLE = {
    "subject": str, "body": str, "content_type": str, "type": str, "sender": str, "internal": bool, "attachments": list,
}  # fmt: skip
_TYPES = {"note", "email", "phone", "web", "sms", "chat", "fax"}


class _Handler(BaseHTTPRequestHandler):
    server: FakeZammad

    def do_GET(self) -> None:
        if not self._signed_in():
            return
        parts = urlsplit(self.path)
        if parts.path == "/api/v1/tickets/search":
            query = parse_qs(parts.query)
            assert query["expand"] == ["true"]
            found = [t for t in self.server.tickets.values() if query["query"][0] in t["title"]]
            self._answer(200, found)
        elif match := re.fullmatch(r"/api/v1/ticket_articles/by_ticket/(\d+)", parts.path):
            if int(match[1]) not in self.server.tickets:
                self._answer(404, {"error": "Couldn't find Ticket"})
                return
            self._answer(200, [a for a in self.server.articles if a["ticket_id"] == int(match[1])])
        elif parts.path == "/api/v1/users/me":
            self._answer(200, {"id": 3})
        else:
            self._refuse(404, f"no such address: {self.path}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._signed_in():
            return
        if self.headers["Content-Type"] != "application/json":
            self._refuse(422, "not application/json")
            return
        given = json.loads(body)
        if self.path == "/api/v1/tickets":
            self._create_ticket(given)
        elif self.path == "/api/v1/ticket_articles":
            ticket_id = given.pop("ticket_id", None)
            if ticket_id not in self.server.tickets:
                self._answer(404, {"error": "Couldn't find Ticket"})
            elif not self._wrong(given, _ARTICLE) and self._add_article(ticket_id, given):
                self._answer(201, {"id": len(self.server.articles), "ticket_id": ticket_id})
        else:
            self._refuse(404, f"no such address: {self.path}")

    def _create_ticket(self, given: dict[str, Any]) -> None:
        if self._wrong(given, _TICKET) or self._wrong(given["article"], _ARTICLE):
            return
        if given["group"] != "Support":
            self._refuse(422, "no lookup value found for 'group'")
        elif not re.fullmatch(r"guess:[^@\s]+@[^@\s]+", given["customer_id"]):
            self._refuse(422, "customer_id")
        else:
            number = len(self.server.tickets) + 1
            self.server.tickets[number] = {"id": number, "title": given["title"], "customer": given["customer_id"]}
            if self._add_article(number, given["article"]):
                self._answer(201, {"id": number, "title": given["title"], "article_ids": [len(self.server.articles)]})

    def _add_article(self, ticket_id: int, article: dict[str, Any]) -> bool:
        if article["type"] not in _TYPES or article["sender"] != "Customer":
            self._refuse(422, "no lookup value found for 'type'")
            return False
        for file in article["attachments"]:
            if set(file) != {"filename", "data", "mime-type"} or not base64.b64decode(file["data"], validate=True):
                self._refuse(422, "attachment")
                return False
        self.server.articles.append({"ticket_id": ticket_id, **article})
        return True

    def _signed_in(self) -> bool:
        if self.headers["Authorization"] != f"Token token={TOKEN}":
            self._refuse(401, "authentication failed")
            return False
        return True

    def _wrong(self, given: dict[str, Any], shape: dict[str, type]) -> bool:
        wrong = set(given) ^ set(shape) or {n for n, kind in shape.items() if not isinstance(given[n], kind)}
        if wrong:
            self._refuse(422, f"unknown, missing or of a wrong type: {sorted(wrong)}")
        return bool(wrong)

    def _refuse(self, status: int, why: str) -> None:
        self.server.refusals.append(why)
        self._answer(status, {"error": why})

    def _answer(self, status: int, content: Any) -> None:
        if self.command == "POST" and self.server.forget_answers > 0:
            self.server.forget_answers -= 1
            self.close_connection = True
            return
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def zammad() -> Iterator[FakeZammad]:
    server = FakeZammad()
    yield server
    server.shutdown()
    server.server_close()


class Desk:
    def __init__(self, settings: Settings):
        self.engine = connect(settings.database)
        self.tickets = TicketService(self.engine, settings)
        self.sender = OutboxSender(settings, self.tickets.files.path, self.tickets.response_targets)
        self.processor = OutboxProcessor(self.tickets, self.sender)

    def deliver(self, after: timedelta = timedelta()) -> None:
        self.processor.deliver_due(lambda: NOW + after)

    def failures(self) -> list[str]:
        return [a.answer for a in attempts(self.engine, failed=True)]


def _desk(make_settings: Callable[..., Settings], *channels: dict[str, str]) -> Desk:
    team = {"name": "default", "label": "Support", "channels": list(channels)}
    return Desk(make_settings(teams=[team], allow_private_webhooks=True))


def _journeyed(**more: object) -> Any:
    journey = Journey(page="https://shop.example/cart").with_query("no <sound>", "suggest")
    journey = journey.with_suggestion("reset", "en", title="Reset", rejected="did_not_answer", comment="did it")
    return new_ticket(journey=journey, fields={"order_number": "TF-1"}, **more)


def test_zammad_gets_a_ticket_with_the_pack_and_the_files_and_then_articles(
    make_settings: Callable[..., Settings], zammad: FakeZammad
) -> None:
    desk = _desk(make_settings, {"kind": "zammad", "url": zammad.url, "token": TOKEN, "group": "Support"})
    file = desk.tickets.files.save(Upload("günlük.txt", b"log line"))
    ticket = desk.tickets.create(_journeyed(attachments=(file,)), None, NOW)
    desk.deliver()
    desk.tickets.add_message(ticket.token, "More.", "k", NOW)
    desk.deliver()
    assert (zammad.refusals, desk.failures()) == ([], [])
    (theirs,) = zammad.tickets.values()
    assert theirs["title"] == f"[{ticket.reference}] No sound"
    assert theirs["customer"] == "guess:ada@example.org"
    first, second = zammad.articles
    for piece in ("The left earbud is silent.", "order_number: TF-1", "no <sound>", "did it", ticket.status_url):
        assert piece in first["body"]
    pack, log = first["attachments"]
    assert json.loads(base64.b64decode(pack["data"]))["journey"]["queries"][0]["text"] == "no <sound>"
    assert (log["filename"], base64.b64decode(log["data"])) == ("günlük.txt", b"log line")
    assert "More." in second["body"]
    desk.engine.dispose()


def test_zammad_gets_nothing_twice_when_its_answers_get_lost(
    make_settings: Callable[..., Settings], zammad: FakeZammad
) -> None:
    desk = _desk(make_settings, {"kind": "zammad", "url": zammad.url, "token": TOKEN, "group": "Support"})
    ticket = desk.tickets.create(new_ticket(), None, NOW)
    zammad.forget_answers = 1
    desk.deliver()
    assert len(desk.failures()) == 1
    desk.deliver(timedelta(minutes=1))
    desk.tickets.add_message(ticket.token, "More.", "k", NOW)
    zammad.forget_answers = 1
    desk.deliver(timedelta(minutes=2))
    desk.deliver(timedelta(minutes=3))
    assert len(zammad.tickets) == 1
    assert [a["body"].count("Signpost msg_") for a in zammad.articles] == [1, 1]
    assert desk.tickets.backlog(NOW)["pending"] == 0
    desk.engine.dispose()


def test_a_ticket_deleted_in_zammad_is_made_again_and_who_has_no_address_gets_the_channels(
    make_settings: Callable[..., Settings], zammad: FakeZammad
) -> None:
    channel = {"kind": "zammad", "url": zammad.url, "token": TOKEN, "group": "Support", "customer": "callers@x.example"}
    desk = _desk(make_settings, channel)
    ticket = desk.tickets.create(
        new_ticket(email="", phone="+31 20 555 0100", preferred_channel=Channel.PHONE), None, NOW
    )
    desk.deliver()
    assert next(iter(zammad.tickets.values()))["customer"] == "guess:callers@x.example"
    assert zammad.articles[0]["type"] == "phone"
    zammad.tickets.clear()
    desk.tickets.add_message(ticket.token, "Still there?", "k", NOW)
    desk.deliver()
    assert "Still there?" in zammad.articles[-1]["body"]
    assert zammad.refusals == []
    desk.engine.dispose()


def test_a_wrong_token_is_told_and_tried_again(make_settings: Callable[..., Settings], zammad: FakeZammad) -> None:
    desk = _desk(make_settings, {"kind": "zammad", "url": zammad.url, "token": "wrong", "group": "Support"})
    desk.tickets.create(new_ticket(), None, NOW)
    desk.deliver()
    assert desk.failures() == ["the receiver answered 401"]
    assert desk.tickets.backlog(NOW)["pending"] == 1
    desk.engine.dispose()


class SlackAdapter(ThreadingHTTPServer):
    """An incoming webhook of a room: takes JSON with a text, and answers `ok`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RoomHandler)
        self.payloads: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/services/T0/B0/x"


class _RoomHandler(BaseHTTPRequestHandler):
    server: SlackAdapter

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fine = self.headers["Content-Type"] == "application/json" and isinstance(payload.get("text"), str)
        fine = fine and self.path == "/services/T0/B0/x"
        if fine:
            self.server.payloads.append(payload)
        self.send_response(200 if fine else 400)
        self.end_headers()
        self.wfile.write(b"ok" if fine else b"invalid_payload")

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def room() -> Iterator[SlackAdapter]:
    server = SlackAdapter()
    yield server
    server.shutdown()
    server.server_close()


def test_a_room_is_told_what_was_asked_and_tried_and_cannot_be_made_to_call_everybody(
    make_settings: Callable[..., Settings], room: SlackAdapter
) -> None:
    desk = _desk(make_settings, {"kind": "slack", "url": room.url})
    ticket = desk.tickets.create(_journeyed(message="<!channel> *hi* <https://evil.example|click>"), None, NOW)
    desk.deliver()
    desk.tickets.add_message(ticket.token, "x" * 10_000, "k", NOW)
    desk.deliver()
    first, second = room.payloads
    whole = json.dumps(first, ensure_ascii=False)
    for piece in (ticket.reference, "No sound", "ada@example.org", "TF-1", "no &lt;sound&gt;", "did it", "msg_"):
        assert piece in whole
    assert first["attachments"][0]["title_link"] == ticket.status_url
    assert "<!channel>" not in whole
    assert "<https://evil" not in whole
    assert len(second["attachments"][0]["text"]) < 3_100
    desk.engine.dispose()


def test_a_room_and_zammad_are_told_that_it_is_urgent(
    make_settings: Callable[..., Settings], room: SlackAdapter, zammad: FakeZammad
) -> None:
    other = {"kind": "zammad", "url": zammad.url, "token": TOKEN, "group": "Support"}
    for channel in ({"kind": "slack", "url": room.url}, other):
        desk = _desk(make_settings, channel)
        ticket = desk.tickets.create(new_ticket(priority=Priority.URGENT), None, NOW)
        desk.deliver()
        desk.tickets.add_message(ticket.token, "It burns.", "k", NOW)
        desk.deliver()
        desk.engine.dispose()
    for payload in room.payloads:
        assert payload["text"].startswith("Urgent: [SP-")
        assert {"title": "Priority", "value": "Urgent", "short": True} in payload["attachments"][0]["fields"]
    (theirs,) = zammad.tickets.values()
    assert theirs["title"] == f"[{ticket.reference}] Urgent: No sound"
    assert ["Priority: Urgent" in article["body"] for article in zammad.articles] == [True, True]


def test_each_channel_of_a_team_gets_it_and_one_that_is_gone_is_replaced_by_mail(
    make_settings: Callable[..., Settings], room: SlackAdapter, zammad: FakeZammad
) -> None:
    channels = [
        {"kind": "slack", "url": room.url},
        {"kind": "zammad", "url": zammad.url, "token": TOKEN, "group": "Support"},
        {"kind": "email", "to": "care@tonfell.example"},
    ]
    desk = _desk(make_settings, *channels)
    desk.tickets.create(new_ticket(email=""), None, NOW)
    team = {"name": "default", "label": "S", "channels": channels[:1]}
    settings = make_settings(teams=[team], allow_private_webhooks=True)
    sender = OutboxSender(settings, desk.tickets.files.path, desk.tickets.response_targets)
    OutboxProcessor(desk.tickets, sender).deliver_due(lambda: NOW)
    mails = [path.read_text() for path in settings.mail_dir.glob("*.eml")]
    assert len(room.payloads) == 1
    assert len(mails) == 2, "Zammad's, and the address that is gone"
    assert all("To: team@localhost" in mail for mail in mails)
    assert desk.tickets.backlog(NOW)["pending"] == 0
    desk.engine.dispose()


def test_while_a_secret_is_replaced_both_sign(make_settings: Callable[..., Settings]) -> None:
    new = "whsec_" + base64.b64encode(b"the next secret, thirty-two bytes").decode()
    check_secrets(f"{new} {SECRET}")
    both = sign(f"{new} {SECRET}", "msg_1", 1, b"{}").split()
    assert both == [sign(new, "msg_1", 1, b"{}"), sign(SECRET, "msg_1", 1, b"{}")]
    assert make_settings(webhook_secret=f"{new} {SECRET}").webhook_secret
    with pytest.raises(BadSettings):
        make_settings(webhook_secret=f"{new} whsec_short")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"kind": "pigeon"}, "kinds are email, slack, webhook, zammad"),
        ({"kind": "zammad", "url": "https://x"}, "channels[0].token (team, zammad) is missing"),
        ({"kind": "slack", "url": "ftp://x"}, "begins with https://"),
        ({"kind": "slack", "url": "https://x", "colour": "red"}, "unknown keys: colour"),
        ({"kind": "webhook", "url": "https://x", "secret": "short"}, "whsec_"),
        ({"kind": "email", "to": "nobody"}, "needs an address"),
    ],
)
def test_a_channel_that_cannot_work_is_refused_at_the_start(table: dict[str, str], says: str) -> None:
    with pytest.raises(BadSettings, match=re.escape(says)):
        Settings.load({"teams": [{"name": "team", "channels": [table]}]}, {})


def test_every_kind_of_receiver_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operate" / "adapters.md").read_text(encoding="utf-8")
    assert all(f'kind = "{kind}"' in page for kind in adapters.kinds())


def test_the_documented_helpdesk_is_one_file_that_can_be_built() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operate" / "adapters.md").read_text(encoding="utf-8")
    module: dict[str, Any] = {"__name__": "exampledesk"}
    exec(page.split("```python\n", 1)[1].split("```", 1)[0], module)

    options = TypeAdapter(module["Options"]).validate_python({"url": "https://desk.example", "key": "secret"})
    desk = module["build"](options, AdapterOptions(False, "Shop", lambda: ""))

    assert "secret" not in repr(options)
    assert callable(desk.send) and callable(desk.test)
    with pytest.raises(ValidationError):
        TypeAdapter(module["Options"]).validate_python({"url": "ftp://desk.example", "key": "secret"})
