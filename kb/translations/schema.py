"""The table of what translations were made from. Times are ISO 8601 text in UTC, so that text order is time order."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from core.database.connection import EMPTY, METADATA

translation_basis = Table(
    "translation_basis",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("how", Text, nullable=False),
    Column("login", Text, nullable=False, server_default=EMPTY),
    Column("at", Text, nullable=False),
    Column("own_digest", Text, nullable=False),
    Column("own_updated", Text, nullable=False, server_default=EMPTY),
    Column("seen_digest", Text, nullable=False),
    Column("weight", Text, nullable=False, server_default=EMPTY),
    Column("stale_at", Text, nullable=False, server_default=EMPTY),
    Column("changed", Text, nullable=False, server_default=EMPTY),
    Index("translation_basis_by_source", "source"),
    Index("translation_basis_by_weight", "weight"),
    info={
        "about": "By the file of each translation: the text of its source it was made from, compressed, who said so,"
        " and how much the source has changed since.",
        "personal": "login (staff)",
    },
)
