"""Tables of the published articles.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, Table, Text

from core.database.connection import EMPTY, ID, METADATA

article = Table(
    "article",
    METADATA,
    Column("lang", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("article_key", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("publish_date", Text),
    Column("expiry_date", Text),
    Column("updated", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("article_by_category", "lang", "category"),
    Index("article_by_key", "article_key"),
    Index("article_by_slug", "slug"),
    info={
        "about": "Each published article and language: its fields, and the whole of it as one JSON document.",
        "personal": "",
    },
)

article_alias = Table(
    "article_alias",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("lang", Text, nullable=False),
    Column("slug", Text, nullable=False),
    info={"about": "Old addresses of an article, which redirect to it.", "personal": ""},
)

category = Table(
    "category",
    METADATA,
    Column("lang", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("icon", Text, nullable=False),
    Column("page", Text, nullable=False, server_default=EMPTY),
    info={"about": "Each category and language: title, description, order, icon, and its own page.", "personal": ""},
)

former_address = Table(
    "former_address",
    METADATA,
    Column("lang", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("moved_to", Text, nullable=False),
    Column("article_key", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("sketch", Text, nullable=False),
    Column("since", Text, nullable=False),
    info={
        "about": "Addresses articles once had, kept for ever, the slug each has moved to ('' while no article is known"
        " to have come of it), and what the article is recognised by.",
        "personal": "",
    },
)

published_set = Table(
    "published_set",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    info={
        "about": "Facts about the published set as a whole, by name: its digest, a publish that is held, a rollback"
        " that holds, where categories went.",
        "personal": "",
    },
)

publish_revision = Table(
    "publish_revision",
    METADATA,
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
    Index("publish_revision_by_time", "at"),
    info={
        "about": "Each publish that changed something: when, by which way, how many articles, and why.",
        "personal": "",
    },
)

revision_article = Table(
    "revision_article",
    METADATA,
    Column("lang", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger),
    Column("hash", Text, nullable=False),
    Index("revision_article_by_end", "until"),
    info={
        "about": "Which content an article had from one revision on until another, so that a revision costs a row for"
        " each article it changed.",
        "personal": "",
    },
)

revision_content = Table(
    "revision_content",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    info={
        "about": "Articles that are no longer published as they were, and lists of categories: each content once,"
        " compressed.",
        "personal": "",
    },
)

published_file = Table(
    "published_file",
    METADATA,
    Column("root", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    info={
        "about": "Pictures, downloads and search hints that belong to the published articles, where several nodes have"
        " no disk in common.",
        "personal": "",
    },
)

revision_file = Table(
    "revision_file",
    METADATA,
    Column("root", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger),
    Column("hash", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Index("revision_file_by_end", "until"),
    info={
        "about": "Which content such a file had from one revision on until another, so that a rollback brings it back.",
        "personal": "",
    },
)

waiting_file = Table(
    "waiting_file",
    METADATA,
    Column("number", ID, Identity(), primary_key=True),
    Column("path", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("question", Text, nullable=False, server_default=EMPTY),
    Column("at", Text, nullable=False),
    Column("problem", Text, nullable=False, server_default=EMPTY),
    sqlite_autoincrement=True,
    info={
        "about": "Articles begun and questions added at the desk of a node that has no articles folder, until the"
        " publisher has put them into its own.",
        "personal": "",
    },
)

article_reminder = Table(
    "article_reminder",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("at", Text, nullable=False),
    info={
        "about": "What owners of articles were reminded of by mail: the file, of what kind, and which day, text or"
        " link it was about.",
        "personal": "",
    },
)

published_file_content = Table(
    "published_file_content",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    info={"about": "The contents of these files, each once.", "personal": ""},
)
