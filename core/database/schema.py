"""Tables about the schema itself: named migrations of the time before Alembic, and whose code works on it."""

from sqlalchemy import Column, Table, Text

from core.database.connection import METADATA

migration = Table(
    "migration",
    METADATA,
    Column("name", Text, primary_key=True),
    info={"about": "The named migrations of the first releases that this database has seen.", "personal": ""},
)

schema_reader = Table(
    "schema_reader",
    METADATA,
    Column("revision", Text, primary_key=True),
    Column("reader", Text, primary_key=True),
    info={
        "about": "Which releases' code, by the last revision it knows, works on the schema of a newer revision.",
        "personal": "",
    },
)
