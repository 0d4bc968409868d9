"""The outbox: what must still reach somebody.

Rows are written in the ticket's own transaction. A worker claims a row for a while (a lease), sends it and marks
it; a worker that dies leaves its lease to run out, so everything is sent at least once, and always under the same
`uid`. After three days of trying a row is DEAD: it is kept, counted in /readyz and named by `flask tickets stuck`.

A channel that keeps failing as a whole is left alone for a while (circuit.py). Times that no clock of ours can have
written, because the clock was set back since, count as now: nothing waits for a wrong clock to be right.
"""

import json
import random
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from core.database import writing
from core.timestamps import iso, moment
from support.delivery import circuit_breaker
from support.tickets.models import Delivery, OutboxRow, OutboxState

LEASE = timedelta(minutes=10)  # longer than the longest delivery is allowed to take
GIVE_UP_AFTER = timedelta(days=3)
LEAST_ATTEMPTS = 8  # a service that was switched off for three days must not give up on its first try
_DELAYS = (5, 20, 60, 300, 900, 1_800, 3_600, 7_200)  # seconds; the last one repeats
_REJECTED = "rejected as a robot's"
_LONGEST_WAIT = timedelta(hours=3)  # longer than any delay


def enqueue(
    connection: Connection,
    ticket_id: int | None,
    message_id: int | None,
    kind: Delivery,
    now: datetime,
    *,
    held: bool = False,
    target: str = "",
    due: datetime | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """`due` is for what shall be sent later; `payload` for what the ticket does not tell."""
    state = OutboxState.HELD if held else OutboxState.PENDING
    connection.execute(
        text(
            "INSERT INTO outbox (uid, ticket_id, message_id, kind, state, attempts, due_at, leased_by, lease_until,"
            " created_at, finished_at, last_error, target, payload)"
            " VALUES (:uid, :ticket, :message, :kind, :state, 0, :due, '', '', :due, '', '', :target, :payload)"
        ),
        {
            "uid": f"msg_{secrets.token_hex(12)}",
            "ticket": ticket_id,
            "message": message_id,
            "kind": kind.value,
            "state": state.value,
            # What shall be sent later is as old as the time it is due: its three days begin then.
            "due": iso(due or now),
            "target": target,
            "payload": json.dumps(payload, ensure_ascii=False) if payload else "",
        },
    )


def release_held(connection: Connection, ticket_id: int, now: datetime) -> None:
    """What was held for this ticket is due now; its three days begin now."""
    connection.execute(
        text(
            "UPDATE outbox SET state = 'pending', due_at = :now, created_at = :now, finished_at = '', last_error = ''"
            " WHERE ticket_id = :ticket AND (state = 'held' OR (state = 'cancelled' AND last_error = :rejected))"
        ),
        {"ticket": ticket_id, "now": iso(now), "rejected": _REJECTED},
    )


def drop_held(connection: Connection, ticket_id: int, now: datetime) -> None:
    """What was held for this ticket is not delivered; `release_held` still finds it."""
    connection.execute(
        text(
            "UPDATE outbox SET state = 'cancelled', finished_at = :now, last_error = :rejected"
            " WHERE ticket_id = :ticket AND state = 'held'"
        ),
        {"ticket": ticket_id, "now": iso(now), "rejected": _REJECTED},
    )


def retry_dead(connection: Connection, ticket_id: int, now: datetime) -> int:
    """Try again what was given up for this ticket; how many rows."""
    return _revive(connection, "ticket_id = :which", ticket_id, now)


def retry_uid(connection: Connection, uid: str, now: datetime) -> int:
    """Try again one delivery that was given up or cancelled; 0 if it was neither."""
    return _revive(connection, "uid = :which", uid, now)


def retry_channel(connection: Connection, channel: str, now: datetime) -> int:
    """Try again all that was given up on this channel; how many rows."""
    circuit_breaker.close(connection, channel)
    return _revive(connection, f"{circuit_breaker.CHANNEL} = :which", channel, now)


def _revive(connection: Connection, where: str, which: int | str, now: datetime) -> int:
    states = "('dead', 'cancelled')" if where.startswith("uid") else "('dead')"
    return connection.execute(
        text(
            "UPDATE outbox SET state = 'pending', due_at = :now, created_at = :now, attempts = 0, finished_at = ''"  # noqa: S608
            f" WHERE {where} AND state IN {states}"
        ),
        {"which": which, "now": iso(now)},
    ).rowcount


def cancel_uid(connection: Connection, uid: str, now: datetime) -> int:
    """Do not deliver this after all; 0 if it was delivered already."""
    return connection.execute(
        text(
            "UPDATE outbox SET state = 'cancelled', finished_at = :now, lease_until = ''"
            " WHERE uid = :uid AND state IN ('pending', 'held', 'dead')"
        ),
        {"uid": uid, "now": iso(now)},
    ).rowcount


def claim(
    engine: Engine, worker: str, now: datetime, kinds: Collection[Delivery] = tuple(Delivery)
) -> OutboxRow | None:
    """The next row of these kinds that is due, leased to `worker` for LEASE; None when nothing is due.

    Two workers never get the same row while a lease lasts: SQLite takes the write lock first (BEGIN IMMEDIATE),
    PostgreSQL skips rows another transaction has locked.
    """
    named = ", ".join(f"'{kind.value}'" for kind in kinds)
    due = (
        f"state = 'pending' AND kind IN ({named})"
        # Only check-ins are meant for later; whatever else says so for its first try, or for too late, was written
        # by a clock that was wrong.
        " AND (due_at <= :now OR (kind <> 'check_in_mail' AND (attempts = 0 OR due_at > :absurd)))"
        " AND (lease_until <= :now OR lease_until > :soon)"
        # What is three days old gets its last tries whatever its channel does, or it would never be given up.
        f" AND ({circuit_breaker.IS_CLOSED} OR created_at <= :too_old)"
    )
    parameters = {
        "now": iso(now),
        "absurd": iso(now + _LONGEST_WAIT),
        "soon": iso(now + 2 * LEASE),
        "too_old": iso(now - GIVE_UP_AFTER),
    }
    with engine.connect() as connection:  # a look without the write lock: most polls find nothing
        waiting = text(f"SELECT 1 FROM outbox WHERE {due} LIMIT 1")  # noqa: S608 - fixed text, bound values
        if connection.execute(waiting, parameters).first() is None:
            return None
    lock = " FOR UPDATE SKIP LOCKED" if engine.dialect.name == "postgresql" else ""
    with writing(engine) as connection:
        next_due = text(f"SELECT * FROM outbox WHERE {due} ORDER BY due_at, id LIMIT 1{lock}")  # noqa: S608
        found = connection.execute(next_due, parameters).first()
        if found is None:
            return None
        connection.execute(
            text("UPDATE outbox SET leased_by = :worker, lease_until = :until, attempts = attempts + 1 WHERE id = :id"),
            {"worker": worker, "until": iso(now + LEASE), "id": found.id},
        )
        row = _row(found, attempts=found.attempts + 1)
        circuit_breaker.begin_probe(connection, row.channel, now)
    return row


def _row(row: Any, attempts: int | None = None) -> OutboxRow:
    return OutboxRow(
        id=row.id,
        uid=row.uid,
        ticket_id=row.ticket_id or 0,
        message_id=row.message_id or 0,
        kind=Delivery(row.kind),
        state=OutboxState(row.state),
        attempts=row.attempts if attempts is None else attempts,
        due_at=moment(row.due_at),
        created_at=moment(row.created_at),
        last_error=row.last_error,
        target=row.target,
        payload=json.loads(row.payload) if row.payload else {},
    )


def mark_sent(connection: Connection, row: OutboxRow, worker: str, now: datetime) -> bool:
    """False when the lease had run out and another worker has taken the row meanwhile."""
    return _finish(connection, row, worker, OutboxState.SENT, now)


def mark_cancelled(connection: Connection, row: OutboxRow, worker: str, now: datetime) -> bool:
    """It is no longer wanted. False as for mark_sent."""
    return _finish(connection, row, worker, OutboxState.CANCELLED, now)


def _finish(connection: Connection, row: OutboxRow, worker: str, state: OutboxState, now: datetime) -> bool:
    return bool(
        connection.execute(
            text(
                "UPDATE outbox SET state = :state, finished_at = :now, last_error = '', lease_until = ''"
                " WHERE id = :id AND leased_by = :worker AND state = 'pending'"
            ),
            {"id": row.id, "worker": worker, "now": iso(now), "state": state.value},
        ).rowcount
    )


def mark_failed(
    connection: Connection, row: OutboxRow, worker: str, error: str, now: datetime, *, permanent: bool = False
) -> OutboxState:
    """Put the row back for a later attempt, or give it up: after three days of trying, or if it can never succeed."""
    too_old = now - row.created_at >= GIVE_UP_AFTER and row.attempts >= LEAST_ATTEMPTS
    dead = permanent or too_old
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
    """Since when the oldest has been due. What is to be sent later does not wait yet: it may be in the future."""
    found = connection.execute(text("SELECT MIN(created_at) FROM outbox WHERE state = 'pending'")).scalar()
    return moment(found) if found else None


def stuck(connection: Connection, now: datetime, older_than: timedelta) -> list[tuple[str, OutboxRow]]:
    """(reference, row) of everything given up, waiting longer than `older_than`, or held for more than a day.
    The reference is `-` for what belongs to no ticket."""
    found = connection.execute(
        text(
            "SELECT o.*, COALESCE(t.reference, '-') AS reference FROM outbox o LEFT JOIN ticket t ON t.id = o.ticket_id"
            " WHERE o.state = 'dead' OR (o.state = 'pending' AND o.created_at <= :old)"
            " OR (o.state = 'held' AND o.created_at <= :day_ago) ORDER BY o.id"
        ),
        {"old": iso(now - older_than), "day_ago": iso(now - timedelta(days=1))},
    )
    return [(row.reference, _row(row)) for row in found]


def listed(
    connection: Connection, states: Collection[OutboxState], limit: int = 200, ticket_id: int | None = None
) -> list[tuple[str, OutboxRow]]:
    """(reference, row) of deliveries in these states, oldest first."""
    named = ", ".join(f"'{state.value}'" for state in states)
    only = " AND o.ticket_id = :ticket" if ticket_id is not None else ""
    found = connection.execute(
        text(
            "SELECT o.*, COALESCE(t.reference, '-') AS reference FROM outbox o LEFT JOIN ticket t ON t.id = o.ticket_id"  # noqa: S608
            f" WHERE o.state IN ({named}){only} ORDER BY o.created_at, o.id LIMIT :limit"
        ),
        {"limit": limit, "ticket": ticket_id},
    )
    return [(row.reference, _row(row)) for row in found]
