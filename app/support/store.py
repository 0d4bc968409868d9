"""SQL of tickets, messages and their events. Every function takes the connection of a transaction the caller owns."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from app.support import journey as journeys
from app.support.types import (
    Attachment,
    Author,
    Channel,
    CheckedFile,
    Message,
    NewTicket,
    State,
    Ticket,
    TicketEvent,
)

# No vowels (no words by chance) and nothing that is mistaken for something else: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
_ALPHABET = "34679CDFGHJKMNPQRTWXY"


def iso(moment: datetime) -> str:
    """UTC with milliseconds: text that sorts as time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


def new_reference() -> str:
    """A name for a ticket that can be read out on the phone, like SP-7K3M-Q4."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    return f"SP-{letters[:4]}-{letters[4:]}"


def new_token() -> str:
    """192 random bits. Stored as it is: who can read this database can read the conversations anyway, and the mails
    that are still to be delivered must carry it."""
    return secrets.token_urlsafe(24)


def claim_key(connection: Connection, key: str, fingerprint: str, now: datetime) -> tuple[bool, str, int | None]:
    """(True, …) when the key is new; else (False, its fingerprint, its ticket).

    It is the first statement of the transaction: a second request with the same key waits here until the first is
    committed, and then sees it.
    """
    inserted = connection.execute(
        text(
            "INSERT INTO idempotency (key, fingerprint, ticket_id, created_at) VALUES (:key, :fingerprint, NULL, :now)"
            " ON CONFLICT (key) DO NOTHING"
        ),
        {"key": key, "fingerprint": fingerprint, "now": iso(now)},
    ).rowcount
    if inserted:
        return True, fingerprint, None
    row = connection.execute(
        text("SELECT fingerprint, ticket_id FROM idempotency WHERE key = :key"), {"key": key}
    ).one()
    return False, row.fingerprint, row.ticket_id


def settle_key(connection: Connection, key: str, ticket_id: int) -> None:
    connection.execute(text("UPDATE idempotency SET ticket_id = :id WHERE key = :key"), {"id": ticket_id, "key": key})


def insert_ticket(connection: Connection, new: NewTicket, now: datetime) -> int:
    """Store the ticket under a fresh reference; its id."""
    values = {
        "state": State.WAITING.value,
        "name": new.name,
        "email": new.email,
        "phone": new.phone,
        "preferred_channel": new.preferred_channel.value,
        "subject": new.subject,
        "category": new.category,
        "lang": new.lang,
        "fields": json.dumps(dict(new.fields), ensure_ascii=False),
        "consent_text": new.consent_text,
        "journey": new.journey.to_json(),
        "site_url": new.site_url,
        "source": new.source,
        "quarantine": new.quarantine,
        "created_at": iso(now),
        "updated_at": iso(now),
    }
    names = ("reference", "token", *values)
    statement = text(  # column names are ours, values are bound
        f"INSERT INTO ticket ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})"  # noqa: S608
        " ON CONFLICT (reference) DO NOTHING RETURNING id"
    )
    while True:  # ends: 85 million references, and a taken one is simply drawn again
        row = connection.execute(statement, {"reference": new_reference(), "token": new_token(), **values}).first()
        if row is not None:
            return int(row.id)


def insert_message(
    connection: Connection, ticket_id: int, author: Author, body: str, files: tuple[CheckedFile, ...], now: datetime
) -> int:
    message_id = connection.execute(
        text(
            "INSERT INTO message (ticket_id, author, text, created_at) VALUES (:ticket, :author, :text, :now)"
            " RETURNING id"
        ),
        {"ticket": ticket_id, "author": author.value, "text": body, "now": iso(now)},
    ).scalar_one()
    for file in files:
        connection.execute(
            text(
                "INSERT INTO attachment (message_id, name, kind, size, sha256)"
                " VALUES (:message, :name, :kind, :size, :sha256)"
            ),
            {"message": message_id, "name": file.name, "kind": file.kind, "size": file.size, "sha256": file.sha256},
        )
    return int(message_id)


def insert_event(
    connection: Connection, ticket_id: int, kind: str, now: datetime, detail: Mapping[str, str] | None = None
) -> None:
    connection.execute(
        text("INSERT INTO ticket_event (ticket_id, kind, detail, at) VALUES (:ticket, :kind, :detail, :now)"),
        {"ticket": ticket_id, "kind": kind, "detail": json.dumps(detail or {}, ensure_ascii=False), "now": iso(now)},
    )


def set_state(connection: Connection, ticket_id: int, state: State, now: datetime) -> None:
    connection.execute(
        text("UPDATE ticket SET state = :state, updated_at = :now WHERE id = :id"),
        {"state": state.value, "now": iso(now), "id": ticket_id},
    )


def ticket_id_of(connection: Connection, *, token: str | None = None, reference: str | None = None) -> int | None:
    column, value = ("token", token) if token is not None else ("reference", reference)
    statement = text(f"SELECT id FROM ticket WHERE {column} = :value")  # noqa: S608 - one of two names
    found = connection.execute(statement, {"value": value}).scalar()
    return None if found is None else int(found)


def load_ticket(connection: Connection, ticket_id: int) -> Ticket:
    """The ticket with its conversation and events, oldest first."""
    row = connection.execute(text("SELECT * FROM ticket WHERE id = :id"), {"id": ticket_id}).one()
    messages = connection.execute(text("SELECT * FROM message WHERE ticket_id = :id ORDER BY id"), {"id": ticket_id})
    files: dict[int, list[Attachment]] = {}
    for a in connection.execute(
        text(
            "SELECT a.* FROM attachment a JOIN message m ON m.id = a.message_id WHERE m.ticket_id = :id ORDER BY a.id"
        ),
        {"id": ticket_id},
    ):
        files.setdefault(a.message_id, []).append(Attachment(a.id, a.message_id, a.name, a.kind, a.size, a.sha256))
    events = connection.execute(text("SELECT * FROM ticket_event WHERE ticket_id = :id ORDER BY id"), {"id": ticket_id})
    return _ticket(
        row,
        tuple(
            Message(m.id, Author(m.author), m.text, moment(m.created_at), tuple(files.get(m.id, ()))) for m in messages
        ),
        tuple(TicketEvent(e.kind, moment(e.at), json.loads(e.detail)) for e in events),
    )


def list_tickets(connection: Connection, state: State | None, quarantined: bool, limit: int) -> tuple[Ticket, ...]:
    """Newest first, without their messages."""
    clauses = ["quarantine <> ''" if quarantined else "quarantine = ''"]
    if state is not None:
        clauses.append("state = :state")
    rows = connection.execute(
        text(f"SELECT * FROM ticket WHERE {' AND '.join(clauses)} ORDER BY id DESC LIMIT :limit"),  # noqa: S608
        {"state": state.value if state else "", "limit": limit},
    )
    return tuple(_ticket(row, (), ()) for row in rows)


def release(connection: Connection, ticket_id: int, now: datetime) -> None:
    """The ticket is no longer held back."""
    connection.execute(
        text("UPDATE ticket SET quarantine = '', updated_at = :now WHERE id = :id"), {"now": iso(now), "id": ticket_id}
    )


def mentions_file(connection: Connection, sha256: str) -> bool:
    found = connection.execute(text("SELECT 1 FROM attachment WHERE sha256 = :sha LIMIT 1"), {"sha": sha256})
    return found.first() is not None


def forget_keys(connection: Connection, before: datetime) -> int:
    """Idempotency keys older than `before` are no longer honoured."""
    return connection.execute(
        text("DELETE FROM idempotency WHERE created_at < :before"), {"before": iso(before)}
    ).rowcount


def _ticket(row: Any, messages: tuple[Message, ...], events: tuple[TicketEvent, ...]) -> Ticket:
    return Ticket(
        id=row.id,
        reference=row.reference,
        token=row.token,
        state=State(row.state),
        name=row.name,
        email=row.email,
        phone=row.phone,
        preferred_channel=Channel(row.preferred_channel),
        subject=row.subject,
        category=row.category,
        lang=row.lang,
        fields=json.loads(row.fields),
        consent_text=row.consent_text,
        journey=journeys.from_stored(row.journey),
        site_url=row.site_url,
        source=row.source,
        quarantine=row.quarantine,
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        messages=messages,
        events=events,
    )
