"""The figures of a time: deflection, searches, tickets, articles, read from the counts by day.

Days are UTC, both ends included. A visit is of the day it began, and of the language, site and surface of its first
search or suggestion; everything else is of its own. A topic's figures are those of events, and of visits with events,
about its articles.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, literal, select, true, union_all

from core.database.timestamps import iso
from insight.counting import evened, opened_from
from insight.events import Event
from insight.ledger import event_of_row
from insight.outcomes import Outcome
from insight.schema import day_count, day_query, event, visit
from insight.visit_reader import runs_of

LEAST_CASES = 20
# From so many days on, words are added up in their own order: SQLite, and PostgreSQL.
_MANY_DAYS, _MOST_DAYS = 60, 180
_ARTICLE_FIGURES = {
    "read": "reads", "helpful": "helpful", "unhelpful": "unhelpful", "solved": "solved", "failed_after": "failed_after",
}  # fmt: skip
QUERY_COUNTS = ("searches", "answer", "suggest", "ask_human", "no_results", "no_click", "failed")
VERDICTS = ("answer", "suggest", "ask_human")


@dataclass(frozen=True)
class Filters:
    """Which part of what happened: '' is all of it."""

    first: date
    last: date
    lang: str = ""
    site: str = ""
    category: str = ""
    where: str = ""

    def before(self) -> "Filters":
        """The same for as many days before."""
        days = (self.last - self.first).days + 1
        return Filters(
            self.first - timedelta(days=days), self.first - timedelta(days=1), self.lang, self.site, self.category,
            self.where,
        )  # fmt: skip

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def share(cases: int, of: int) -> float | None:
    """A rate; None under 20 cases, of which none is shown."""
    return round(cases / of, 4) if of >= LEAST_CASES else None


class Report:
    """Reads the counts of one time. Cheap to make; each method is one query or two."""

    def __init__(self, connection: Connection, filters: Filters, now: datetime) -> None:
        self._connection = connection
        self.filters = filters
        self._now = iso(now)

    def totals(self, *names: str) -> dict[str, Counter[str]]:
        """Of each of these counts, the sum by key."""
        found: dict[str, Counter[str]] = {name: Counter() for name in names}
        rows = self._connection.execute(
            select(day_count.c.name, day_count.c.key, func.sum(day_count.c.count))
            .where(self._counts(names))
            .group_by(day_count.c.name, day_count.c.key)
        )
        for name, key, count in rows:
            found[name][key] = int(count)
        return found

    def by(self, column: str, *names: str) -> dict[str, dict[str, Counter[str]]]:
        """The same, apart for each value of a column: `day`, `lang`, `site`, `where`, `category`."""
        found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: {name: Counter() for name in names})
        of = day_count.c[column]
        condition = self._counts(names) if column != "category" else self._counts(names, by_category=True)
        rows = self._connection.execute(
            select(of, day_count.c.name, day_count.c.key, func.sum(day_count.c.count))
            .where(condition)
            .group_by(of, day_count.c.name, day_count.c.key)
        )
        for value, name, key, count in rows:
            found[value][name][key] = int(count)
        return dict(found)

    def _counts(self, names: Sequence[str], *, by_category: bool = False) -> ColumnElement[bool]:
        own = self.filters
        parts: list[ColumnElement[bool]] = [
            day_count.c.name.in_(names),
            day_count.c.day >= own.first.isoformat(),
            day_count.c.day <= own.last.isoformat(),
        ]
        parts.append(day_count.c.category != "" if by_category else day_count.c.category == own.category)
        parts += [day_count.c[name] == value for name, value in self._chosen().items()]
        return and_(*parts)

    def _chosen(self) -> dict[str, str]:
        own = self.filters
        return {name: value for name, value in (("lang", own.lang), ("site", own.site), ("where", own.where)) if value}

    def outcomes(self) -> dict[str, int]:
        """Visits by outcome, those that are still pending among them."""
        return self.settled(self.totals("outcome")["outcome"])[0]

    def settled(self, counted: Counter[str]) -> tuple[dict[str, int], int]:
        """Outcomes now, of the counts of `outcome`; and how many failed that would not have at the end of the visit."""
        found = {one.value: 0 for one in Outcome}
        late = 0
        for key, count in counted.items():
            at_end, _to, outcome = key.partition(">")
            found[outcome] += count
            if outcome == Outcome.FAILED and at_end in {Outcome.CONFIRMED, Outcome.PROBABLE}:
                late += count
        pending = self._pending()
        for outcome, count in pending.items():
            found[outcome] -= count
        return {**found, "pending": sum(pending.values())}, late

    def _pending(self) -> Counter[str]:
        own = self.filters
        # Found by when they settle, which are those of three days, and not by their day, which may be those of a year.
        day = visit.c.day.concat("")
        parts = [
            visit.c.settles_at > self._now, visit.c.counts == 1, visit.c.outcome != Outcome.FAILED.value,
            day >= own.first.isoformat(), day <= own.last.isoformat(),
        ]  # fmt: skip
        parts += [visit.c[name] == value for name, value in self._chosen().items()]
        if own.category:
            parts.append((" " + visit.c.categories + " ").contains(f" {own.category} ", autoescape=True))
        rows = self._connection.execute(
            select(visit.c.outcome, func.count()).where(and_(*parts)).group_by(visit.c.outcome)
        )
        return Counter({str(outcome): int(count) for outcome, count in rows})

    def as_json(self) -> dict[str, Any]:
        """The report in the shape that `flask insight report --json` prints."""
        names = ("outcome", "search", "no_click", "ticket", "ticket_searched", *_ARTICLE_FIGURES)
        counted = self.totals(*names)
        outcomes, late = self.settled(counted["outcome"])
        of = outcomes["confirmed"] + outcomes["probable"] + late
        search = counted["search"]
        return {
            "visits": sum(outcomes.values()),
            "outcomes": outcomes,
            "false_deflection": {"cases": late, "of": of, "rate": share(late, of)},
            "searches": {
                "total": sum(search.values()),
                **{verdict: search[verdict] for verdict in VERDICTS},
                "no_click": sum(counted["no_click"].values()),
            },
            "tickets": {
                "total": sum(counted["ticket"].values()),
                "with_search": sum(counted["ticket_searched"].values()),
                "by_channel": dict(sorted(counted["ticket"].items())),
            },
            "articles": articles(counted),
        }

    def queries(self, order: str, limit: int) -> list[dict[str, Any]]:
        """The queries with most of one of the counts of `insight_query`, each with all of them."""
        return self.top_queries((order,), limit)[order]

    def top_queries(self, orders: Sequence[str], limit: int) -> dict[str, list[dict[str, Any]]]:
        """The same for several of the counts.

        There may be a million different words, nearly all of which were used once: first are those that were used
        more often, read once for all counts. Where these are too few to tell, those of one count are read again.
        """
        words = (day_query.c.lang, day_query.c.query)
        days = len(self.filters.days)
        often = (
            select(*words, *(func.sum(day_query.c[order]).label(order) for order in orders))
            .where(self._queries(all_of_it=days > _MANY_DAYS))
            .group_by(*words)
            .having(func.sum(day_query.c.searches) > 1)
            .cte("often")
        )
        parts = []
        for order in orders:
            best = select(often.c.lang, often.c.query, often.c[order]).where(often.c[order] > 0)
            first = best.order_by(often.c[order].desc(), often.c.query).limit(limit)
            parts.append(select(literal(order), first.subquery()))
        top: dict[str, list[tuple[str, str]]] = {order: [] for order in orders}
        least: dict[str, int] = {}
        with self._in_order_of_words(days > _MOST_DAYS):
            rows = self._connection.execute(union_all(*parts)).all()
        for order, lang, query, count in rows:
            top[order].append((lang, query))
            least[order] = min(count, least.get(order, count))
        for order in orders:
            if len(top[order]) < limit or least[order] < 2:
                total = func.sum(day_query.c[order])
                some = day_query.c[order] > literal(0, literal_execute=True)  # in the words of the index of these
                among = select(*words).where(self._queries(all_of_it=True), some).group_by(*words)
                best_of_all = among.order_by(total.desc(), day_query.c.query).limit(limit)
                top[order] = [(row.lang, row.query) for row in self._connection.execute(best_of_all)]
        counts = self.counts_of([one for found in top.values() for one in found])
        return {
            order: sorted(
                ({"lang": lang, "query": query, **counts[lang, query]} for lang, query in found),
                key=lambda row: (-row[order], row["query"], row["lang"]),
            )
            for order, found in top.items()
        }

    @contextmanager
    def _in_order_of_words(self, wanted: bool) -> Iterator[None]:
        """Keep PostgreSQL from making a table of a million words in memory, where the index has them in order already:
        it takes every look at an index for one at a disk."""
        hint = wanted and self._connection.dialect.name == "postgresql"
        if hint:
            self._connection.execute(select(func.set_config("enable_hashagg", "off", True)))
        yield
        if hint:
            self._connection.execute(select(func.set_config("enable_hashagg", "on", True)))

    def counts_of(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, int]]:
        """All counts of these words in their languages; nothing of those that nobody used."""
        by_lang: dict[str, list[str]] = defaultdict(list)
        for lang, words in sorted(set(asked)):
            by_lang[lang].append(words)
        found = {}
        for lang, names in by_lang.items():
            wanted = (
                select(day_query.c.query, *(func.sum(day_query.c[one]).label(one) for one in QUERY_COUNTS))
                .where(self._queries(), day_query.c.lang == lang, day_query.c.query.in_(names))
                .group_by(day_query.c.query)
            )
            for row in self._connection.execute(wanted):
                found[lang, row.query] = {name: int(row._mapping[name]) for name in QUERY_COUNTS}
        return found

    def _queries(self, *, all_of_it: bool = False) -> ColumnElement[bool]:
        """`all_of_it` reads the table in the order of words, where SQLite would look up one day after another."""
        own = self.filters
        day: ColumnElement[str] = day_query.c.day
        if all_of_it and self._connection.dialect.name == "sqlite":
            day = func.likely(day)  # no bound of an index
        parts = [day >= own.first.isoformat(), day <= own.last.isoformat()]
        parts += [day_query.c[name] == value for name, value in self._chosen().items()]
        return and_(*parts)


def articles(counted: dict[str, Counter[str]]) -> list[dict[str, Any]]:
    """A row an article, those read most first."""
    keys = {key for name in _ARTICLE_FIGURES for key in counted[name]}
    rows = []
    for key in keys:
        lang, _slash, slug = key.partition("/")
        figures = {figure: counted[name][key] for name, figure in _ARTICLE_FIGURES.items()}
        rows.append({"lang": lang, "slug": slug, **figures})
    return sorted(rows, key=lambda row: (-row["reads"], row["lang"], row["slug"]))


@dataclass(frozen=True)
class EventFilter:
    """Which events: '' is all. `after` is where the page before ended. `name` may be several, with commas; `hour` is a
    day of the week and an hour (UTC), as "0 09"; `words` are a query with case and spaces evened out. The flags (`1`):
    only searches without a click, without results, what was followed by a contact, visits whose contact came late; and
    those that are still pending, too."""

    name: str = ""
    verdict: str = ""
    query: str = ""
    slug: str = ""
    article_lang: str = ""
    visit: str = ""
    outcome: str = ""
    words: str = ""
    reason: str = ""
    channel: str = ""
    via: str = ""
    helpful: str = ""
    score: str = ""
    hour: str = ""
    no_click: str = ""
    no_results: str = ""
    failed: str = ""
    late: str = ""
    open_too: str = ""
    after: str = ""


EVENTS_SHOWN = 100
# Of what can only be told by reading: how many events are read for a page at most, before it says that there are more.
_READ_AT_A_TIME, _READ_MOST = 500, 20_000


def events(connection: Connection, filters: Filters, wanted: EventFilter, now: datetime) -> tuple[list[Event], str]:
    """The newest events of a time and part, and where the next page goes on ('' at the end).

    With an outcome, the first event of each visit that ended so.
    """
    if wanted.outcome:
        return _first_of_visits(connection, filters, wanted, now)
    condition = and_(*_events_of(filters, wanted))
    found: list[Event] = []
    after, read = wanted.after, 0
    reading = wanted.words or wanted.no_click
    step = _READ_AT_A_TIME if reading else EVENTS_SHOWN
    while True:
        rows = connection.execute(
            select(event)
            .where(condition, _before(after))
            .order_by(event.c.at.desc(), event.c.seq.desc())
            .limit(step + 1)
        ).all()
        some = rows[:step]
        unfit = _unfit(connection, some, wanted)
        for row in some:
            after = f"{row.at} {row.seq}"
            if row.id in unfit:
                continue
            found.append(event_of_row(row))
            if len(found) == EVENTS_SHOWN:
                return found, after if row is not rows[-1] else ""
        read += len(some)
        if len(rows) <= step:
            return found, ""
        if not reading or read >= _READ_MOST:
            return found, after


def _unfit(connection: Connection, rows: Sequence[Row[Any]], wanted: EventFilter) -> set[str]:
    """The ids of those that are not wanted, which is known once they are read."""
    unfit = set(_clicked(connection, rows)) if wanted.no_click else set()
    if wanted.words:
        unfit |= {row.id for row in rows if evened(row.query) != wanted.words}
    return unfit


def _first_of_visits(
    connection: Connection, filters: Filters, wanted: EventFilter, now: datetime
) -> tuple[list[Event], str]:
    """Found by the visits: of a million events, hardly any is the first of one. A page goes on after a visit."""
    condition = and_(*_visits_of(filters, wanted, now))
    part = _events_of(Filters(filters.first, filters.last), wanted)
    found: list[Event] = []
    after, read = wanted.after, 0
    while True:
        at, _space, id = after.partition(" ")
        earlier = (visit.c.started_at < at) | ((visit.c.started_at == at) & (visit.c.visit < id)) if after else true()
        starts = connection.execute(
            select(visit.c.visit, visit.c.started_at)
            .where(condition, earlier)
            .order_by(visit.c.day.desc(), visit.c.started_at.desc(), visit.c.visit.desc())
            .limit(EVENTS_SHOWN + 1)
        ).all()
        page = [(row.visit, row.started_at) for row in starts[:EVENTS_SHOWN]]
        begun = (event.c.visit.in_([id for id, _at in page]), event.c.at.in_([at for _id, at in page]))
        rows = connection.execute(select(event).where(*begun, *part).order_by(event.c.seq)).all() if page else []
        unfit = _unfit(connection, rows, wanted)
        first: dict[tuple[str, str], Row[Any]] = {}
        for row in rows:
            if row.id not in unfit:
                first.setdefault((row.visit, row.at), row)
        found += [event_of_row(first[one]) for one in page if one in first]
        read += len(page)
        if len(starts) <= EVENTS_SHOWN:
            return found, ""
        after = " ".join(reversed(page[-1]))
        if len(found) >= EVENTS_SHOWN or read >= _READ_MOST:
            return found, after


def _events_of(filters: Filters, wanted: EventFilter) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = [
        event.c.at >= filters.first.isoformat(), event.c.at < (filters.last + timedelta(days=1)).isoformat()
    ]  # fmt: skip
    chosen = {"lang": filters.lang, "site": filters.site, "where": filters.where, "category": filters.category}
    parts += [event.c[name] == value for name, value in chosen.items() if value]
    if wanted.name:
        parts.append(event.c.name.in_(wanted.name.split(",")))
    if wanted.visit:
        parts.append(event.c.visit == wanted.visit)
    if wanted.query:
        parts.append(func.lower(event.c.query).contains(wanted.query.lower(), autoescape=True))
    if wanted.words and (word := _plain_word(wanted.words)):
        parts.append(func.lower(event.c.query).contains(word, autoescape=True))
    told = {"verdict": wanted.verdict, "slug": wanted.slug, "lang": wanted.article_lang, "reason": wanted.reason,
            "channel": wanted.channel, "via": wanted.via}  # fmt: skip
    for name, value in told.items():
        if value:
            of_data = f"{json.dumps(name)}:{json.dumps(value, ensure_ascii=False)}"
            parts.append(event.c.data.contains(of_data, autoescape=True))
    if wanted.helpful:
        parts.append(
            event.c.data.contains(f'"helpful":{"true" if wanted.helpful == "yes" else "false"}', autoescape=True)
        )
    if wanted.score:
        parts.append(event.c.data.contains(f'"score":{wanted.score}', autoescape=True))
    if wanted.no_results:
        parts.append(~event.c.data.contains('"results":[[', autoescape=True))
    if wanted.failed:
        # A search of a visit that failed; an article after which somebody got in touch.
        around = (visit.c.started_at <= event.c.at) & (visit.c.ended_at >= event.c.at)
        searched = (visit.c.counts == 1) & (visit.c.outcome == Outcome.FAILED.value)
        contacted = searched if wanted.name == "search" else visit.c.contacted_at != ""
        parts.append(select(visit.c.visit).where(visit.c.visit == event.c.visit, around, contacted).exists())
    if wanted.hour:
        parts += _of_hour(filters, wanted.hour)
    return parts


def _visits_of(filters: Filters, wanted: EventFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Visits that count, and ended as it is wanted."""
    parts = [
        visit.c.day >= filters.first.isoformat(), visit.c.day <= filters.last.isoformat(), visit.c.counts == 1,
        *(
            visit.c[name] == value
            for name, value in (("lang", filters.lang), ("site", filters.site), ("where", filters.where))
            if value
        ),
    ]  # fmt: skip
    if filters.category:
        parts.append((" " + visit.c.categories + " ").contains(f" {filters.category} ", autoescape=True))
    open_now = (visit.c.settles_at > iso(now)) & (visit.c.outcome != Outcome.FAILED.value)
    if wanted.outcome == "pending":
        parts.append(open_now)
    elif wanted.outcome != "any":
        parts.append(visit.c.outcome == wanted.outcome)
        if not wanted.open_too:
            parts.append(~open_now)
    if wanted.late:
        parts.append(visit.c.at_end.in_([Outcome.CONFIRMED.value, Outcome.PROBABLE.value]))
    return parts


def _plain_word(words: str) -> str:
    """The longest word that every database finds in whatever letters it was written: of ASCII, or of signs without
    case."""
    plain = (word for word in words.split() if word.isascii() or word.upper() == word)
    return max(plain, key=len, default="")


def _of_hour(filters: Filters, hour: str) -> list[ColumnElement[bool]]:
    weekday, _space, of_day = hour.partition(" ")
    days = [day.isoformat() for day in filters.days if str(day.weekday()) == weekday]
    return [func.substr(event.c.at, 1, 10).in_(days), func.substr(event.c.at, 12, 2) == of_day]


def _before(after: str) -> ColumnElement[bool]:
    at, _space, seq = after.partition(" ")
    if seq.isascii() and seq.isdigit() and len(seq) < 19:
        return (event.c.at < at) | ((event.c.at == at) & (event.c.seq < int(seq)))
    return true()


def _clicked(connection: Connection, rows: Sequence[Row[Any]]) -> frozenset[str]:
    """Of these searches, those of which a result was opened."""
    by_visit: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_visit[row.visit].append(row)
    ids = {row.id for row in rows if not row.visit}
    found: set[str] = set()
    if ids:
        span = (min(row.at for row in rows)[:10], max(row.at for row in rows)[:10] + "T99")
        opened = select(event.c.data).where(
            event.c.name == "result_opened", event.c.visit == "", event.c.at >= span[0], event.c.at <= span[1]
        )
        found |= {str(json.loads(data).get("search", "")) for (data,) in connection.execute(opened)} & ids
    visits = [id for id in by_visit if id]
    for start in range(0, len(visits), _READ_AT_A_TIME):
        for run in runs_of(connection, visits[start : start + _READ_AT_A_TIME]):
            found |= opened_from(run).keys()
    return frozenset(found)


@contextmanager
def reports(engine: Engine, filters: Filters, now: datetime) -> Iterator[tuple[Report, Report]]:
    """The report of a time, and that of as many days before."""
    with engine.connect() as connection:
        yield Report(connection, filters, now), Report(connection, filters.before(), now)


def events_of(engine: Engine, filters: Filters, wanted: EventFilter, now: datetime) -> tuple[list[Event], str]:
    """As `events`."""
    with engine.connect() as connection:
        return events(connection, filters, wanted, now)


def report(engine: Engine, filters: Filters, now: datetime) -> dict[str, Any]:
    with engine.connect() as connection:
        return Report(connection, filters, now).as_json()
