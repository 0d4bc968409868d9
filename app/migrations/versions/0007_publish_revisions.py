"""Keep every publish as a numbered revision; what is published now becomes the first."""

import hashlib
import json
import zlib
from datetime import UTC, datetime

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text, column, func, insert, literal, select, table

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
    facts = table("published_set", column("name"), column("value"))
    digest = connection.execute(select(facts.c.value).where(facts.c.name == "revision")).scalar()
    if not digest:
        return
    category = table("category", *map(column, ("lang", "slug", "title", "description", "position", "icon")))
    stored = connection.execute(select(category).order_by(category.c.lang, category.c.slug))
    categories = json.dumps([dict(row._mapping) for row in stored], ensure_ascii=False, sort_keys=True)
    content = hashlib.sha256(categories.encode()).hexdigest()[:32]
    article = table("article", *map(column, ("lang", "slug", "hash", "status")))
    counted = select(func.count()).select_from(article)
    articles = connection.execute(counted.where(article.c.status == "published")).scalar_one()
    contents = table("revision_content", column("hash"), column("body", LargeBinary))
    connection.execute(insert(contents), {"hash": content, "body": zlib.compress(categories.encode())})
    first = {
        "number": 1, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), "how": "migration", "reason": "",
        "removals_allowed": 0, "articles": articles, "added": connection.execute(counted).scalar_one(), "changed": 0,
        "removed": 0, "digest": digest, "categories": content,
    }  # fmt: skip
    connection.execute(insert(table("publish_revision", *map(column, first))), first)
    members = table("revision_article", *map(column, ("lang", "slug", "since", "hash")))
    own = select(article.c.lang, article.c.slug, literal(1), article.c.hash)
    connection.execute(insert(members).from_select(["lang", "slug", "since", "hash"], own))
