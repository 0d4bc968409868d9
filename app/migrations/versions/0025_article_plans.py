"""Keep changes of published articles that wait for their time."""

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text

revision = "0025_article_plans"
down_revision = "0024_rare_words"

_ID = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "article_plan",
        Column("id", _ID, Identity(), primary_key=True),
        Column("path", Text, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("due", Text, nullable=False),
        Column("at", Text, nullable=False),
        Column("login", Text, nullable=False),
        Column("reason", Text, nullable=False, server_default=""),
        Column("weight", Text, nullable=False, server_default=""),
        Column("state", Text, nullable=False, server_default=""),
        Column("code", Text, nullable=False, server_default=""),
        Column("ended_at", Text, nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_index("article_plan_by_state", "article_plan", ["state", "due"])
    op.create_index("article_plan_by_path", "article_plan", ["path", "id"])
