"""Tables of incoming mail and of the reply addresses it comes to.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Table, Text, UniqueConstraint

from core.database.connection import ID, METADATA

reply_address = Table(
    "reply_address",
    METADATA,
    Column("token", Text, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False),
    Column("side", Text, nullable=False),
    UniqueConstraint("ticket_id", "side"),
    info={
        "about": "The token in the address that answers to a ticket's mails go to, one each for customer and team.",
        "personal": "",
    },
)

inbound_mail = Table(
    "inbound_mail",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("digest", Text, unique=True, nullable=False),
    Column("mail_id", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("ticket_id", BigInteger),
    Column("file", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("handled_at", Text, nullable=False),
    Index("inbound_mail_id", "mail_id"),
    Index("inbound_mail_sender", "sender", "received_at"),
    Index("inbound_mail_state", "state", "received_at"),
    Index("inbound_mail_ticket", "ticket_id"),
    sqlite_autoincrement=True,
    info={
        "about": "Every mail that came in: what became of it, and where it lies as a file.",
        "personal": "sender, subject",
    },
)
