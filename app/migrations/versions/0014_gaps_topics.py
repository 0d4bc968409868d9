"""Topics that customers asked about in vain."""

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, Text

revision = "0014_gaps_topics"
down_revision = "0013_ledger_insight"

_ID = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "insight_topic",
        Column("id", _ID, Identity(), primary_key=True),
        *(Column(name, Text, nullable=False) for name in (
            "status", "cause", "nearest_lang", "nearest_slug", "article_lang", "article_slug", "acted_on",
        )),
        Column("asked_before", Integer, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("watched_to", "closed_on", "reopened_on")),
        Column("merged_into", _ID, nullable=False),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_table(
        "insight_topic_question",
        Column("lang", Text, primary_key=True),
        Column("text", Text, primary_key=True),
        Column("words", Text, nullable=False),
        Column("topic", _ID, nullable=False),
        Column("nearness", Integer, nullable=False),
        Column("vector", LargeBinary, nullable=True),
    )
    op.create_index("insight_topic_question_topic", "insight_topic_question", ["topic"])
    op.create_table(
        "insight_topic_asked",
        *(Column(name, Text, primary_key=True) for name in ("day", "lang", "text", "how", "article")),
        Column("ticket", BigInteger, primary_key=True, autoincrement=False),
        Column("count", Integer, nullable=False),
        Column("tickets", Integer, nullable=False),
    )
    op.create_index("insight_topic_asked_question", "insight_topic_asked", ["lang", "text"])
    op.create_index("insight_topic_asked_ticket", "insight_topic_asked", ["ticket"])
    op.create_table("insight_topic_day", Column("day", Text, primary_key=True), Column("events", Text, nullable=False))
