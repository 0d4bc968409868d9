"""A help centre below a path of its host (`https://example.org/help`): nothing of it points outside."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from app import create_app
from app.settings.schema import Settings
from app.web.addresses import BelowPath
from support.agents.models import Role
from support.background.worker import OutboxProcessor, OutboxSender
from support.tickets.models import Ticket
from tests import articles
from tests.databases import with_tables

HOST = "http://localhost"
BASE = f"{HOST}/help"
_ADDRESSES = {"href", "src", "action", "formaction", "poster", "data-url", "cite"}
# Addresses of this host that are not below the path, wherever they stand in a text.
_LEFT = re.compile(r"https?://localhost(?!/help(?:[/?#\"'\s<)\]&;,|]|$))[^\s\"'<>)]*")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in _ADDRESSES or name.endswith("-url")):
                self.found.append(value)


@dataclass
class Crawl:
    """Visits all it can reach, and keeps what points outside."""

    client: Client
    seen: set[str] = field(default_factory=set)
    outside: list[str] = field(default_factory=list)
    onward: str | None = ""

    def visit(self, start: str) -> None:
        waiting = [start]
        while waiting:
            address = waiting.pop()
            shape = re.sub(r"=[^&]*", "=", address)  # what is typed into a page does not make it another one
            if shape in self.seen:
                continue
            self.seen.add(shape)
            answer = self.client.get(address, headers={"Accept-Language": "en"})
            built = not address.startswith("/help/widget.js")  # 503 where the widget is not built
            assert answer.status_code < 500 or not built, (address, answer.text)
            found = self.read(address, answer)
            waiting += [one for one in found if self.onward is not None and one.startswith(f"/help{self.onward}")]
            answer.close()

    def read(self, address: str, answer: TestResponse) -> list[str]:
        """The links of an answer that lead on."""
        kind = answer.content_type.partition(";")[0]
        found = [answer.headers["Location"]] if "Location" in answer.headers else []
        for cookie in answer.headers.getlist("Set-Cookie"):
            if "Path=/help" not in cookie:
                self.outside.append(f"{address}: cookie {cookie}")
        if kind == "text/html":
            parser = _Links()
            parser.feed(answer.text)
            found += parser.found
        elif kind == "application/json" and "openapi" not in address:
            found += [one for one in _strings(json.loads(answer.text)) if re.match(r"/\w|https?://localhost", one)]
        elif "xml" in kind:
            found += re.findall(r'(?:href="|<loc>|<id>)([^"<]+)', answer.text)
        # The desk's page of all settings has their defaults, and no links.
        text = "json" in kind or (kind.startswith("text/") and "javascript" not in kind)
        if text and address != "/help/desk/system":
            self.outside += [f"{address}: {one}" for one in _LEFT.findall(answer.text)]
        onward = []
        for one in found:
            whole = urljoin(HOST + address, one)
            if urlsplit(whole).scheme not in {"http", "https"} or urlsplit(whole).netloc != "localhost":
                continue
            if not re.match(rf"{BASE}(?:[/?#]|$)", whole):
                self.outside.append(f"{address}: {one}")
                continue
            onward.append(whole.partition("#")[0].removeprefix(HOST))
        return onward


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from _hrefs(value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _hrefs(text: str) -> list[str]:
    return re.findall(r'(?:href|src)="([^"#]+)', text)


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("below")
    articles.write_demo(folder / "kb")
    articles.write(
        folder / "kb", "en", "linked", "Which parcels", "## Links {#top}\n\nSee [late](late-parcel.md), [refunds]"
        "(/en/a/refund) and [here](#top).\n\n![A box](box.png)", head="aliases: [/old/box.html]",
    )  # fmt: skip
    picture = folder / "kb" / "en" / "orders" / "box.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    settings = Settings.load(
        {
            "data_dir": folder / "data", "kb_dir": folder / "kb", "embedder": "hashing", "base_url": BASE,
            "rate_limits": "off", "challenge": "off", "security_contact": "security@example.org",
            "channels": [{"kind": "form"}, {"kind": "urgent", "value": "+31 20 123"}],
            **articles.UNHURRIED,
        },
        environ={},
    )  # fmt: skip
    application = create_app(with_tables(settings))
    articles.publish(application.extensions["signpost"])
    yield application
    application.extensions["signpost"].close()


@pytest.fixture(scope="module")
def ticket(below: Flask) -> Ticket:
    s = below.extensions["signpost"]
    made = Client(below).post(
        "/help/api/v1/tickets",
        json={"subject": "My parcel", "message": "It is late.", "email": "jo@example.org", "consent": True},
    )
    assert made.status_code == 201, made.text
    assert made.json["status_url"].startswith(f"{BASE}/t/")
    found: Ticket = s.tickets.by_reference(made.json["reference"])
    return found


def mounted(app: Flask) -> Client:
    """As a server mounts it that says so in SCRIPT_NAME."""
    return Client(DispatcherMiddleware(Response("outside", 404), {"/help": app}), Response)


@pytest.mark.parametrize("by", ["SCRIPT_NAME", "base_url"])
def test_no_page_feed_or_answer_of_the_api_points_outside(below: Flask, ticket: Ticket, by: str) -> None:
    crawl = Crawl(mounted(below)) if by == "SCRIPT_NAME" else Crawl(below.test_client(), onward=None)
    for start in (
        "/help", "/help/contact", "/help/sitemap.xml", "/help/robots.txt", "/help/llms.txt", "/help/en/feed.atom",
        "/help/.well-known/security.txt", "/help/security.txt", "/help/old/box.html", "/help/nothing/is/here",
        "/help/en/nothing/is/here", "/help/en/search?q=parcel", "/help/en/search?q=zzz", "/help/a/linked",
        "/help/en/a/linked.md", "/help/api/v1/docs", "/help/api/v1/openapi.json", "/help/api/v1/search?q=parcel",
        "/help/api/v1/suggest?q=par", "/help/api/v1/articles/en/linked", "/help/api/v1/articles/en/linked?site=demo",
        "/help/api/v1/articles/en/none", "/help/api/v1/incidents", "/help/api/v1/sites/demo",
        "/help/api/v1/sites/demo/suggestions?context=parcel", "/help/api/v1/forms/", "/help/widget/playground",
        "/help/widget.js", f"/help{ticket.status_path}", f"/help{ticket.status_path}/privacy",
    ):  # fmt: skip
        crawl.visit(start)
    assert crawl.outside == []
    if by == "SCRIPT_NAME":
        assert {"/help/en/a/late-parcel", "/help/en/a/refund", "/help/kb-files/en/orders/box.png"} <= crawl.seen
        assert len(crawl.seen) > 60


def test_the_desk_stays_below_it_too(below: Flask, ticket: Ticket) -> None:
    s = below.extensions["signpost"]
    s.desk.accounts.create("ada@example.org", "Ada", "correct horse battery", [Role.ADMIN], "test", s.now())
    client = mounted(below)
    crawl = Crawl(client, onward="/desk")
    here = f"/help/desk/t/{ticket.reference}?done=taken"
    turned_away = client.get(here)
    assert turned_away.headers["Location"].startswith("/help/desk/sign-in?next=")
    lost = client.post("/help/desk/t/x/reply", data={"text": "Kept"})
    assert 'value="/help/desk/t/x/reply"' in lost.text
    form = {"login": "ada@example.org", "password": "correct horse battery", "next": here}
    signed_in = client.post("/help/desk/sign-in", data=form)
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, here)
    crawl.read("/help/desk/sign-in", signed_in)
    again = client.post("/help/desk/sign-in", data=form | {"next": "/desk/"})
    assert again.headers["Location"] == "/help/desk/"
    secure = client.post("/help/desk/sign-in", data=form, environ_overrides={"wsgi.url_scheme": "https"})
    # A name with __Host- would need Path=/, and the cookie would go to whatever else is on the host.
    assert secure.headers["Set-Cookie"].startswith("__Secure-signpost_desk=")
    crawl.read("/help/desk/sign-in", secure)
    for start in ("/help/desk/", here):
        crawl.visit(start)
    assert crawl.outside == []
    assert len(crawl.seen) > 30


def test_links_in_mails_begin_with_base_url(below: Flask, ticket: Ticket) -> None:
    s = below.extensions["signpost"]
    now = datetime.now(UTC)
    s.agent_actions.reply(ticket.reference, "See [late](/en/a/late-parcel).", now)
    sender = OutboxSender(s.settings, s.tickets.files.path)
    OutboxProcessor(s.tickets, sender).deliver_due(lambda: datetime.now(UTC), threading.Event())
    found = list(Path(s.settings.mail_dir).glob("*.eml"))
    assert len(found) >= 2
    for path in found:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        parts = [str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"]
        text = "\n".join([*parts, *(f"{name}: {value}" for name, value in mail.items())])
        assert f"{BASE}/t/{ticket.token}" in text
        assert _LEFT.findall(text) == [], path.name


@pytest.mark.parametrize(
    ("base_url", "hops", "forwarded", "path", "expected"),
    [
        ("", 1, "/help", "/en/", ("/help", "/en/")),
        ("", 1, "/help/", "/help/en/", ("/help", "/en/")),
        ("", 0, "/help", "/en/", ("", "/en/")),
        ("", 1, "//evil.example", "/en/", ("", "/en/")),
        ("", 1, "/a/../b", "/en/", ("", "/en/")),
        ("", 1, '/"><script>', "/en/", ("", "/en/")),
        ("", 2, "/forged, /help, /inner", "/en/", ("/help", "/en/")),
        ("https://example.org", 1, "/forged", "/en/", ("", "/en/")),
        ("https://example.org/help", 1, "/forged", "/en/", ("/help", "/en/")),
        ("https://example.org/yard%C4%B1m", 0, "", "/yardÄ±m/en/", ("/yardÄ±m", "/en/")),
        ("https://example.org/help", 0, "", "/helpful", ("/help", "/helpful")),
        ("https://example.org/help", 0, "", "/help", ("/help", "")),
    ],
)
def test_whose_word_is_believed(base_url: str, hops: int, forwarded: str, path: str, expected: tuple[str, str]) -> None:
    settings = Settings.load({"base_url": base_url, "trusted_proxies": hops}, environ={})
    seen: list[tuple[str, str]] = []
    below = BelowPath(
        lambda environ, _start: seen.append((environ.get("SCRIPT_NAME", ""), environ["PATH_INFO"])) or [], settings
    )
    below({"PATH_INFO": path, "HTTP_X_FORWARDED_PREFIX": forwarded}, lambda *_: lambda _data: None)
    assert seen == [expected]
