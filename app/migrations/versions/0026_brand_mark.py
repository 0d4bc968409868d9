"""Which brand a database belongs to."""

from alembic import op
from sqlalchemy import BigInteger, Column, Text

revision = "0026_brand_mark"
down_revision = "0025_article_plans"


def upgrade() -> None:
    op.create_table(
        "brand_mark",
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("brand", Text, nullable=False),
        Column("since", Text, nullable=False),
    )
