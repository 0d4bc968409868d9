"""SQL of ticket vectors: which tickets still need one, and those of answered tickets to compare with.

A read model over two packages: it joins its own table with tickets, since only the database can tell cheaply which of
a hundred thousand tickets have no vector yet.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.database.timestamps import iso
from core.database.upsert import insert_for
from support.routing.schema import ticket_vector
from support.tickets.schema import message, ticket


def without_vector(connection: Connection, since: datetime, limit: int) -> Sequence[Row[int, str, str]]:
    """`id`, `subject` and `words` (the first message) of answered tickets that have no vector yet, newest first."""
    first_message = (
        select(message.c.text)
        .where(message.c.ticket_id == ticket.c.id)
        .order_by(message.c.id)
        .limit(1)
        .scalar_subquery()
    )
    newest = (
        select(ticket.c.id, ticket.c.subject, first_message.label("words"))
        .outerjoin_from(ticket, ticket_vector, ticket_vector.c.ticket_id == ticket.c.id)
        .where(
            ticket_vector.c.ticket_id.is_(None),
            ticket.c.first_reply_at != "",
            ticket.c.created_at >= iso(since),
        )
        .order_by(ticket.c.id.desc())
        .limit(limit)
    )
    return connection.execute(newest).all()


def store(connection: Connection, fingerprint: str, vectors: Sequence[tuple[int, bytes]]) -> None:
    """Keep the vectors of these tickets. Those that have one already are left: two workers may embed the same."""
    values: list[dict[str, Any]] = [
        {"ticket_id": ticket_id, "fingerprint": fingerprint, "vector": vector} for ticket_id, vector in vectors
    ]
    connection.execute(insert_for(connection, ticket_vector).on_conflict_do_nothing(), values)


def by_team(connection: Connection, fingerprint: str, limit: int) -> Sequence[Row[str, bytes]]:
    """`team` and `vector` of answered tickets, newest first."""
    newest = (
        select(ticket.c.team, ticket_vector.c.vector)
        .join_from(ticket_vector, ticket, ticket.c.id == ticket_vector.c.ticket_id)
        .where(ticket_vector.c.fingerprint == fingerprint, ticket.c.quarantine == "")
        .order_by(ticket_vector.c.ticket_id.desc())
        .limit(limit)
    )
    return connection.execute(newest).all()


def stamp(connection: Connection, fingerprint: str) -> tuple[int, int]:
    """(how many vectors there are of this model, the newest ticket that has one)."""
    newest_id = func.coalesce(func.max(ticket_vector.c.ticket_id), 0)
    count, newest = connection.execute(
        select(func.count(), newest_id).where(ticket_vector.c.fingerprint == fingerprint)
    ).one()
    return int(count), int(newest)


def newest(connection: Connection, fingerprint: str, limit: int) -> Sequence[Row[int, bytes]]:
    """`ticket_id` and `vector`, newest ticket first."""
    found = (
        select(ticket_vector.c.ticket_id, ticket_vector.c.vector)
        .where(ticket_vector.c.fingerprint == fingerprint)
        .order_by(ticket_vector.c.ticket_id.desc())
        .limit(limit)
    )
    return connection.execute(found).all()
