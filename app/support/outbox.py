"""The outbox: what must still reach somebody.

Rows are written in the ticket's own transaction. A worker claims a row for a while (a lease), sends it and marks
it; a worker that dies leaves its lease to run out, so everything is sent at least once, and always under the same
`uid`. After three days of trying a row is DEAD: it is kept, counted in /readyz and named by `flask tickets stuck`.
"""

import random
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from app.support.store import iso, moment
from app.support.types import Delivery, OutboxRow, OutboxState
from kb.database import writing

LEASE = timedelta(seconds=120)
GIVE_UP_AFTER = timedelta(days=3)
_DELAYS = (5, 20, 60, 300, 900, 1_800, 3_600, 7_200)  # seconds; the last one repeats


def enqueue(
    connection: Connection,
    ticket_id: int,
    message_id: int,
    kind: Delivery,
    now: datetime,
    *,
    held: bool = False,
    target: str = "",
) -> None:
    state = OutboxState.HELD if held else OutboxState.PENDING
    connection.execute(
        text(
            "INSERT INTO outbox (uid, ticket_id, message_id, kind, state, attempts, due_at, leased_by, lease_until,"
            " created_at, finished_at, last_error, target)"
            " VALUES (:uid, :ticket, :message, :kind, :state, 0, :now, '', '', :now, '', '', :target)"
        ),
        {
            "uid": f"msg_{secrets.token_hex(12)}",
            "ticket": ticket_id,
            "message": message_id,
            "kind": kind.value,
            "state": state.value,
            "now": iso(now),
            "target": target,
        },
    )


def release_held(connection: Connection, ticket_id: int, now: datetime) -> None:
    """What was held for this ticket is due now; its three days begin now."""
    connection.execute(
        text(
            "UPDATE outbox SET state = 'pending', due_at = :now, created_at = :now"
            " WHERE ticket_id = :ticket AND state = 'held'"
        ),
        {"ticket": ticket_id, "now": iso(now)},
    )


def retry_dead(connection: Connection, ticket_id: int, now: datetime) -> int:
    """Try again what was given up for this ticket; how many rows."""
    return connection.execute(
        text(
            "UPDATE outbox SET state = 'pending', due_at = :now, created_at = :now, attempts = 0, finished_at = ''"
            " WHERE ticket_id = :ticket AND state = 'dead'"
        ),
        {"ticket": ticket_id, "now": iso(now)},
    ).rowcount


def claim(
    engine: Engine, worker: str, now: datetime, kinds: Collection[Delivery] = tuple(Delivery)
) -> OutboxRow | None:
    """The next row of these kinds that is due, leased to `worker` for LEASE; None when nothing is due.

    Two workers never get the same row while a lease lasts: SQLite takes the write lock first (BEGIN IMMEDIATE),
    PostgreSQL skips rows another transaction has locked.
    """
    named = ", ".join(f"'{kind.value}'" for kind in kinds)
    due = f"state = 'pending' AND due_at <= :now AND lease_until <= :now AND kind IN ({named})"
    parameters = {"now": iso(now)}
    with engine.connect() as connection:  # a look without the write lock: most polls find nothing
        waiting = text(f"SELECT 1 FROM outbox WHERE {due} LIMIT 1")  # noqa: S608 - fixed text, bound values
        if connection.execute(waiting, parameters).first() is None:
            return None
    lock = " FOR UPDATE SKIP LOCKED" if engine.dialect.name == "postgresql" else ""
    with writing(engine) as connection:
        next_due = text(f"SELECT * FROM outbox WHERE {due} ORDER BY due_at, id LIMIT 1{lock}")  # noqa: S608
        row = connection.execute(next_due, parameters).first()
        if row is None:
            return None
        connection.execute(
            text("UPDATE outbox SET leased_by = :worker, lease_until = :until, attempts = attempts + 1 WHERE id = :id"),
            {"worker": worker, "until": iso(now + LEASE), "id": row.id},
        )
    return OutboxRow(
        id=row.id,
        uid=row.uid,
        ticket_id=row.ticket_id,
        message_id=row.message_id,
        kind=Delivery(row.kind),
        state=OutboxState(row.state),
        attempts=row.attempts + 1,
        due_at=moment(row.due_at),
        created_at=moment(row.created_at),
        last_error=row.last_error,
        target=row.target,
    )


def mark_sent(connection: Connection, row: OutboxRow, worker: str, now: datetime) -> bool:
    """False when the lease had run out and another worker has taken the row meanwhile."""
    return bool(
        connection.execute(
            text(
                "UPDATE outbox SET state = 'sent', finished_at = :now, last_error = '', lease_until = ''"
                " WHERE id = :id AND leased_by = :worker AND state = 'pending'"
            ),
            {"id": row.id, "worker": worker, "now": iso(now)},
        ).rowcount
    )


def mark_failed(
    connection: Connection, row: OutboxRow, worker: str, error: str, now: datetime, *, permanent: bool = False
) -> OutboxState:
    """Put the row back for a later attempt, or give it up when it is three days old or can never succeed."""
    dead = permanent or now - row.created_at >= GIVE_UP_AFTER
    state = OutboxState.DEAD if dead else OutboxState.PENDING
    connection.execute(
        text(
            "UPDATE outbox SET state = :state, due_at = :due, lease_until = '', last_error = :error,"
            " finished_at = :finished WHERE id = :id AND leased_by = :worker AND state = 'pending'"
        ),
        {
            "state": state.value,
            "due": iso(now + delay(row.attempts, random.random())),  # noqa: S311 - jitter, not a secret
            "error": error[:500],
            "finished": iso(now) if dead else "",
            "id": row.id,
            "worker": worker,
        },
    )
    return state


def delay(attempts: int, chance: float) -> timedelta:
    """How long to wait after this many attempts; `chance` (0 to 1) moves it by up to a quarter either way,
    so that everything that failed together does not come back together."""
    seconds = _DELAYS[min(attempts, len(_DELAYS)) - 1]
    return timedelta(seconds=seconds * (0.75 + chance / 2))


def free_leases(connection: Connection, holders: list[str]) -> int:
    """End the leases of workers that are known to be gone; how many."""
    freed = 0
    for holder in holders:
        freed += connection.execute(
            text(
                "UPDATE outbox SET lease_until = ''"
                " WHERE leased_by = :holder AND state = 'pending' AND lease_until <> ''"
            ),
            {"holder": holder},
        ).rowcount
    return freed


def lease_holders(connection: Connection) -> list[str]:
    found = connection.execute(
        text("SELECT DISTINCT leased_by FROM outbox WHERE state = 'pending' AND lease_until <> ''")
    )
    return list(found.scalars())


def counts(connection: Connection) -> dict[str, int]:
    found = connection.execute(text("SELECT state, COUNT(*) AS n FROM outbox WHERE state <> 'sent' GROUP BY state"))
    return {row.state: int(row.n) for row in found}


def oldest_pending(connection: Connection) -> datetime | None:
    found = connection.execute(text("SELECT MIN(created_at) FROM outbox WHERE state = 'pending'")).scalar()
    return moment(found) if found else None


def stuck(connection: Connection, now: datetime, older_than: timedelta) -> list[tuple[str, OutboxRow]]:
    """(reference, row) of everything given up, waiting longer than `older_than`, or held for more than a day."""
    found = connection.execute(
        text(
            "SELECT o.*, t.reference FROM outbox o JOIN ticket t ON t.id = o.ticket_id"
            " WHERE o.state = 'dead' OR (o.state = 'pending' AND o.created_at <= :old)"
            " OR (o.state = 'held' AND o.created_at <= :day_ago) ORDER BY o.id"
        ),
        {"old": iso(now - older_than), "day_ago": iso(now - timedelta(days=1))},
    )
    return [
        (
            row.reference,
            OutboxRow(
                id=row.id,
                uid=row.uid,
                ticket_id=row.ticket_id,
                message_id=row.message_id,
                kind=Delivery(row.kind),
                state=OutboxState(row.state),
                attempts=row.attempts,
                due_at=moment(row.due_at),
                created_at=moment(row.created_at),
                last_error=row.last_error,
                target=row.target,
            ),
        )
        for row in found
    ]
