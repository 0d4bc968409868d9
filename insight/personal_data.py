"""What visitors told us, where somebody may have written of themselves: comments on articles, and the ledger.

A vote itself names nobody and stays. The ledger knows an address by its keyed hash: what that person did, and the
visits they did it in, are erased and shown with the address. After its days a query is only counted, then an event is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select, update

from core.database.connection import writing
from core.database.personal_data import Export, PersonalData, RetentionRule, old_rows
from core.secret_keys import Keys
from insight import aggregates, ledger
from insight.origin import person_of
from insight.outcomes import CONTACT_MS, QUIET_MS
from insight.schema import (
    day_count,
    day_query,
    digest_stop,
    event,
    feedback,
    findability,
    findability_change,
    findability_run,
    reached,
    recognised,
    stale_day,
    state,
    topic,
    topic_asked,
    topic_day,
    topic_question,
    visit,
)
from insight.topics.repository import forget_before, forget_days, forget_tickets
from insight.visit_reader import next_day

_PARTS = 500


def personal_data(keys: Keys) -> PersonalData:
    """`keys` are those that addresses are hashed with, earlier ones among them."""

    def persons_of(address: str) -> list[str]:
        return [person_of(key, address) for key in keys.all]

    def erase_address(connection: Connection, address: str) -> None:
        connection.execute(
            update(feedback).where(func.lower(feedback.c.comment).contains(address, autoescape=True)).values(comment="")
        )
        _erase(connection, persons_of(address), [])

    def count_address(connection: Connection, address: str) -> int:
        whose = event.c.person.in_(persons_of(address))
        return connection.execute(select(func.count()).select_from(event).where(whose)).scalar_one()

    def export_address(connection: Connection, address: str) -> Export:
        return Export({"insight": _shown(connection, persons_of(address), [])})

    return PersonalData(
        tables=(feedback, event, visit, recognised, day_query, reached, topic_question, topic_asked),
        harmless={
            day_count: "counts by day", stale_day: "days", state: "how far the ledger is counted",
            topic: "numbers of topics", topic_day: "days",
            digest_stop: "keyed hashes of the team's own addresses",
            findability: "authors' questions", findability_change: "authors' questions",
            findability_run: "numbers of questions",
        },
        erase_tickets=_erase_tickets,
        erase_address=erase_address,
        count_address=count_address,
        export=_export_tickets,
        export_address=export_address,
        rules=(
            old_rows(
                "events",
                feedback,
                lambda before: (feedback.c.created_at < before.isoformat()) & (feedback.c.comment != ""),
                {"comment": ""},
            ),
            RetentionRule("events", _count_old, _remove_old),
            RetentionRule("queries", _count_queries, _forget_queries, after="events"),
        ),
    )  # fmt: skip


def _ids(tickets: Sequence[int]) -> list[str]:
    return [f"{kind}-{one}" for one in tickets for kind in ("ticket", "held", "rating", "contact")]


def _visits_of(connection: Connection, persons: Sequence[str], ids: Sequence[str]) -> list[str]:
    found = set(connection.execute(select(event.c.visit).where(_of(persons, ids))).scalars())
    return sorted(found - {""})


def _of(persons: Sequence[str], ids: Sequence[str]) -> ColumnElement[bool]:
    return event.c.person.in_([one for one in persons if one]) | event.c.id.in_(ids)


def _erase(connection: Connection, persons: Sequence[str], ids: Sequence[str]) -> None:
    visits = _visits_of(connection, persons, ids)
    for start in range(0, max(len(visits), 1), _PARTS):
        some = visits[start : start + _PARTS]
        gone = event.c.visit.in_(some) | (_of(persons, ids) if start == 0 else event.c.visit.in_(some))
        days = connection.execute(select(func.substr(event.c.at, 1, 10)).where(gone).distinct()).scalars().all()
        days_of_visits = connection.execute(select(visit.c.day).where(visit.c.visit.in_(some)).distinct()).scalars()
        stale = {*days, *days_of_visits}
        ledger.mark_stale(connection, stale)
        # What was asked on these days is counted again from what is left, within a minute.
        connection.execute(delete(day_query).where(day_query.c.day.in_(stale)))
        connection.execute(delete(reached).where(reached.c.day.in_(stale)))
        forget_days(connection, days)
        connection.execute(delete(visit).where(visit.c.visit.in_(some)))
        of_person = recognised.c.visit.in_(some) | recognised.c.person.in_([one for one in persons if one])
        connection.execute(delete(recognised).where(of_person))
        connection.execute(delete(event).where(gone))


def _erase_tickets(connection: Connection, tickets: Sequence[int]) -> None:
    forget_tickets(connection, tickets)
    for start in range(0, len(tickets), 100):
        ids = _ids(tickets[start : start + 100])
        _erase(connection, [], ids + _further(connection, tickets[start : start + 100], ids))


def _further(connection: Connection, tickets: Sequence[int], ids: Sequence[str]) -> list[str]:
    """The ids of what happened to these tickets more than once: written again, called."""
    persons = set(connection.execute(select(event.c.person).where(event.c.id.in_(ids))).scalars()) - {""}
    begins = tuple(f"{kind}-{one}-" for one in tickets for kind in ("again", "contact"))
    found = connection.execute(select(event.c.id).where(event.c.person.in_(persons))).scalars()
    return [id for id in found if id.startswith(begins)]


def _export_tickets(connection: Connection, tickets: Sequence[int], _with_notes: bool) -> Export:
    rows: list[dict[str, Any]] = []
    for start in range(0, len(tickets), 100):
        rows += _shown(connection, [], _ids(tickets[start : start + 100]))
    return Export({"visits": rows})


def _shown(connection: Connection, persons: Sequence[str], ids: Sequence[str]) -> list[dict[str, Any]]:
    """These events with the visits they were part of."""
    visits = _visits_of(connection, persons, ids)
    shown: dict[str, Any] = {}
    for start in range(0, max(len(visits), 1), _PARTS):
        some = visits[start : start + _PARTS]
        which = event.c.visit.in_(some) | _of(persons, ids)
        for row in connection.execute(select(event).where(which).order_by(event.c.at, event.c.seq)):
            shown[row.id] = ledger.event_of_row(row).as_json()
    return list(shown.values())


# As far as what is counted looks back from a contact, and how long a visit and the contacts after it can change.
_REACH = timedelta(milliseconds=CONTACT_MS + QUIET_MS)
_SETTLED = timedelta(days=4)


def _day(before: datetime) -> str:
    return before.date().isoformat()


def _count_old(connection: Connection, before: datetime) -> int:
    return connection.execute(select(func.count()).select_from(event).where(event.c.at < _day(before))).scalar_one()


def _remove_old(engine: Engine, before: datetime, now: datetime) -> int:
    """Whole days: their counts stay, and are not computed again."""
    if not _some_before(engine, before):
        return 0
    aggregates.update(engine, now)
    removed = 0
    with writing(engine) as connection:
        # A visit of the next day may have begun before it, and would be another one without that part; and a ticket
        # belongs to a search of the three days before it. What may still change is not sealed, however little is kept.
        gone, settled = next_day(_day(before)), _day(now - _SETTLED)
        aggregates.seal(connection, max(gone, min(next_day(_day(before + _REACH)), settled)), gone)
        forget_before(connection, _day(before))
    while True:
        with writing(engine) as connection:
            old = select(event.c.seq).where(event.c.at < _day(before)).limit(10_000)
            fewer = connection.execute(delete(event).where(event.c.seq.in_(old))).rowcount
        removed += fewer
        if fewer < 10_000:
            return removed


def _some_before(engine: Engine, before: datetime) -> bool:
    with engine.connect() as connection:
        return connection.execute(select(event.c.seq).where(event.c.at < _day(before)).limit(1)).first() is not None


def _count_queries(connection: Connection, before: datetime) -> int:
    old = (event.c.at < _day(before)) & (event.c.query != "")
    return connection.execute(select(func.count()).select_from(event).where(old)).scalar_one()


def _forget_queries(engine: Engine, before: datetime, _now: datetime) -> int:
    with writing(engine) as connection:
        connection.execute(delete(day_query).where(day_query.c.day < _day(before)))
        connection.execute(delete(reached).where(reached.c.day < _day(before)))
        forget_before(connection, _day(before))
        return ledger.forget_queries(connection, _day(before))
