"""Tables of the spam check; expired rows are deleted.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import Column, Identity, Index, Integer, Table, Text

from core.database.connection import ID, METADATA

abuse_used = Table(
    "abuse_used",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("expires_at", Text, nullable=False),
    Index("abuse_used_expires", "expires_at"),
    info={"about": "Form tokens and proofs of work that were used, until they would expire.", "personal": ""},
)

abuse_recent = Table(
    "abuse_recent",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("at", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("sketch", Text, nullable=False),
    Column("marks", Text, nullable=False),
    Index("abuse_recent_at", "at"),
    sqlite_autoincrement=True,
    info={
        "about": "The last day's submissions as sketches and keyed hashes, to recognise one text under many names.",
        "personal": "keyed hashes, for one day",
    },
)
