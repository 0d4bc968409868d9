"""SQL of stored response targets: when a first reply was promised, and whether it came. Every function takes the
connection of a transaction the caller owns."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from core.database.timestamps import iso, moment
from support.tickets.models import StoredTarget
from support.tickets.schema import response_target, ticket


def promise(
    connection: Connection, ticket_id: int, team: str, kind: str, minutes: int, now: datetime, due: datetime
) -> None:
    """Store a response target; an open earlier one is replaced."""
    withdraw(connection, ticket_id, now)
    connection.execute(
        insert(response_target).values(
            ticket_id=ticket_id, team=team, kind=kind, minutes=minutes, promised_at=iso(now), due_at=iso(due)
        )
    )


def meet(connection: Connection, ticket_id: int, now: datetime) -> None:
    """The reply came: mark open response targets as answered. Due and answered times tell whether they were met."""
    connection.execute(update(response_target).where(*_open_targets(ticket_id)).values(kept_at=iso(now)))


def withdraw(connection: Connection, ticket_id: int, now: datetime) -> None:
    """Withdraw open response targets: they end neither met nor missed."""
    connection.execute(update(response_target).where(*_open_targets(ticket_id)).values(replaced_at=iso(now)))


def _open_targets(ticket_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        response_target.c.ticket_id == ticket_id,
        response_target.c.kept_at == "",
        response_target.c.replaced_at == "",
    )


def to_renew(connection: Connection, now: datetime, soon: datetime) -> list[tuple[int, datetime, int]]:
    """(ticket, due, how often it was renewed since the customer last waited anew) of open promises of tickets that are
    not held, which would be broken between now and `soon`."""
    earlier, first = response_target.alias(), response_target.alias()
    begun = select(func.max(first.c.promised_at)).where(
        first.c.ticket_id == earlier.c.ticket_id, first.c.kind != "renewed"
    )
    renewed = select(func.count()).where(
        earlier.c.ticket_id == response_target.c.ticket_id,
        earlier.c.kind == "renewed",
        earlier.c.promised_at > func.coalesce(begun.scalar_subquery(), ""),
    )
    rows = connection.execute(
        select(response_target.c.ticket_id, response_target.c.due_at, renewed.scalar_subquery().label("renewed"))
        .join(ticket, ticket.c.id == response_target.c.ticket_id)
        .where(
            response_target.c.kept_at == "",
            response_target.c.replaced_at == "",
            response_target.c.due_at <= iso(soon),
            response_target.c.due_at > iso(now),
            ticket.c.quarantine == "",
        )
        .order_by(response_target.c.id)
    )
    return [(row.ticket_id, moment(row.due_at), row.renewed) for row in rows]


def of_ticket(connection: Connection, ticket_id: int) -> tuple[StoredTarget, ...]:
    """All of a ticket, in the order they were promised."""
    own = select(response_target).where(response_target.c.ticket_id == ticket_id).order_by(response_target.c.id)
    return tuple(_stored_target(row) for row in connection.execute(own))


def _stored_target(row: Row[Any]) -> StoredTarget:
    return StoredTarget(
        id=row.id,
        ticket_id=row.ticket_id,
        team=row.team,
        kind=row.kind,
        minutes=row.minutes,
        promised_at=moment(row.promised_at),
        due_at=moment(row.due_at),
        kept_at=_moment(row.kept_at),
        replaced_at=_moment(row.replaced_at),
    )


def _moment(stored: str) -> datetime | None:
    return moment(stored) if stored else None
