"""Keep what each translation was made from, what came of asking links to other sites, and what owners were told."""

from alembic import op
from sqlalchemy import Column, Integer, LargeBinary, Text

revision = "0023_translations"
down_revision = "0022_article_reviews"


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
    op.create_index("translation_basis_by_weight", "translation_basis", ["weight"])
    op.create_table(
        "external_link",
        Column("url", Text, primary_key=True),
        Column("host", Text, nullable=False),
        Column("outcome", Text, nullable=False, server_default=""),
        Column("status", Integer, nullable=False, server_default="0"),
        *(Column(name, Text, nullable=False, server_default="") for name in ("detail", "checked_at")),
        Column("next_at", Text, nullable=False),
        Column("failing_since", Text, nullable=False, server_default=""),
        Column("failures", Integer, nullable=False, server_default="0"),
    )
    op.create_index("external_link_by_next", "external_link", ["next_at"])
    op.create_table(
        "article_reminder",
        *(Column(name, Text, primary_key=True) for name in ("path", "kind", "about")),
        Column("at", Text, nullable=False),
    )
