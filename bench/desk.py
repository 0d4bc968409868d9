"""Response times of the desk's pages with many tickets.

    python -m bench.desk [--tickets N] [--requests N] [--database URL] [--json OUT]

Fills a scratch database with tickets in four languages, some answered, assigned, snoozed, held and late, starts the
server of `make run`, signs in and asks for each kind of page over HTTP, one after the other. Each page is shown once
before anything is counted. `--database` must be an empty PostgreSQL; without it, it is SQLite. Exit code 1: the queue
was slower than 150 ms at the 95th percentile.
"""

import argparse
import http.client
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from app.container import Services
from app.ops.publishing import publish_and_index
from app.settings.schema import Settings
from bench.server import ROOT, CannotMeasure, cpu_seconds, serving
from core.database.connection import writing
from core.database.timestamps import iso
from support.agents.models import Role, User
from support.tickets import repository, stored_targets
from support.tickets.journey import Journey, Query, Suggestion
from support.tickets.models import Author, Channel, MessageKind, NewTicket, Priority, Staff, Stage

TICKETS, REQUESTS = 10_000, 60
WANTED_MS = 150.0
_LOGIN, _PASSWORD = "bench@example.org", "a pass phrase for measuring"
_AT_ONCE = 500
_SUBJECTS = {
    "en": ("Left earbud is silent", "Refund has not come", "Change of address", "Charger gets warm", "Invoice"),
    "tr": ("Sol kulaklık çalışmıyor", "İade ücretim gelmedi", "Adres değişikliği", "Şarj cihazı ısınıyor", "Fatura"),
    "zh-Hant": ("左耳機沒有聲音", "退款還沒收到", "更改地址", "充電器會發熱", "發票"),
    "zh-Hans": ("左耳机没有声音", "退款还没收到", "更改地址", "充电器会发热", "发票"),
}
_WORDS = (
    "order", "parcel", "reset", "update", "cable", "case", "battery", "return", "label", "shop", "colour", "box",
    "week", "street", "number", "again",
)  # fmt: skip
_PAGES = {
    "queue": ({}, {"page": 2}, {"view": "unassigned"}, {"view": "mine"}, {"view": "waiting"}),
    "queue, late": ({"view": "overdue"},),
    "queue, finished and all": ({"view": "finished"}, {"view": "all"}, {"view": "all", "page": 40}),
    "queue, filtered": (
        {"lang_of_ticket": "tr", "channel": "phone"}, {"assignee": "none", "priority": "high"}, {"team": "default"},
    ),
    "queue, searched": ({"q": "退款"}, {"q": "kulaklik iade"}, {"q": "battery customer77@"}, {"q": "nothing-like-it"}),
}  # fmt: skip


@dataclass(frozen=True)
class Times:
    """Milliseconds of one kind of page."""

    page: str
    requests: int
    p50: float
    p95: float
    slowest: float
    cpu: float  # processor time of the server for one of them


def fill(services: Services, count: int, user: User) -> None:
    """So many tickets of the last ninety days, each with a journey and up to four messages.

    Written with the store's own statements, not through the services: answering ten thousand tickets takes a while.
    """
    chance = random.Random(4)  # noqa: S311 - the same tickets every time
    now = services.now()
    for start in range(0, count, _AT_ONCE):
        with writing(services.engine) as connection:
            for number in range(start, min(count, start + _AT_ONCE)):
                _one(connection, chance, number, now, Staff(user.id, user.name))


def _one(connection: Connection, chance: random.Random, number: int, now: datetime, staff: Staff) -> None:
    lang = chance.choice(list(_SUBJECTS))
    subject = chance.choice(_SUBJECTS[lang])
    at = now - timedelta(minutes=chance.randint(10, 90 * 24 * 60))
    words = " ".join(chance.choice(_WORDS) for _ in range(chance.randint(20, 160)))
    tried = Journey(
        page="https://shop.example/checkout", lang=lang, device="phone",
        queries=(Query(subject, "suggest"), Query(words[:80], "ask_human")),
        suggestions=tuple(Suggestion(f"article-{n}", lang, title=words[:60], rejected="not_related") for n in range(4)),
    )  # fmt: skip
    new = NewTicket(
        message=f"{subject}. {words}", lang=lang, site_url="https://help.example", name=f"Customer {number}",
        email=f"customer{number // 3}@example.org", phone="+31 20 555 0100", subject=subject,
        preferred_channel=chance.choice((Channel.EMAIL, Channel.EMAIL, Channel.EMAIL, Channel.PHONE)),
        priority=chance.choice((Priority.NORMAL, Priority.NORMAL, Priority.NORMAL, Priority.HIGH)),
        fields={"order_number": f"TF-{number:08}"}, journey=tried, quarantine="" if number % 97 else "too fast",
    )  # fmt: skip
    ticket_id = repository.insert_ticket(connection, new, at, now + timedelta(days=90))
    repository.insert_message(connection, ticket_id, Author.CUSTOMER, new.message, (), at, via="form")
    repository.insert_event(connection, ticket_id, "received", at)
    stored_targets.promise(connection, ticket_id, "default", "first_reply", 240, at, at + timedelta(hours=4))
    kind, later = number % 10, at + timedelta(hours=2)
    if kind < 7:
        repository.insert_message(connection, ticket_id, Author.TEAM, words, (), later, via="desk", staff=staff)
        stored_targets.meet(connection, ticket_id, later)
        repository.set_stage(connection, ticket_id, Stage.CLOSED if kind < 5 else Stage.PENDING, later)
    if kind in {5, 7}:
        repository.insert_message(connection, ticket_id, Author.CUSTOMER, words[:200], (), later, via="page")
        repository.set_stage(connection, ticket_id, Stage.OPEN, later)
    if kind in {6, 8}:
        repository.set_values(connection, ticket_id, later, assignee_id=staff.id)
        repository.insert_message(
            connection, ticket_id, Author.TEAM, words[:100], (), later, kind=MessageKind.NOTE, via="desk", staff=staff
        )
    if number % 23 == 0:
        repository.set_values(connection, ticket_id, later, snooze_until=iso(now + timedelta(days=2)))


@contextmanager
def scratch(count: int, database: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """(settings of a filled data folder, references of some tickets)."""
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as folder:
        overrides = {
            "data_dir": folder, "kb_dir": str(ROOT / "kb" / "articles"), "database_url": database,
            "embedder": "hashing", "smtp_url": "", "webhook_url": "", "rate_limits": "off", "challenge": "off",
            "watch": "false", "log_format": "json",
        }  # fmt: skip
        services = Services.build(Settings.load(overrides, environ={}))
        try:
            if services.tickets.newest():
                raise CannotMeasure("The database (--database) has tickets already; give an empty one.")
            user = services.desk.accounts.create(_LOGIN, "Bench", _PASSWORD, [Role.ADMIN], "bench", datetime.now(UTC))
            publish_and_index(services)
            fill(services, count, user)
            references = [ticket.reference for ticket in services.tickets.newest(limit=REQUESTS)]
        finally:
            services.close()
        yield overrides, references


class Browser:
    """A signed-in client on one connection."""

    def __init__(self, port: int):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        body = urlencode({"login": _LOGIN, "password": _PASSWORD})
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/desk/sign-in", body, form)
        response = self._connection.getresponse()
        response.read()
        self._cookie = (response.headers["Set-Cookie"] or "").partition(";")[0]

    def milliseconds(self, path: str) -> float:
        began = time.perf_counter()
        self._connection.request("GET", path, headers={"Cookie": self._cookie})
        response = self._connection.getresponse()
        response.read()
        if response.status != 200:
            raise CannotMeasure(f"{path} answered {response.status}.")
        return (time.perf_counter() - began) * 1000


def measure(browser: Browser, pid: int, references: list[str], requests: int) -> list[Times]:
    """Every kind of page, after each was shown once: a server has things of its own to do when it has just begun."""
    for queries in _PAGES.values():
        for query in queries:
            browser.milliseconds(f"/desk/?{urlencode(query)}")
    found = []
    for page, queries in _PAGES.items():
        paths = [f"/desk/?{urlencode(query)}" for query in queries]
        found.append(_times(browser, pid, page, [paths[n % len(paths)] for n in range(max(requests, len(paths)))]))
    found.append(_times(browser, pid, "ticket", [f"/desk/t/{reference}" for reference in references[:requests]]))
    return found


def _times(browser: Browser, pid: int, page: str, paths: list[str]) -> Times:
    for path in dict.fromkeys(paths[:5]):
        browser.milliseconds(path)
    used = cpu_seconds(pid)
    times = sorted(browser.milliseconds(path) for path in paths)
    cpu = (cpu_seconds(pid) - used) * 1000 / len(times)
    return Times(page, len(times), _share(times, 0.5), _share(times, 0.95), times[-1], cpu)


def _share(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__.split("\n")[0])
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each kind of page")
    parser.add_argument("--database", default="", help="an empty PostgreSQL instead of SQLite")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(arguments)
    try:
        with (
            scratch(given.tickets, given.database) as (overrides, references),
            serving(overrides) as (port, process, _),
        ):
            found = measure(Browser(port), process.pid, references, given.requests)
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 2
    print(f"{'page':28}{'requests':>10}{'p50 ms':>10}{'p95 ms':>10}{'slowest':>10}{'cpu ms':>10}")
    for row in found:
        print(f"{row.page:28}{row.requests:>10}{row.p50:>10.1f}{row.p95:>10.1f}{row.slowest:>10.1f}{row.cpu:>10.1f}")
    figures: dict[str, Any] = {"tickets": given.tickets, "pages": [asdict(row) for row in found]}
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(any(row.p95 > WANTED_MS for row in found if row.page.startswith("queue")))


if __name__ == "__main__":
    raise SystemExit(main())
