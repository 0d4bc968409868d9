"""TicketService: creating, reading and continuing tickets. What `create` returns is durable: files are on disk,
the rest is committed in one transaction."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from core.database.connection import writing
from core.database.timestamps import iso
from core.email_addresses import email_key
from support.delivery import circuit_breaker, outbox
from support.tickets import deliveries, repository, status_links
from support.tickets.attachments import AttachmentFolder
from support.tickets.journey import Journey
from support.tickets.models import (
    Attachment,
    Author,
    Channel,
    CheckedFile,
    Delivery,
    KeyReused,
    NewTicket,
    OutboxRow,
    Priority,
    Stage,
    State,
    SuggestedArticle,
    Ticket,
    TicketSubject,
    UnknownTicket,
    UrgentNotice,
    Via,
)
from support.tickets.settings import SettingsForTickets
from support.tickets.status_links import StatusLinks
from support.tickets.target_tracking import ResponseTargets
from support.tickets.waiting_uploads import WaitingUploads

_KEYS_KEPT = timedelta(days=30)
_PROOFS_KEPT = timedelta(days=7)  # longer than any proof works
_UNCLAIMED_KEPT = timedelta(days=1)
_CLIENT_FORMS = 4  # forms with all their files that one client may leave unsent
_REPEATED_WITHIN = timedelta(minutes=10)
# Held messages of danger that teams hear of within an hour, together: a robot may know the words of danger too.
_ALARMS_AN_HOUR = 10


class Happened(Protocol):
    """Told of what insight counts, in the transaction in which it happens."""

    def __call__(
        self,
        connection: Connection,
        name: str,
        id: str,
        at: datetime,
        *,
        ticket_id: int,
        source: str,
        address: str,
        lang: str,
        site: str,
        data: Mapping[str, str | int],
    ) -> None: ...


def _unheard(*_about: object, **_more: object) -> None:
    return None


class FindDanger(Protocol):
    """Whether who writes a text seems to be in danger. It is looked for in `own_words` of the text, where that is
    given."""

    def __call__(self, text: str, lang: str, own_words: str = "") -> UrgentNotice | None: ...


class TicketService:
    """Create, read and continue tickets. `on_outbox` is called after something was put in the outbox; `urgent` tells of
    a further message, with the ticket's language, whether its customer seems to be in danger.

    Whoever begins a unit of work opens `transaction` and hands its `connection` on to all that belongs to it.
    """

    def __init__(self, engine: Engine, settings: SettingsForTickets):
        self.engine = engine
        status_links.use_links(engine, StatusLinks(settings.keys.get("links"), settings.public_url))
        self.data_dir = Path(settings.data_dir)
        self.files = AttachmentFolder(
            self.data_dir / "attachments",
            settings.attachment_max_mb * 1024 * 1024,
            refused=settings.attachments_refused,
            keep_metadata=settings.picture_metadata == "keep",
            bucket=settings.bucket,
        )
        self.waiting = WaitingUploads(
            self.data_dir / "uploads",
            self.files,
            most_bytes=settings.uploads_waiting_mb * 1024 * 1024,
            client_files=_CLIENT_FORMS * max(settings.attachments_max, 1),
        )
        self.on_outbox: Callable[[], None] = lambda: None
        self.urgent: FindDanger = lambda text, lang, own_words="": None
        self.suggested: Callable[[Ticket, str], tuple[SuggestedArticle, ...]] = lambda ticket, lang: ()
        self.happened: Happened = _unheard
        self.response_targets = ResponseTargets(engine, settings)
        self._check_in = timedelta(days=settings.check_in_days)
        self._link_lasts = timedelta(days=settings.status_link_days)
        self._mail_held = settings.held_acknowledgement == "mail"

    @contextmanager
    def transaction(self, connection: Connection | None = None) -> Iterator[Connection]:
        """The caller's transaction where there is one already; else one of its own, after which the delivery worker
        wakes: only then can it see what was put in the outbox."""
        if connection is not None:
            yield connection
            return
        with writing(self.engine) as opened:
            yield opened
        self.on_outbox()

    def create(
        self,
        new: NewTicket,
        idempotency_key: str | None,
        now: datetime,
        *,
        sent_from: str = "",
        connection: Connection | None = None,
    ) -> Ticket:
        """Store a ticket, its message, its events and what must be delivered, all or nothing.

        The same key with the same request gives the same ticket, also after a crash. So does the same message from the
        same address and the same client (`sent_from`) within minutes, if that is given and nothing new is said: that
        is somebody who went back and sent again. Without the client, whoever guesses what a stranger wrote would be
        handed the link to the stranger's ticket. Raises KeyReused when the key came with another request, and the
        database's own error when it cannot be written (nothing is stored then).
        """
        with self.transaction(connection) as connection:
            if idempotency_key:
                key = f"ticket:{hashlib.sha256(idempotency_key.encode()).hexdigest()}"
                new_fingerprint = fingerprint(new)
                fresh, known_fingerprint, ticket_id = repository.claim_key(connection, key, new_fingerprint, now)
                if not fresh:
                    if known_fingerprint != new_fingerprint or ticket_id is None:
                        raise KeyReused("this Idempotency-Key was used for another request")
                    return repository.load_ticket(connection, ticket_id)
            content = content_key(new, sent_from) if sent_from else ""
            if content:
                before = repository.claim_content(connection, content, now - _REPEATED_WITHIN, now)
                earlier = repository.load_ticket(connection, before) if before is not None else None
                if earlier is not None and says_nothing_new(new, earlier):
                    if idempotency_key:
                        repository.settle_key(connection, key, earlier.id)
                    return earlier
            stored = replace(new, priority=Priority.URGENT) if new.urgent else new
            ticket_id = repository.insert_ticket(connection, stored, now, now + self._link_lasts)
            message_id = repository.insert_message(
                connection, ticket_id, Author.CUSTOMER, new.message, new.attachments, now,
                via=new.via.value, staff=new.staff, mail_id=new.mail_id, field_files=new.field_files,
            )  # fmt: skip
            repository.insert_event(connection, ticket_id, "received", now, {"source": new.source}, new.staff)
            if new.urgent:
                repository.insert_event(connection, ticket_id, "urgent", now, asdict(new.urgent))
            if new.routed_by:
                repository.insert_event(connection, ticket_id, "routed", now, {"to": new.team, "by": new.routed_by})
            if new.quarantine:
                repository.insert_event(connection, ticket_id, "quarantined", now, {"why": new.quarantine})
            if new.email and not new.silent:
                held = bool(new.quarantine) and not self._mail_held
                outbox.enqueue(connection, ticket_id, message_id, Delivery.ACKNOWLEDGEMENT, now, held=held)
            held = bool(new.quarantine) and not self._alarms(connection, ticket_id, new.urgent, now)
            self.enqueue_for_team(connection, ticket_id, message_id, new.team, now, held=held)
            if not new.quarantine:  # a held ticket has no response target until it is released
                self.response_targets.give(connection, ticket_id, new.team, "first_reply", now)
            if idempotency_key:
                repository.settle_key(connection, key, ticket_id)
            if content:
                repository.settle_content(connection, content, ticket_id, now)
            ticket = repository.load_ticket(connection, ticket_id)
            sent = {"form": new.form, "via": new.source}
            if new.quarantine:
                self.tell(connection, "ticket_held", "held", ticket, now, sent)
            elif new.source == "staff":  # a call or a visit that was written down
                self.tell(connection, "contact_logged", "contact", ticket, now, {"channel": new.via.value})
            else:
                self.tell(connection, "ticket_sent", "ticket", ticket, now, sent)
            return ticket

    def add_message(
        self, token: str, body: str, key: str, now: datetime, files: tuple[CheckedFile, ...] = ()
    ) -> Ticket:
        """The customer writes on the status page. Raises UnknownTicket; else as `add_customer_message`."""
        with self.engine.connect() as connection:
            ticket_id = self.id_of_token(connection, token)
        return self.add_customer_message(ticket_id, body, key, now, files)

    def add_customer_message(
        self,
        ticket_id: int,
        body: str,
        key: str,
        now: datetime,
        files: tuple[CheckedFile, ...] = (),
        *,
        via: Via = Via.PAGE,
        mail_id: str = "",
        whole: str = "",
        folded: int = 0,
        unproven: bool = False,
        own_words: str = "",
    ) -> Ticket:
        """The customer writes again; the ticket waits for the team once more, also when it was closed. `unproven` as in
        Message, `own_words` as in NewTicket.

        The same key and text twice add one message. A message of danger makes the ticket urgent, and leaves it with
        the team that knows it.
        """
        urgent = self.urgent(body, self.by_id(ticket_id).lang, own_words)
        with self.transaction() as connection:
            if key:
                raw = json.dumps([ticket_id, key, body, [f.sha256 for f in files]])
                hashed = f"message:{hashlib.sha256(raw.encode()).hexdigest()}"
                fresh, _, _ = repository.claim_key(connection, hashed, "", now)
                if not fresh:
                    return repository.load_ticket(connection, ticket_id)
            before = repository.load_ticket(connection, ticket_id)
            message_id = repository.insert_message(
                connection, ticket_id, Author.CUSTOMER, body, files, now, via=via.value, mail_id=mail_id,
                whole=whole, folded=folded, unproven=unproven,
            )  # fmt: skip
            repository.set_stage(connection, ticket_id, Stage.NEW if before.stage is Stage.NEW else Stage.OPEN, now)
            repository.insert_event(
                connection, ticket_id, "reopened" if before.state is State.CLOSED else "customer_message", now
            )
            if before.state is State.CLOSED:
                self.tell(connection, "ticket_reopened", "again", before, now, part=message_id)
            if urgent is not None:
                repository.set_values(connection, ticket_id, now, priority=Priority.URGENT.value)
                repository.insert_event(connection, ticket_id, "urgent", now, asdict(urgent))
            held = bool(before.quarantine) and not self._alarms(connection, ticket_id, urgent, now)
            self.enqueue_for_team(connection, ticket_id, message_id, before.team, now, held=held)
            if before.state is not State.WAITING and not before.quarantine:  # an open response target stays
                self.response_targets.give(connection, ticket_id, before.team, "next_reply", now)
            return repository.load_ticket(connection, ticket_id)

    @staticmethod
    def _alarms(connection: Connection, ticket_id: int, urgent: UrgentNotice | None, now: datetime) -> bool:
        """Whether the team hears at once of what is held: the points of a robot are a guess, and somebody may burn.
        The customer's side stays held."""
        if urgent is None or repository.count_alarms(connection, now - timedelta(hours=1)) >= _ALARMS_AN_HOUR:
            return False
        repository.insert_event(connection, ticket_id, "alarmed", now)
        return True

    def release(self, reference: str, now: datetime, *, connection: Connection | None = None) -> Ticket:
        """Release a quarantined ticket as genuine: its held deliveries are due now."""
        with self.transaction(connection) as connection:
            ticket_id = self.id_of_reference(connection, reference)
            before = repository.load_ticket(connection, ticket_id)
            if not before.quarantine:
                return before
            repository.release(connection, ticket_id, now)
            if before.rejected:
                repository.set_stage(connection, ticket_id, Stage.NEW, now)
            repository.insert_event(connection, ticket_id, "released", now)
            ticket = repository.load_ticket(connection, ticket_id)
            if ticket.state is State.WAITING:
                self.response_targets.give(connection, ticket_id, ticket.team, "first_reply", now)
            outbox.release_held(connection, ticket_id, now)
            sent = {"form": ticket.form, "via": ticket.source}
            self.tell(connection, "ticket_released", "ticket", ticket, ticket.created_at, sent)
            return repository.load_ticket(connection, ticket_id)

    def tell(
        self,
        connection: Connection,
        name: str,
        id: str,
        ticket: Ticket,
        at: datetime,
        data: Mapping[str, str | int] | None = None,
        *,
        part: int | None = None,
    ) -> None:
        """Tell insight of an event of this ticket; `part` tells it from others of its kind."""
        known = f"{id}-{ticket.id}" if part is None else f"{id}-{ticket.id}-{part}"
        self.happened(
            connection, name, known, at, ticket_id=ticket.id, source=ticket.source, address=ticket.email,
            lang=ticket.lang, site=ticket.site, data=data or {},
        )  # fmt: skip

    def reject(self, reference: str, now: datetime, *, connection: Connection | None = None) -> Ticket:
        """Reject a quarantined ticket as spam: it is closed, nothing is delivered, and it stays until `keep_held_days`.
        Its sender reads so on the status page and can say otherwise. No other ticket can be rejected."""
        with self.transaction(connection) as connection:
            ticket_id = self.id_of_reference(connection, reference)
            ticket = repository.load_ticket(connection, ticket_id)
            if not ticket.quarantine or ticket.rejected:
                return ticket
            repository.set_stage(connection, ticket_id, Stage.CLOSED, now)
            repository.insert_event(connection, ticket_id, "rejected", now)
            outbox.drop_held(connection, ticket_id, now)
            return repository.load_ticket(connection, ticket_id)

    def retry(self, reference: str, now: datetime) -> int:
        """Retry the dead letters of this ticket; how many."""
        with self.transaction() as connection:
            return outbox.retry_dead(connection, self.id_of_reference(connection, reference), now)

    def by_token(self, token: str) -> Ticket:
        """Raises UnknownTicket, also for text that cannot be a token."""
        with self.engine.connect() as connection:
            return repository.load_ticket(connection, self.id_of_token(connection, token))

    def by_any_token(self, token: str) -> tuple[Ticket, bool]:
        """The ticket of a current or replaced status link, and whether it is the current one. Raises UnknownTicket."""
        with self.engine.connect() as connection:
            try:
                return repository.load_ticket(connection, self.id_of_token(connection, token)), True
            except UnknownTicket:
                old = repository.retired_link(connection, token) if status_links.looks_like_token(token) else None
                if old is None:
                    raise
                return repository.load_ticket(connection, old), False

    def by_reference(self, reference: str) -> Ticket:
        with self.engine.connect() as connection:
            return repository.load_ticket(connection, self.id_of_reference(connection, reference))

    def by_id(self, ticket_id: int) -> Ticket:
        with self.engine.connect() as connection:
            return repository.load_ticket(connection, ticket_id)

    def newest(self, *, state: State | None = None, quarantined: bool = False, limit: int = 50) -> tuple[Ticket, ...]:
        """Tickets, newest first, without conversations."""
        with self.engine.connect() as connection:
            return repository.list_tickets(connection, state, quarantined, limit)

    def file(self, ticket: Ticket, attachment_id: int) -> tuple[Attachment, Path] | None:
        """An attachment of this very ticket and where it lies; None for any other. What is gone or damaged lies at a
        path where nothing is."""
        for attachment in ticket.attachments:
            if attachment.id == attachment_id:
                return attachment, self.readable(attachment.sha256)
        return None

    def readable(self, sha256: str) -> Path:
        """Where the file lies whose content is what its hash says; else a path where nothing is."""
        try:
            return self.files.verified(sha256)
        except OSError:
            return self.files.path("0" * 64)

    def subjects(self, first: date, last: date) -> list[TicketSubject]:
        """The subjects of tickets that arrived from one day (UTC) to another."""
        with self.engine.connect() as connection:
            return repository.subjects(connection, first, last)

    def backlog(self, now: datetime) -> dict[str, Any]:
        """Part of what /readyz shows: `pending`, `dead`, `held` deliveries, the age of the oldest pending in seconds,
        open circuits, and tickets that need an agent's review."""
        with self.engine.connect() as connection:
            counts = outbox.counts(connection)
            oldest = outbox.oldest_pending(connection)
            down = len(circuit_breaker.open_circuits(connection))
            quarantined, since = repository.quarantined(connection)
            limited = outbox.limited_count(connection)
        return {
            "channels_down": down,
            "pending": counts.get("pending", 0),
            "dead": counts.get("dead", 0),
            "held": counts.get("held", 0),
            "mail_limited": limited,
            "quarantined": quarantined,
            "quarantined_oldest_hours": max(0, int((now - since).total_seconds() // 3600)) if since else 0,
            "oldest_pending_seconds": max(0, round((now - oldest).total_seconds())) if oldest else 0,
        }

    def stuck(self, now: datetime, older_than: timedelta = timedelta(minutes=15)) -> tuple[tuple[str, OutboxRow], ...]:
        """(reference, delivery) of dead letters and overdue deliveries."""
        return deliveries.stuck(self.engine, now, older_than)

    def check_storing(self, now: datetime) -> None:
        """Health check: commits a row, so that it raises the database's error if no ticket could be stored now."""
        with writing(self.engine) as connection:
            repository.note_check(connection, now)

    def sweep(self, now: datetime) -> int:
        """Delete unclaimed files (of forms that were never sent) and expired idempotency keys; how many files."""
        with writing(self.engine) as connection:
            repository.forget_keys(connection, now - _KEYS_KEPT)
            repository.forget_proofs(connection, now - _PROOFS_KEPT)
        removed = 0
        for path in self.files.unclaimed((now - _UNCLAIMED_KEPT).timestamp()):
            with self.engine.connect() as connection:
                if repository.mentions_file(connection, path.name):
                    continue
            self.files.remove(path.name)
            removed += 1
        return removed + self.waiting.sweep((now - _UNCLAIMED_KEPT).timestamp())

    def enqueue_for_team(
        self, connection: Connection, ticket_id: int, message_id: int, team: str, now: datetime, *, held: bool = False
    ) -> None:
        """Enqueue this message for every destination of the team."""
        for channel in self.response_targets.team(team).channels:
            kind = Delivery.TEAM_MAIL if channel.kind == "email" else Delivery.WEBHOOK
            outbox.enqueue(connection, ticket_id, message_id, kind, now, held=held, target=channel.name)

    def say_closed(self, connection: Connection, ticket: Ticket, now: datetime) -> None:
        """Tell the customer that the team closed it, and ask once some days later, if that is wanted. Whether it still
        is, is looked at again when the mail is due."""
        if not ticket.email or ticket.preferred_channel is not Channel.EMAIL or ticket.quiet or ticket.quarantine:
            return
        last = ticket.messages[-1].id
        self.renew_link(connection, ticket, now)
        outbox.enqueue(connection, ticket.id, last, Delivery.STATUS_MAIL, now)
        if self._check_in:
            outbox.enqueue(connection, ticket.id, last, Delivery.CHECK_IN_MAIL, now, due=now + self._check_in)

    def renew_link(self, connection: Connection, ticket: Ticket, now: datetime) -> None:
        """Renew the status link: its lifetime begins again, under a new token if it had expired."""
        if ticket.link_expires_at is None or ticket.link_expires_at > now:
            if ticket.link_expires_at is not None:
                repository.set_values(connection, ticket.id, now, link_expires_at=iso(now + self._link_lasts))
            return
        repository.replace_token(connection, ticket, now, now + self._link_lasts)

    @staticmethod
    def id_of_token(connection: Connection, token: str) -> int:
        found = repository.ticket_id_of(connection, token=token) if status_links.looks_like_token(token) else None
        if found is None:
            raise UnknownTicket("no ticket has this link")
        return found

    @staticmethod
    def id_of_reference(connection: Connection, reference: str) -> int:
        found = repository.ticket_id_of(connection, reference=reference.strip().upper())
        if found is None:
            raise UnknownTicket(f"no ticket has the reference {reference}")
        return found


def content_key(new: NewTicket, sent_from: str) -> str:
    """The digest of who says what, from where; '' for what has neither address nor number."""
    address = email_key(new.email) or "".join(filter(str.isdigit, new.phone))
    if not address:
        return ""
    said = json.dumps([sent_from, new.site, new.source, address, new.subject, new.message])
    return f"content:{hashlib.sha256(said.encode()).hexdigest()}"


def says_nothing_new(new: NewTicket, earlier: Ticket) -> bool:
    """Whether all of a request stands in an earlier ticket with the same message, with which nothing has happened yet.
    That one may say more: files that were chosen are gone from a form one comes back to."""
    if earlier.state is not State.WAITING or len(earlier.messages) != 1:
        return False
    if earlier.quarantine and not new.quarantine:
        return False  # What is not held this time must not end in a ticket that is.
    first = earlier.messages[0]
    told = [(getattr(new, name), getattr(earlier, name)) for name in ("form", "name", "phone", "category", "product")]
    return (
        all(value in ("", known) for value, known in told)
        and new.preferred_channel is earlier.preferred_channel
        and new.identity is earlier.identity
        and all(earlier.fields.get(name) == value for name, value in new.fields.items())
        and _rejections(new.journey) <= _rejections(earlier.journey)
        and {file.sha256 for file in new.attachments} <= {file.sha256 for file in first.attachments}
    )


def _rejections(journey: Journey) -> set[tuple[str, ...]]:
    """What the customer said of the articles that were suggested."""
    return {(one.lang, one.slug, one.rejected, one.comment) for one in journey.suggestions if one.rejected}


def fingerprint(new: NewTicket) -> str:
    """Fingerprint of a request, for idempotency: all the customer sent, whichever program repeats it and however the
    wording of the consent was changed meanwhile. A form's journey goes on changing between the two clicks of a double
    click, so there it does not count."""
    values = asdict(new)
    for name in new.guessed:
        part, _, inner = name.partition(".")
        values[part] = {**values[part], inner: ""} if inner else ""
    decided_here = ("site_url", "quarantine", "guessed", "team", "routed_by", "time_zone", "silent", "urgent")
    for name in (*decided_here, *(["journey"] if new.source == "form" else [])):
        values.pop(name)
    for name in ("attributes", "tags"):  # without them, as requests from before there were any
        if not values[name]:
            values.pop(name)
    values["consent_text"] = bool(new.consent_text)
    values["consents"] = [consent.name for consent in new.consents]
    values["field_files"] = sorted(new.field_files.items())
    values["fields"] = sorted(new.fields.items())
    canonical = json.dumps(values, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
