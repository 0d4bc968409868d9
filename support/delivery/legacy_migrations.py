"""Migrations of delivery in both directions: attempts, circuits, incoming mail, incidents. After those of tickets.

The outbox is recreated, because SQLite cannot make a column nullable: mails about incidents belong to no
ticket. Its rows get new ids, which nothing refers to; `uid` is what names them.
"""

from core.database.migrations import Migration

MIGRATIONS = (
    Migration(
        "delivery-1",
        (
            """CREATE TABLE outbox_new (
                id {id},
                uid TEXT NOT NULL UNIQUE,
                ticket_id BIGINT REFERENCES ticket(id),
                message_id BIGINT REFERENCES message(id),
                kind TEXT NOT NULL,
                target TEXT NOT NULL DEFAULT '',
                payload TEXT NOT NULL DEFAULT '',
                state TEXT NOT NULL,
                attempts INTEGER NOT NULL,
                due_at TEXT NOT NULL,
                leased_by TEXT NOT NULL,
                lease_until TEXT NOT NULL,
                created_at TEXT NOT NULL,
                finished_at TEXT NOT NULL,
                last_error TEXT NOT NULL
            )""",
            "INSERT INTO outbox_new (uid, ticket_id, message_id, kind, target, state, attempts, due_at, leased_by,"
            " lease_until, created_at, finished_at, last_error)"
            " SELECT uid, ticket_id, message_id, kind, target, state, attempts, due_at, leased_by,"
            " lease_until, created_at, finished_at, last_error FROM outbox ORDER BY id",
            "DROP TABLE outbox",
            "ALTER TABLE outbox_new RENAME TO outbox",
            "CREATE INDEX outbox_due ON outbox (state, due_at)",
            "CREATE INDEX outbox_ticket ON outbox (ticket_id)",
            """CREATE TABLE delivery_attempt (
                id {id},
                uid TEXT NOT NULL,
                ticket_id BIGINT,
                kind TEXT NOT NULL,
                channel TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                at TEXT NOT NULL,
                ms INTEGER NOT NULL,
                ok INTEGER NOT NULL,
                answer TEXT NOT NULL
            )""",
            "CREATE INDEX delivery_attempt_at ON delivery_attempt (at)",
            "CREATE INDEX delivery_attempt_uid ON delivery_attempt (uid)",
            "CREATE INDEX delivery_attempt_ticket ON delivery_attempt (ticket_id)",
            """CREATE TABLE circuit (
                channel TEXT PRIMARY KEY,
                failures INTEGER NOT NULL,
                opened_at TEXT NOT NULL,
                retry_at TEXT NOT NULL,
                last_error TEXT NOT NULL
            )""",
            """CREATE TABLE their_ticket (
                channel TEXT NOT NULL,
                ticket_id BIGINT NOT NULL REFERENCES ticket(id) ON DELETE CASCADE,
                their_id TEXT NOT NULL,
                PRIMARY KEY (channel, ticket_id)
            )""",
            """CREATE TABLE reply_address (
                token TEXT PRIMARY KEY,
                ticket_id BIGINT NOT NULL REFERENCES ticket(id) ON DELETE CASCADE,
                side TEXT NOT NULL,
                UNIQUE (ticket_id, side)
            )""",
            """CREATE TABLE inbound_mail (
                id {id},
                digest TEXT NOT NULL UNIQUE,
                mail_id TEXT NOT NULL,
                sender TEXT NOT NULL,
                subject TEXT NOT NULL,
                state TEXT NOT NULL,
                why TEXT NOT NULL,
                ticket_id BIGINT,
                file TEXT NOT NULL,
                size BIGINT NOT NULL,
                received_at TEXT NOT NULL,
                handled_at TEXT NOT NULL
            )""",
            "CREATE INDEX inbound_mail_state ON inbound_mail (state, received_at)",
            "CREATE INDEX inbound_mail_ticket ON inbound_mail (ticket_id)",
            "CREATE INDEX inbound_mail_id ON inbound_mail (mail_id)",
            "CREATE INDEX inbound_mail_sender ON inbound_mail (sender, received_at)",
            """CREATE TABLE incident (
                id {id},
                reference TEXT NOT NULL UNIQUE,
                stage TEXT NOT NULL,
                titles TEXT NOT NULL,
                opened_at TEXT NOT NULL,
                updated_at TEXT NOT NULL,
                closed_at TEXT NOT NULL DEFAULT ''
            )""",
            """CREATE TABLE incident_update (
                id {id},
                incident_id BIGINT NOT NULL REFERENCES incident(id),
                stage TEXT NOT NULL,
                texts TEXT NOT NULL,
                at TEXT NOT NULL
            )""",
            "CREATE INDEX incident_update_incident ON incident_update (incident_id)",
            """CREATE TABLE incident_subscriber (
                id {id},
                incident_id BIGINT NOT NULL REFERENCES incident(id),
                email TEXT NOT NULL,
                lang TEXT NOT NULL,
                site_url TEXT NOT NULL,
                token TEXT NOT NULL UNIQUE,
                created_at TEXT NOT NULL,
                confirmed_at TEXT NOT NULL DEFAULT '',
                UNIQUE (incident_id, email)
            )""",
        ),
    ),
)
