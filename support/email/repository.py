"""SQL of reply addresses."""

from sqlalchemy import Connection, select

from core.database.upsert import insert_for
from support.email.schema import reply_address


def reply_token(connection: Connection, ticket_id: int, side: str, fresh: str) -> str:
    """The token of this side of a ticket; `fresh` where it has none yet."""
    new = insert_for(connection, reply_address).values(token=fresh, ticket_id=ticket_id, side=side)
    connection.execute(new.on_conflict_do_nothing(index_elements=[reply_address.c.ticket_id, reply_address.c.side]))
    stored = select(reply_address.c.token).where(reply_address.c.ticket_id == ticket_id, reply_address.c.side == side)
    return str(connection.execute(stored).scalar_one())


def side_of_token(connection: Connection, token: str) -> tuple[int, str] | None:
    """(ticket, side) of a reply address."""
    address = select(reply_address.c.ticket_id, reply_address.c.side).where(reply_address.c.token == token)
    found = connection.execute(address).first()
    return None if found is None else (int(found.ticket_id), str(found.side))
