"""The table of links to other sites. Times are ISO 8601 text in UTC, so that text order is time order."""

from sqlalchemy import Column, Index, Integer, Table, Text

from core.database.connection import EMPTY, METADATA

external_link = Table(
    "external_link",
    METADATA,
    Column("url", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("outcome", Text, nullable=False, server_default=EMPTY),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("detail", Text, nullable=False, server_default=EMPTY),
    Column("checked_at", Text, nullable=False, server_default=EMPTY),
    Column("next_at", Text, nullable=False),
    Column("failing_since", Text, nullable=False, server_default=EMPTY),
    Column("failures", Integer, nullable=False, server_default="0"),
    Index("external_link_by_next", "next_at"),
    info={
        "about": "Each address on another site that a published article links to: what came of asking it last, when"
        " it is asked again, and since when it fails.",
        "personal": "",
    },
)
