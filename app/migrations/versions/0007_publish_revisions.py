"""Keep every publish as a numbered revision; what is published now becomes the first."""

import hashlib
import json
import zlib
from datetime import UTC, datetime

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text, text

revision = "0007_publish_revisions"
down_revision = "0006_whole_mail"


def upgrade() -> None:
    op.create_table(
        "publish_revision",
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("at", Text, nullable=False),
        Column("how", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("rollback_of", BigInteger),
        Column("removals_allowed", Integer, nullable=False),
        Column("articles", Integer, nullable=False),
        Column("added", Integer, nullable=False),
        Column("changed", Integer, nullable=False),
        Column("removed", Integer, nullable=False),
        Column("digest", Text, nullable=False),
        Column("categories", Text, nullable=False),
    )
    op.create_index("publish_revision_by_time", "publish_revision", ["at"])
    op.create_table(
        "revision_article",
        Column("lang", Text, primary_key=True),
        Column("slug", Text, primary_key=True),
        Column("since", BigInteger, primary_key=True, autoincrement=False),
        Column("until", BigInteger),
        Column("hash", Text, nullable=False),
    )
    op.create_index("revision_article_by_end", "revision_article", ["until"])
    op.create_table(
        "revision_content",
        Column("hash", Text, primary_key=True),
        Column("body", LargeBinary, nullable=False),
    )
    _first_revision()


def _first_revision() -> None:
    """The published set as it stands, as revision 1."""
    connection = op.get_bind()
    digest = connection.execute(text("SELECT value FROM published_set WHERE name = 'revision'")).scalar()
    if not digest:
        return
    columns = ("lang", "slug", "title", "description", "position", "icon")
    stored = connection.execute(text(f"SELECT {', '.join(columns)} FROM category ORDER BY lang, slug"))  # noqa: S608
    categories = json.dumps([dict(row._mapping) for row in stored], ensure_ascii=False, sort_keys=True)
    content = hashlib.sha256(categories.encode()).hexdigest()[:32]
    articles = connection.execute(text("SELECT count(*) FROM article WHERE status = 'published'")).scalar_one()
    everything = connection.execute(text("SELECT count(*) FROM article")).scalar_one()
    connection.execute(
        text("INSERT INTO revision_content (hash, body) VALUES (:hash, :body)"),
        {"hash": content, "body": zlib.compress(categories.encode())},
    )
    connection.execute(
        text(
            "INSERT INTO publish_revision (number, at, how, reason, removals_allowed, articles, added, changed,"
            " removed, digest, categories)"
            " VALUES (1, :at, 'migration', '', 0, :articles, :added, 0, 0, :digest, :categories)"
        ),
        {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "articles": articles,
            "added": everything,
            "digest": digest,
            "categories": content,
        },
    )
    connection.execute(
        text("INSERT INTO revision_article (lang, slug, since, hash) SELECT lang, slug, 1, hash FROM article")
    )
