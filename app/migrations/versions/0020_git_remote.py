"""Keep what became of the last exchange with the Git remote of the articles."""

from alembic import op
from sqlalchemy import Column, Integer, Text

revision = "0020_git_remote"
down_revision = "0019_insight_query_words"


def upgrade() -> None:
    op.create_table(
        "article_remote",
        Column("name", Text, primary_key=True),
        Column("code", Text, nullable=False, server_default=""),
        Column("detail", Text, nullable=False, server_default=""),
        Column("since", Text, nullable=False, server_default=""),
        Column("tried_at", Text, nullable=False, server_default=""),
        Column("done_at", Text, nullable=False, server_default=""),
        Column("next_at", Text, nullable=False, server_default=""),
        Column("tries", Integer, nullable=False, server_default="0"),
        Column("ahead", Integer, nullable=False, server_default="0"),
        Column("more", Text, nullable=False, server_default=""),
    )
