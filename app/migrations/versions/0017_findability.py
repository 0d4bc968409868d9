"""Where the questions of articles find them; which searches led to an article, for which all days are counted again;
and whose a visit is."""

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text

revision = "0017_findability"
down_revision = "0016_revision_files"

_ID = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "insight_reached",
        *(Column(name, Text, primary_key=True) for name in ("day", "article_lang", "slug", "query")),
        Column("words", Text, nullable=False),
        *(Column(name, Integer, nullable=False) for name in ("opened", "read", "confirmed", "failed")),
    )
    op.create_index("insight_reached_article", "insight_reached", ["article_lang", "slug", "day"])
    op.create_table(
        "insight_findability",
        *(Column(name, Text, primary_key=True) for name in ("lang", "slug", "question")),
        Column("rank", Integer, nullable=False),
        Column("verdict", Text, nullable=False),
        Column("rivals", Text, nullable=False),
        Column("since", Integer, nullable=False),
    )
    op.create_table(
        "insight_findability_change",
        Column("id", _ID, Identity(), primary_key=True),
        Column("run", _ID, nullable=False),
        Column("revision", Integer, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("lang", "slug", "question", "effect")),
        Column("was_rank", Integer, nullable=False),
        Column("was_verdict", Text, nullable=False),
        Column("rank", Integer, nullable=False),
        Column("verdict", Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("insight_findability_change_article", "insight_findability_change", ["lang", "slug"])
    op.create_index("insight_findability_change_run", "insight_findability_change", ["run"])
    op.create_table(
        "insight_findability_run",
        Column("id", _ID, Identity(), primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("at", Text, nullable=False),
        Column("basis", Text, nullable=False),
        *(Column(name, Integer, nullable=False) for name in ("questions", "found", "broken", "mended", "left_out")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "insight_recognised",
        Column("visit", Text, primary_key=True),
        Column("person", Text, nullable=False),
        Column("at", Text, nullable=False),
    )
    op.create_index("insight_recognised_person", "insight_recognised", ["person"])
    op.execute(
        "INSERT INTO insight_stale_day (day) SELECT DISTINCT substr(at, 1, 10) FROM insight_event"
        " WHERE substr(at, 1, 10) NOT IN (SELECT day FROM insight_stale_day)"
    )
