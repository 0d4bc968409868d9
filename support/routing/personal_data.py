"""Personal data of semantic routing: the embeddings of answered tickets."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete

from core.database.personal_data import PersonalData
from support.routing.schema import ticket_vector


def _erase_tickets(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(delete(ticket_vector).where(ticket_vector.c.ticket_id.in_(ids)))


PERSONAL_DATA = PersonalData(tables=(ticket_vector,), erase_tickets=_erase_tickets)
