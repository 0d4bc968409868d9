"""Migrations of tickets. Times are ISO 8601 text in UTC with milliseconds, so that text order is time order."""

from core.database.migrations import Migration
from support.delivery import legacy_migrations as delivery_migrations
from support.spam import legacy_migrations as abuse_migrations

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
    Migration(
        "support-2-casework",
        (
            # From here on a ticket has a stage of the desk; what the customer reads follows from it.
            "ALTER TABLE ticket RENAME COLUMN state TO stage",
            "UPDATE ticket SET stage = 'new' WHERE stage = 'waiting'",
            "UPDATE ticket SET stage = 'pending' WHERE stage = 'answered'",
            """CREATE TABLE person (
                id {id},
                email TEXT NOT NULL UNIQUE,
                external_id TEXT NOT NULL DEFAULT '',
                verified_at TEXT NOT NULL DEFAULT '',
                created_at TEXT NOT NULL
            )""",
            "INSERT INTO person (email, created_at)"
            " SELECT LOWER(email), MIN(created_at) FROM ticket WHERE email <> '' GROUP BY LOWER(email)",
            "ALTER TABLE ticket ADD COLUMN person_id BIGINT REFERENCES person(id)",
            "UPDATE ticket SET person_id = (SELECT id FROM person WHERE person.email = LOWER(ticket.email))",
            "ALTER TABLE ticket ADD COLUMN identity TEXT NOT NULL DEFAULT 'typed'",
            "ALTER TABLE ticket ADD COLUMN form TEXT NOT NULL DEFAULT 'contact'",
            "ALTER TABLE ticket ADD COLUMN team TEXT NOT NULL DEFAULT 'default'",
            "ALTER TABLE ticket ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal'",
            "ALTER TABLE ticket ADD COLUMN product TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket ADD COLUMN page TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket ADD COLUMN device TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket ADD COLUMN time_zone TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket ADD COLUMN consents TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE ticket ADD COLUMN assignee_id BIGINT",
            "ALTER TABLE ticket ADD COLUMN snooze_until TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket ADD COLUMN first_reply_at TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket ADD COLUMN finished_at TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket ADD COLUMN link_expires_at TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0",
            "UPDATE ticket SET finished_at = updated_at WHERE stage = 'closed'",
            "UPDATE ticket SET first_reply_at = COALESCE((SELECT MIN(created_at) FROM message"
            " WHERE message.ticket_id = ticket.id AND author = 'team'), '')",
            "CREATE INDEX ticket_stage ON ticket (stage, updated_at)",
            "CREATE INDEX ticket_team ON ticket (team, created_at)",
            "CREATE INDEX ticket_person ON ticket (person_id)",
            "CREATE INDEX ticket_assignee ON ticket (assignee_id)",
            "ALTER TABLE message ADD COLUMN kind TEXT NOT NULL DEFAULT 'message'",
            "ALTER TABLE message ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public'",
            "ALTER TABLE message ADD COLUMN direction TEXT NOT NULL DEFAULT 'in'",
            "ALTER TABLE message ADD COLUMN via TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE message ADD COLUMN staff_id BIGINT",
            "ALTER TABLE message ADD COLUMN author_name TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE message ADD COLUMN mail_id TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE message ADD COLUMN outcome TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE message ADD COLUMN off_channel_reason TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE message ADD COLUMN happened_at TEXT NOT NULL DEFAULT ''",
            "UPDATE message SET direction = 'out' WHERE author = 'team'",
            "CREATE INDEX message_mail ON message (mail_id)",
            "ALTER TABLE attachment ADD COLUMN field TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE attachment ADD COLUMN purged_at TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE ticket_event ADD COLUMN staff_id BIGINT",
            "ALTER TABLE outbox ADD COLUMN target TEXT NOT NULL DEFAULT ''",
            """CREATE TABLE promise (
                id {id},
                ticket_id BIGINT NOT NULL REFERENCES ticket(id),
                team TEXT NOT NULL,
                kind TEXT NOT NULL,
                minutes INTEGER NOT NULL,
                promised_at TEXT NOT NULL,
                due_at TEXT NOT NULL,
                kept_at TEXT NOT NULL DEFAULT '',
                replaced_at TEXT NOT NULL DEFAULT ''
            )""",
            "CREATE INDEX promise_ticket ON promise (ticket_id)",
            "CREATE INDEX promise_due ON promise (kept_at, replaced_at, due_at)",
            """CREATE TABLE ticket_link (
                token TEXT PRIMARY KEY,
                ticket_id BIGINT NOT NULL REFERENCES ticket(id),
                retired_at TEXT NOT NULL
            )""",
            "CREATE INDEX ticket_link_ticket ON ticket_link (ticket_id)",
            """CREATE TABLE rating (
                id {id},
                ticket_id BIGINT NOT NULL UNIQUE REFERENCES ticket(id),
                score INTEGER NOT NULL,
                comment TEXT NOT NULL,
                created_at TEXT NOT NULL
            )""",
        ),
    ),
    Migration(
        "support-4-meaning",
        (
            """CREATE TABLE ticket_vector (
                ticket_id BIGINT PRIMARY KEY REFERENCES ticket(id),
                fingerprint TEXT NOT NULL,
                vector {blob} NOT NULL
            )""",
        ),
    ),
    *delivery_migrations.MIGRATIONS,
    Migration("support-5-site", ("ALTER TABLE ticket ADD COLUMN site TEXT NOT NULL DEFAULT ''",)),
    *abuse_migrations.MIGRATIONS,
)
