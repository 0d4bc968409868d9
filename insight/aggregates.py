"""Counts by day, computed from the ledger and kept up to date: what reports and dashboards read.

`update` counts days in which something new arrived; `check` counts everything again and compares. A day's counts do not
depend on when they are computed: outcomes are stored as they are once 72 hours are over, and those that are still
pending are told from the visits (`settles_at`) by whoever reads them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select

from core.database.bulk import insert_many
from core.database.connection import writing
from core.database.timestamps import iso
from core.database.upsert import insert_for
from insight import counting, outcomes
from insight.counting import DayCounts
from insight.outcomes import CONTACT_MS, CONTACTS, QUIET_MS
from insight.schema import day_count, day_query, event, reached, stale_day, state, visit
from insight.visit_reader import DAY_MS, EarlierSearches, next_day, read_day

_SEEN, _SEALED, _LEASE = "seen", "sealed", "lease"
_LEASE_LASTS = timedelta(minutes=15)
# PostgreSQL gives out `seq` before the row can be seen: an event may become visible after a later one was counted.
# No transaction lasts longer than its statements may, nor are that many events stored meanwhile.
_STRAGGLERS, _STRAGGLING = timedelta(minutes=2), 10_000
_MANY = 5_000
_AT_A_TIME = 500
_KEYS = ("name", "site", "where", "lang", "category", "key")
_QUERY_COUNTS = ("searches", "answer", "suggest", "ask_human", "no_results", "no_click", "failed")
_REACHED = ("opened", "read", "confirmed", "failed")


def count_day(connection: Connection, day: str) -> DayCounts:
    """Everything that is stored of this day (UTC), from the ledger alone."""
    read = read_day(connection, day)
    tickets = [step for step in read.steps if step.name == "ticket_sent"]
    return counting.count(read, EarlierSearches(connection, tickets, read.by_visit).before)


# ---- storing it


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
        since = outcomes.stored(first - CONTACT_MS - DAY_MS)
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


def sealed(connection: Connection) -> str:
    """The day before which nothing is computed again, since events it depends on were removed; '' for none."""
    return _value(connection, _SEALED)


def seal(connection: Connection, day: str, gone: str) -> None:
    """What is counted of days before `day` is not computed again: events it depends on were removed. Visits before the
    day `gone` go with theirs."""
    if day > _value(connection, _SEALED):
        _set(connection, _SEALED, day)
        connection.execute(delete(stale_day).where(stale_day.c.day < day))
    connection.execute(delete(visit).where(visit.c.day < gone))
