"""Tables of the desk.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, Table, Text, column, table, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from core.database.connection import EMPTY, ID, METADATA

desk_user = Table(
    "desk_user",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("login", Text, unique=True, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled", Integer, nullable=False, server_default=text("0")),
    Column("totp_secret", Text, nullable=False, server_default=EMPTY),
    Column("totp_pending", Text, nullable=False, server_default=EMPTY),
    Column("totp_step", BigInteger, nullable=False, server_default=text("0")),
    Column("lang", Text, nullable=False, server_default=EMPTY),
    Column("shortcuts", Integer, nullable=False, server_default=text("1")),
    Column("created_at", Text, nullable=False),
    Column("scopes", Text, nullable=False, server_default=EMPTY),
    sqlite_autoincrement=True,
    info={
        "about": "Accounts of agents: login, roles, which languages and topics they may write and publish, password"
        " hash, encrypted secret of the second factor.",
        "personal": "login, name (staff)",
    },
)

desk_recovery_code = Table(
    "desk_recovery_code",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("desk_user.id", ondelete="CASCADE"), nullable=False),
    Column("hash", Text, nullable=False),
    Column("used_at", Text, nullable=False, server_default=EMPTY),
    Index("desk_recovery_code_user", "user_id"),
    sqlite_autoincrement=True,
    info={"about": "Recovery codes of the second factor, as hashes; each works once.", "personal": ""},
)

desk_session = Table(
    "desk_session",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("hash", Text, unique=True, nullable=False),
    Column("user_id", BigInteger, ForeignKey("desk_user.id", ondelete="CASCADE"), nullable=False),
    Column("step", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Index("desk_session_user", "user_id"),
    sqlite_autoincrement=True,
    info={
        "about": "Who is signed in at the desk, on which device; the cookie's value as a hash.",
        "personal": "device (staff)",
    },
)

desk_attempts = Table(
    "desk_attempts",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("wait_until", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    info={"about": "Failed sign-ins under keyed hashes, and how long the next one must wait.", "personal": ""},
)

desk_audit = Table(
    "desk_audit",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("at", Text, nullable=False),
    Column("login", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("desk_audit_login", "login"),
    Index("desk_audit_reference", "reference"),
    sqlite_autoincrement=True,
    info={
        "about": "The audit log: which agent did what to which ticket, and when.",
        "personal": "login (staff), reference",
    },
)

desk_text = Table(
    "desk_text",
    METADATA,
    Column("ticket_id", BigInteger, ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("messages", BigInteger, nullable=False),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    # PostgreSQL only: SQLite has the full-text index `desk_words`, which triggers keep (app/migrations/comparison.py).
    Index("desk_text_words", "words", postgresql_using="gin"),
    info={
        "about": "The words of each ticket as search at the desk compares them: folded, Chinese in pairs.",
        "personal": "everything written in the ticket",
    },
)

# SQLite's full-text index (FTS5) over desk_text.
desk_words = table("desk_words", column("rowid"), column("words"))

desk_presence = Table(
    "desk_presence",
    METADATA,
    Column("ticket_id", BigInteger, ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("desk_user.id", ondelete="CASCADE"), primary_key=True),
    Column("seen_at", Text, nullable=False),
    Column("writing", Integer, nullable=False, server_default=text("0")),
    info={
        "about": "Which agents look at a ticket now, and whether they are writing.",
        "personal": "who looks at what (staff)",
    },
)

desk_canned = Table(
    "desk_canned",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("actions", Text, nullable=False, server_default=EMPTY),
    sqlite_autoincrement=True,
    info={
        "about": "Canned replies, by name and language; with actions, a macro.",
        "personal": "login of the last editor (staff)",
    },
)

desk_view = Table(
    "desk_view",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("desk_user.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("shared", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Text, nullable=False),
    Index("desk_view_user", "user_id"),
    sqlite_autoincrement=True,
    info={
        "about": "Saved views of the queue: a name and the filters; one's own, or shared with the team.",
        "personal": "whose it is (staff); what was searched for",
    },
)
