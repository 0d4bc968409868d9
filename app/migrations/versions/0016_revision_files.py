"""Pictures and hints of each revision, for going back to it; what waits for the publisher's articles folder."""

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text, text

revision = "0016_revision_files"
down_revision = "0015_search_words"


def upgrade() -> None:
    op.create_table(
        "revision_file",
        Column("root", Text, primary_key=True),
        Column("path", Text, primary_key=True),
        Column("since", BigInteger, primary_key=True, autoincrement=False),
        Column("until", BigInteger),
        Column("hash", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
    )
    op.create_index("revision_file_by_end", "revision_file", ["until"])
    op.execute(
        "INSERT INTO revision_file (root, path, since, hash, size)"
        " SELECT root, path, (SELECT coalesce(max(number), 0) FROM publish_revision), hash, size FROM published_file"
    )
    op.create_table(
        "waiting_file",
        Column("number", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
        Column("path", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("question", Text, nullable=False, server_default=text("''")),
        Column("at", Text, nullable=False),
        Column("problem", Text, nullable=False, server_default=text("''")),
        sqlite_autoincrement=True,
    )
