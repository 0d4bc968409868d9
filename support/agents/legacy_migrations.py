"""Migrations of the desk. What belongs to a ticket goes with it when the ticket is deleted."""

from core.database.migrations import Migration

MIGRATIONS = (
    Migration(
        "desk-1-accounts",
        (
            """CREATE TABLE desk_user (
                id {id},
                login TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                roles TEXT NOT NULL,
                password_hash TEXT NOT NULL,
                disabled INTEGER NOT NULL DEFAULT 0,
                totp_secret TEXT NOT NULL DEFAULT '',
                totp_pending TEXT NOT NULL DEFAULT '',
                totp_step BIGINT NOT NULL DEFAULT 0,
                lang TEXT NOT NULL DEFAULT '',
                shortcuts INTEGER NOT NULL DEFAULT 1,
                created_at TEXT NOT NULL
            )""",
            """CREATE TABLE desk_recovery_code (
                id {id},
                user_id BIGINT NOT NULL REFERENCES desk_user(id) ON DELETE CASCADE,
                hash TEXT NOT NULL,
                used_at TEXT NOT NULL DEFAULT ''
            )""",
            "CREATE INDEX desk_recovery_code_user ON desk_recovery_code (user_id)",
            """CREATE TABLE desk_session (
                id {id},
                hash TEXT NOT NULL UNIQUE,
                user_id BIGINT NOT NULL REFERENCES desk_user(id) ON DELETE CASCADE,
                step TEXT NOT NULL,
                csrf TEXT NOT NULL,
                device TEXT NOT NULL,
                created_at TEXT NOT NULL,
                seen_at TEXT NOT NULL
            )""",
            "CREATE INDEX desk_session_user ON desk_session (user_id)",
            """CREATE TABLE desk_attempts (
                key TEXT PRIMARY KEY,
                failures INTEGER NOT NULL,
                wait_until TEXT NOT NULL,
                updated_at TEXT NOT NULL
            )""",
            """CREATE TABLE desk_audit (
                id {id},
                at TEXT NOT NULL,
                login TEXT NOT NULL,
                action TEXT NOT NULL,
                reference TEXT NOT NULL,
                detail TEXT NOT NULL
            )""",
            "CREATE INDEX desk_audit_reference ON desk_audit (reference)",
            "CREATE INDEX desk_audit_login ON desk_audit (login)",
        ),
    ),
    Migration(
        "desk-2-tickets",
        (
            # Covering index of the queue's counts and filters, so that ten thousand wide rows need not be read.
            "CREATE INDEX desk_ticket_queue ON ticket (quarantine, stage, snooze_until, assignee_id, team, lang,"
            " preferred_channel, priority, updated_at)",
            """CREATE TABLE desk_text (
                ticket_id BIGINT PRIMARY KEY REFERENCES ticket(id) ON DELETE CASCADE,
                messages BIGINT NOT NULL,
                folded TEXT NOT NULL
            )""",
            """CREATE TABLE desk_presence (
                ticket_id BIGINT NOT NULL REFERENCES ticket(id) ON DELETE CASCADE,
                user_id BIGINT NOT NULL REFERENCES desk_user(id) ON DELETE CASCADE,
                seen_at TEXT NOT NULL,
                writing INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (ticket_id, user_id)
            )""",
            """CREATE TABLE desk_canned (
                id {id},
                name TEXT NOT NULL,
                lang TEXT NOT NULL,
                text TEXT NOT NULL,
                updated_at TEXT NOT NULL,
                updated_by TEXT NOT NULL
            )""",
        ),
    ),
    Migration(
        "desk-3-due",
        # Response targets by ticket; the planner would else scan all open ones.
        ("CREATE INDEX desk_promise_ticket ON promise (ticket_id, kept_at, replaced_at, due_at)",),
    ),
)
