"""Nodes of one installation: fingerprints of keys, heartbeats, shared rate limits."""

from alembic import op
from sqlalchemy import BigInteger, Column, Float, Integer, Text

revision = "0011_nodes_of_one_installation"
down_revision = "0010_package_ticket_attributes"


def upgrade() -> None:
    op.create_table(
        "key_fingerprint",
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("purpose", Text, nullable=False),
        Column("fingerprint", Text, nullable=False),
        Column("since", Text, nullable=False),
    )
    op.create_table(
        "node",
        Column("id", Text, primary_key=True),
        Column("home", Text, nullable=False),
        Column("place", Text, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("roles", Text, nullable=False),
        Column("version", Text, nullable=False),
        Column("revision", BigInteger, nullable=False),
        Column("started_at", Text, nullable=False),
        Column("beat", BigInteger, nullable=False),
        Column("seen_at", Text, nullable=False),
    )
    op.create_table(
        "rate_bucket",
        Column("action", Text, primary_key=True),
        Column("client", Text, primary_key=True),
        Column("tokens", Float, nullable=False),
        Column("seen", Float, nullable=False),
        Column("full_at", Float, nullable=False),
    )
    op.create_index("rate_bucket_by_full", "rate_bucket", ["full_at"])
