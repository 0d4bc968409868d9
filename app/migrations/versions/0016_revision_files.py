"""Pictures and hints of each revision, for going back to it; what waits for the publisher's articles folder."""

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text, column, func, insert, select, table, text

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
    kept = table("published_file", column("root"), column("path"), column("hash"), column("size"))
    revisions = table("publish_revision", column("number"))
    latest = select(func.coalesce(func.max(revisions.c.number), 0))
    seen = select(kept.c.root, kept.c.path, latest.scalar_subquery(), kept.c.hash, kept.c.size)
    names = ["root", "path", "since", "hash", "size"]
    op.get_bind().execute(insert(table("revision_file", *map(column, names))).from_select(names, seen))
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
