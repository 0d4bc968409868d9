"""The table of the named migrations, of the time before Alembic."""

from sqlalchemy import Column, Table, Text

from core.database.connection import METADATA

migration = Table(
    "migration",
    METADATA,
    Column("name", Text, primary_key=True),
    info={"about": "The named migrations of the first releases that this database has seen.", "personal": ""},
)
