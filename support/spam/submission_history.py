"""What is remembered of submissions, in the database, so that several processes know the same.

Used challenges and forms until they would run out anyway; hashes and sketches of what was sent for one day. There is
no text and no address in it. Every function takes a connection of the caller's.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from core.timestamps import iso
from support.spam.scoring import EarlierSubmissions
from support.spam.similarity import alike

KEPT = timedelta(days=1)
_COMPARED = 1_000


def use(connection: Connection, name: str, owner: str, expires_at: datetime) -> tuple[int, bool]:
    """Count one more use of a challenge or form: (earlier uses, whether they were all by the same owner).

    Two processes that use it at once are told 0 and 1, never 0 twice: the second waits for the first.
    """
    row = connection.execute(
        text(
            "INSERT INTO abuse_used (id, owner, uses, expires_at) VALUES (:id, :owner, 1, :expires)"
            " ON CONFLICT (id) DO UPDATE SET uses = abuse_used.uses + 1 RETURNING uses, owner"
        ),
        {"id": name, "owner": owner, "expires": iso(expires_at)},
    ).one()
    return int(row.uses) - 1, row.owner == owner


def used(connection: Connection, name: str) -> int:
    """How often it was used, counting nothing."""
    found = connection.execute(text("SELECT uses FROM abuse_used WHERE id = :id"), {"id": name}).scalar()
    return int(found or 0)


def hashed(mark: str, key: bytes) -> str:
    return hashlib.blake2b(mark.encode(), key=key[:64], digest_size=8).hexdigest()


def before(
    connection: Connection, address: str, sketch: frozenset[str], marks: Collection[str], now: datetime
) -> EarlierSubmissions:
    """What the last day's submissions have in common with this one. `marks` are hashed."""
    if not sketch and not marks:
        return EarlierSubmissions()
    rows = connection.execute(
        text("SELECT address, sketch, marks FROM abuse_recent WHERE at > :since ORDER BY id DESC LIMIT :most"),
        {"since": iso(now - KEPT), "most": _COMPARED},
    )
    alike_to, leads, own = set(), set(), 0
    for row in rows:
        if marks and not set(row.marks.split()).isdisjoint(marks):
            leads.add(row.address)
        if sketch and row.sketch and alike(sketch, frozenset(row.sketch.split())):
            if row.address == address:
                own += 1
            alike_to.add(row.address)
    return EarlierSubmissions(len(alike_to - {address}), own, len(leads - {address}))


def remember(
    connection: Connection, address: str, sketch: Collection[str], marks: Collection[str], now: datetime
) -> None:
    connection.execute(
        text("INSERT INTO abuse_recent (at, address, sketch, marks) VALUES (:at, :address, :sketch, :marks)"),
        {"at": iso(now), "address": address, "sketch": " ".join(sorted(sketch)), "marks": " ".join(sorted(marks))},
    )


def forget(connection: Connection, now: datetime) -> int:
    """Remove what is of no more use; how many rows."""
    gone = connection.execute(text("DELETE FROM abuse_recent WHERE at <= :before"), {"before": iso(now - KEPT)})
    return (
        gone.rowcount
        + connection.execute(text("DELETE FROM abuse_used WHERE expires_at <= :now"), {"now": iso(now)}).rowcount
    )
