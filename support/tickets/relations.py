"""SQL of links and merges between tickets. Every function takes the connection of a transaction the caller owns."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select

from core.database.timestamps import iso
from support.tickets.models import Relation, RelationKind, Stage
from support.tickets.schema import ticket, ticket_relation


def relate(
    connection: Connection, ticket_id: int, other_id: int, kind: RelationKind, now: datetime, stage: str = ""
) -> None:
    """Note that they belong together; of a merged ticket (`ticket_id`), with the `stage` it had. What was noted of
    the two before is replaced."""
    unrelate(connection, ticket_id, other_id)
    connection.execute(
        insert(ticket_relation).values(
            ticket_id=ticket_id, other_id=other_id, kind=kind.value, stage=stage, at=iso(now)
        )
    )


def unrelate(connection: Connection, ticket_id: int, other_id: int) -> str | None:
    """Forget that these belong together; the stage the first had before it was merged, None when they did not."""
    either = or_(
        (ticket_relation.c.ticket_id == ticket_id) & (ticket_relation.c.other_id == other_id),
        (ticket_relation.c.ticket_id == other_id) & (ticket_relation.c.other_id == ticket_id),
    )
    return (
        connection.execute(delete(ticket_relation).where(either).returning(ticket_relation.c.stage)).scalars().first()
    )


def of_ticket(connection: Connection, ticket_id: int) -> tuple[Relation, ...]:
    """The tickets it is merged with or linked to, seen from it."""
    found: list[Relation] = []
    for own, other, backwards in (
        (ticket_relation.c.ticket_id, ticket_relation.c.other_id, False),
        (ticket_relation.c.other_id, ticket_relation.c.ticket_id, True),
    ):
        rows = connection.execute(
            select(ticket_relation.c.kind, ticket.c.id, ticket.c.reference, ticket.c.subject, ticket.c.stage)
            .join_from(ticket_relation, ticket, ticket.c.id == other)
            .where(own == ticket_id)
            .order_by(ticket.c.id)
        )
        for row in rows:
            kind = RelationKind(row.kind)
            if kind is RelationKind.MERGED_INTO and backwards:
                kind = RelationKind.MERGED_FROM
            found.append(Relation(kind, row.id, row.reference, row.subject, Stage(row.stage)))
    return tuple(found)
