"""Indexes of what few words of insight have: no answer, no results, a contact afterwards."""

from alembic import op
from sqlalchemy import Integer, column, literal

revision = "0024_rare_words"
down_revision = "0023_translations"


def upgrade() -> None:
    for name in ("ask_human", "no_results", "failed"):
        some = column(name, Integer) > literal(0, literal_execute=True)
        words = ["lang", "query", "day", "site", "where", name]
        op.create_index(f"insight_query_{name}", "insight_query", words, sqlite_where=some, postgresql_where=some)
