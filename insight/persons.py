"""Whose a visit is: known once a site's token, a receipt that its device kept, or a ticket says so, for three days.

Events of such a visit carry the person, a keyed hash of the address, so that a contact by another way is seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from core.database.timestamps import iso
from core.database.upsert import insert_for
from insight.events import Event
from insight.schema import event, recognised

_KEPT = timedelta(days=3)
_EARLIER = timedelta(minutes=30)
_AT_A_TIME = 500


def recognise(connection: Connection, visit: str, person: str, now: datetime) -> None:
    """From now on events of this visit are of this person."""
    added = insert_for(connection, recognised).values(visit=visit, person=person, at=iso(now))
    known = {"person": person, "at": iso(now)}
    connection.execute(added.on_conflict_do_update(index_elements=["visit"], set_=known))


def recognise_all(connection: Connection, persons: Mapping[str, str], now: datetime) -> None:
    """The same of some visits, and of their events of the last half hour that have no person: these move to the end of
    the ledger, so that whatever has counted them sees them again."""
    for visit, person in persons.items():
        recognise(connection, visit, person, now)
        mine = (event.c.visit == visit) & (event.c.person == "") & (event.c.at >= iso(now - _EARLIER))
        rows = [dict(row) for row in connection.execute(select(event).where(mine)).mappings()]
        if rows:
            connection.execute(delete(event).where(event.c.seq.in_([row["seq"] for row in rows])))
            fresh = [
                {**{name: value for name, value in row.items() if name != "seq"}, "person": person} for row in rows
            ]
            connection.execute(insert(event), fresh)
    connection.execute(delete(recognised).where(recognised.c.at < iso(now - _KEPT)))


def named(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """The events, with the person where their visit's is known."""
    visits = sorted({one.visit for one in events if one.visit and not one.person})
    persons: dict[str, str] = {}
    for start in range(0, len(visits), _AT_A_TIME):
        of = recognised.c.visit.in_(visits[start : start + _AT_A_TIME])
        persons.update((row.visit, row.person) for row in connection.execute(select(recognised).where(of)))
    return [
        replace(one, person=persons[one.visit]) if not one.person and one.visit in persons else one for one in events
    ]
