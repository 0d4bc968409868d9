"""Tables of semantic routing.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Table, Text

from core.database.connection import METADATA

ticket_vector = Table(
    "ticket_vector",
    METADATA,
    Column("ticket_id", BigInteger, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("fingerprint", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    info={
        "about": "The embedding of each ticket's first message, for routing by meaning and past answers.",
        "personal": "meaning of the message, not its words",
    },
)
