"""An index of insight's searches by their words, so that a year of them is added up in its order."""

from alembic import op

revision = "0019_insight_query_words"
down_revision = "0018_article_texts"


def upgrade() -> None:
    op.create_index(
        "insight_query_words",
        "insight_query",
        [
            "lang", "query", "day", "site", "where", "searches", "answer", "suggest", "ask_human", "no_results",
            "no_click", "failed",
        ],
    )  # fmt: skip
