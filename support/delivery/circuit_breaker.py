"""Circuit breaker for each destination: after several failures in a row it opens and nothing is sent there for a while;
then one delivery probes it. So waiting mails use up no attempts on a mail server that is down.

Only failures of the destination count (no connection, wrong password, no answer), never a refusal of one delivery.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, delete, exists, not_, select, update

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from support.delivery.schema import circuit, outbox
from support.tickets.models import Delivery

OPEN_AFTER = 5
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
_PROBE = timedelta(minutes=2)

# OutboxRow.channel in SQL.
channel_of_row = case(
    (outbox.c.kind != Delivery.WEBHOOK.value, "mail"),
    (outbox.c.target == "", "default/webhook"),
    else_=outbox.c.target,
)
# Condition on an outbox row that its circuit is not open at `now`. A `retry_at` after `soon`, beyond the longest pause,
# was written by a clock that has been set back since, and is ignored.
is_closed = not_(
    exists()
    .where(
        circuit.c.retry_at > bindparam("now"),
        circuit.c.retry_at <= bindparam("soon"),
        circuit.c.channel == channel_of_row,
    )
    .correlate(outbox)
)


@dataclass(frozen=True)
class Circuit:
    """An open circuit: nothing is sent on `channel` from `opened_at` until `retry_at`."""

    channel: str
    failures: int
    opened_at: datetime
    retry_at: datetime
    last_error: str


def pause(failures: int) -> timedelta:
    """Exponential backoff: how long the circuit stays open after this many failures in a row."""
    if failures < OPEN_AFTER:
        return timedelta()
    doubled: int = 2 ** min(failures - OPEN_AFTER, 10)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)


def record_failure(connection: Connection, channel: str, error: str, now: datetime) -> bool:
    """Count a failure of the channel; True if this one opened its circuit."""
    first = insert_for(connection, circuit).values(
        channel=channel, failures=1, opened_at="", retry_at="", last_error=error[:500]
    )
    counted = first.on_conflict_do_update(
        index_elements=[circuit.c.channel],
        set_={"failures": circuit.c.failures + 1, "last_error": first.excluded.last_error},
    )
    failures = connection.execute(counted.returning(circuit.c.failures)).scalar_one()
    wait = pause(failures)
    if wait:
        since = case((circuit.c.opened_at == "", iso(now)), else_=circuit.c.opened_at)
        connection.execute(
            update(circuit).where(circuit.c.channel == channel).values(retry_at=iso(now + wait), opened_at=since)
        )
    return bool(failures == OPEN_AFTER)


def close(connection: Connection, channel: str) -> bool:
    """Close the circuit after a success; True if it had been open."""
    this = circuit.c.channel == channel
    was = connection.execute(select(circuit.c.opened_at).where(this)).scalar()
    if was is None:
        return False
    connection.execute(delete(circuit).where(this))
    return bool(was)


def begin_probe(connection: Connection, channel: str, now: datetime) -> None:
    """Half-open: one delivery probes the channel, the others wait until its result is known."""
    connection.execute(
        update(circuit)
        .where(circuit.c.channel == channel, circuit.c.opened_at != "")
        .values(retry_at=iso(now + _PROBE))
    )


def open_circuits(connection: Connection) -> tuple[Circuit, ...]:
    """Open circuits, longest open first."""
    found = connection.execute(
        select(circuit.c.channel, circuit.c.failures, circuit.c.opened_at, circuit.c.retry_at, circuit.c.last_error)
        .where(circuit.c.opened_at != "")
        .order_by(circuit.c.opened_at)
    )
    return tuple(
        Circuit(row.channel, row.failures, moment(row.opened_at), moment(row.retry_at), row.last_error) for row in found
    )
