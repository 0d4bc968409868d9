"""Tables of the hand-over. Times are ISO 8601 text in UTC with milliseconds, so that text order is time order."""

from kb.database import Migration

MIGRATIONS = (
    Migration(
        "support-1-tickets",
        (
            """CREATE TABLE ticket (
                id {id},
                reference TEXT NOT NULL UNIQUE,
                token TEXT NOT NULL UNIQUE,
                state TEXT NOT NULL,
                name TEXT NOT NULL,
                email TEXT NOT NULL,
                phone TEXT NOT NULL,
                preferred_channel TEXT NOT NULL,
                subject TEXT NOT NULL,
                category TEXT NOT NULL,
                lang TEXT NOT NULL,
                fields TEXT NOT NULL,
                consent_text TEXT NOT NULL,
                journey TEXT NOT NULL,
                site_url TEXT NOT NULL,
                source TEXT NOT NULL,
                quarantine TEXT NOT NULL,
                created_at TEXT NOT NULL,
                updated_at TEXT NOT NULL
            )""",
            """CREATE TABLE message (
                id {id},
                ticket_id BIGINT NOT NULL REFERENCES ticket(id),
                author TEXT NOT NULL,
                text TEXT NOT NULL,
                created_at TEXT NOT NULL
            )""",
            "CREATE INDEX message_ticket ON message (ticket_id)",
            """CREATE TABLE attachment (
                id {id},
                message_id BIGINT NOT NULL REFERENCES message(id),
                name TEXT NOT NULL,
                kind TEXT NOT NULL,
                size BIGINT NOT NULL,
                sha256 TEXT NOT NULL
            )""",
            "CREATE INDEX attachment_message ON attachment (message_id)",
            "CREATE INDEX attachment_sha256 ON attachment (sha256)",
            """CREATE TABLE ticket_event (
                id {id},
                ticket_id BIGINT NOT NULL REFERENCES ticket(id),
                kind TEXT NOT NULL,
                detail TEXT NOT NULL,
                at TEXT NOT NULL
            )""",
            "CREATE INDEX ticket_event_ticket ON ticket_event (ticket_id)",
            """CREATE TABLE outbox (
                id {id},
                uid TEXT NOT NULL UNIQUE,
                ticket_id BIGINT NOT NULL REFERENCES ticket(id),
                message_id BIGINT NOT NULL REFERENCES message(id),
                kind TEXT NOT NULL,
                state TEXT NOT NULL,
                attempts INTEGER NOT NULL,
                due_at TEXT NOT NULL,
                leased_by TEXT NOT NULL,
                lease_until TEXT NOT NULL,
                created_at TEXT NOT NULL,
                finished_at TEXT NOT NULL,
                last_error TEXT NOT NULL
            )""",
            "CREATE INDEX outbox_due ON outbox (state, due_at)",
            "CREATE INDEX outbox_ticket ON outbox (ticket_id)",
            """CREATE TABLE idempotency (
                key TEXT PRIMARY KEY,
                fingerprint TEXT NOT NULL,
                ticket_id BIGINT,
                created_at TEXT NOT NULL
            )""",
        ),
    ),
)
