"""Files that belong to the published articles, for nodes that have no disk in common; whose code works on a schema."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, Text

revision = "0012_nodes_published_files"
down_revision = "0011_nodes_of_one_installation"


def upgrade() -> None:
    op.create_table(
        "published_file",
        Column("root", Text, primary_key=True),
        Column("path", Text, primary_key=True),
        Column("hash", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
    )
    op.create_table(
        "published_file_content",
        Column("hash", Text, primary_key=True),
        Column("body", LargeBinary, nullable=False),
    )
    op.create_table(
        "schema_reader",
        Column("revision", Text, primary_key=True),
        Column("reader", Text, primary_key=True),
    )
