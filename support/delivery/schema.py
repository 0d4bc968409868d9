"""Tables of delivery: outbox, delivery attempts, circuit breakers, ids at the receiver.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, Table, Text

from core.database.connection import EMPTY, ID, METADATA

outbox = Table(
    "outbox",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("uid", Text, unique=True, nullable=False),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id")),
    Column("message_id", BigInteger, ForeignKey("message.id")),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False, server_default=EMPTY),
    Column("payload", Text, nullable=False, server_default=EMPTY),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("leased_by", Text, nullable=False),
    Column("lease_until", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("finished_at", Text, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("hold", Text, nullable=False, server_default=EMPTY),
    Column("recipient", Text, nullable=False, server_default=EMPTY),
    Index("outbox_due", "state", "due_at"),
    Index("outbox_ticket", "ticket_id"),
    sqlite_autoincrement=True,
    info={
        "about": "What must still reach somebody: one row a delivery, stored in the transaction that makes it due.",
        "personal": "the address a mail went to, errors and payloads that quote one",
    },
)

recipient_mail = Table(
    "recipient_mail",
    METADATA,
    Column("uid", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("recipient_mail_recipient", "recipient", "at"),
    info={
        "about": "Which mails went to one mailbox within the last hours, so that nobody is flooded with them.",
        "personal": "",
    },
)

delivery_attempt = Table(
    "delivery_attempt",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("uid", Text, nullable=False),
    Column("ticket_id", BigInteger),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("ms", Integer, nullable=False),
    Column("ok", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Index("delivery_attempt_at", "at"),
    Index("delivery_attempt_ticket", "ticket_id"),
    Index("delivery_attempt_uid", "uid"),
    sqlite_autoincrement=True,
    info={
        "about": "The delivery log: every attempt, how long it took, what the other side answered.",
        "personal": "answers that quote an address",
    },
)

circuit = Table(
    "circuit",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("retry_at", Text, nullable=False),
    Column("last_error", Text, nullable=False),
    info={
        "about": "Circuit breakers: destinations that failed several times in a row and are left alone for a while.",
        "personal": "",
    },
)

their_ticket = Table(
    "their_ticket",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("ticket_id", BigInteger, ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    Column("their_id", Text, nullable=False),
    info={
        "about": "What a helpdesk calls a ticket of ours, so that later messages reach the same one.",
        "personal": "",
    },
)
