"""A simulated month of the ledger with planted truth, and how fast it is counted.

    python -m bench.insight [--visits N] [--days N] [--copies N] [--database URL] [--out FILE] [--json OUT]
    python -m bench.insight --writing [--rate N] [--seconds N]

Writes a month of events in three languages (searches, readings, contacts, robots, clicks twice, clocks that are off,
lines twice and out of order), each visit by a script whose outcome is known beforehand. Imports it into a scratch
database, compares the report with what was planted to the last digit, and times importing, counting, the check and the
queries of the dashboards. `--database` must be an empty PostgreSQL; without it, it is SQLite. `--out`
only writes the events. `--copies` adds the month so many times, each before the other, inside the database: millions of
events, of which the first month still is compared with what was planted. Dashboards are timed over the newest thirty
days and over all of them.

`--writing` measures whether writing slows searches: in one process two threads search the demo's articles with the
product's own model, in turn with and without `--rate` events a second going through the product's own writer; their
95th percentiles are compared within the same run.

Exit code 1: the report differs, a dashboard was slower than 500 ms at the 95th percentile, counting took more than ten
minutes, or searches became slower by more than a tenth.
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Date, Engine, case, cast, func, insert, literal, select

from app.container import Services
from app.migrations import migrate
from app.ops.publishing import publish_and_index
from app.settings.schema import Settings
from bench.server import Machine, scratch_settings
from core.database.connection import connect
from index.models import SearchQuery
from insight import aggregates, ledger
from insight.behind import EventFilter, events
from insight.events import make
from insight.report import Filters, Report, report
from insight.schema import event
from insight.scrub import scrub

FIRST = datetime(2026, 9, 1, tzinfo=UTC)
SLOW_MS = 500.0
RECOMPUTE_S, SLOWER = 600.0, 1.1
LANGS = ("en", "tr", "zh-Hant")
OFFSETS = {"en": 0, "tr": 3, "zh-Hant": 8}
# Articles of the demo that every language has; one misleads, one is missing in Turkish.
ARTICLES = (
    "track-your-order", "return-an-item", "refund-status", "pair-with-a-phone", "late-or-lost-parcel",
    "what-the-warranty-covers",
)  # fmt: skip
MISLEADING = "refund-status"
ONLY_ELSEWHERE = "customs-and-import-charges"
QUERIES = {
    "en": ("where is my order", "how to return", "when do I get my money back", "pairing does not work", "parcel late"),
    "tr": ("siparişim nerede", "nasıl iade ederim", "param ne zaman gelir", "kulaklık eşleşmiyor", "kargo gecikti"),
    "zh-Hant": ("我的訂單在哪裡", "怎麼退貨", "退款要多久", "耳機無法配對", "包裹延遲"),
}
# Three things nobody wrote about, as customers of each language ask for them.
GAPS = (
    {"en": "can you engrave my name", "tr": "ismimi kazıtabilir miyim", "zh-Hant": "可以刻上名字嗎"},
    {
        "en": "do you sponsor podcasts",
        "tr": "podcast yayınlarına sponsor oluyor musunuz",
        "zh-Hant": "你們贊助播客節目嗎",
    },
    {"en": "are you hiring, I want a job", "tr": "iş başvurusu yapmak istiyorum", "zh-Hant": "我想應徵工作"},
)
CUSTOMS = {"en": "do I pay customs duty", "tr": "gümrük vergisi öder miyim", "zh-Hant": "要付關稅嗎"}


@dataclass
class Truth:
    """What the report must say, put down while the visits are written."""

    outcomes: Counter[str] = field(default_factory=Counter)
    false_cases: int = 0
    false_of: int = 0
    searches: Counter[str] = field(default_factory=Counter)
    tickets: Counter[str] = field(default_factory=Counter)
    with_search: int = 0
    articles: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def article(self, lang: str, slug: str, *names: str) -> None:
        self.articles.setdefault((lang, slug), Counter()).update(names)

    def as_json(self) -> dict[str, Any]:
        names = ("reads", "helpful", "unhelpful", "solved", "failed_after")
        rows = [
            {"lang": lang, "slug": slug, **{name: counts[name] for name in names}}
            for (lang, slug), counts in self.articles.items()
        ]
        rate = round(self.false_cases / self.false_of, 4) if self.false_of >= 20 else None
        return {
            "visits": sum(self.outcomes.values()),
            "outcomes": {
                name: self.outcomes[name] for name in ("failed", "confirmed", "probable", "abandoned", "pending")
            },
            "false_deflection": {"cases": self.false_cases, "of": self.false_of, "rate": rate},
            "searches": {name: self.searches[name] for name in ("total", "answer", "suggest", "ask_human", "no_click")},
            "tickets": {
                "total": sum(self.tickets.values()),
                "with_search": self.with_search,
                "by_channel": dict(sorted(self.tickets.items())),
            },
            "articles": sorted(rows, key=lambda row: (-int(row["reads"]), str(row["lang"]), str(row["slug"]))),
        }


class Month:
    """Writes visits. `now` is when the report is asked for: 72 hours before it, what is not failed is pending."""

    def __init__(self, seed: int, days: int = 30, rare: float = 0.5) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        self._rare, self._share = random.Random(seed + 1), rare  # noqa: S311
        self.days = days
        self.now = FIRST + timedelta(days=days)
        self.truth = {lang: Truth() for lang in ("", *LANGS)}
        self.events: list[dict[str, Any]] = []
        self._number = 0

    # ---- one event

    def _add(self, at: datetime, name: str, data: dict[str, Any], **more: str) -> str:
        self._number += 1
        id = f"sim-{self._number}"
        lang = more.get("lang", "en")
        shown = at + timedelta(hours=OFFSETS[lang])
        offset = f"+{OFFSETS[lang]:02}:00" if OFFSETS[lang] else "Z"
        row = {
            "id": id, "at": shown.strftime("%Y-%m-%dT%H:%M:%S.") + f"{shown.microsecond // 1000:03}" + offset,
            "visit": "", "person": "", "site": "", "where": "portal", "lang": lang, "name": name, "data": data,
        }  # fmt: skip
        self.events.append({**row, **more})
        return id

    def _of(self, lang: str) -> tuple[Truth, Truth]:
        return self.truth[""], self.truth[lang]

    # ---- the scripts of visits

    def visit(self) -> None:
        """One visit of a kind taken by lot."""
        kinds = {
            self.confirmed: 14, self.probable: 24, self.abandoned: 22, self.gap: 12, self.misled: 6, self.late: 6,
            self.too_late: 4, self.only_elsewhere: 4, self.reader: 5, self.robot: 3, self.by_mail: 2,
        }  # fmt: skip
        (script,) = self.random.choices(list(kinds), list(kinds.values()))
        lang = self.random.choice(LANGS)
        # Away from both ends, where contacts of neighbouring months would be missing.
        room = timedelta(days=self.days) - timedelta(hours=2)
        start = FIRST + room * self.random.random()
        script(lang, start.replace(microsecond=start.microsecond // 1000 * 1000))

    def _base(self, lang: str) -> dict[str, str]:
        return {"visit": f"v{self.random.getrandbits(64):016x}", "lang": lang, "where": self._where()}

    def _where(self) -> str:
        return self.random.choice(("portal", "portal", "widget"))

    def _words(self, lang: str) -> str:
        """One of a few questions, of some visitors with words that hardly anybody else uses."""
        words = self.random.choice(QUERIES[lang])
        if self._rare.random() >= self._share:
            return words
        return f"{words} {self._rare.randrange(36**3):x} {self._rare.randrange(100)}"

    def _search(self, at: datetime, base: dict[str, str], query: str, verdict: str, results: list[str]) -> str:
        lang = base["lang"]
        shown = [[lang, slug] for slug in results]
        for truth in self._of(lang):
            truth.searches.update(("total", verdict, "no_click"))
        return self._add(at, "search", {"query": query, "verdict": verdict, "results": shown}, **base)

    def _found(
        self, at: datetime, base: dict[str, str], slug: str, seconds: int, depth: float, query: str = ""
    ) -> datetime:
        """A search, one click that is sometimes a double click, and a reading."""
        lang = base["lang"]
        verdict = self.random.choice(("answer", "suggest"))
        words = query or self._words(lang)
        search = self._search(at, base, words, verdict, [slug, "what-the-warranty-covers"])
        opened = {"lang": lang, "slug": slug, "rank": 1, "search": search}
        # The clock of another server may be a little behind: the click seems to come before the search.
        click = at + timedelta(milliseconds=self.random.choice((-40, 900, 4_000)))
        for _time in range(self.random.choice((1, 1, 1, 2, 3))):
            self._add(click, "result_opened", opened, **base)
            click += timedelta(milliseconds=200)
        for truth in self._of(lang):
            truth.searches["no_click"] -= 1
        read = at + timedelta(seconds=10 + seconds)
        self._add(read, "article_read", {"lang": lang, "slug": slug, "seconds": seconds, "depth": depth}, **base)
        for truth in self._of(lang):
            truth.article(lang, slug, "reads")
        return read

    def _settle(self, lang: str, end: datetime, outcome: str) -> None:
        pending = outcome != "failed" and end + timedelta(hours=72) > self.now
        for truth in self._of(lang):
            truth.outcomes["pending" if pending else outcome] += 1
            if outcome in {"confirmed", "probable"} and not pending:
                truth.false_of += 1

    def confirmed(self, lang: str, at: datetime) -> datetime:
        base, slug = self._base(lang), self.random.choice(ARTICLES)
        end = self._found(at, base, slug, self.random.randint(3, 200), 0.3) + timedelta(seconds=5)
        if self.random.random() < 0.5:
            for _time in range(self.random.choice((1, 1, 2))):  # clicked again: still one vote
                self._add(end, "vote", {"lang": lang, "slug": slug, "helpful": True}, **base)
            counted = "helpful"
        else:
            self._add(end, "suggestion_solved", {"lang": lang, "slug": slug}, **base)
            counted = "solved"
        for truth in self._of(lang):
            truth.article(lang, slug, counted)
        self._settle(lang, end, "confirmed")
        return end

    def probable(self, lang: str, at: datetime) -> None:
        seconds, depth = self.random.choice(((20, 0.1), (90, 0.4), (4, 0.5), (12, 1.0)))
        end = self._found(at, self._base(lang), self.random.choice(ARTICLES), seconds, depth)
        self._settle(lang, end, "probable")

    def abandoned(self, lang: str, at: datetime) -> None:
        base = self._base(lang)
        kind = self.random.randrange(3)
        if kind == 0:  # looked at the results only
            self._search(at, base, self._words(lang), "suggest", ["what-the-warranty-covers"])
            end = at
        elif kind == 1:  # opened, and left at once
            end = self._found(at, base, self.random.choice(ARTICLES), self.random.randint(1, 19), 0.49)
        else:  # read what nothing here had led to
            self._search(at, base, self.random.choice(QUERIES[lang]), "answer", ["what-the-warranty-covers"])
            end = at + timedelta(minutes=29, seconds=59)
            self._add(
                end, "article_read", {"lang": lang, "slug": "late-or-lost-parcel", "seconds": 300, "depth": 1}, **base
            )
            for truth in self._of(lang):
                truth.article(lang, "late-or-lost-parcel", "reads")
        self._settle(lang, end, "abandoned")

    def gap(self, lang: str, at: datetime) -> None:
        """A question nobody answers: asked twice, then half of them write."""
        base, words = self._base(lang), self.random.choice(GAPS)[lang]
        self._search(at, base, words, "ask_human", [])
        self._search(at + timedelta(seconds=20), base, words, "ask_human", ["what-the-warranty-covers"])
        if self.random.random() < 0.5:
            self._ticket(at + timedelta(minutes=3), base, "form", True)
            self._settle(lang, at, "failed")
        else:
            self._settle(lang, at + timedelta(seconds=20), "abandoned")

    def _ticket(self, at: datetime, base: dict[str, str], via: str, searched: bool) -> None:
        self._add(at, "contact_opened", {"form": "contact"}, **{**base, "where": "form"})
        sent = at + timedelta(minutes=1)
        self._add(sent, "ticket_sent", {"form": "contact", "via": via}, **{**base, "where": "form"})
        for truth in self._of(base["lang"]):
            truth.tickets[via] += 1
            truth.with_search += searched

    def misled(self, lang: str, at: datetime) -> None:
        """Reads the article that misleads, and has to write or phone all the same."""
        base = self._base(lang)
        end = self._found(at, base, MISLEADING, self.random.randint(30, 200), 0.9, QUERIES[lang][2])
        if self.random.random() < 0.7:
            self._ticket(end + timedelta(seconds=20), base, "form", True)
        else:
            self._add(end + timedelta(seconds=30), "channel_chosen", {"channel": "phone"}, **{**base, "where": "form"})
        for truth in self._of(lang):
            truth.article(lang, MISLEADING, "failed_after")
        self._settle(lang, end, "failed")

    def late(self, lang: str, at: datetime) -> None:
        """Would have been a success at the end of the visit, and writes within 72 hours: false deflection."""
        if at + timedelta(hours=72) > self.now:
            at -= timedelta(hours=73)
        if at < FIRST:
            return
        base, slug = self._base(lang), self.random.choice(ARTICLES)
        base["person"] = f"p{self.random.getrandbits(64):016x}"
        end = self._found(at, base, slug, 45, 0.8)
        when = end + timedelta(hours=71, minutes=50) * self.random.random() + timedelta(minutes=5)
        if self.random.random() < 0.5:
            mail = {"person": base["person"], "lang": lang, "where": "mail"}
            self._add(when, "ticket_sent", {"form": "contact", "via": "email"}, **mail)
            for truth in self._of(lang):
                truth.tickets["email"] += 1
                truth.with_search += 1
        else:
            logged = {"person": base["person"], "lang": lang, "where": "desk"}
            self._add(when, "contact_logged", {"channel": "phone"}, **logged)
        for truth in self._of(lang):
            truth.article(lang, slug, "failed_after")
            truth.outcomes["failed"] += 1
            truth.false_cases += 1
            truth.false_of += 1

    def too_late(self, lang: str, at: datetime) -> None:
        """Writes after 72 hours: the visit stays what it was, and the ticket was not searched for."""
        if at + timedelta(hours=80) > self.now:
            at -= timedelta(hours=90)
        if at < FIRST:
            return
        before = len(self.events)
        end = self.confirmed(lang, at)
        person = f"p{self.random.getrandbits(64):016x}"
        for row in self.events[before:]:
            row["person"] = person
        mail = {"person": person, "lang": lang, "where": "mail"}
        self._add(end + timedelta(hours=73), "ticket_sent", {"form": "contact", "via": "email"}, **mail)
        for truth in self._of(lang):
            truth.tickets["email"] += 1

    def only_elsewhere(self, lang: str, at: datetime) -> None:
        """An article there is in every language but Turkish."""
        base = self._base(lang)
        if lang != "tr":
            end = self._found(at, base, ONLY_ELSEWHERE, 60, 0.9)
            self._settle(lang, end, "probable")
            return
        found = {"query": CUSTOMS["tr"], "verdict": "ask_human", "results": [["en", ONLY_ELSEWHERE]]}
        self._add(at, "search", found, **base)
        for truth in self._of("tr"):
            truth.searches.update(("total", "ask_human", "no_click"))
        self._ticket(at + timedelta(minutes=2), base, "form", True)
        self._settle("tr", at, "failed")

    def reader(self, lang: str, at: datetime) -> None:
        """Came to an article from elsewhere: no search, so no visit that counts; some write."""
        base, slug = self._base(lang), self.random.choice(ARTICLES)
        self._add(at, "article_read", {"lang": lang, "slug": slug, "seconds": 60, "depth": 1}, **base)
        self._add(at + timedelta(seconds=30), "vote", {"lang": lang, "slug": slug, "helpful": False, "reason": "wrong"},
                  **base)  # fmt: skip
        for truth in self._of(lang):
            truth.article(lang, slug, "reads", "unhelpful")
        if self.random.random() < 0.3:
            self._ticket(at + timedelta(minutes=2), base, "form", False)
            for truth in self._of(lang):
                truth.article(lang, slug, "failed_after")

    def robot(self, lang: str, at: datetime) -> None:
        """Runs no script, so it names no visit: its searches are searches, and there is no visit."""
        base = {"lang": lang, "where": "portal"}
        for number in range(self.random.randint(3, 12)):
            self._search(
                at + timedelta(seconds=number), base, f"robot {number}", "suggest", ["what-the-warranty-covers"]
            )

    def by_mail(self, lang: str, at: datetime) -> None:
        self._add(at, "ticket_sent", {"form": "contact", "via": "email"}, lang=lang, where="mail",
                  person=f"p{self.random.getrandbits(64):016x}")  # fmt: skip
        for truth in self._of(lang):
            truth.tickets["email"] += 1

    # ---- as it arrives

    def lines(self) -> Iterator[str]:
        """The events as a file of JSON Lines: out of order, and some of them twice."""
        order = list(range(len(self.events)))
        order.sort(key=lambda place: place + self.random.uniform(-300, 300))
        for place in order:
            line = json.dumps(self.events[place], ensure_ascii=False)
            yield line
            if self.random.random() < 0.03:
                yield line


def month(visits: int, seed: int = 1, days: int = 30, rare: float = 0.5) -> Month:
    """`rare` is the share of questions that have words of their own."""
    made = Month(seed, days, rare)
    for _number in range(visits):
        made.visit()
    return made


def whole(made: Month, lang: str = "") -> Filters:
    return Filters(FIRST.date(), (made.now + timedelta(days=4)).date(), lang=lang)


# ---- measuring


def dashboards(connection: Any, filters: Filters, now: datetime) -> dict[str, float]:
    """Milliseconds of each dashboard: all that its page asks, the period before among it."""
    one, before = Report(connection, filters, now), Report(connection, filters.before(), now)

    def overview() -> None:
        for part in (one, before):
            part.outcomes()
            part.totals(
                "outcome",
                "funnel",
                "search",
                "no_click",
                "no_results",
                "ticket",
                "ticket_searched",
                "channel_chosen",
                "contact_logged",
            )
        one.by("day", "outcome")
        one.by("day", "search", "no_click")

    def questions() -> None:
        found = one.top_queries(("searches", "no_results", "no_click", "ask_human", "failed"), 25)
        before.counts_of([(row["lang"], row["query"]) for rows in found.values() for row in rows])

    def articles() -> None:
        one.totals("read", "helpful", "unhelpful", "solved", "failed_after", "reason", "next")
        before.totals("read", "failed_after")

    def audience() -> None:
        for column in ("lang", "site", "where"):
            one.by(column, "search", "no_click", "outcome", "ticket")
            before.by(column, "search", "ticket")
        for part in (one, before):
            part.totals("search_hour", "ticket_hour", "rating")

    def behind(wanted: EventFilter) -> Any:
        return lambda: events(connection, filters, wanted, now)

    asked = {
        "report": one.as_json, "overview": overview, "questions": questions, "articles": articles,
        "audience": audience, "events": behind(EventFilter()),
        "events of a verdict": behind(EventFilter(name="search", verdict="ask_human")),
        "events of an outcome": behind(EventFilter(outcome="confirmed")),
        "events without a click": behind(EventFilter(name="search", no_click="1")),
        "events of a stage": behind(EventFilter(stage="contacted")),
        "readings of an article": behind(EventFilter(figure="failed_after", key=f"en/{MISLEADING}")),
        "events of an article": behind(EventFilter(name="vote", slug=MISLEADING, article_lang="en")),
    }  # fmt: skip
    took = {}
    for name, ask in asked.items():
        times = []
        for _run in range(20):
            began = time.perf_counter()
            ask()
            times.append((time.perf_counter() - began) * 1000)
        took[name] = round(sorted(times)[18], 1)
    return took


def copy_months(engine: Engine, copies: int, days: int) -> int:
    """The month again and again, each so many days before the other; how many events there are then."""
    shift = days + 10
    names = ("id", "at", "visit", "person", "site", "where", "lang", "category", "name", "query", "data")
    for number in range(1, copies):
        mark, away = f"c{number}-", number * shift
        day, rest = func.substr(event.c.at, 1, 10), func.substr(event.c.at, 11)
        if engine.dialect.name == "postgresql":
            earlier: ColumnElement[str] = func.to_char(cast(day, Date) - away, "YYYY-MM-DD")
        else:
            earlier = func.strftime("%Y-%m-%d", day, f"-{away} days")

        def marked(column: ColumnElement[str], mark: str = mark) -> ColumnElement[str]:
            return case((column == "", ""), else_=literal(mark) + column)

        copied = {
            "id": literal(mark) + event.c.id, "at": earlier.concat(rest), "visit": marked(event.c.visit),
            "person": marked(event.c.person),
            "data": func.replace(event.c.data, '"search":"', f'"search":"{mark}'),
        }  # fmt: skip
        with engine.begin() as connection:
            rows = select(*(copied.get(name, event.c[name]) for name in names)).order_by(event.c.seq)
            from_first = rows.where(event.c.at >= (FIRST - timedelta(days=5)).isoformat())
            connection.execute(insert(event).from_select(names, from_first, include_defaults=False))
    return ledger.size(engine)


def measure(made: Month, url: str, copies: int = 1) -> dict[str, Any]:
    engine = connect(url)
    migrate(engine)
    began = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        for line in made.lines():
            file.write(line.encode() + b"\n")
        file.seek(0)
        written = time.perf_counter()
        done = ledger.import_file(engine, file, scrub, lambda lang, slug: "orders" if slug else "")
    imported = time.perf_counter()
    size = copy_months(engine, copies, made.days)
    made.events.clear()
    copied = time.perf_counter()
    processor = time.process_time()
    days = aggregates.recompute(engine)
    counted, processor = time.perf_counter(), time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    difference = "" if copies > 1 else aggregates.check(engine, made.now)
    checked = time.perf_counter()
    differing = [
        lang or "all"
        for lang in ("", *LANGS)
        if report(engine, whole(made, lang), made.now) != made.truth[lang].as_json()
    ]
    recent = Filters((made.now - timedelta(days=30)).date(), made.now.date())
    everything = Filters((made.now - timedelta(days=copies * (made.days + 10))).date(), made.now.date())
    with engine.connect() as connection:
        took = dashboards(connection, recent, made.now)
        took_all = dashboards(connection, everything, made.now)
    engine.dispose()
    return {
        "events": size, "twice": done.known, "days": days, "generate_s": round(written - began, 1),
        "import_s": round(imported - written, 1), "imported": done.added, "copy_s": round(copied - imported, 1),
        "recompute_s": round(counted - copied, 1),
        "recompute_processor_s": round(processor, 1), "check_s": round(checked - counted, 1), "difference": difference,
        "differs_from_truth": differing, "memory_mb": memory, "dashboards_p95_ms": took,
        "dashboards_of_all_days_p95_ms": took_all, "machine": str(Machine.now()),
    }  # fmt: skip


# ---- whether writing slows searches

_SLICE_S = 2.0
_VISITORS = 2
_PAUSE_S = 0.05


def writing(rate: int, seconds: float) -> dict[str, Any]:
    """Searches in slices of two seconds, in turn without and with events written beside them, each kind taken
    together: what else the machine does falls on both."""
    kb = Path("kb/articles")
    with scratch_settings(kb) as overrides:
        s = Services.build(Settings.load({**overrides, "search_budget_ms": 60_000}, environ={}))
        publish_and_index(s)
        asked = [(question, one.lang) for one in s.articles.published(s.today()) for question in one.questions]
        _searching(s, asked, 2 * _SLICE_S)  # caches and threads are there
        taken: dict[bool, list[float]] = {False: [], True: []}
        began_with, written = ledger.size(s.engine), 0.0
        for number in range(max(2, round(seconds / _SLICE_S))):
            busy = bool(number % 2)
            stop = threading.Event()
            writer = threading.Thread(target=_write, args=(s, rate, stop))
            began = time.perf_counter()
            if busy:
                writer.start()
            taken[busy] += _searching(s, asked, _SLICE_S)
            stop.set()
            if busy:
                writer.join()
                written += time.perf_counter() - began
                s.ledger.flush()  # its rest is part of no slice without
        stored, dropped = ledger.size(s.engine) - began_with, s.ledger.dropped
        s.close()
    quiet, beside = (sorted(taken[which])[int(0.95 * len(taken[which]))] for which in (False, True))
    return {
        "rate": rate, "stored": stored, "stored_per_s": round(stored / written, 1), "dropped": dropped,
        "searches": [len(taken[False]), len(taken[True])], "search_p95_ms": round(quiet, 2),
        "search_p95_ms_while_writing": round(beside, 2), "ratio": round(beside / quiet, 3),
        "machine": str(Machine.now()),
    }  # fmt: skip


def _searching(s: Services, asked: Sequence[tuple[str, str]], seconds: float) -> list[float]:
    """Milliseconds of searches that two visitors make one after another, each a question nobody asked before."""
    times: list[float] = []
    until = time.perf_counter() + seconds

    def visitor(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311
        while (began := time.perf_counter()) < until:
            words, lang = chance.choice(asked)
            other = chance.choice(asked)[0].split()
            s.search.search(SearchQuery(f"{words} {chance.choice(other)}", lang), where="bench")
            times.append((time.perf_counter() - began) * 1000)
            time.sleep(_PAUSE_S)

    threads = [threading.Thread(target=visitor, args=(time.monotonic_ns() + n,)) for n in range(_VISITORS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return times


WORDS = ("parcel", "late", "refund", "return", "order", "track", "pair", "battery", "charge", "sound")


def _write(s: Services, rate: int, stop: threading.Event) -> None:
    """Record events as pages do, ten at a time, so many a second."""
    chance = random.Random(7)  # noqa: S311
    began, sent = time.perf_counter(), 0
    while not stop.is_set():
        for _one in range(10):
            words = " ".join(chance.sample(WORDS, 4))
            data = {"query": words, "verdict": "suggest", "results": [["en", f"article-{n}"] for n in range(10)]}
            one = make(
                "search", datetime.now(UTC), data, scrub=s.scrub, visit=f"v{chance.getrandbits(40):x}", lang="en"
            )
            s.ledger.record([one])
        sent += 10
        stop.wait(max(0.0, began + sent / rate - time.perf_counter()))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--visits", type=int, default=15_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--database", default="")
    parser.add_argument("--out", type=Path, help="only write the events there")
    parser.add_argument("--writing", action="store_true", help="whether writing slows searches")
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", type=Path, help="write the figures there")
    asked = parser.parse_args()
    if asked.writing:
        found = writing(asked.rate, asked.seconds)
        failed = found["ratio"] > SLOWER or found["dropped"] or found["stored_per_s"] < 0.95 * asked.rate
    else:
        made = month(asked.visits, asked.seed, asked.days)
        if asked.out:
            asked.out.write_text("".join(line + "\n" for line in made.lines()), encoding="utf-8")
            print(f"{len(made.events)} events")
            return 0
        with tempfile.TemporaryDirectory() as folder:
            found = measure(made, asked.database or f"sqlite:///{Path(folder) / 'bench.db'}", asked.copies)
        slow = max(*found["dashboards_p95_ms"].values(), *found["dashboards_of_all_days_p95_ms"].values()) > SLOW_MS
        failed = slow or found["difference"] or found["differs_from_truth"] or found["recompute_s"] > RECOMPUTE_S
    print(json.dumps(found, indent=2, ensure_ascii=False))
    if asked.json:
        asked.json.write_text(json.dumps(found), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
