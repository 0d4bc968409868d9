"""Migrations of the spam check. submission_history.py deletes expired rows of both tables."""

from core.database.migrations import Migration

MIGRATIONS = (
    Migration(
        "support-abuse-1",
        (
            # Challenges that were solved, and forms that were sent: by whom and how often.
            """CREATE TABLE abuse_used (
                id TEXT PRIMARY KEY,
                owner TEXT NOT NULL,
                uses INTEGER NOT NULL,
                expires_at TEXT NOT NULL
            )""",
            "CREATE INDEX abuse_used_expires ON abuse_used (expires_at)",
            # What recent submissions looked like: sketches and hashes, no text and no address.
            """CREATE TABLE abuse_recent (
                id {id},
                at TEXT NOT NULL,
                address TEXT NOT NULL,
                sketch TEXT NOT NULL,
                marks TEXT NOT NULL
            )""",
            "CREATE INDEX abuse_recent_at ON abuse_recent (at)",
        ),
    ),
)
