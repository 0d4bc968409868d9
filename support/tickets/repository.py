"""SQL of tickets, messages and their events. Every function takes the connection of a transaction the caller owns."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from core.timestamps import iso, moment
from support.email.addresses import email_key
from support.tickets import journey as journeys
from support.tickets.models import (
    TEAM,
    Attachment,
    Author,
    Channel,
    CheckedFile,
    Consent,
    Identity,
    Message,
    MessageKind,
    NewTicket,
    Priority,
    Rating,
    Staff,
    Stage,
    State,
    StoredTarget,
    Ticket,
    TicketEvent,
)

# No vowels (no words by chance) and nothing that is mistaken for something else: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
_ALPHABET = "34679CDFGHJKMNPQRTWXY"


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


def note_check(connection: Connection, now: datetime) -> None:
    """Leave a mark that something was stored at this time: always the same row."""
    connection.execute(
        text(
            "INSERT INTO idempotency (key, fingerprint, ticket_id, created_at) VALUES ('check', '', NULL, :now)"
            " ON CONFLICT (key) DO UPDATE SET created_at = :now"
        ),
        {"now": iso(now)},
    )


def settle_key(connection: Connection, key: str, ticket_id: int) -> None:
    connection.execute(text("UPDATE idempotency SET ticket_id = :id WHERE key = :key"), {"id": ticket_id, "key": key})


def insert_ticket(connection: Connection, new: NewTicket, now: datetime, link_expires_at: datetime) -> int:
    """Store the ticket under a fresh reference, with its person; its id."""
    values = {
        "stage": Stage.NEW.value,
        "name": new.name,
        "email": new.email,
        "phone": new.phone,
        "preferred_channel": new.preferred_channel.value,
        "subject": new.subject,
        "category": new.category,
        "lang": new.lang,
        "fields": json.dumps(dict(new.fields), ensure_ascii=False),
        "consent_text": new.consent_text,
        "consents": json.dumps([[c.name, c.text] for c in new.consents], ensure_ascii=False),
        "journey": new.journey.to_json(),
        "site_url": new.site_url,
        "source": new.source,
        "quarantine": new.quarantine,
        "form": new.form,
        "team": new.team,
        "priority": new.priority.value,
        "product": new.product,
        "page": new.journey.page,
        "device": new.journey.device,
        "time_zone": new.time_zone,
        "identity": new.identity.value,
        "site": new.site,
        "person_id": _person(connection, new, now),
        "link_expires_at": iso(link_expires_at),
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


def person_of(connection: Connection, address: str, now: datetime) -> int | None:
    """The person with this address, made if there is none yet; None without an address."""
    key = email_key(address)
    if not key:
        return None
    connection.execute(
        text("INSERT INTO person (email, created_at) VALUES (:email, :now) ON CONFLICT (email) DO NOTHING"),
        {"email": key, "now": iso(now)},
    )
    return int(connection.execute(text("SELECT id FROM person WHERE email = :email"), {"email": key}).scalar_one())


def _person(connection: Connection, new: NewTicket, now: datetime) -> int | None:
    person_id = person_of(connection, new.email, now)
    if person_id is not None and new.identity in {Identity.SIGNED, Identity.MAIL}:
        _verify_person(connection, person_id, now)
        if new.external_id:
            connection.execute(
                text("UPDATE person SET external_id = :external WHERE id = :id"),
                {"external": new.external_id, "id": person_id},
            )
    return person_id


def set_identity(connection: Connection, ticket_id: int, identity: Identity) -> None:
    connection.execute(
        text("UPDATE ticket SET identity = :identity WHERE id = :id"), {"identity": identity.value, "id": ticket_id}
    )


def verify(connection: Connection, ticket: Ticket, identity: Identity, now: datetime) -> None:
    """From now on this ticket is known to be of the person its address belongs to."""
    set_identity(connection, ticket.id, identity)
    if ticket.person_id is not None:
        _verify_person(connection, ticket.person_id, now)


def _verify_person(connection: Connection, person_id: int, now: datetime) -> None:
    connection.execute(
        text("UPDATE person SET verified_at = :now WHERE id = :id AND verified_at = ''"),
        {"now": iso(now), "id": person_id},
    )


def insert_message(
    connection: Connection,
    ticket_id: int,
    author: Author,
    body: str,
    files: tuple[CheckedFile, ...],
    now: datetime,
    *,
    kind: MessageKind = MessageKind.MESSAGE,
    via: str = "",
    direction: str = "",
    staff: Staff = TEAM,
    mail_id: str = "",
    outcome: str = "",
    off_channel_reason: str = "",
    happened_at: datetime | None = None,
    field_files: Mapping[str, str] | None = None,
) -> int:
    """Notes and calls are internal, messages public: there is no third way."""
    message_id = connection.execute(
        text(
            "INSERT INTO message (ticket_id, author, text, created_at, kind, visibility, direction, via, staff_id,"
            " author_name, mail_id, outcome, off_channel_reason, happened_at)"
            " VALUES (:ticket, :author, :text, :now, :kind, :visibility, :direction, :via, :staff_id,"
            " :author_name, :mail_id, :outcome, :reason, :happened_at) RETURNING id"
        ),
        {
            "ticket": ticket_id,
            "author": author.value,
            "text": body,
            "now": iso(now),
            "kind": kind.value,
            "visibility": "public" if kind is MessageKind.MESSAGE else "internal",
            "direction": direction or ("in" if author is Author.CUSTOMER else "out"),
            "via": via,
            "staff_id": staff.id,
            "author_name": staff.name,
            "mail_id": mail_id,
            "outcome": outcome,
            "reason": off_channel_reason,
            "happened_at": iso(happened_at) if happened_at else "",
        },
    ).scalar_one()
    for file in files:
        connection.execute(
            text(
                "INSERT INTO attachment (message_id, name, kind, size, sha256, field)"
                " VALUES (:message, :name, :kind, :size, :sha256, :field)"
            ),
            {
                "message": message_id,
                "name": file.name,
                "kind": file.kind,
                "size": file.size,
                "sha256": file.sha256,
                "field": (field_files or {}).get(file.sha256, ""),
            },
        )
    return int(message_id)


def insert_event(
    connection: Connection,
    ticket_id: int,
    kind: str,
    now: datetime,
    detail: Mapping[str, str] | None = None,
    staff: Staff = TEAM,
) -> None:
    connection.execute(
        text(
            "INSERT INTO ticket_event (ticket_id, kind, detail, at, staff_id)"
            " VALUES (:ticket, :kind, :detail, :now, :staff)"
        ),
        {
            "ticket": ticket_id,
            "kind": kind,
            "detail": json.dumps(detail or {}, ensure_ascii=False),
            "now": iso(now),
            "staff": staff.id,
        },
    )


def set_stage(connection: Connection, ticket_id: int, stage: Stage, now: datetime) -> None:
    """Whatever moves a ticket also wakes it: a snooze ends."""
    finished = iso(now) if stage.state is State.CLOSED else ""
    connection.execute(
        text(
            "UPDATE ticket SET stage = :stage, updated_at = :now, snooze_until = '',"
            " finished_at = CASE WHEN :finished = '' THEN '' WHEN finished_at = '' THEN :finished ELSE finished_at END"
            " WHERE id = :id"
        ),
        {"stage": stage.value, "now": iso(now), "finished": finished, "id": ticket_id},
    )


_PLAIN = frozenset(
    {"team", "priority", "assignee_id", "snooze_until", "quiet", "preferred_channel", "email", "phone", "name",
     "first_reply_at", "link_expires_at", "token", "person_id", "time_zone"}
)  # fmt: skip


def set_values(connection: Connection, ticket_id: int, now: datetime, **values: str | int | None) -> None:
    """Change plain columns. Raises KeyError for any that has rules of its own, such as the stage."""
    if not values.keys() <= _PLAIN:
        raise KeyError(sorted(values.keys() - _PLAIN))
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(
        text(f"UPDATE ticket SET {assignments}, updated_at = :now WHERE id = :id"),  # noqa: S608 - names are checked
        {**values, "now": iso(now), "id": ticket_id},
    )


def insert_promise(
    connection: Connection, ticket_id: int, team: str, kind: str, minutes: int, now: datetime, due: datetime
) -> None:
    """Promise a reply; what was promised before and is still open is replaced."""
    connection.execute(
        text("UPDATE promise SET replaced_at = :now WHERE ticket_id = :ticket AND kept_at = '' AND replaced_at = ''"),
        {"now": iso(now), "ticket": ticket_id},
    )
    connection.execute(
        text(
            "INSERT INTO promise (ticket_id, team, kind, minutes, promised_at, due_at)"
            " VALUES (:ticket, :team, :kind, :minutes, :now, :due)"
        ),
        {"ticket": ticket_id, "team": team, "kind": kind, "minutes": minutes, "now": iso(now), "due": iso(due)},
    )


def keep_promises(connection: Connection, ticket_id: int, now: datetime) -> None:
    """The reply came: whether in time shows in the two times."""
    connection.execute(
        text("UPDATE promise SET kept_at = :now WHERE ticket_id = :ticket AND kept_at = '' AND replaced_at = ''"),
        {"now": iso(now), "ticket": ticket_id},
    )


def withdraw_promises(connection: Connection, ticket_id: int, now: datetime) -> None:
    """Nothing is owed any more: open promises end without being kept or broken."""
    connection.execute(
        text("UPDATE promise SET replaced_at = :now WHERE ticket_id = :ticket AND kept_at = '' AND replaced_at = ''"),
        {"now": iso(now), "ticket": ticket_id},
    )


def replace_token(connection: Connection, ticket: Ticket, now: datetime, expires_at: datetime) -> None:
    """A new link; the old one is remembered, so that it can say that it ran out."""
    connection.execute(
        text("INSERT INTO ticket_link (token, ticket_id, retired_at) VALUES (:token, :ticket, :now)"),
        {"token": ticket.token, "ticket": ticket.id, "now": iso(now)},
    )
    set_values(connection, ticket.id, now, token=new_token(), link_expires_at=iso(expires_at))


def retired_link(connection: Connection, token: str) -> int | None:
    """The ticket an old link led to."""
    found = connection.execute(text("SELECT ticket_id FROM ticket_link WHERE token = :token"), {"token": token})
    row = found.first()
    return int(row.ticket_id) if row else None


def ticket_id_of(connection: Connection, *, token: str | None = None, reference: str | None = None) -> int | None:
    column, value = ("token", token) if token is not None else ("reference", reference)
    statement = text(f"SELECT id FROM ticket WHERE {column} = :value")  # noqa: S608 - one of two names
    found = connection.execute(statement, {"value": value}).scalar()
    return None if found is None else int(found)


def load_ticket(connection: Connection, ticket_id: int) -> Ticket:
    """The ticket with its conversation and events, oldest first."""
    row = connection.execute(text("SELECT * FROM ticket WHERE id = :id"), {"id": ticket_id}).one()
    messages = connection.execute(
        text("SELECT * FROM message WHERE ticket_id = :id ORDER BY id"), {"id": ticket_id}
    ).all()
    files: dict[int, list[Attachment]] = {}
    for a in connection.execute(
        text(
            "SELECT a.* FROM attachment a JOIN message m ON m.id = a.message_id WHERE m.ticket_id = :id ORDER BY a.id"
        ),
        {"id": ticket_id},
    ):
        files.setdefault(a.message_id, []).append(
            Attachment(a.id, a.message_id, a.name, a.kind, a.size, a.sha256, a.field, _maybe(a.purged_at))
        )
    events = connection.execute(text("SELECT * FROM ticket_event WHERE ticket_id = :id ORDER BY id"), {"id": ticket_id})
    promises = connection.execute(text("SELECT * FROM promise WHERE ticket_id = :id ORDER BY id"), {"id": ticket_id})
    rated = connection.execute(text("SELECT * FROM rating WHERE ticket_id = :id"), {"id": ticket_id}).first()
    return replace(
        _ticket(row),
        messages=tuple(_message(m, files) for m in messages if m.visibility == "public"),
        internal=tuple(_message(m, files) for m in messages if m.visibility != "public"),
        events=tuple(TicketEvent(e.kind, moment(e.at), json.loads(e.detail), e.staff_id) for e in events),
        promises=tuple(promised(p) for p in promises),
        rating=Rating(rated.score, rated.comment, moment(rated.created_at)) if rated else None,
    )


def promised(row: Any) -> StoredTarget:
    return StoredTarget(
        id=row.id,
        ticket_id=row.ticket_id,
        team=row.team,
        kind=row.kind,
        minutes=row.minutes,
        promised_at=moment(row.promised_at),
        due_at=moment(row.due_at),
        kept_at=_maybe(row.kept_at),
        replaced_at=_maybe(row.replaced_at),
    )


def list_tickets(connection: Connection, state: State | None, quarantined: bool, limit: int) -> tuple[Ticket, ...]:
    """Newest first, without their messages."""
    clauses = ["quarantine <> ''" if quarantined else "quarantine = ''"]
    if state is not None:
        stages = ", ".join(f"'{stage.value}'" for stage in Stage if stage.state is state)
        clauses.append(f"stage IN ({stages})")
    rows = connection.execute(
        text(f"SELECT * FROM ticket WHERE {' AND '.join(clauses)} ORDER BY id DESC LIMIT :limit"),  # noqa: S608
        {"limit": limit},
    )
    return tuple(_ticket(row) for row in rows)


def tickets_of_person(connection: Connection, person_id: int) -> tuple[Ticket, ...]:
    """All tickets under one address, newest first, without their messages. Some may be merely TYPED: not proven."""
    rows = connection.execute(text("SELECT * FROM ticket WHERE person_id = :id ORDER BY id DESC"), {"id": person_id})
    return tuple(_ticket(row) for row in rows)


def release(connection: Connection, ticket_id: int, now: datetime) -> None:
    """The ticket is no longer held back."""
    connection.execute(
        text("UPDATE ticket SET quarantine = '', updated_at = :now WHERE id = :id"), {"now": iso(now), "id": ticket_id}
    )


def quarantined(connection: Connection) -> tuple[int, datetime | None]:
    """How many tickets wait for somebody to look, and since when the oldest does."""
    row = connection.execute(
        text(
            "SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM ticket"
            " WHERE quarantine <> '' AND stage NOT IN ('solved', 'closed')"
        )
    ).one()
    return int(row.n), moment(row.oldest) if row.oldest else None


def mentions_file(connection: Connection, sha256: str) -> bool:
    found = connection.execute(
        text("SELECT 1 FROM attachment WHERE sha256 = :sha AND purged_at = '' LIMIT 1"), {"sha": sha256}
    )
    return found.first() is not None


def forget_keys(connection: Connection, before: datetime) -> int:
    """Idempotency keys older than `before` are no longer honoured."""
    return connection.execute(
        text("DELETE FROM idempotency WHERE created_at < :before"), {"before": iso(before)}
    ).rowcount


def _maybe(stored: str) -> datetime | None:
    return moment(stored) if stored else None


def _message(row: Any, files: Mapping[int, list[Attachment]]) -> Message:
    return Message(
        id=row.id,
        author=Author(row.author),
        text=row.text,
        created_at=moment(row.created_at),
        attachments=tuple(files.get(row.id, ())),
        kind=MessageKind(row.kind),
        direction=row.direction,
        via=row.via,
        staff=Staff(row.staff_id, row.author_name),
        mail_id=row.mail_id,
        outcome=row.outcome,
        off_channel_reason=row.off_channel_reason,
        happened_at=_maybe(row.happened_at),
    )


def _ticket(row: Any) -> Ticket:
    return Ticket(
        id=row.id,
        reference=row.reference,
        token=row.token,
        stage=Stage(row.stage),
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
        form=row.form,
        team=row.team,
        priority=Priority(row.priority),
        product=row.product,
        page=row.page,
        device=row.device,
        time_zone=row.time_zone,
        consents=tuple(Consent(*pair) for pair in json.loads(row.consents)),
        person_id=row.person_id,
        identity=Identity(row.identity),
        assignee_id=row.assignee_id,
        snooze_until=_maybe(row.snooze_until),
        first_reply_at=_maybe(row.first_reply_at),
        finished_at=_maybe(row.finished_at),
        link_expires_at=_maybe(row.link_expires_at),
        quiet=bool(row.quiet),
        site=row.site,
    )
