"""Keep comments on articles and requests for their review, and from where a renamed article came."""

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text

revision = "0022_article_reviews"
down_revision = "0021_account_scopes"

_ID = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "article_comment",
        Column("id", _ID, Identity(), primary_key=True),
        Column("path", Text, nullable=False),
        Column("at", Text, nullable=False),
        Column("login", Text, nullable=False),
        Column("hash", Text, nullable=False),
        Column("line", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("answers", BigInteger, nullable=False, server_default="0"),
        Column("resolved_at", Text, nullable=False, server_default=""),
        Column("resolved_by", Text, nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_index("article_comment_by_path", "article_comment", ["path", "id"])
    op.create_table(
        "article_review",
        Column("id", _ID, Identity(), primary_key=True),
        Column("path", Text, nullable=False),
        Column("version", BigInteger, nullable=False, server_default="0"),
        Column("hash", Text, nullable=False),
        Column("asked_at", Text, nullable=False),
        Column("asked_by", Text, nullable=False),
        Column("asked_of", Text, nullable=False),
        Column("note", Text, nullable=False, server_default=""),
        Column("answer", Text, nullable=False, server_default=""),
        Column("answered_at", Text, nullable=False, server_default=""),
        Column("answered_by", Text, nullable=False, server_default=""),
        Column("answer_note", Text, nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_index("article_review_by_path", "article_review", ["path", "id"])
    op.create_index("article_review_by_answer", "article_review", ["answer"])
    op.add_column("article_text", Column("moved_from", Text, nullable=False, server_default=""))
    op.create_index("article_text_by_hash", "article_text", ["hash"])
