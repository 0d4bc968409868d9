"""Keep what each translation was made from."""

from alembic import op
from sqlalchemy import Column, LargeBinary, Text

revision = "0019_author_trans_translations"
down_revision = "0018_article_texts"


def upgrade() -> None:
    op.create_table(
        "translation_basis",
        Column("path", Text, primary_key=True),
        *(Column(name, Text, nullable=False) for name in ("source", "digest")),
        Column("body", LargeBinary, nullable=False),
        Column("how", Text, nullable=False),
        Column("login", Text, nullable=False, server_default=""),
        *(Column(name, Text, nullable=False) for name in ("at", "own_digest")),
        Column("own_updated", Text, nullable=False, server_default=""),
        Column("seen_digest", Text, nullable=False),
        *(Column(name, Text, nullable=False, server_default="") for name in ("weight", "stale_at", "changed")),
    )
    op.create_index("translation_basis_by_source", "translation_basis", ["source"])
