"""Migrations of the published articles' tables. Forward only; see core/database/connection.py."""

from core.database.migrations import Migration

MIGRATIONS = (
    Migration(
        "kb-0001-articles",
        (
            """CREATE TABLE article (
                lang TEXT NOT NULL,
                slug TEXT NOT NULL,
                article_key TEXT NOT NULL,
                category TEXT NOT NULL,
                title TEXT NOT NULL,
                summary TEXT NOT NULL,
                status TEXT NOT NULL,
                audience TEXT NOT NULL,
                position INTEGER NOT NULL,
                publish_date TEXT,
                expiry_date TEXT,
                updated TEXT NOT NULL,
                source TEXT NOT NULL,
                hash TEXT NOT NULL,
                document TEXT NOT NULL,
                PRIMARY KEY (lang, slug)
            )""",
            "CREATE INDEX article_by_key ON article (article_key)",
            "CREATE INDEX article_by_slug ON article (slug)",
            "CREATE INDEX article_by_category ON article (lang, category)",
            """CREATE TABLE article_alias (
                path TEXT NOT NULL PRIMARY KEY,
                lang TEXT NOT NULL,
                slug TEXT NOT NULL
            )""",
            """CREATE TABLE category (
                lang TEXT NOT NULL,
                slug TEXT NOT NULL,
                title TEXT NOT NULL,
                description TEXT NOT NULL,
                position INTEGER NOT NULL,
                icon TEXT NOT NULL,
                PRIMARY KEY (lang, slug)
            )""",
            "CREATE TABLE published_set (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
        ),
    ),
)
