"""Pictures and hints of each revision, for going back to it; what waits for the publisher's articles folder."""

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text, column, func, select, table

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
    file = table("published_file", column("root"), column("path"), column("hash"), column("size"))
    number = column("number", BigInteger)
    latest = select(func.coalesce(func.max(number), 0)).select_from(table("publish_revision", number)).scalar_subquery()
    kept = table("revision_file", *(column(name) for name in ("root", "path", "since", "hash", "size")))
    op.execute(
        kept.insert().from_select(
            ["root", "path", "since", "hash", "size"],
            select(file.c.root, file.c.path, latest, file.c.hash, file.c.size),
        )
    )
    op.create_table(
        "waiting_file",
        Column("number", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
        Column("path", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("question", Text, nullable=False, server_default=""),
        Column("at", Text, nullable=False),
        Column("problem", Text, nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
