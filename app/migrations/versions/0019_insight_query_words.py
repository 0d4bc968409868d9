"""Indexes of insight's counts in whose order a year of them is added up."""

from alembic import op

revision = "0019_insight_query_words"
down_revision = "0018_article_texts"

_COUNTS = ("searches", "answer", "suggest", "ask_human", "no_results", "no_click", "failed")
_WORDS = ("lang", "query", "day", "site", "where")


def upgrade() -> None:
    op.drop_index("insight_day_name", "insight_day")
    figures = ["name", "category", "key", "day", "lang", "site", "where", "count"]
    op.create_index("insight_day_figures", "insight_day", figures)
    op.create_index("insight_query_words", "insight_query", [*_WORDS, *_COUNTS])
