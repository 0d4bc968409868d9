"""SQL of the tags of tickets. Every function takes the connection of a transaction the caller owns."""

from sqlalchemy import Connection, delete, func, select

from core.database.upsert import insert_for
from support.tickets.schema import ticket_tag


def of_ticket(connection: Connection, ticket_id: int) -> tuple[str, ...]:
    """Its tags, by name."""
    own = select(ticket_tag.c.tag).where(ticket_tag.c.ticket_id == ticket_id).order_by(ticket_tag.c.tag)
    return tuple(connection.execute(own).scalars())


def most_used(connection: Connection, limit: int) -> list[str]:
    """The tags there are, most used first."""
    used = select(ticket_tag.c.tag).group_by(ticket_tag.c.tag).order_by(func.count().desc(), ticket_tag.c.tag)
    return list(connection.execute(used.limit(limit)).scalars())


def add(connection: Connection, ticket_id: int, tag: str) -> None:
    """Tag a ticket; nothing happens where it has the tag."""
    new = insert_for(connection, ticket_tag).values(ticket_id=ticket_id, tag=tag)
    connection.execute(new.on_conflict_do_nothing(index_elements=["ticket_id", "tag"]))


def remove(connection: Connection, ticket_id: int, tag: str) -> None:
    """Take a tag off a ticket."""
    connection.execute(delete(ticket_tag).where(ticket_tag.c.ticket_id == ticket_id, ticket_tag.c.tag == tag))
