"""The transactional outbox: deliveries that are still to be sent.

Rows are written in the ticket's own transaction. A worker claims a row for a while (a lease), sends it and marks
it; a worker that dies leaves its lease to run out, so everything is sent at least once, and always under the same
`uid`. After three days of trying a row is DEAD: it is kept, counted in /readyz and named by `flask tickets stuck`.

While the circuit of a channel is open, nothing is sent on it (circuit_breaker.py). Times that no clock of ours can have
written, because the clock was set back since, count as now: nothing waits for a wrong clock to be right.
"""

import json
import random
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, bindparam, func, insert, or_, select, update

from core.database.connection import writing
from core.database.timestamps import iso, moment
from support.delivery import circuit_breaker
from support.delivery.schema import outbox
from support.tickets.models import Delivery, OutboxRow, OutboxState

LEASE = timedelta(minutes=10)  # longer than the longest delivery is allowed to take
GIVE_UP_AFTER = timedelta(days=3)
LEAST_ATTEMPTS = 8  # a service that was switched off for three days must not give up on its first try
_DELAYS = (5, 20, 60, 300, 900, 1_800, 3_600, 7_200)  # seconds; the last one repeats
_REJECTED = "rejected as a robot's"
_LONGEST_WAIT = timedelta(hours=3)  # longer than any delay
_ROW = (
    outbox.c.id,
    outbox.c.uid,
    outbox.c.ticket_id,
    outbox.c.message_id,
    outbox.c.kind,
    outbox.c.state,
    outbox.c.attempts,
    outbox.c.due_at,
    outbox.c.created_at,
    outbox.c.last_error,
    outbox.c.target,
    outbox.c.payload,
)
_IS_PENDING = outbox.c.state == OutboxState.PENDING.value
_IS_HELD = outbox.c.state == OutboxState.HELD.value
_IS_DEAD = outbox.c.state == OutboxState.DEAD.value
_DID_NOT_ARRIVE = and_(_IS_DEAD, outbox.c.kind.not_in((Delivery.TEAM_MAIL.value, Delivery.WEBHOOK.value)))
# Held because of who it goes to, not until somebody has looked: it is tried again by itself.
OVER_LIMIT = "recipient"
_IS_LIMITED = and_(_IS_HELD, outbox.c.hold == OVER_LIMIT)
_IS_CANCELLED = outbox.c.state == OutboxState.CANCELLED.value

# The statements of `claim` are made once: a worker polls all day.
_IS_DUE = and_(
    or_(_IS_PENDING, _IS_LIMITED),
    outbox.c.kind.in_(bindparam("kinds", expanding=True)),
    or_(
        outbox.c.due_at <= bindparam("now"),
        # Only check-ins are meant for later; whatever else says so for its first try, or for too late, was written by
        # a clock that was wrong.
        and_(
            _IS_PENDING,
            outbox.c.kind != Delivery.CHECK_IN_MAIL.value,
            or_(outbox.c.attempts == 0, outbox.c.due_at > bindparam("absurd")),
        ),
        and_(_IS_LIMITED, outbox.c.due_at > bindparam("absurd")),
    ),
    or_(outbox.c.lease_until <= bindparam("now"), outbox.c.lease_until > bindparam("soon")),
    # After three days a row gets its last attempts even if the circuit is open, or it would never become DEAD.
    or_(circuit_breaker.is_closed, outbox.c.created_at <= bindparam("too_old")),
)
_ANY_DUE = select(outbox.c.id).where(_IS_DUE).limit(1)
# SQLite locks no rows, so its dialect leaves FOR UPDATE out.
_NEXT_DUE = (
    select(*_ROW).where(_IS_DUE).order_by(outbox.c.due_at, outbox.c.id).limit(1).with_for_update(skip_locked=True)
)


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
    """Add a delivery. `due` schedules it for later; `payload` holds what the ticket does not."""
    state = OutboxState.HELD if held else OutboxState.PENDING
    connection.execute(
        insert(outbox).values(
            uid=f"msg_{secrets.token_hex(12)}",
            ticket_id=ticket_id,
            message_id=message_id,
            kind=kind.value,
            target=target,
            payload=json.dumps(payload, ensure_ascii=False) if payload else "",
            state=state.value,
            attempts=0,
            # The age of a scheduled delivery counts from when it is due: its three days begin then.
            due_at=iso(due or now),
            created_at=iso(due or now),
            leased_by="",
            lease_until="",
            finished_at="",
            last_error="",
            hold="",
        )
    )


def release_held(connection: Connection, ticket_id: int, now: datetime) -> None:
    """Make the held deliveries of this ticket due; their three days of retries begin now."""
    was_held = or_(_IS_HELD, and_(_IS_CANCELLED, outbox.c.last_error == _REJECTED))
    connection.execute(
        update(outbox)
        .where(outbox.c.ticket_id == ticket_id, was_held)
        .values(
            state=OutboxState.PENDING.value,
            due_at=iso(now),
            created_at=iso(now),
            finished_at="",
            last_error="",
            hold="",
        )
    )


def drop_held(connection: Connection, ticket_id: int, now: datetime) -> None:
    """Cancel the held deliveries of this ticket; `release_held` still finds them."""
    connection.execute(
        update(outbox)
        .where(outbox.c.ticket_id == ticket_id, _IS_HELD)
        .values(state=OutboxState.CANCELLED.value, finished_at=iso(now), last_error=_REJECTED)
    )


def retry_dead(connection: Connection, ticket_id: int, now: datetime) -> int:
    """Retry the dead letters of this ticket; how many rows."""
    return _revive(connection, and_(outbox.c.ticket_id == ticket_id, _IS_DEAD), now)


def retry_uid(connection: Connection, uid: str, now: datetime) -> int:
    """Retry one dead or cancelled delivery; 0 if it is neither."""
    return _revive(connection, and_(outbox.c.uid == uid, or_(_IS_DEAD, _IS_CANCELLED)), now)


def retry_channel(connection: Connection, channel: str, now: datetime) -> int:
    """Retry the dead letters of this channel; how many rows."""
    circuit_breaker.close(connection, channel)
    return _revive(connection, and_(circuit_breaker.channel_of_row == channel, _IS_DEAD), now)


def _revive(connection: Connection, which: ColumnElement[bool], now: datetime) -> int:
    return connection.execute(
        update(outbox)
        .where(which)
        .values(state=OutboxState.PENDING.value, due_at=iso(now), created_at=iso(now), attempts=0, finished_at="")
    ).rowcount


def cancel_uid(connection: Connection, uid: str, now: datetime) -> int:
    """Cancel a delivery; 0 if it was delivered already."""
    return connection.execute(
        update(outbox)
        .where(outbox.c.uid == uid, or_(_IS_PENDING, _IS_HELD, _IS_DEAD))
        .values(state=OutboxState.CANCELLED.value, finished_at=iso(now), lease_until="")
    ).rowcount


def claim(
    engine: Engine, worker: str, now: datetime, kinds: Collection[Delivery] = tuple(Delivery)
) -> OutboxRow | None:
    """The next row of these kinds that is due, leased to `worker` for LEASE; None when nothing is due.

    Two workers never get the same row while a lease lasts: SQLite takes the write lock first (BEGIN IMMEDIATE),
    PostgreSQL skips rows another transaction has locked.
    """
    parameters = {
        "kinds": [kind.value for kind in kinds],
        "now": iso(now),
        "soon": iso(now + 2 * LEASE),
        "absurd": iso(now + _LONGEST_WAIT),
        "too_old": iso(now - GIVE_UP_AFTER),
    }
    with engine.connect() as connection:  # a look without the write lock: most polls find nothing
        if connection.execute(_ANY_DUE, parameters).first() is None:
            return None
    with writing(engine) as connection:
        found = connection.execute(_NEXT_DUE, parameters).first()
        if found is None:
            return None
        connection.execute(
            update(outbox)
            .where(outbox.c.id == found.id)
            .values(
                leased_by=worker,
                lease_until=iso(now + LEASE),
                attempts=outbox.c.attempts + 1,
                state=OutboxState.PENDING.value,
                hold="",
            )
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


def note_recipient(connection: Connection, row: OutboxRow, key: str) -> None:
    """Record to which address this delivery goes, before it is sent: answers to it must come from there."""
    connection.execute(update(outbox).where(outbox.c.id == row.id).values(recipient=key))


def mark_bounced(connection: Connection, uid: str, error: str, now: datetime) -> bool:
    """Mark a delivery DEAD that a mail server had taken and then gave back; False if it was not sent, or is dead."""
    bounced = (
        update(outbox)
        .where(outbox.c.uid == uid, outbox.c.state == OutboxState.SENT.value)
        .values(state=OutboxState.DEAD.value, last_error=error[:500], finished_at=iso(now))
    )
    return bool(connection.execute(bounced).rowcount)


def mark_sent(connection: Connection, row: OutboxRow, worker: str, now: datetime) -> bool:
    """False when the lease had expired and another worker has claimed the row meanwhile."""
    return _finish(connection, row, worker, OutboxState.SENT, now)


def mark_cancelled(connection: Connection, row: OutboxRow, worker: str, now: datetime) -> bool:
    """Mark a delivery as no longer wanted. False as for mark_sent."""
    return _finish(connection, row, worker, OutboxState.CANCELLED, now)


def mark_over_limit(connection: Connection, row: OutboxRow, worker: str, until: datetime, reason: str) -> None:
    """Hold a mail back because its recipient got many, until then; it was no attempt, and its three days of retries
    begin when it is due."""
    connection.execute(
        update(outbox)
        .where(_is_leased(row, worker))
        .values(
            state=OutboxState.HELD.value,
            hold=OVER_LIMIT,
            due_at=iso(until),
            created_at=iso(max(until, row.created_at)),
            attempts=max(0, row.attempts - 1),
            lease_until="",
            last_error=reason,
        )
    )


def limited_count(connection: Connection) -> int:
    """The number of mails that wait because their recipients got many."""
    return int(connection.execute(select(func.count()).where(_IS_LIMITED)).scalar_one())


def _finish(connection: Connection, row: OutboxRow, worker: str, state: OutboxState, now: datetime) -> bool:
    finished = connection.execute(
        update(outbox)
        .where(_is_leased(row, worker))
        .values(state=state.value, finished_at=iso(now), last_error="", lease_until="")
    )
    return bool(finished.rowcount)


def mark_failed(
    connection: Connection, row: OutboxRow, worker: str, error: str, now: datetime, *, permanent: bool = False
) -> OutboxState:
    """Schedule the next attempt, or mark the row DEAD: after three days of retries, or for a permanent failure."""
    too_old = now - row.created_at >= GIVE_UP_AFTER and row.attempts >= LEAST_ATTEMPTS
    dead = permanent or too_old
    state = OutboxState.DEAD if dead else OutboxState.PENDING
    connection.execute(
        update(outbox)
        .where(_is_leased(row, worker))
        .values(
            state=state.value,
            due_at=iso(now + delay(row.attempts, random.random())),  # noqa: S311 - jitter, not a secret
            lease_until="",
            last_error=error[:500],
            finished_at=iso(now) if dead else "",
        )
    )
    return state


def _is_leased(row: OutboxRow, worker: str) -> ColumnElement[bool]:
    """Condition that this worker still holds the lease: an expired one may have gone to another worker."""
    return and_(outbox.c.id == row.id, outbox.c.leased_by == worker, _IS_PENDING)


def delay(attempts: int, chance: float) -> timedelta:
    """Backoff before the next attempt, with jitter: `chance` (0 to 1) moves it by up to a quarter either way, so that
    what failed together is not retried together."""
    seconds = _DELAYS[min(attempts, len(_DELAYS)) - 1]
    return timedelta(seconds=seconds * (0.75 + chance / 2))


def free_leases(connection: Connection, holders: list[str]) -> int:
    """Release the leases of workers that have ended; how many."""
    return connection.execute(
        update(outbox)
        .where(outbox.c.leased_by.in_(holders), _IS_PENDING, outbox.c.lease_until != "")
        .values(lease_until="")
    ).rowcount


def lease_holders(connection: Connection) -> list[str]:
    holders = select(outbox.c.leased_by).where(_IS_PENDING, outbox.c.lease_until != "").distinct()
    return list(connection.execute(holders).scalars())


def counts(connection: Connection) -> dict[str, int]:
    rows = select(outbox.c.state, func.count().label("n")).where(outbox.c.state != OutboxState.SENT.value)
    return {row.state: int(row.n) for row in connection.execute(rows.group_by(outbox.c.state))}


def dead_count(connection: Connection) -> int:
    """The number of dead letters."""
    return int(connection.execute(select(func.count()).where(_IS_DEAD)).scalar_one())


def is_undelivered(ticket_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Condition that a mail to the customer of this ticket did not arrive."""
    # From the few dead rows to their tickets, not the other way round.
    return ticket_id.in_(select(outbox.c.ticket_id).where(_DID_NOT_ARRIVE))


def undelivered(connection: Connection, ticket_ids: Collection[int] | None = None) -> set[int]:
    """The tickets, or those of these, to whose customer a mail did not arrive."""
    dead = select(outbox.c.ticket_id).where(_DID_NOT_ARRIVE, outbox.c.ticket_id.is_not(None)).distinct()
    if ticket_ids is not None:
        dead = dead.where(outbox.c.ticket_id.in_(ticket_ids))
    return set(connection.execute(dead).scalars())


def oldest_pending(connection: Connection) -> datetime | None:
    """When the oldest pending delivery became due. For scheduled ones that may be in the future."""
    found = connection.execute(select(func.min(outbox.c.created_at)).where(_IS_PENDING)).scalar()
    return moment(found) if found else None


def sent_before(connection: Connection, row: OutboxRow, kinds: Collection[Delivery]) -> list[tuple[str, str]]:
    """(uid, when it became due) of deliveries of these kinds to the same place, put here before this one, for the same
    ticket; less those that will not be sent."""
    earlier = select(outbox.c.uid, outbox.c.created_at).where(
        outbox.c.ticket_id == row.ticket_id,
        outbox.c.id < row.id,
        outbox.c.target == row.target,
        outbox.c.kind.in_([kind.value for kind in kinds]),
        outbox.c.state.in_([OutboxState.SENT.value, OutboxState.PENDING.value]),
    )
    return [(found.uid, found.created_at) for found in connection.execute(earlier)]


_MAILED = select(outbox.c.uid, outbox.c.ticket_id, outbox.c.message_id, outbox.c.kind, outbox.c.recipient).where(
    outbox.c.kind != Delivery.WEBHOOK.value,
    # A try that failed may have arrived all the same.
    or_(outbox.c.state == OutboxState.SENT.value, outbox.c.attempts > 0),
)


def mailed(connection: Connection, uid: str) -> Row[str, int | None, int | None, str, str] | None:
    """`uid`, `ticket_id`, `message_id`, `kind` and `recipient` of a mail that went out, or may have."""
    return connection.execute(_MAILED.where(outbox.c.uid == uid)).first()


def last_mailed(
    connection: Connection, ticket_id: int, kinds: Collection[Delivery]
) -> Row[str, int | None, int | None, str, str] | None:
    """The newest mail of these kinds of a ticket, as `mailed`."""
    newest = _MAILED.where(outbox.c.ticket_id == ticket_id, outbox.c.kind.in_([kind.value for kind in kinds]))
    return connection.execute(newest.order_by(outbox.c.id.desc()).limit(1)).first()


def stuck(connection: Connection, now: datetime, older_than: timedelta) -> list[OutboxRow]:
    """Dead letters, deliveries pending longer than `older_than` or held for more than a day, and all that are held
    because their recipient got many."""
    waits = or_(
        _IS_DEAD,
        and_(_IS_PENDING, outbox.c.created_at <= iso(now - older_than)),
        _IS_LIMITED,
        and_(_IS_HELD, outbox.c.created_at <= iso(now - timedelta(days=1))),
    )
    return [_row(row) for row in connection.execute(select(*_ROW).where(waits).order_by(outbox.c.id))]


def list_deliveries(
    connection: Connection, states: Collection[OutboxState], limit: int = 200, ticket_id: int | None = None
) -> list[OutboxRow]:
    """Deliveries in these states, oldest first."""
    oldest = (
        select(*_ROW)
        .where(outbox.c.state.in_([state.value for state in states]))
        .order_by(outbox.c.created_at, outbox.c.id)
        .limit(limit)
    )
    if ticket_id is not None:
        oldest = oldest.where(outbox.c.ticket_id == ticket_id)
    return [_row(row) for row in connection.execute(oldest)]
