"""Circuits: a channel that failed several times in a row as a whole is left alone for a while, then tried with one
delivery. So a mail server that is down is not asked by every waiting mail, and no attempts are used up on it.

Only failures of the channel count (no connection, wrong password, no answer), never a refusal of one delivery.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from core.timestamps import iso, moment

OPEN_AFTER = 5
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
_PROBE = timedelta(minutes=2)

# OutboxRow.channel in SQL.
CHANNEL = "CASE WHEN kind = 'webhook' THEN CASE WHEN target = '' THEN 'default/webhook' ELSE target END ELSE 'mail' END"
# A time to try again that lies beyond every pause was written by a clock that has been set back since.
IS_CLOSED = (
    "NOT EXISTS (SELECT 1 FROM circuit c"  # noqa: S608 - fixed text
    f" WHERE c.retry_at > :now AND c.retry_at <= :soon AND c.channel = ({CHANNEL}))"
)


@dataclass(frozen=True)
class Circuit:
    """A channel that is left alone until `retry_at`, since `opened_at`."""

    channel: str
    failures: int
    opened_at: datetime
    retry_at: datetime
    last_error: str


def pause(failures: int) -> timedelta:
    """How long a channel is left alone after so many failures in a row."""
    if failures < OPEN_AFTER:
        return timedelta()
    doubled: int = 2 ** min(failures - OPEN_AFTER, 10)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)


def failed(connection: Connection, channel: str, error: str, now: datetime) -> bool:
    """Count a failure of the channel; whether this one opened its circuit."""
    failures = connection.execute(
        text(
            "INSERT INTO circuit (channel, failures, opened_at, retry_at, last_error)"
            " VALUES (:channel, 1, '', '', :error) ON CONFLICT (channel) DO UPDATE SET"
            " failures = circuit.failures + 1, last_error = :error RETURNING failures"
        ),
        {"channel": channel, "error": error[:500]},
    ).scalar_one()
    wait = pause(failures)
    if wait:
        connection.execute(
            text(
                "UPDATE circuit SET retry_at = :retry,"
                " opened_at = CASE WHEN opened_at = '' THEN :now ELSE opened_at END"
                " WHERE channel = :channel"
            ),
            {"retry": iso(now + wait), "now": iso(now), "channel": channel},
        )
    return bool(failures == OPEN_AFTER)


def close(connection: Connection, channel: str) -> bool:
    """The channel works; whether its circuit had been open."""
    was = connection.execute(text("SELECT opened_at FROM circuit WHERE channel = :c"), {"c": channel}).scalar()
    if was is None:
        return False
    connection.execute(text("DELETE FROM circuit WHERE channel = :c"), {"c": channel})
    return bool(was)


def begin_probe(connection: Connection, channel: str, now: datetime) -> None:
    """One delivery tries an open circuit; the others go on waiting until it is decided."""
    connection.execute(
        text("UPDATE circuit SET retry_at = :until WHERE channel = :channel AND opened_at <> ''"),
        {"until": iso(now + _PROBE), "channel": channel},
    )


def open_circuits(connection: Connection) -> tuple[Circuit, ...]:
    """The channels that are left alone now, the longest first."""
    found = connection.execute(text("SELECT * FROM circuit WHERE opened_at <> '' ORDER BY opened_at"))
    return tuple(
        Circuit(row.channel, row.failures, moment(row.opened_at), moment(row.retry_at), row.last_error) for row in found
    )
