"""The boards of insight: figures lead to events, CSV cannot be run, and only authors and admins see them."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import text

from bench.insight import FIRST, month
from core.database.connection import writing
from insight import aggregates, ledger
from insight.events import make
from insight.scrub import scrub
from support.agents.models import Role
from tests.app.desk.conftest import Member
from tests.app.desk.test_agents_day import Join

BOARDS = ("overview", "queries", "articles", "audience")
PERIOD = "from=2026-09-01&to=2026-10-04"


@pytest.fixture
def filled(desk_app: Flask) -> Flask:
    made = month(120, seed=3)
    s = desk_app.extensions["signpost"]
    lines = "\n".join(made.lines())
    ledger.import_file(s.engine, io.BytesIO(lines.encode()), scrub, lambda lang, slug: "orders" if slug else "")
    aggregates.update(s.engine, datetime.now(UTC))
    return desk_app


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_is_drawn_with_its_table_and_csv_empty_and_full(filled: Flask, member: Join, board: str) -> None:
    author = member(Role.AUTHOR)
    empty = author.get(f"/desk/insight/{board}?from=2020-01-01&to=2020-01-02")
    page = author.get(f"/desk/insight/{board}?{PERIOD}").get_data(as_text=True)

    assert empty.status_code == 200
    assert "Nothing was recorded" in empty.get_data(as_text=True)
    assert "Nothing was recorded" not in page
    assert page.count('<svg class="chart"') == page.count('role="img"') > 0
    assert " style=" not in page.partition("<main")[2]
    for address in set(re.findall(r'href="(/desk/insight/[^"]+)"', page)):
        if ".csv" in address or "events" not in address:
            assert author.get(address.replace("&amp;", "&")).status_code == 200, address


class Planted:
    """A small ledger, written by hand, in which most figures count something else than the events of one name."""

    def __init__(self, app: Flask) -> None:
        self.s = app.extensions["signpost"]
        self.today = self.s.now().replace(hour=0, minute=0, second=0, microsecond=0)
        self.lines: list[str] = []

    def add(self, days: float, minute: float, name: str, data: dict[str, Any] | None = None, **more: str) -> str:
        """An event of so many days ago, in English on the portal unless told otherwise."""
        id = more.pop("id", f"e{len(self.lines)}")
        at = self.today - timedelta(days=days) + timedelta(minutes=minute)
        event = {"id": id, "at": at.isoformat(), "where": "portal", "lang": "en", **more, "name": name}
        self.lines.append(json.dumps({**event, "data": data or {}}))
        return id

    def search(self, days: float, minute: float, query: str, *results: str, verdict: str = "", **more: str) -> str:
        shown = [one.split("/") for one in results]
        data = {"query": query, "verdict": verdict or ("suggest" if shown else "ask_human"), "results": shown}
        return self.add(days, minute, "search", data, **more)

    def store(self) -> None:
        file = io.BytesIO("\n".join(self.lines).encode())
        topics = {"refund-time": "orders", "invoice": "billing"}
        done = ledger.import_file(self.s.engine, file, scrub, lambda _lang, slug: topics.get(slug, ""))
        assert done.refused == []
        aggregates.update(self.s.engine, self.s.now())
        assert self.s.topics.refresh(self.s.now(), self.s.today()) is not None


REFUND = {"lang": "en", "slug": "refund-time"}


@pytest.fixture
def planted(desk_app: Flask) -> Planted:
    found = Planted(desk_app)
    for days in (5, 18):  # this period, and the one before
        v = f"of-{days}-"
        # Read twice, voted no, then yes, and wrote after that.
        found.search(days, 600, "Where is my refund", "en/refund-time", verdict="answer", visit=f"{v}1")
        found.add(days, 601, "result_opened", REFUND, visit=f"{v}1")
        for minute in (602, 604):
            found.add(days, minute, "article_read", {**REFUND, "seconds": 30, "depth": 1}, visit=f"{v}1")
        found.add(days, 605, "vote", {**REFUND, "helpful": False, "reason": "wrong"}, visit=f"{v}1")
        found.add(days, 606, "vote", {**REFUND, "helpful": True}, visit=f"{v}1")
        found.add(days, 608, "ticket_sent", {"form": "contact", "via": "form"}, visit=f"{v}1", where="form")
        # Reads without having searched: a visit that does not count.
        found.add(days, 600, "article_read", {**REFUND, "seconds": 5, "depth": 0.1}, visit=f"{v}2")
        found.add(days, 601, "vote", {**REFUND, "helpful": False, "reason": "unclear"}, visit=f"{v}2")
        found.add(days, 602, "contact_opened", {"form": "contact"}, visit=f"{v}2", where="form")
        found.add(days, 603, "channel_chosen", {"channel": "phone"}, visit=f"{v}2", where="form")
        found.add(days, 604, "article_read", {**REFUND, "seconds": 5, "depth": 0.1}, visit=f"{v}2")
        # Asks the same twice, in other letters; the next day the same tab asks again and gets an answer.
        for minute, words in ((600, "Gift card balance"), (601, "gift card BALANCE?")):
            found.search(days, minute, words, visit=f"{v}3")
        found.add(days, 602, "contact_opened", {"form": "contact"}, visit=f"{v}3", where="form")
        found.search(days, 700, "gift card balance", "en/invoice", visit=f"{v}3")
        # In Turkish, by the widget of a site: suggestions, one opened and rejected.
        of = {"visit": f"{v}4", "lang": "tr", "where": "widget", "site": "shop"}
        found.add(days, 610, "suggestions_shown", {"query": "hediye kartı", "results": [["tr", "fatura"]]}, **of)
        found.add(days, 611, "suggestion_opened", {"lang": "tr", "slug": "fatura"}, **of)
        found.add(days, 612, "article_read", {"lang": "tr", "slug": "fatura", "seconds": 40}, **of)
        found.add(days, 613, "suggestion_rejected", {"lang": "tr", "slug": "fatura", "reason": "not_related"}, **of)
        found.search(days, 614, "hediye kartı bakiyesi", "tr/fatura", **of)
        found.add(days, 615, "ticket_sent", {"via": "widget"}, **of)
        # Over midnight: searches before, reads and writes after it.
        found.search(days, 1_430, "gift card balance", "en/invoice", visit=f"{v}5")
        found.add(days, 1_445, "result_opened", {"lang": "en", "slug": "invoice"}, visit=f"{v}5")
        found.add(days, 1_446, "article_read", {"lang": "en", "slug": "invoice", "seconds": 30}, visit=f"{v}5")
        found.search(days, 1_447, "invoice by post", visit=f"{v}5")
        found.add(days, 1_450, "channel_chosen", {"channel": "chat"}, visit=f"{v}5", where="form")
        # Said that it helped, and telephoned the day after.
        found.search(days, 800, "gift card balance", "en/invoice", visit=f"{v}6", person="p1")
        found.add(days, 801, "suggestion_solved", {"lang": "en", "slug": "invoice"}, visit=f"{v}6", person="p1")
        found.add(days, 802, "suggestion_solved", {"lang": "en", "slug": "invoice"}, visit=f"{v}6", person="p1")
        found.add(days - 1, 800, "contact_logged", {"channel": "phone"}, where="desk", person="p1")
        # Without a visit: browsers without scripts, programs, mail, and what says less than others.
        named = found.search(days, 900, "no script", "en/invoice")
        found.search(days, 901, "no script", "en/invoice")
        for minute in (902, 903):
            found.search(days, minute, "gift card balance", where="api")
        found.search(days, 904, "nowhere", where="", lang="")
        found.add(days, 905, "result_opened", {"lang": "en", "slug": "invoice", "search": named})
        found.add(days, 906, "vote", {"lang": "en", "slug": "Refund-Time", "helpful": False, "reason": "wrong"})
        found.add(days, 907, "article_read", REFUND)
        found.add(days, 908, "ticket_sent", {"via": "email"}, where="mail")
        found.add(days, 909, "ticket_sent", where="mail")
        found.add(days, 910, "ticket_sent", where="", lang="")
        found.add(days, 911, "channel_chosen", {"channel": "chat"})
        for score in (1, 10):
            found.add(days, 912, "rating", {"score": score}, where="mail")
        # A helpful vote that stands; somebody may still get in touch about the newest.
        found.search(days, 950, "where is my refund", "en/refund-time", visit=f"{v}7")
        found.add(days, 951, "result_opened", REFUND, visit=f"{v}7")
        found.add(days, 952, "article_read", {**REFUND, "seconds": 25}, visit=f"{v}7")
    found.search(1, 600, "still open", "en/invoice", visit="newest-1")
    found.add(1, 601, "contact_opened", {"form": "contact"}, visit="newest-1", where="form")
    desk_app.test_client().post("/api/v1/tickets", json={"message": "Late.", "email": "a@example.org", "consent": True})
    found.store()
    for days, late in ((5, 0), (5, 0), (5, 9), (18, 0)):
        due = found.today - timedelta(days=days)
        promise(found.s, due, due + timedelta(hours=late))
    promise(found.s, found.today - timedelta(days=5), None)
    return found


def promise(s: Any, due: datetime, kept: datetime | None) -> None:
    """A reply that was promised for a ticket."""
    with writing(s.engine) as connection:
        row = {
            "due": due.isoformat(timespec="milliseconds"),
            "at": kept.isoformat(timespec="milliseconds") if kept else "",
        }
        connection.execute(text(
            "INSERT INTO promise (ticket_id, team, kind, minutes, promised_at, due_at, kept_at)"
            " SELECT id, 'default', 'first_reply', 60, :due, :due, :at FROM ticket"
        ), row)  # fmt: skip


_LINK = re.compile(r'<a href="(/desk/insight/(?:events|promises)[^"]*)">(?:<bdi[^>]*>)?([^<]+)')
_NUMBER = re.compile(r"(?:.* · |.*: )?([0-9]+)(?: of [0-9]+)?")
_BARE = re.compile(r"<(?:td|dd)>(?:<bdi>)?[1-9][0-9]*(?:</bdi>)?</(?:td|dd)>")


def behind(author: Member, address: str) -> int:
    """How many events or visits this address lists, page by page, as it says itself where they stand on one."""
    page, rows = author.get(address.replace("&amp;", "&")).get_data(as_text=True), 0
    if "/promises" in address:
        return page.count('<th scope="row">')
    while True:
        rows += page.count("<time datetime")
        if told := re.search(r"<p>([0-9]+) (?:event|visit)s?</p>", page):
            assert int(told[1]) == rows
        older = re.findall(r'href="(/desk/insight/events[^"]+after[^"]+)"', page)
        if not older:
            return rows
        page = author.get(older[0].replace("&amp;", "&")).get_data(as_text=True)


@pytest.mark.parametrize("part", ["", "lang_of=tr&site=shop&where=widget", "category=orders", "where=-"])
def test_every_number_of_a_board_leads_to_exactly_what_it_counts(planted: Planted, member: Join, part: str) -> None:
    author = member(Role.ADMIN)
    first, last = (planted.today - timedelta(days=12)).date(), planted.today.date()
    boards = [f"/desk/insight/{board}?from={first}&to={last}&{part}" for board in BOARDS]
    if not part:
        gaps = author.get("/desk/insight/gaps").get_data(as_text=True)
        topics = sorted(set(re.findall(r'href="(/desk/insight/gaps/[0-9]+)"', gaps)))
        assert len(topics) > 2
        boards += ["/desk/insight/gaps", *topics]
    wrong, followed, promised = [], 0, 0
    for board in boards:
        page = author.get(board).get_data(as_text=True)
        assert _BARE.findall(page) == [], board
        for address, words in set(_LINK.findall(page)):
            if (number := _NUMBER.fullmatch(words)) is None:
                continue  # a question or an article
            followed += 1
            promised += "/promises" in address
            if (found := behind(author, address)) != int(number[1]):
                wrong.append((board, address, words, found))
    assert wrong == []
    assert followed > (200 if not part else 10)
    assert promised == (2 if part in {"", "category=orders"} else 0) or part == "where=-"


def test_the_events_of_a_visit_and_older_ones(filled: Flask, member: Join) -> None:
    author = member(Role.AUTHOR)
    first = author.get(f"/desk/insight/events?{PERIOD}").get_data(as_text=True)
    assert first.count("<time datetime") == 100
    (older,) = re.findall(r'href="(/desk/insight/events[^"]+after[^"]+)"', first)
    second = author.get(older.replace("&amp;", "&")).get_data(as_text=True)
    assert second.count("<time datetime") == 100
    visit = re.findall(r'href="(/desk/insight/events\?visit[^"]+)"', first)[0]
    assert 0 < author.get(visit.replace("&amp;", "&")).get_data(as_text=True).count("<time datetime") < 20
    for odd in (
        "after=x",
        "after=2026-09-10+99999999999999999999",
        "slug=%25",
        "outcome=nothing",
        "from=x&to=9999-99-99",
    ):
        assert author.get(f"/desk/insight/events?{odd}").status_code == 200


def test_a_query_is_text_on_the_page_and_in_the_csv(desk_app: Flask, member: Join) -> None:
    s, author = desk_app.extensions["signpost"], member(Role.AUTHOR)
    evil = "=cmd|' /c calc'!a1 <script>"
    with writing(s.engine) as connection:
        asked = {"query": evil, "verdict": "ask_human"}
        ledger.add(connection, [make("search", FIRST, asked, visit="v", lang="en", where="portal")])
    aggregates.update(s.engine, datetime.now(UTC))

    page = author.get(f"/desk/insight/queries?{PERIOD}").get_data(as_text=True)
    assert str(escape(evil)) in page and "<script>" not in page.partition("<main")[2]
    got = author.get(f"/desk/insight/queries/top.csv?{PERIOD}")
    rows = list(csv.reader(io.StringIO(got.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[1][0] == "'" + evil
    assert author.get("/desk/insight/queries/nothing.csv").status_code == 404
    assert author.get("/desk/insight/nothing").status_code == 404


def test_a_call_that_is_written_down_fails_the_visit_before_it(desk_app: Flask, member: Join) -> None:
    """A customer wrote last week, searches, says it helped, and telephones: the agent logs the call on the ticket."""
    s = desk_app.extensions["signpost"]
    customer = desk_app.test_client()
    body = {"message": "My parcel is late.", "email": "ada@example.org", "consent": True}
    sent = customer.post("/api/v1/tickets", json=body)
    assert sent.status_code == 201
    reference = sent.get_json()["reference"]
    s.ledger.flush()
    with writing(s.engine) as connection:  # recognised on this device, as the receipt in the browser tells
        person = connection.execute(text("SELECT person FROM insight_event WHERE name = 'ticket_sent'")).scalar_one()
        week = (s.now() - timedelta(days=7)).isoformat(timespec="milliseconds")
        connection.execute(text("UPDATE insight_event SET at = :week"), {"week": week})
        at = s.now() - timedelta(minutes=50)
        of = {"visit": "second-visit", "lang": "en", "where": "portal", "person": person}
        asked = {"query": "late parcel", "verdict": "answer", "results": [["en", "late-parcel"]]}
        ledger.add(connection, [
            make("search", at, asked, **of),
            make("vote", at + timedelta(minutes=1), {"lang": "en", "slug": "late-parcel", "helpful": True}, **of),
        ])  # fmt: skip
    admin = member(Role.ADMIN)
    today = s.now().date()
    board = f"/desk/insight?from={today - timedelta(days=1)}&to={today}"

    def outcomes() -> dict[str, str]:
        aggregates.update(s.engine, s.now())
        section = admin.get(board).get_data(as_text=True).partition('id="outcomes-title"')[2].partition("</section>")[0]
        rows = re.findall(r"<tr><th scope=\"row\"><bdi>([^<]+)</bdi></th><td>(?:<a[^>]*>)?<bdi>([0-9]+)<", section)
        return dict(rows)

    assert (outcomes()["Still open"], outcomes()["Got in touch"]) == ("1", "0")
    path = f"/desk/t/{reference}"
    zone_now = (s.now() - timedelta(minutes=20)).astimezone(s.settings.zone)
    call = {"via": "phone", "direction": "in", "outcome": "reached", "text": "Where is it?",
            "at": zone_now.strftime("%Y-%m-%dT%H:%M")}  # fmt: skip
    assert admin.post(f"{path}/contact", path, **call).status_code == 303
    # A call of ours is no contact of theirs, and one that is yet to come is none.
    assert (
        admin.post(f"{path}/contact", path, **{**call, "direction": "out", "reason": "They asked"}).status_code == 303
    )
    late = (s.now() + timedelta(hours=2)).astimezone(s.settings.zone).strftime("%Y-%m-%dT%H:%M")
    assert admin.post(f"{path}/contact", path, **{**call, "at": late}).status_code == 422

    assert (outcomes()["Still open"], outcomes()["Got in touch"], outcomes()["False deflection"]) == ("0", "1", "1")
    page = admin.get(board).get_data(as_text=True)
    contacts = page.partition('id="contacts-title"')[2].partition("</section>")[0]
    (behind_it,) = re.findall(r'<a href="([^"]+)"><bdi>1</bdi>', contacts)
    events = admin.get(behind_it.replace("&amp;", "&")).get_data(as_text=True)
    assert events.count("<time datetime") == 1 and "Call or visit written down" in events and "Channel: Phone" in events
    # A call that opens a ticket at the desk is one, too.
    opened = admin.post("/desk/new", "/desk/new", via="phone", email="bo@example.org", name="Bo", text="Lost it.",
                        lang="en", consent="yes", subject="Lost")  # fmt: skip
    assert opened.status_code == 303
    names = [one.name for one in ledger.export(s.engine)]
    assert names.count("contact_logged") == 2 and names.count("ticket_sent") == 1


def test_agents_and_strangers_do_not_see_it(desk_app: Flask, member: Join) -> None:
    assert member(Role.AGENT).get("/desk/insight").status_code == 403
    assert desk_app.test_client().get("/desk/insight").status_code == 302
