"""The ledger's SQL: adding events once each, reading them in order, and naming the visit of one that came without.

Events are added, never changed, with three exceptions that `insight/schema.py` names.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from core.database.bulk import insert_many
from core.database.connection import writing
from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from insight.events import LINE_MAX, BadEvent, Event, Scrub, event_of
from insight.schema import event, stale_day

AT_A_TIME = 500
# By so much an event that is imported may be ahead of the clock here.
CLOCKS_DIFFER = timedelta(minutes=5)
_REASONS_KEPT = 100
_CLAIMED_WITHIN = timedelta(minutes=30)

CategoryOf = Callable[[str, str], str]


@dataclass
class ImportReport:
    """What became of the lines of a file. `refused` are the first hundred: line number and reason. `ahead` are those of
    them that have not happened yet."""

    added: int = 0
    known: int = 0
    refused_count: int = 0
    ahead: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        self.refused_count += 1
        if len(self.refused) < _REASONS_KEPT:
            self.refused.append((line, reason))


def add(connection: Connection, events: Iterable[Event]) -> int:
    """Add those whose id is new; how many that were. For a few: `import_file` has many."""
    rows = {one.id: _values(one) for one in events}
    ids = list(rows)
    for start in range(0, len(ids), AT_A_TIME):
        some = ids[start : start + AT_A_TIME]
        for known in connection.execute(select(event.c.id).where(event.c.id.in_(some))).scalars():
            del rows[known]
    if rows:
        # Another process may add the same between the two statements.
        insert_many(connection, event, list(rows.values()), skip_existing=True)
    return len(rows)


def _values(one: Event) -> dict[str, Any]:
    return {
        "id": one.id, "at": iso(one.at), "visit": one.visit, "person": one.person, "site": one.site,
        "where": one.where, "lang": one.lang, "category": one.category, "name": one.name, "query": one.query,
        "data": json.dumps(dict(one.data), ensure_ascii=False, separators=(",", ":")),
    }  # fmt: skip


def claim(connection: Connection, ids: Sequence[str], visit: str, now: datetime) -> int:
    """Say that these events, which came without a visit a moment ago, belong to this one; how many did.

    They move to the end of the ledger, so that whatever has counted them sees them again.
    """
    wanted = select(event).where(
        event.c.id.in_(ids[:AT_A_TIME]), event.c.visit == "", event.c.at >= iso(now - _CLAIMED_WITHIN)
    )
    rows = [dict(row) for row in connection.execute(wanted).mappings()]
    if not rows:
        return 0
    connection.execute(delete(event).where(event.c.seq.in_([row["seq"] for row in rows])))
    fresh = [{**{name: value for name, value in row.items() if name != "seq"}, "visit": visit} for row in rows]
    insert_many(connection, event, fresh)
    return len(rows)


def import_file(
    engine: Engine, file: BinaryIO, scrub: Scrub, category_of: CategoryOf, now: datetime | None = None
) -> ImportReport:
    """Add the events of a file of JSON Lines, each once by its `id`; a line that is none is refused with its reason.

    With `now`, so is what lies further ahead than clocks differ: it would stand outside of every board, keep its visit
    pending, and outlive the days that events are kept. Memory is bounded, and so is a line. What was added stays when
    the reading breaks off.
    """
    report = ImportReport()
    waiting: list[Event] = []

    def store() -> None:
        with writing(engine) as connection:
            fresh = add(connection, waiting)
        report.added += fresh
        report.known += len(waiting) - fresh
        waiting.clear()

    for number, line in _lines(file):
        if line is None:
            report.refuse(number, f"is longer than {LINE_MAX} characters")
            continue
        try:
            text = line.decode("utf-8").removeprefix("\ufeff" if number == 1 else "")
        except UnicodeDecodeError:
            report.refuse(number, "is not UTF-8")
            continue
        if not text.strip():
            continue
        try:
            one = event_of(text, scrub)
        except BadEvent as reason:
            report.refuse(number, str(reason))
            continue
        if now is not None and one.at > now + CLOCKS_DIFFER:
            report.ahead += 1
            report.refuse(number, f"at is {iso(one.at)}, which is yet to come: the clock here says {iso(now)}")
            continue
        waiting.append(one if one.category else replace(one, category=category(one.data, category_of)))
        if len(waiting) >= 2_000:
            store()
    if waiting:
        store()
    return report


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The numbered lines; None in place of one that is too long, which is skipped without being held."""
    most = 4 * LINE_MAX
    number = 0
    while line := file.readline(most):
        number += 1
        if len(line) < most or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := file.readline(most)) and not rest.endswith(b"\n"):
            pass
        yield number, None


def category(data: Mapping[str, Any], category_of: CategoryOf) -> str:
    """The topic of what an event is about: its article, or the first it showed."""
    results = data.get("results") or ()
    if results:
        return category_of(*results[0])
    if isinstance(data.get("lang"), str) and isinstance(data.get("slug"), str):
        return category_of(data["lang"], data["slug"])
    return ""


def event_of_row(row: Row[Any]) -> Event:
    return Event(
        id=row.id, at=moment(row.at), name=row.name, visit=row.visit, person=row.person, site=row.site,
        where=row.where, lang=row.lang, query=row.query, category=row.category, data=json.loads(row.data),
    )  # fmt: skip


def export(
    engine: Engine, first: date | None = None, last: date | None = None, *, visits: Sequence[str] | None = None
) -> Iterator[Event]:
    """Every event from `first` to `last` in the order of `at`, read piece by piece."""
    after = ("", 0)
    wanted = select(event)
    if first is not None:
        wanted = wanted.where(event.c.at >= first.isoformat())
    if last is not None:
        wanted = wanted.where(event.c.at < (last + timedelta(days=1)).isoformat())
    if visits is not None:
        wanted = wanted.where(event.c.visit.in_(visits))
    while True:
        at, seq = after
        following = (event.c.at > at) | ((event.c.at == at) & (event.c.seq > seq))
        with engine.connect() as connection:
            rows = connection.execute(
                wanted.where(event.c.at >= at, following).order_by(event.c.at, event.c.seq).limit(AT_A_TIME * 4)
            ).all()
        if not rows:
            return
        yield from map(event_of_row, rows)
        after = (rows[-1].at, rows[-1].seq)


def size(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(event)).scalar_one()


def mark_stale(connection: Connection, days: Iterable[str]) -> None:
    """These days must be counted again."""
    rows = [{"day": day} for day in sorted(set(days))]
    if rows:
        connection.execute(insert_for(connection, stale_day).on_conflict_do_nothing(), rows)


def forget_queries(connection: Connection, before: str) -> int:
    """Take the words out of events from before a day; what is counted of them by day stays."""
    old = (event.c.at < before) & (event.c.query != "")
    return connection.execute(update(event).where(old).values(query="")).rowcount
