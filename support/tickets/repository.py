"""SQL of tickets, messages and their events. Every function takes the connection of a transaction the caller owns."""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    Table,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from core.email_addresses import email_key
from support.tickets import journey as journeys
from support.tickets import relations, status_links, stored_targets, tags
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
    Ticket,
    TicketEvent,
    TicketSubject,
)
from support.tickets.schema import (
    attachment,
    idempotency,
    message,
    person,
    rating,
    ticket,
    ticket_event,
    ticket_link,
    used_proof,
)
from support.tickets.status_links import StatusLinks

# No vowels (no words by chance) and nothing that is mistaken for something else: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
_ALPHABET = "34679CDFGHJKMNPQRTWXY"


def new_reference() -> str:
    """A random reference that can be read out on the phone, such as SP-7K3M-Q4."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    return f"SP-{letters[:4]}-{letters[4:]}"


def claim_key(connection: Connection, key: str, fingerprint: str, now: datetime) -> tuple[bool, str, int | None]:
    """Claim an idempotency key: (True, …) when it is new; else (False, its request fingerprint, its ticket).

    It is the first statement of the transaction: a second request with the same key waits here until the first is
    committed, and then sees it.
    """
    new = insert_for(connection, idempotency).values(key=key, fingerprint=fingerprint, created_at=iso(now))
    inserted = connection.execute(new.on_conflict_do_nothing(index_elements=["key"]).returning(idempotency.c.key))
    if inserted.first() is not None:
        return True, fingerprint, None
    known = select(idempotency.c.fingerprint, idempotency.c.ticket_id).where(idempotency.c.key == key)
    row = connection.execute(known).one()
    return False, row.fingerprint, row.ticket_id


def note_check(connection: Connection, now: datetime) -> None:
    """Write the row of the health check: always the same one."""
    mark = insert_for(connection, idempotency).values(key="check", fingerprint="", created_at=iso(now))
    connection.execute(mark.on_conflict_do_update(index_elements=["key"], set_={"created_at": iso(now)}))


def claim_content(connection: Connection, key: str, since: datetime, now: datetime) -> int | None:
    """Claim the digest of a message; the newest ticket it became since then, if any.

    A second process with the same digest waits here until the first is committed, and then sees its ticket. The lock
    is what makes that hold for a row that is older, too; SQLite has one writer and needs none.
    """
    fresh, _fingerprint, _ticket = claim_key(connection, key, "", now)
    if fresh:
        return None
    wanted = select(idempotency.c.ticket_id, idempotency.c.created_at).where(idempotency.c.key == key)
    row = connection.execute(wanted.with_for_update()).one()
    if row.created_at >= iso(since):
        return None if row.ticket_id is None else int(row.ticket_id)
    return None


def settle_content(connection: Connection, key: str, ticket_id: int, now: datetime) -> None:
    known = update(idempotency).where(idempotency.c.key == key)
    connection.execute(known.values(ticket_id=ticket_id, created_at=iso(now)))


def settle_key(connection: Connection, key: str, ticket_id: int) -> None:
    connection.execute(update(idempotency).where(idempotency.c.key == key).values(ticket_id=ticket_id))


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
        "attributes": json.dumps(dict(new.attributes), ensure_ascii=False),
        "page_tags": json.dumps(list(new.tags), ensure_ascii=False),
        "external_id": new.external_id,
        "person_id": _person(connection, new, now),
        "link_expires_at": iso(link_expires_at),
        "created_at": iso(now),
        "updated_at": iso(now),
    }
    stored = insert_for(connection, ticket).on_conflict_do_nothing(index_elements=["reference"]).returning(ticket.c.id)
    while True:  # ends: 85 million references, and a taken one is simply drawn again
        fresh = {"reference": new_reference(), **_new_link(connection)}
        ticket_id = connection.execute(stored, {**fresh, **values}).scalar()
        if ticket_id is not None:
            return int(ticket_id)


def _new_link(connection: Connection) -> dict[str, str]:
    nonce = status_links.new_nonce()
    return {"link_nonce": nonce, "token": status_links.token_hash(status_links.links_of(connection).token(nonce))}


def person_of(connection: Connection, address: str, now: datetime) -> int | None:
    """The person with this address, made if there is none yet; None without an address."""
    key = email_key(address)
    if not key:
        return None
    new = insert_for(connection, person).values(email=key, created_at=iso(now))
    connection.execute(new.on_conflict_do_nothing(index_elements=["email"]))
    return int(connection.execute(select(person.c.id).where(person.c.email == key)).scalar_one())


def _person(connection: Connection, new: NewTicket, now: datetime) -> int | None:
    person_id = person_of(connection, new.email, now)
    if person_id is not None and new.identity in {Identity.SIGNED, Identity.MAIL}:
        _verify_person(connection, person_id, now)
        if new.external_id:
            known = update(person).where(person.c.id == person_id)
            connection.execute(known.values(external_id=new.external_id))
    return person_id


def set_identity(connection: Connection, ticket_id: int, identity: Identity) -> None:
    connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(identity=identity.value))


def verify(connection: Connection, one: Ticket, identity: Identity, now: datetime) -> None:
    """Mark the ticket's address as verified; the ticket then counts as that person's."""
    set_identity(connection, one.id, identity)
    if one.person_id is not None:
        _verify_person(connection, one.person_id, now)


def _verify_person(connection: Connection, person_id: int, now: datetime) -> None:
    unverified = update(person).where(person.c.id == person_id, person.c.verified_at == "")
    connection.execute(unverified.values(verified_at=iso(now)))


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
    whole: str = "",
    folded: int = 0,
    unproven: bool = False,
) -> int:
    """Add a message. Notes and calls are internal, everything else is public."""
    values = {
        "ticket_id": ticket_id,
        "author": author.value,
        "text": body,
        "created_at": iso(now),
        "kind": kind.value,
        "visibility": "public" if kind is MessageKind.MESSAGE else "internal",
        "direction": direction or ("in" if author is Author.CUSTOMER else "out"),
        "via": via,
        "staff_id": staff.id,
        "author_name": staff.name,
        "mail_id": mail_id,
        "outcome": outcome,
        "off_channel_reason": off_channel_reason,
        "happened_at": iso(happened_at) if happened_at else "",
        "whole": whole,
        "folded": folded,
        "unproven": int(unproven),
    }
    message_id = connection.execute(insert(message).values(values).returning(message.c.id)).scalar_one()
    for file in files:
        connection.execute(
            insert(attachment).values(
                message_id=message_id,
                name=file.name,
                kind=file.kind,
                size=file.size,
                sha256=file.sha256,
                field=(field_files or {}).get(file.sha256, ""),
                note=file.note,
            )
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
    told = json.dumps(detail or {}, ensure_ascii=False)
    connection.execute(
        insert(ticket_event).values(ticket_id=ticket_id, kind=kind, detail=told, at=iso(now), staff_id=staff.id)
    )


def count_alarms(connection: Connection, since: datetime) -> int:
    """How often teams were told since of what is held (`quarantine > ''` is what the index of the queue has)."""
    alarms = select(func.count()).select_from(ticket.join(ticket_event, ticket_event.c.ticket_id == ticket.c.id))
    held = (ticket.c.quarantine > "") & (ticket.c.updated_at >= iso(since))
    told = (ticket_event.c.kind == "alarmed") & (ticket_event.c.at >= iso(since))
    return connection.execute(alarms.where(held, told)).scalar_one()


def set_stage(connection: Connection, ticket_id: int, stage: Stage, now: datetime) -> None:
    """Change the stage, which also ends a snooze."""
    finished = case((ticket.c.finished_at == "", iso(now)), else_=ticket.c.finished_at)
    connection.execute(
        update(ticket)
        .where(ticket.c.id == ticket_id)
        .values(
            stage=stage.value,
            updated_at=iso(now),
            snooze_until="",
            finished_at=finished if stage.state is State.CLOSED else "",
        )
    )


_PLAIN = frozenset(
    {"team", "priority", "assignee_id", "snooze_until", "quiet", "preferred_channel", "email", "phone", "name",
     "first_reply_at", "link_expires_at", "person_id", "time_zone", "incident"}
)  # fmt: skip


def set_values(connection: Connection, ticket_id: int, now: datetime, **values: str | int | None) -> None:
    """Change plain columns. Raises KeyError for any that has rules of its own, such as the stage."""
    if not values.keys() <= _PLAIN:
        raise KeyError(sorted(values.keys() - _PLAIN))
    connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(**values, updated_at=iso(now)))


def replace_token(connection: Connection, one: Ticket, now: datetime, expires_at: datetime) -> None:
    """Rotate the token of the status link; the old one is stored, so that it is known to have expired."""
    stored = connection.execute(select(ticket.c.token).where(ticket.c.id == one.id)).scalar_one()
    # Two for a ticket from before links were derived: the link it was given then, and the one of later mails.
    for retired in {stored, status_links.token_hash(one.token)}:
        connection.execute(insert(ticket_link).values(token=retired, ticket_id=one.id, retired_at=iso(now)))
    connection.execute(update(ticket).where(ticket.c.id == one.id).values(_new_link(connection)))
    set_values(connection, one.id, now, link_expires_at=iso(expires_at))


def retired_link(connection: Connection, token: str) -> int | None:
    """The ticket of a replaced token."""
    of_token = ticket_link.c.token == status_links.token_hash(token)
    return connection.execute(select(ticket_link.c.ticket_id).where(of_token)).scalar()


def use_proof(connection: Connection, digest: str, ticket_id: int, now: datetime) -> bool:
    """Whether this proof was not used before. It is part of the statement: of two at once, one is the first."""
    new = insert_for(connection, used_proof).values(digest=digest, ticket_id=ticket_id, used_at=iso(now))
    inserted = new.on_conflict_do_nothing(index_elements=["digest"]).returning(used_proof.c.digest)
    return connection.execute(inserted).first() is not None


def is_proof_used(connection: Connection, digest: str) -> bool:
    return connection.execute(select(used_proof.c.digest).where(used_proof.c.digest == digest)).first() is not None


def forget_proofs(connection: Connection, before: datetime) -> int:
    """Delete what was remembered of proofs that have run out anyway."""
    return connection.execute(delete(used_proof).where(used_proof.c.used_at < iso(before))).rowcount


def ticket_id_of(connection: Connection, *, token: str | None = None, reference: str | None = None) -> int | None:
    if token is None:
        return connection.execute(select(ticket.c.id).where(ticket.c.reference == reference)).scalar()
    links, stored = status_links.links_of(connection), status_links.token_hash(token)
    either = or_(ticket.c.token == stored, ticket.c.link_nonce == status_links.nonce_in(token))
    for row in connection.execute(select(ticket.c.id, ticket.c.token, ticket.c.link_nonce).where(either)):
        # By its nonce alone a link is found whose ticket is from before links were derived, or whose key was changed.
        if row.token == stored or links.is_token_of(row.link_nonce, token):
            return int(row.id)
    return None


def message_of_mail(connection: Connection, mail_id: str) -> tuple[int, Author] | None:
    """(ticket, author) of the message that came in as the mail with this Message-ID."""
    wanted = select(message.c.ticket_id, message.c.author).where(message.c.mail_id == mail_id)
    row = connection.execute(wanted.order_by(message.c.id).limit(1)).first()
    return None if row is None else (row.ticket_id, Author(row.author))


def existing_ids(connection: Connection, ids: Sequence[int]) -> tuple[int, ...]:
    """Those of these ids that exist."""
    return tuple(connection.execute(select(ticket.c.id).where(ticket.c.id.in_(ids))).scalars())


def references(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The references of these tickets; those that do not exist are left out."""
    named = select(ticket.c.id, ticket.c.reference).where(ticket.c.id.in_(ids))
    return {row.id: row.reference for row in connection.execute(named)} if ids else {}


def ids_under_address(connection: Connection, key: str) -> tuple[int, ...]:
    """All tickets of the person with this address, as `email_key` spells it."""
    of_person = select(ticket.c.id).join(person, person.c.id == ticket.c.person_id).where(person.c.email == key)
    return tuple(connection.execute(of_person.order_by(ticket.c.id)).scalars())


def ids_with_subject(connection: Connection, key: str, subject: str, since: datetime) -> tuple[int, ...]:
    """The tickets of the person with this address that have this subject, were touched since then, and are not in
    quarantine."""
    wanted = (
        select(ticket.c.id)
        .join(person, person.c.id == ticket.c.person_id)
        .where(
            person.c.email == key, ticket.c.subject == subject, ticket.c.updated_at >= iso(since),
            ticket.c.quarantine == "",
        )
    )  # fmt: skip
    return tuple(connection.execute(wanted.order_by(ticket.c.id)).scalars())


def ids_under_phone(connection: Connection, number: str) -> tuple[int, ...]:
    """All tickets with this phone number, however it is written; none for less than five digits."""
    digits = _digits(number)
    if len(digits) < 5:
        return ()
    rows = connection.execute(select(ticket.c.id, ticket.c.phone).where(ticket.c.phone != "").order_by(ticket.c.id))
    return tuple(row.id for row in rows if _digits(row.phone) == digits)


def _digits(number: str) -> str:
    return "".join(ch for ch in number if ch.isdecimal()).lstrip("0")


def expired_ids(
    connection: Connection, *, finished_before: datetime | None, held_before: datetime | None
) -> tuple[int, ...]:
    """Tickets that were finished, or are held and untouched since, before these moments; None for never."""
    expired = []
    if finished_before is not None:
        expired.append((ticket.c.finished_at != "") & (ticket.c.finished_at <= iso(finished_before)))
    if held_before is not None:
        expired.append((ticket.c.quarantine != "") & (ticket.c.updated_at <= iso(held_before)))
    if not expired:
        return ()
    return tuple(connection.execute(select(ticket.c.id).where(or_(*expired)).order_by(ticket.c.id)).scalars())


def load_ticket(connection: Connection, ticket_id: int) -> Ticket:
    """The ticket with its conversation and events, oldest first."""
    row = connection.execute(select(ticket).where(ticket.c.id == ticket_id)).one()
    messages = connection.execute(_of_ticket(message, ticket_id)).all()
    files: dict[int, list[Attachment]] = {}
    written = select(message.c.id).where(message.c.ticket_id == ticket_id)
    attached = select(attachment).where(attachment.c.message_id.in_(written)).order_by(attachment.c.id)
    for a in connection.execute(attached):
        files.setdefault(a.message_id, []).append(
            Attachment(a.id, a.message_id, a.name, a.kind, a.size, a.sha256, a.field, _maybe(a.purged_at), a.note)
        )
    events = connection.execute(_of_ticket(ticket_event, ticket_id))
    rated = connection.execute(_of_ticket(rating, ticket_id)).first()
    return replace(
        _ticket(row, status_links.links_of(connection)),
        messages=tuple(_message(m, files) for m in messages if m.visibility == "public"),
        internal=tuple(_message(m, files) for m in messages if m.visibility != "public"),
        events=tuple(TicketEvent(e.kind, moment(e.at), json.loads(e.detail), e.staff_id) for e in events),
        response_targets=stored_targets.of_ticket(connection, ticket_id),
        rating=Rating(rated.score, rated.comment, moment(rated.created_at)) if rated else None,
        tags=tags.of_ticket(connection, ticket_id),
        relations=relations.of_ticket(connection, ticket_id),
    )


def first_words(connection: Connection, ids: Collection[int], length: int = 200) -> dict[int, str]:
    """The beginning of the first message of each of these tickets."""
    first = select(func.min(message.c.id)).where(message.c.ticket_id.in_(ids)).group_by(message.c.ticket_id)
    rows = connection.execute(
        select(message.c.ticket_id, func.substr(message.c.text, 1, length).label("start")).where(
            message.c.id.in_(first)
        )
    )
    return {row.ticket_id: row.start for row in rows} if ids else {}


def _of_ticket(table: Table, ticket_id: int) -> Select[Any]:
    """Its rows of a ticket, in the order they were written."""
    return select(table).where(table.c.ticket_id == ticket_id).order_by(table.c.id)


def first_answer(connection: Connection, ticket_id: int) -> "Row[str, str, str, str, str, str, str, str] | None":
    """The `text` and `author_name` of the team's first reply, with what names its customer: `reference`, `subject`,
    `name`, `email`, `phone`, `fields` (JSON). None when there is none."""
    answers = (
        select(
            ticket.c.reference,
            ticket.c.subject,
            ticket.c.name,
            ticket.c.email,
            ticket.c.phone,
            ticket.c.fields,
            message.c.text,
            message.c.author_name,
        )
        .join_from(message, ticket, ticket.c.id == message.c.ticket_id)
        .where(
            message.c.ticket_id == ticket_id, message.c.author == Author.TEAM.value, message.c.visibility == "public"
        )
        .order_by(message.c.id)
        .limit(1)
    )
    return connection.execute(answers).first()


def rate(connection: Connection, ticket_id: int, score: int, comment: str, now: datetime) -> None:
    """One rating a ticket: another one takes its place, with the time of the first."""
    rated = insert_for(connection, rating).values(
        ticket_id=ticket_id, score=score, comment=comment, created_at=iso(now)
    )
    connection.execute(
        rated.on_conflict_do_update(index_elements=["ticket_id"], set_={"score": score, "comment": comment})
    )


def list_tickets(connection: Connection, state: State | None, quarantined: bool, limit: int) -> tuple[Ticket, ...]:
    """Newest first, without their messages."""
    wanted = select(ticket).where(ticket.c.quarantine != "" if quarantined else ticket.c.quarantine == "")
    if state is not None:
        wanted = wanted.where(ticket.c.stage.in_([stage.value for stage in Stage if stage.state is state]))
    links = status_links.links_of(connection)
    return tuple(_ticket(row, links) for row in connection.execute(wanted.order_by(ticket.c.id.desc()).limit(limit)))


def tickets_of_person(connection: Connection, person_id: int) -> tuple[Ticket, ...]:
    """All tickets under one address, newest first, without their messages. Some may be merely TYPED: not proven."""
    rows = connection.execute(select(ticket).where(ticket.c.person_id == person_id).order_by(ticket.c.id.desc()))
    links = status_links.links_of(connection)
    return tuple(_ticket(row, links) for row in rows)


def signed_ids(connection: Connection, site: str, external_id: str, address: str, limit: int) -> tuple[int, ...]:
    """The tickets that this site sent for its signed-in customer with this number (`external_id`), newest news first.
    Addresses change hands, so they count only where the site numbers nobody; `address` is as `email_key` spells it."""
    wanted = select(ticket.c.id).where(
        ticket.c.site == site, ticket.c.identity == Identity.SIGNED.value, ticket.c.external_id == external_id
    )
    if not external_id:
        wanted = wanted.join(person, person.c.id == ticket.c.person_id).where(person.c.email == address)
    newest = wanted.order_by(ticket.c.updated_at.desc(), ticket.c.id.desc()).limit(limit)
    return tuple(connection.execute(newest).scalars())


def set_read(connection: Connection, ticket_id: int, message_id: int) -> None:
    """The customer has read up to this message. Nothing that counts as news: `updated_at` stays."""
    unread = (ticket.c.id == ticket_id) & (ticket.c.read_message_id < message_id)
    connection.execute(update(ticket).where(unread).values(read_message_id=message_id))


def release(connection: Connection, ticket_id: int, now: datetime) -> None:
    """End the quarantine of the ticket."""
    connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(quarantine="", updated_at=iso(now)))


def quarantined(connection: Connection) -> tuple[int, datetime | None]:
    """How many tickets are in quarantine, and since when the oldest."""
    row = connection.execute(
        select(func.count().label("waiting"), func.min(ticket.c.created_at).label("oldest")).where(
            ticket.c.quarantine != "", ticket.c.stage.not_in([Stage.SOLVED.value, Stage.CLOSED.value])
        )
    ).one()
    return row.waiting, moment(row.oldest) if row.oldest else None


def subjects(connection: Connection, first: date, last: date) -> list[TicketSubject]:
    """The subjects of tickets that arrived from one day (UTC) to another and are not held."""
    until = (last + timedelta(days=1)).isoformat()
    rows = connection.execute(
        select(ticket.c.id, ticket.c.lang, ticket.c.subject, ticket.c.created_at)
        .where(ticket.c.created_at >= first.isoformat(), ticket.c.created_at < until, ticket.c.quarantine == "")
        .order_by(ticket.c.id)
    )
    return [TicketSubject(row.id, row.lang, row.subject, moment(row.created_at)) for row in rows]


def mentions_file(connection: Connection, sha256: str) -> bool:
    kept = select(attachment.c.id).where(attachment.c.sha256 == sha256, attachment.c.purged_at == "").limit(1)
    return connection.execute(kept).first() is not None


def forget_keys(connection: Connection, before: datetime) -> int:
    """Delete idempotency keys older than `before`."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < iso(before))).rowcount


def _maybe(stored: str) -> datetime | None:
    return moment(stored) if stored else None


def _message(row: Row[Any], files: Mapping[int, list[Attachment]]) -> Message:
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
        whole=row.whole,
        folded=row.folded,
        unproven=bool(row.unproven),
    )


def _ticket(row: Row[Any], links: StatusLinks) -> Ticket:
    return Ticket(
        id=row.id,
        reference=row.reference,
        token=links.token(row.link_nonce),
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
        site_url=links.base_url,
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
        incident=row.incident,
        attributes=json.loads(row.attributes),
        page_tags=tuple(json.loads(row.page_tags)),
        read_message_id=row.read_message_id,
    )


def kept_files(connection: Connection) -> dict[str, int]:
    """The size of every file that some message still has, by its hash."""
    rows = connection.execute(select(attachment.c.sha256, attachment.c.size).where(attachment.c.purged_at == ""))
    return {row.sha256: row.size for row in rows}


def newest_moment(connection: Connection) -> datetime | None:
    """When anything was last written in a ticket."""
    newest = connection.execute(select(func.max(message.c.created_at))).scalar()
    return moment(newest) if newest else None
