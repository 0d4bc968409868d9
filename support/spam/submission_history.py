"""Submission history for replay and duplicate detection, in the database, so that all processes share it.

Used challenges and form tokens until they expire; keyed hashes and sketches of submissions for one day. It holds no
text and no address. Every function takes the connection of the caller.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from core.database.timestamps import iso
from core.database.upsert import insert_for
from support.spam.schema import abuse_recent, abuse_used
from support.spam.scoring import EarlierSubmissions
from support.spam.similarity import are_near_duplicates

KEPT = timedelta(days=1)
_COMPARED = 1_000


def count_use(connection: Connection, name: str, owner: str, expires_at: datetime) -> tuple[int, bool]:
    """Count one more use of a challenge or form: (earlier uses, whether they were all by the same owner).

    Two processes that use it at once are told 0 and 1, never 0 twice: the second waits for the first.
    """
    first = insert_for(connection, abuse_used).values(id=name, owner=owner, uses=1, expires_at=iso(expires_at))
    again = first.on_conflict_do_update(index_elements=[abuse_used.c.id], set_={"uses": abuse_used.c.uses + 1})
    row = connection.execute(again.returning(abuse_used.c.uses, abuse_used.c.owner)).one()
    return int(row.uses) - 1, row.owner == owner


def count_uses(connection: Connection, name: str) -> int:
    """How often it was used, without counting a use."""
    return int(connection.execute(select(abuse_used.c.uses).where(abuse_used.c.id == name)).scalar() or 0)


def hash_mark(mark: str, key: bytes) -> str:
    return hashlib.blake2b(mark.encode(), key=key[:64], digest_size=8).hexdigest()


def earlier_submissions(
    connection: Connection, address: str, sketch: frozenset[str], marks: Collection[str], now: datetime
) -> EarlierSubmissions:
    """Similarity of the last day's submissions to this one. `marks` are hashed."""
    if not sketch and not marks:
        return EarlierSubmissions()
    recent = (
        select(abuse_recent.c.address, abuse_recent.c.sketch, abuse_recent.c.marks)
        .where(abuse_recent.c.at > iso(now - KEPT))
        .order_by(abuse_recent.c.id.desc())
        .limit(_COMPARED)
    )
    alike_to, leads, own = set(), set(), 0
    for row in connection.execute(recent):
        if marks and not set(row.marks.split()).isdisjoint(marks):
            leads.add(row.address)
        if sketch and row.sketch and are_near_duplicates(sketch, frozenset(row.sketch.split())):
            if row.address == address:
                own += 1
            alike_to.add(row.address)
    return EarlierSubmissions(len(alike_to - {address}), own, len(leads - {address}))


def remember(
    connection: Connection, address: str, sketch: Collection[str], marks: Collection[str], now: datetime
) -> None:
    connection.execute(
        insert(abuse_recent).values(
            at=iso(now), address=address, sketch=" ".join(sorted(sketch)), marks=" ".join(sorted(marks))
        )
    )


def forget(connection: Connection, now: datetime) -> int:
    """Delete expired rows; how many."""
    submissions = connection.execute(delete(abuse_recent).where(abuse_recent.c.at <= iso(now - KEPT)))
    used_up = connection.execute(delete(abuse_used).where(abuse_used.c.expires_at <= iso(now)))
    return submissions.rowcount + used_up.rowcount
