"""One request from the first search to being forgotten, through every page and mail, on each kind of database.

And what all those pages and mails have in common: they load nothing from anybody else.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.container import Services
from app.settings.schema import Settings
from support.agents.models import Role
from support.background.worker import OutboxProcessor, OutboxSender
from support.email.inbound.ingest import Ingester
from support.tickets.models import Stage, State
from tests.app.desk.conftest import PASSWORD, Member, sign_in
from tests.support.conftest import rows
from tests.support.inbound.conftest import INBOX, answer
from tests.support.test_contact_form import fill

HOST = "help.example"


@pytest.fixture
def app(make_settings: Callable[..., Settings], migrated_url: str) -> Iterator[Flask]:
    made = create_app(
        make_settings(
            database_url=migrated_url, inbound_email=f"Tonfell <{INBOX}>", mail_from=f"Tonfell <{INBOX}>",
            team_email="team@tonfell.example", base_url=f"https://{HOST}", challenge="off", rate_limits="off",
            check_in_days=3,
        )
    )  # fmt: skip
    yield made
    made.extensions["signpost"].close()


class Post:
    """Delivers what waits and reads the mails that lie in the folder."""

    def __init__(self, s: Services):
        self._s = s
        self._processor = OutboxProcessor(
            s.tickets, OutboxSender(s.settings, s.tickets.files.path, s.tickets.response_targets)
        )
        self._ingester = Ingester(s.settings, s.tickets, s.agent_actions)
        self._seen: set[str] = set()
        self.all: list[EmailMessage] = []

    def new(self, to: str, at: datetime) -> list[EmailMessage]:
        self._processor.deliver_due(lambda: at)
        found = []
        for path in sorted(self._s.settings.mail_dir.glob("*.eml"), key=lambda p: p.stat().st_mtime_ns):
            if path.name not in self._seen:
                self._seen.add(path.name)
                mail: Any = message_from_bytes(path.read_bytes(), policy=default)
                self.all.append(mail)
                found += [mail] if to in str(mail["To"]) else []
        return found

    def take(self, mail: EmailMessage, at: datetime) -> str:
        return self._ingester.ingest(mail.as_bytes(), at).outcome.value


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None, "every mail has both parts"
    return str(body.get_content())


def loads_nothing_from_elsewhere(page: str) -> None:
    """Nothing a browser or mail program fetches by itself has a foreign address; links, which people click, may."""
    for tag, attributes in re.findall(r"<(\w+)((?:\s[^<>]*)?)>", page):
        fetched = re.findall(r'\s(?:src|srcset|poster|data|action|background)="([^"]*)"', attributes)
        # An address that only says where the page belongs is not fetched.
        if tag in {"link", "use", "image"} and not re.search(r'rel="(?:canonical|alternate|search)"', attributes):
            fetched += re.findall(r'href="([^"]*)"', attributes)
        for address in fetched:
            assert urlsplit(address).netloc in {"", HOST, "localhost"}, f"<{tag}> fetches {address}"
    assert "@import" not in page
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", page)


@pytest.fixture
def visited(app: Flask) -> Iterator[FlaskClient]:
    """A browser each page of which is looked at."""
    client = app.test_client()
    opened = client.open

    def looked_at(*args: Any, **kwargs: Any) -> Any:
        response = opened(*args, **kwargs)
        if response.mimetype == "text/html":
            loads_nothing_from_elsewhere(response.text)
        return response

    client.open = looked_at  # type: ignore[method-assign]
    yield client


def test_a_request_from_the_first_question_to_being_forgotten(app: Flask, visited: FlaskClient) -> None:
    s: Services = app.extensions["signpost"]
    now, post = s.now(), Post(s)
    s.desk.accounts.create("bo@tonfell.example", "Bo", PASSWORD, [Role.ADMIN], "test", now)
    browser, desk_browser = visited, app.test_client()
    assert sign_in(desk_browser, "bo@tonfell.example").status_code == 303
    bo = Member(desk_browser, next(iter(s.desk.accounts.all())))

    # What was searched stands in the form, the promise before sending, on the page and in the mail.
    address = "/en/contact?q=no+sound"
    assert "We usually answer" in browser.get(address).text
    sent = browser.post("/en/contact", data=fill(browser, address, message="The left earbud is silent."))
    assert sent.status_code == 303
    (ticket,) = s.tickets.newest()
    page = f"/t/{ticket.token}"
    assert ticket.reference in browser.get(sent.location).text
    (acknowledged,) = post.new("ada@example.org", now + timedelta(minutes=1))
    assert ticket.reference in str(acknowledged["Subject"])
    assert any("no sound" in html_of(mail) for mail in post.all), "the team reads what was searched"

    # The desk: seen, noted, taken, answered in Markdown; the customer answers by mail, and the desk has it.
    path = f"/desk/t/{ticket.reference}"
    assert ticket.reference in bo.get("/desk/?view=todo").text
    assert bo.post(f"{path}/note", note="Known fault.").status_code == 303
    newest = s.tickets.by_id(ticket.id).messages[-1].id
    assert bo.post(f"{path}/reply", text="Reset **both**.", seen=newest, action="send").status_code == 303
    (mailed,) = post.new("ada@example.org", now + timedelta(minutes=2))
    assert "<strong>both</strong>" in html_of(mailed)
    assert post.take(answer(mailed, "Still silent."), now + timedelta(minutes=3)) == "message"
    assert "Still silent." in browser.get(page).text
    assert "Still silent." in bo.get(path).text
    assert "Known fault." not in browser.get(page).text
    s.desk.sweep(now)
    assert ticket.reference in bo.get("/desk/?view=all&q=still+silent").text
    assert ticket.reference in bo.get("/desk/export.csv?view=todo").text

    # The status page: another message with a file, another channel and back, no more mails, and solved.
    assert browser.post(f"{page}/message", data={"message": "It blinks.", "key": "k1"}).status_code == 303
    assert browser.post(f"{page}/channel", data={"channel": "phone", "address": "+31 20 555 0100"}).status_code == 303
    assert browser.post(f"{page}/channel", data={"channel": "email"}).status_code == 303
    for quiet in ("yes", "no"):
        assert browser.post(f"{page}/mails", data={"quiet": quiet}).status_code == 303
    bo.post(f"{path}/reply", text="A new one is on its way.", seen=s.tickets.by_id(ticket.id).messages[-1].id,
            action="send", stage=Stage.SOLVED.value)  # fmt: skip
    assert s.tickets.by_id(ticket.id).state is State.CLOSED
    assert browser.post(f"{page}/reopen", data={"message": "It did not come."}).status_code == 303
    assert s.tickets.by_id(ticket.id).state is State.WAITING
    assert browser.post(f"{page}/solved").status_code == 303
    assert browser.post(f"{page}/rating", data={"score": "4", "comment": "Friendly."}).status_code == 303
    assert "Friendly." in bo.get(path).text
    for where in ("/desk/", f"{path}/person", "/desk/audit", "/desk/deliveries", "/desk/incidents", "/desk/users",
                  "/desk/account", "/desk/canned", "/desk/new", "/desk/help", f"{path}/article"):  # fmt: skip
        opened = bo.get(where)
        assert opened.status_code == 200, where
        loads_nothing_from_elsewhere(opened.text)

    # The hourly work finds nothing amiss, and the data can be taken along and is gone when asked.
    s.maintenance.run(now + timedelta(hours=1))
    post.new("ada@example.org", now + timedelta(hours=1))
    assert s.tickets.stuck(now + timedelta(hours=1)) == ()
    post.new("ada@example.org", now + timedelta(days=4))
    for mail in post.all:
        loads_nothing_from_elsewhere(html_of(mail))
    assert browser.get(f"{page}/privacy/export").mimetype == "application/zip"
    assert browser.post(f"{page}/privacy/erase", data={"sure": "yes"}).status_code == 200
    assert browser.get(page).status_code == 404
    for table in ("ticket", "message", "person", "outbox", "promise"):
        assert rows(s.engine, table) == 0, table
    assert list(s.settings.mail_dir.glob("*.eml")) == []
