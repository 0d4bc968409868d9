"""Delivery log for the desk and the commands: attempts, open circuits, ids at the receiver."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from core.database.connection import writing
from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from support.delivery import circuit_breaker, outbox
from support.delivery.schema import delivery_attempt, their_ticket
from support.tickets.models import OutboxRow, OutboxState


@dataclass(frozen=True)
class Attempt:
    """One delivery attempt. `answer` is the receiver's response, or the error; `reference` is the ticket's, where
    whoever reads the log filled it in."""

    uid: str
    ticket_id: int
    kind: str
    channel: str
    attempt: int
    at: datetime
    ms: int
    ok: bool
    answer: str
    reference: str = "-"


def note_attempt(connection: Connection, row: OutboxRow, at: datetime, ms: int, *, ok: bool, answer: str) -> None:
    """Log one attempt, in the transaction that marks its outbox row."""
    connection.execute(
        insert(delivery_attempt).values(
            uid=row.uid,
            ticket_id=row.ticket_id or None,
            kind=row.kind.value,
            channel=row.target or row.channel,
            attempt=row.attempts,
            at=iso(at),
            ms=ms,
            ok=int(ok),
            answer=answer[:500],
        )
    )


def attempts(
    connection: Connection, *, ticket_id: int | None = None, kind: str = "", failed: bool = False, limit: int = 100
) -> tuple[Attempt, ...]:
    """Delivery attempts, newest first."""
    log = delivery_attempt.c
    newest = select(log.uid, log.ticket_id, log.kind, log.channel, log.attempt, log.at, log.ms, log.ok, log.answer)
    newest = newest.order_by(log.id.desc()).limit(limit)
    if ticket_id is not None:
        newest = newest.where(log.ticket_id == ticket_id)
    if kind:
        newest = newest.where(log.kind == kind)
    if failed:
        newest = newest.where(log.ok == 0)
    return tuple(
        Attempt(a.uid, a.ticket_id or 0, a.kind, a.channel, a.attempt, moment(a.at), a.ms, bool(a.ok), a.answer)
        for a in connection.execute(newest)
    )


def of_ticket(engine: Engine, ticket_id: int) -> tuple[OutboxRow, ...]:
    """Every delivery of one ticket, oldest first."""
    with engine.connect() as connection:
        return tuple(outbox.list_deliveries(connection, list(OutboxState), 1_000, ticket_id))


def circuits(engine: Engine) -> tuple[circuit_breaker.Circuit, ...]:
    """Open circuits."""
    with engine.connect() as connection:
        return circuit_breaker.open_circuits(connection)


def retry_row(engine: Engine, uid: str, now: datetime) -> bool:
    """Retry one dead or cancelled delivery; False if it is neither."""
    with writing(engine) as connection:
        return bool(outbox.retry_uid(connection, uid, now))


def retry_channel(engine: Engine, channel: str, now: datetime) -> int:
    """Retry all dead letters of a channel at once; how many."""
    with writing(engine) as connection:
        return outbox.retry_channel(connection, channel, now)


def cancel_row(engine: Engine, uid: str, now: datetime) -> bool:
    """Cancel a delivery; False if it was delivered already."""
    with writing(engine) as connection:
        return bool(outbox.cancel_uid(connection, uid, now))


def forget(connection: Connection, before: datetime) -> int:
    """Delete logged attempts older than this; how many."""
    return connection.execute(delete(delivery_attempt).where(delivery_attempt.c.at < iso(before))).rowcount


def their_id(connection: Connection, channel: str, ticket_id: int) -> str:
    """The receiver's own id of the ticket on this channel; '' while unknown."""
    known = select(their_ticket.c.their_id).where(
        their_ticket.c.channel == channel, their_ticket.c.ticket_id == ticket_id
    )
    return str(connection.execute(known).scalar() or "")


def keep_their_id(engine: Engine, channel: str, ticket_id: int, their: str) -> None:
    """Store it in a transaction of its own: a crash after this must not create a second ticket at the receiver."""
    with writing(engine) as connection:
        told = insert_for(connection, their_ticket).values(channel=channel, ticket_id=ticket_id, their_id=their)
        connection.execute(
            told.on_conflict_do_update(
                index_elements=[their_ticket.c.channel, their_ticket.c.ticket_id],
                set_={"their_id": told.excluded.their_id},
            )
        )
