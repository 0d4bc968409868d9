"""Migrations of the tables for article feedback and usage events."""

from core.database.migrations import Migration

MIGRATIONS = (
    Migration(
        "app-001-feedback",
        (
            """CREATE TABLE feedback (
                id {id},
                lang TEXT NOT NULL,
                slug TEXT NOT NULL,
                helpful INTEGER NOT NULL,
                reason TEXT NOT NULL DEFAULT '',
                comment TEXT NOT NULL DEFAULT '',
                created_at TEXT NOT NULL
            )""",
            "CREATE INDEX feedback_article ON feedback (lang, slug)",
        ),
    ),
    Migration(
        "app-002-client-event",
        (
            """CREATE TABLE client_event (
                id {id},
                name TEXT NOT NULL,
                lang TEXT NOT NULL DEFAULT '',
                data TEXT NOT NULL DEFAULT '{}',
                created_at TEXT NOT NULL
            )""",
            "CREATE INDEX client_event_time ON client_event (name, created_at)",
        ),
    ),
)
