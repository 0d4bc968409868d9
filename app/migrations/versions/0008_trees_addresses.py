"""Categories have a page of their own, and addresses articles once had are kept."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0008_trees_addresses"
down_revision = "0007_publish_revisions"


def upgrade() -> None:
    op.add_column("category", Column("page", Text, nullable=False, server_default=""))
    op.create_table(
        "former_address",
        Column("lang", Text, primary_key=True),
        Column("slug", Text, primary_key=True),
        Column("moved_to", Text, nullable=False),
        Column("article_key", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("sketch", Text, nullable=False),
        Column("since", Text, nullable=False),
    )
