"""Keep every text an article was saved with at the desk."""

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, Text

revision = "0018_article_texts"
down_revision = "0017_findability"


def upgrade() -> None:
    op.create_table(
        "article_text",
        Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
        Column("path", Text, nullable=False),
        Column("at", Text, nullable=False),
        Column("login", Text, nullable=False, server_default=""),
        Column("kind", Text, nullable=False),
        Column("reason", Text, nullable=False, server_default=""),
        Column("hash", Text, nullable=False),
        Column("base", Text, nullable=False, server_default=""),
        Column("git_commit", Text, nullable=False, server_default=""),
        Column("settled", Text, nullable=False, server_default=""),
        Column("body", LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("article_text_by_path", "article_text", ["path", "id"])
    op.create_index("article_text_by_kind", "article_text", ["kind", "settled"])
