"""Counts by day, computed from the ledger and kept up to date: what reports and dashboards read.

`update` counts days in which something new arrived; `check` counts everything again and compares. A day's counts do not
depend on when they are computed: outcomes are stored as they are once 72 hours are over, and those that are still
pending are told from the visits (`settles_at`) by whoever reads them.
"""

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select

from core.database.bulk import insert_many, text_rows
from core.database.connection import writing
from core.database.timestamps import iso
from core.database.upsert import insert_for
from insight import outcomes
from insight.outcomes import CONTACT_MS, CONTACTS, OPENED, QUIET_MS, Outcome, Step, Visit, article_of
from insight.schema import day_count, day_query, event, reached, stale_day, state, visit

_SEEN, _SEALED, _LEASE = "seen", "sealed", "lease"
_LEASE_LASTS = timedelta(minutes=15)
# PostgreSQL gives out `seq` before the row can be seen: an event may become visible after a later one was counted.
# No transaction lasts longer than its statements may, nor are that many events stored meanwhile.
_STRAGGLERS, _STRAGGLING = timedelta(minutes=2), 10_000
_MANY = 5_000
_AT_A_TIME = 500
_DAY_MS = 24 * 3600 * 1000
_KEYS = ("name", "site", "where", "lang", "category", "key")
_QUERY_COUNTS = ("searches", "answer", "suggest", "ask_human", "no_results", "no_click", "failed")
_COLUMNS = tuple(event.c[name] for name in (
    "id", "at", "visit", "person", "site", "where", "lang", "name", "query", "data", "category",
))  # fmt: skip

CountKey = tuple[str, str, str, str, str, str]
QueryKey = tuple[str, str, str, str]
ReachedKey = tuple[str, str, str]
_REACHED = ("opened", "read", "confirmed", "failed")


@dataclass
class DayCounts:
    """What is stored of one day."""

    day: str
    visits: list[Visit] = field(default_factory=list)
    counts: Counter[CountKey] = field(default_factory=Counter)
    queries: dict[QueryKey, Counter[str]] = field(default_factory=dict)
    reached: dict[ReachedKey, Counter[str]] = field(default_factory=dict)
    spellings: dict[ReachedKey, Counter[str]] = field(default_factory=dict)

    def add(self, name: str, step: Step, key: str, categories: Iterable[str] = ()) -> None:
        for category in ("", *categories):
            self.counts[(name, step.site, step.where, step.lang, category, key)] += 1


def article_key(article: tuple[str, str]) -> str:
    return "/".join(article)


# ---- counting a day


def count_day(connection: Connection, day: str) -> DayCounts:
    """Everything that is stored of this day (UTC), from the ledger alone."""
    first = outcomes.milliseconds(f"{day}T00:00:00.000+00:00")
    steps, by_visit, runs = _judged(connection, day)
    counted = DayCounts(day)
    for one in runs:
        _count_visit(counted, one, first)
    _count_alone(counted, [step for step in steps if not step.visit])
    _count_tickets(connection, counted, [step for step in steps if step.name == "ticket_sent"], by_visit)
    return counted


def visits_of(connection: Connection, day: str) -> tuple[list[Visit], list[Step]]:
    """The visits that began on this day (UTC), each with its outcome; and the day's events that belong to none."""
    steps, _by_visit, runs = _judged(connection, day)
    return [one for one in runs if one.start.at >= day], [step for step in steps if not step.visit]


def _judged(connection: Connection, day: str) -> tuple[list[Step], dict[str, list[Step]], list[Visit]]:
    """The day's events, those of each visit id with what crosses midnight, and the visits that touch the day."""
    first = outcomes.milliseconds(f"{day}T00:00:00.000+00:00")
    steps = list(_steps(connection, (event.c.at >= day) & (event.c.at < next_day(day))))
    by_visit: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if step.visit:
            by_visit[step.visit].append(step)
    _fill_up(connection, by_visit, first)
    runs = [Visit(run) for own in by_visit.values() for run in outcomes.split(own)]
    runs = [one for one in runs if one.end.ms >= first and one.start.ms < first + _DAY_MS]
    contacts = _Contacts(connection, first, max((one.end.ms for one in runs), default=first))
    for one in runs:
        outcomes.judge(one, contacts.of(one.start.visit, one.persons(), one.start.ms, one.end.ms + CONTACT_MS))
    return steps, by_visit, runs


def runs_of(connection: Connection, visits: Sequence[str]) -> Iterator[list[Step]]:
    """The events of these visit ids, cut into visits."""
    own: dict[str, list[Step]] = defaultdict(list)
    for step in _steps(connection, event.c.visit.in_(visits)):
        own[step.visit].append(step)
    for steps in own.values():
        yield from outcomes.split(steps)


def _steps(connection: Connection, which: ColumnElement[bool]) -> Iterator[Step]:
    wanted = select(*_COLUMNS).where(which).order_by(event.c.at, event.c.seq)
    for id, at, own_visit, person, site, where, lang, name, query, data, category in text_rows(connection, wanted):
        yield Step(
            id, at, outcomes.milliseconds(at), own_visit, person, site, where, lang, category, name, query,
            json.loads(data) if data != "{}" else {},
        )  # fmt: skip


def _fill_up(connection: Connection, by_visit: dict[str, list[Step]], first: int) -> None:
    """Add what visits that cross midnight hold on the other side of it: half an hour at a time for all of them, until
    none goes on. What is no longer of the visit may be among it."""
    edge, open_ones = first, list(by_visit)
    while open_ones := [id for id in open_ones if by_visit[id][0].ms - QUIET_MS < edge]:
        found = _of_visits(connection, open_ones, edge - QUIET_MS, edge)
        for id, steps in found.items():
            by_visit[id][:0] = steps
        edge, open_ones = edge - QUIET_MS, list(found)
    edge, open_ones = first + _DAY_MS, list(by_visit)
    while open_ones := [id for id in open_ones if by_visit[id][-1].ms + QUIET_MS >= edge]:
        found = _of_visits(connection, open_ones, edge, edge + QUIET_MS)
        for id, steps in found.items():
            by_visit[id] += steps
        edge, open_ones = edge + QUIET_MS, list(found)


def _of_visits(connection: Connection, ids: Sequence[str], start: int, end: int) -> dict[str, list[Step]]:
    """What these visits hold from one moment to before another, of those that hold something."""
    found: dict[str, list[Step]] = defaultdict(list)
    between = (event.c.at >= outcomes.stored(start)) & (event.c.at < outcomes.stored(end))
    for place in range(0, len(ids), _AT_A_TIME):
        for step in _steps(connection, event.c.visit.in_(ids[place : place + _AT_A_TIME]) & between):
            found[step.visit].append(step)
    return found


class _Contacts:
    """When somebody got in touch, by visit id and by person, from the first moment of a day on."""

    def __init__(self, connection: Connection, first: int, last_end: int) -> None:
        # A visit of this day may have begun before it; whoever got in touch then is in its own events.
        found = (
            select(event.c.at, event.c.visit, event.c.person)
            .where(event.c.name.in_(sorted(CONTACTS)), event.c.at >= outcomes.stored(first - 2 * _DAY_MS))
            .where(event.c.at <= outcomes.stored(last_end + CONTACT_MS))
            .order_by(event.c.at)
        )
        self._by_visit: dict[str, list[int]] = defaultdict(list)
        self._by_person: dict[str, list[int]] = defaultdict(list)
        for at, id, person in text_rows(connection, found):
            ms = outcomes.milliseconds(at)
            if id:
                self._by_visit[id].append(ms)
            if person:
                self._by_person[person].append(ms)

    def of(self, id: str, persons: Iterable[str], start: int, end: int) -> list[int]:
        found = list(_within(self._by_visit.get(id, []), start, end))
        for person in persons:
            found += _within(self._by_person.get(person, []), start, end)
        return found


def _within(moments: Sequence[int], start: int, end: int) -> Iterator[int]:
    for place in range(bisect_left(moments, start), len(moments)):
        if moments[place] > end:
            return
        yield moments[place]


def _count_visit(counted: DayCounts, one: Visit, first: int) -> None:
    """Add what of this visit is of this day: the visit itself to the day it began, an event to its own."""

    def today(step: Step) -> bool:
        return first <= step.ms < first + _DAY_MS

    categories = sorted({step.category for step in one.steps if step.category})
    if today(one.start):
        counted.visits.append(one)
        if one.counts:
            counted.add("outcome", one.first, f"{one.at_end}>{one.outcome}", categories)
            _count_funnel(counted, one, categories)
    clicked = opened_from(one.steps)
    for step in one.steps:
        if step.name == "search" and today(step):
            _count_search(counted, step, step.id in clicked, one.counts and one.outcome is Outcome.FAILED)
        elif today(step):
            _count_other(counted, step)
    _count_articles(counted, one, today)
    _count_reached(counted, one, clicked, today)


def _count_reached(counted: DayCounts, one: Visit, opened: Mapping[str, Sequence[tuple[str, str]]], today: Any) -> None:
    """Which searches led to which article: once a visit for the same words."""
    if not opened:
        return
    read = outcomes.read_articles(one.steps)
    helped = {article for article, vote in outcomes.helpful_votes(one.steps).items() if vote.data.get("helpful")}
    helped |= {article_of(step) for step in one.steps if step.name == "suggestion_solved"}
    seen: set[ReachedKey] = set()
    for step in one.steps:
        if step.name != "search" or not today(step) or not (words := evened(step.query)):
            continue
        for article in opened.get(step.id, ()):
            key = (*article, words)
            if key in seen:
                continue
            seen.add(key)
            row = counted.reached.setdefault(key, Counter())
            row["opened"] += 1
            row["read"] += article in read
            row["confirmed"] += article in helped
            row["failed"] += one.outcome is Outcome.FAILED
            counted.spellings.setdefault(key, Counter())[" ".join(step.query.split())] += 1


def opened_from(steps: Sequence[Step]) -> dict[str, list[tuple[str, str]]]:
    """What was opened of each search, by its id: the search an opened result names, else the last one before it that
    had shown the article; a result that none had shown is one of the last search."""
    ids = {step.id for step in steps if step.name == "search"}
    opened: dict[str, list[tuple[str, str]]] = defaultdict(list)
    searches: list[Step] = []
    for step in steps:
        if step.name == "search":
            searches.append(step)
        elif step.name in OPENED:
            named = step.data.get("search")
            if named in ids:
                opened[str(named)].append(article_of(step))
                continue
            article = list(article_of(step))
            shown = [one for one in searches if article in one.data.get("results", ())]
            if shown:
                opened[shown[-1].id].append(article_of(step))
            elif searches and step.name == "result_opened":
                opened[searches[-1].id].append(article_of(step))
    return opened


def _count_funnel(counted: DayCounts, one: Visit, categories: Sequence[str]) -> None:
    names = {step.name for step in one.steps}
    stages = {
        "visits": True,
        "searched": "search" in names,
        "suggested": "suggestions_shown" in names,
        "opened": bool(names & OPENED),
        "read": "article_read" in names,
        "contact_opened": "contact_opened" in names,
        "contacted": bool(names & CONTACTS),
    }
    for stage, was_reached in stages.items():
        if was_reached:
            counted.add("funnel", one.first, stage, categories)


def _count_search(counted: DayCounts, step: Step, clicked: bool, failed: bool) -> None:
    verdict = str(step.data.get("verdict", ""))
    categories = [step.category] if step.category else []
    counted.add("search", step, verdict, categories)
    if not clicked:
        counted.add("no_click", step, verdict, categories)
    empty = not step.data.get("results")
    if empty:
        counted.add("no_results", step, verdict, categories)
    counted.add("search_hour", step, _hour(step), categories)
    words = evened(step.query)
    if words:
        row = counted.queries.setdefault((step.site, step.where, step.lang, words), Counter())
        row["searches"] += 1
        row[verdict] += 1
        row["no_click"] += not clicked
        row["no_results"] += empty
        row["failed"] += failed


def evened(query: str) -> str:
    """Words as they are counted together: small letters, without punctuation at the ends."""
    return " ".join(query.casefold().split()).strip(" .,;:!?。，、？！")


def _hour(step: Step) -> str:
    """Day of the week (Monday is 0) and hour, UTC."""
    hours = step.ms // 3_600_000
    return f"{(hours // 24 + 3) % 7} {hours % 24:02}"


def _count_other(counted: DayCounts, step: Step) -> None:
    categories = [step.category] if step.category else []
    if step.name == "rating":
        counted.add("rating", step, str(step.data.get("score", "")), categories)
    elif step.name in {"contact_logged", "channel_chosen"}:
        counted.add(step.name, step, str(step.data.get("channel", "")), categories)
    elif step.name in {"ticket_reopened", "contact_opened", "suggestions_shown"}:
        counted.add(step.name, step, "", categories)
    elif step.name == "suggestion_rejected":
        counted.add("rejected", step, f"{article_key(article_of(step))} {step.data.get('reason', '')}", categories)


def _count_articles(counted: DayCounts, one: Visit, today: Any) -> None:
    """Each article once a visit, on the day it was first read, voted on or said to have solved it."""
    read: dict[tuple[str, str], Step] = {}
    solved: dict[tuple[str, str], Step] = {}
    for place, step in enumerate(one.steps):
        if step.name == "article_read" and article_of(step) not in read:
            read[article_of(step)] = step
            if today(step):
                _count_next(counted, one.steps, place)
        elif step.name == "suggestion_solved":
            solved.setdefault(article_of(step), step)
    for step in read.values():
        if today(step):
            _count_article(counted, "read", step)
            if any(ms >= step.ms for ms in one.contacts):
                _count_article(counted, "failed_after", step)
    for step in solved.values():
        if today(step):
            _count_article(counted, "solved", step)
    for step in outcomes.helpful_votes(one.steps).values():
        if today(step):
            _count_vote(counted, step)


def _count_article(counted: DayCounts, name: str, step: Step, more: str = "") -> None:
    counted.add(name, step, article_key(article_of(step)) + more, [step.category] if step.category else [])


def _count_vote(counted: DayCounts, step: Step) -> None:
    helpful = bool(step.data.get("helpful"))
    _count_article(counted, "helpful" if helpful else "unhelpful", step)
    if not helpful and step.data.get("reason"):
        _count_article(counted, "reason", step, f" {step.data['reason']}")


def _count_next(counted: DayCounts, steps: Sequence[Step], place: int) -> None:
    """What a reader did after an article: the first thing that is not about the same article."""
    article = article_of(steps[place])
    for step in steps[place + 1 :]:
        if step.name in CONTACTS or step.name in {"search", "contact_opened"}:
            _count_article(counted, "next", steps[place], f" {step.name}")
            return
        if step.name in {"article_read", *OPENED} and article_of(step) != article:
            _count_article(counted, "next", steps[place], " other_article")
            return
    _count_article(counted, "next", steps[place], " left")


def _count_alone(counted: DayCounts, alone: Sequence[Step]) -> None:
    """Events without a visit: of browsers without scripts, of programs, of mail, from before the ledger."""
    clicked = {str(step.data.get("search") or "") for step in alone if step.name == "result_opened"}
    for step in alone:
        if step.name == "search":
            _count_search(counted, step, step.id in clicked, failed=False)
        elif step.name == "vote":
            _count_vote(counted, step)
        elif step.name == "article_read":
            _count_article(counted, "read", step)
        elif step.name == "suggestion_solved":
            _count_article(counted, "solved", step)
        else:
            _count_other(counted, step)


def _count_tickets(
    connection: Connection, counted: DayCounts, tickets: Sequence[Step], by_visit: Mapping[str, Sequence[Step]]
) -> None:
    searched = _Searched(connection, tickets, by_visit)
    for step in tickets:
        categories = [step.category] if step.category else []
        via = str(step.data.get("via") or step.where)
        counted.add("ticket", step, via, categories)
        counted.add("ticket_hour", step, _hour(step), categories)
        if searched.before(step):
            counted.add("ticket_searched", step, via, categories)


class _Searched:
    """When whoever sent one of these tickets searched, by visit id and by person."""

    def __init__(self, connection: Connection, tickets: Sequence[Step], by_visit: Mapping[str, Sequence[Step]]) -> None:
        self._moments: dict[tuple[str, str], list[int]] = defaultdict(list)
        unknown = []
        for step in tickets:
            since = step.ms - CONTACT_MS
            own = by_visit.get(step.visit, ()) if step.visit else ()
            found = [one.ms for one in own if one.name == "search" and since <= one.ms <= step.ms]
            self._moments["visit", step.visit] += found
            if not found:
                unknown.append(step)
        if not unknown:
            return
        first = outcomes.stored(min(step.ms for step in unknown) - CONTACT_MS)
        last = max(step.at for step in unknown)
        for column in ("visit", "person"):
            wanted = sorted({value for step in unknown if (value := getattr(step, column))})
            for start in range(0, len(wanted), _AT_A_TIME):
                some = event.c[column].in_(wanted[start : start + _AT_A_TIME])
                found_rows = connection.execute(
                    select(event.c[column], event.c.at).where(
                        some, event.c.name == "search", event.c.at >= first, event.c.at <= last
                    )
                )
                for value, at in found_rows:
                    self._moments[column, value].append(outcomes.milliseconds(at))

    def before(self, step: Step) -> bool:
        """Whether the same visit id or person searched within 72 hours before."""
        since = step.ms - CONTACT_MS
        own = [("visit", step.visit)] * bool(step.visit) + [("person", step.person)] * bool(step.person)
        return any(since <= ms <= step.ms for one in own for ms in self._moments.get(one, ()))


def searched_before(connection: Connection, step: Step) -> bool:
    """Whether the same visit id or person searched within 72 hours before."""
    return _Searched(connection, [step], {}).before(step)


# ---- storing it


def next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _day_of(ms: int) -> str:
    return outcomes.stored(ms)[:10]


def _visit_rows(counted: DayCounts) -> list[dict[str, Any]]:
    return [
        {
            "visit": one.start.visit, "started_at": one.start.at, "ended_at": one.end.at,
            "settles_at": outcomes.stored(one.end.ms + CONTACT_MS), "day": counted.day, "site": one.first.site,
            "where": one.first.where, "lang": one.first.lang,
            "categories": " ".join(sorted({step.category for step in one.steps if step.category})),
            "counts": int(one.counts), "at_end": one.at_end.value, "outcome": one.outcome.value,
            "contacted_at": outcomes.stored(min(one.contacts)) if one.contacts else "",
        }
        for one in counted.visits
    ]  # fmt: skip


def _count_rows(counted: DayCounts) -> list[dict[str, Any]]:
    return [{"day": counted.day, **dict(zip(_KEYS, key, strict=True)), "count": n} for key, n in counted.counts.items()]


def _query_rows(counted: DayCounts) -> list[dict[str, Any]]:
    return [
        {"day": counted.day, "site": site, "where": where, "lang": lang, "query": query}
        | {name: counts[name] for name in _QUERY_COUNTS}
        for (site, where, lang, query), counts in counted.queries.items()
    ]


def _reached_rows(counted: DayCounts) -> list[dict[str, Any]]:
    """With the spelling that was used most."""
    return [
        {
            "day": counted.day, "article_lang": lang, "slug": slug, "query": query,
            "words": min(counted.spellings[lang, slug, query].items(), key=lambda one: (-one[1], one[0]))[0],
        }
        | {name: counts[name] for name in _REACHED}
        for (lang, slug, query), counts in counted.reached.items()
    ]  # fmt: skip


def _store(engine: Engine, counted: DayCounts) -> None:
    with writing(engine) as connection:
        for table in (visit, day_count, day_query, reached, stale_day):
            connection.execute(delete(table).where(table.c.day == counted.day))
        # A visit that an event has joined to one of the day before stands there no more.
        for table, rows in (
            (visit, _visit_rows(counted)),
            (day_count, _count_rows(counted)),
            (day_query, _query_rows(counted)),
            (reached, _reached_rows(counted)),
        ):
            insert_many(connection, table, rows)


def _value(connection: Connection, name: str) -> str:
    return connection.execute(select(state.c.value).where(state.c.name == name)).scalar() or ""


def _set(connection: Connection, name: str, value: str) -> None:
    added = insert_for(connection, state).values(name=name, value=value)
    connection.execute(added.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def _take_lease(engine: Engine, now: datetime) -> bool:
    with writing(engine) as connection:
        if _value(connection, _LEASE) > iso(now):
            return False
        _set(connection, _LEASE, iso(now + _LEASE_LASTS))
    return True


def _end_lease(engine: Engine) -> None:
    with writing(engine) as connection:
        _set(connection, _LEASE, "")


def update(engine: Engine, now: datetime, *, stragglers: bool = True) -> int:
    """Count the days in which something new arrived; how many. Does nothing while another process is at it.

    With `stragglers`, PostgreSQL's latest events are looked at again for two minutes.
    """
    with engine.connect() as connection:
        seen, _space, since = _value(connection, _SEEN).partition(" ")
        newest = connection.execute(select(func.max(event.c.seq))).scalar() or 0
        stale = set(connection.execute(select(stale_day.c.day)).scalars())
        after = int(seen or 0)
        if stragglers and engine.dialect.name == "postgresql" and since > iso(now - _STRAGGLERS):
            after = max(0, after - _STRAGGLING)
    if newest <= after and not stale:
        return 0
    if not _take_lease(engine, now):
        return 0
    try:
        with engine.connect() as connection:
            sealed = _value(connection, _SEALED)
            days = {day for day in stale | _touched(connection, after, newest) if day >= sealed}
        for day in sorted(days):
            with engine.connect() as connection:
                counted = count_day(connection, day)
            _store(engine, counted)
        with writing(engine) as connection:
            connection.execute(delete(stale_day).where(stale_day.c.day.in_(stale)))
            if newest > int(seen or 0):
                _set(connection, _SEEN, f"{newest} {iso(now)}")
        return len(days)
    finally:
        _end_lease(engine)


def _touched(connection: Connection, after: int, newest: int) -> set[str]:
    """The days whose counts may differ by the events that arrived after this one."""
    fresh = (event.c.seq > after) & (event.c.seq <= newest)
    many = connection.execute(
        select(func.count()).select_from(select(event.c.seq).where(fresh).limit(_MANY + 1).subquery())
    ).scalar_one() > _MANY  # fmt: skip
    days: set[str] = set()
    if many:
        found = connection.execute(select(func.substr(event.c.at, 1, 10)).where(fresh).distinct()).scalars()
        for day in found:
            days |= _around(day, 4, 4)
        return days | _long_visits(connection, min(days), max(days))
    rows = connection.execute(select(event.c.at, event.c.visit, event.c.person, event.c.name).where(fresh)).all()
    today = max((row.at[:10] for row in rows), default="")
    for row in rows:
        days |= _around(row.at[:10], 0, 4 if row.name == "search" and row.at[:10] < today else 0)
    for start in range(0, len(rows), _AT_A_TIME):
        days |= _joined(connection, rows[start : start + _AT_A_TIME])
    return days


def _around(day: str, before: int, after: int) -> set[str]:
    middle = date.fromisoformat(day)
    return {(middle + timedelta(days=shift)).isoformat() for shift in range(-before, after + 1)}


def _joined(connection: Connection, rows: Sequence[Any]) -> set[str]:
    """The days of stored visits that these events belong to, or that they let fail."""
    days: set[str] = set()
    ids = sorted({row.visit for row in rows if row.visit})
    contacts = [row for row in rows if row.name in CONTACTS]
    persons = sorted({row.person for row in contacts if row.person})
    first = outcomes.milliseconds(min(row.at for row in rows))
    if persons:
        since = outcomes.stored(first - CONTACT_MS - _DAY_MS)
        ids += connection.execute(
            select(event.c.visit)
            .where(event.c.person.in_(persons), event.c.at >= since, event.c.visit != "")
            .distinct()
        ).scalars()
    reach = CONTACT_MS if contacts else QUIET_MS
    latest = outcomes.stored(outcomes.milliseconds(max(row.at for row in rows)) + QUIET_MS)
    for start in range(0, len(ids), _AT_A_TIME):
        near = select(visit.c.day, visit.c.ended_at).where(
            visit.c.visit.in_(ids[start : start + _AT_A_TIME]),
            visit.c.ended_at >= outcomes.stored(first - reach),
            visit.c.started_at <= latest,
        )
        for day, ended in connection.execute(near):
            days |= _span(day, ended[:10])
    # What comes half an hour around midnight may join visits of both days.
    for row in rows:
        ms = outcomes.milliseconds(row.at)
        days |= {_day_of(ms - QUIET_MS), _day_of(ms + QUIET_MS)}
    return days


def _span(first: str, last: str) -> set[str]:
    day, until, days = date.fromisoformat(first), date.fromisoformat(last), set()
    while day <= until:
        days.add(day.isoformat())
        day += timedelta(days=1)
    return days


def _long_visits(connection: Connection, first: str, last: str) -> set[str]:
    """The days of visits that began before these days and last into them."""
    found = connection.execute(
        select(visit.c.day, visit.c.ended_at).where(visit.c.day < first, visit.c.ended_at >= first).distinct()
    )
    return {day for begun, ended in found for day in _span(begun, min(ended[:10], last))}


# ---- counting everything again


def _every_day(connection: Connection) -> Iterator[str]:
    """The days with events that are not sealed, oldest first."""
    sealed = _value(connection, _SEALED)
    day = ""
    while True:
        following = select(func.min(event.c.at)).where(event.c.at >= (next_day(day) if day else sealed))
        at = connection.execute(following).scalar()
        if at is None:
            return
        day = at[:10]
        yield day


def recompute(engine: Engine) -> int:
    """Count every day again and store it; how many days."""
    with engine.connect() as connection:
        newest = connection.execute(select(func.max(event.c.seq))).scalar() or 0
        days = list(_every_day(connection))
        sealed = _value(connection, _SEALED)
    with writing(engine) as connection:
        for table in (visit, day_count, day_query, reached):
            gone = table.c.day >= sealed
            connection.execute(delete(table).where(gone, table.c.day.not_in(days) if len(days) < 3_000 else gone))
    for day in days:
        with engine.connect() as connection:
            counted = count_day(connection, day)
        _store(engine, counted)
    with writing(engine) as connection:
        connection.execute(delete(stale_day))
        _set(connection, _SEEN, f"{newest} {iso(datetime.now(UTC))}")
    return len(days)


def check(engine: Engine, now: datetime) -> str:
    """Count every day again and compare with what is stored: the first difference in words, '' for none.

    What arrived since the last count is counted first.
    """
    update(engine, now, stragglers=False)
    with engine.connect() as connection:
        days = list(_every_day(connection))
        sealed = _value(connection, _SEALED)
        for table in (day_count, day_query, reached, visit):
            stored_days = set(connection.execute(select(table.c.day).where(table.c.day >= sealed).distinct()).scalars())
            if extra := sorted(stored_days - set(days)):
                return f"{extra[0]}: {table.name} has rows, and the ledger has no events"
    for day in days:
        with engine.connect() as connection:
            difference = _compare(connection, count_day(connection, day))
        if difference:
            return f"{day}: {difference}"
    return ""


def _compare(connection: Connection, counted: DayCounts) -> str:
    for table, rows, keys in (
        (day_count, _count_rows(counted), _KEYS),
        (day_query, _query_rows(counted), ("site", "where", "lang", "query")),
        (reached, _reached_rows(counted), ("article_lang", "slug", "query")),
        (visit, _visit_rows(counted), ("visit", "started_at")),
    ):
        found = connection.execute(select(table).where(table.c.day == counted.day)).mappings()
        stored = {tuple(row[key] for key in keys): dict(row) for row in found}
        computed = {tuple(row[key] for key in keys): row for row in rows}
        for key in sorted(stored.keys() | computed.keys()):
            if stored.get(key) != computed.get(key):
                return f"{table.name} {key} is {_brief(stored.get(key))}, computed {_brief(computed.get(key))}"
    return ""


def _brief(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "missing"
    return json.dumps(
        {name: value for name, value in row.items() if isinstance(value, int) or name in {"outcome", "ended_at"}}
    )


def seal(connection: Connection, day: str) -> None:
    """What is counted of days before this one is not computed again: their events were removed."""
    if day > _value(connection, _SEALED):
        _set(connection, _SEALED, day)
        connection.execute(delete(visit).where(visit.c.day < day))
        connection.execute(delete(stale_day).where(stale_day.c.day < day))
