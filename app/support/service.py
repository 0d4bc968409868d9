"""The rules of a ticket. What `create` returns is durable: files are on disk and one transaction holds the rest."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, text

from app.support import outbox, store
from app.support.attachments import AttachmentFolder
from app.support.types import (
    Attachment,
    Author,
    Channel,
    CheckedFile,
    Delivery,
    KeyReused,
    NewTicket,
    OutboxRow,
    State,
    Ticket,
    UnknownTicket,
)
from kb.database import writing

if TYPE_CHECKING:
    from app.config import Settings

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_KEYS_KEPT = timedelta(days=30)
_UNCLAIMED_KEPT = timedelta(days=1)


class TicketService:
    """Create, read and continue tickets. `on_outbox` is called after something was put in the outbox."""

    def __init__(self, engine: Engine, settings: "Settings"):
        self.engine = engine
        self.files = AttachmentFolder(Path(settings.data_dir) / "attachments", settings.attachment_max_mb * 1024 * 1024)
        self.on_outbox: Callable[[], None] = lambda: None
        self._webhook = bool(settings.webhook_url)

    def create(self, new: NewTicket, idempotency_key: str | None, now: datetime) -> Ticket:
        """Store a ticket, its message, its events and what must be delivered, all or nothing.

        The same key with the same request gives the same ticket, also after a crash. Raises KeyReused when the key
        came with another request, and the database's own error when it cannot be written (nothing is stored then).
        """
        with writing(self.engine) as connection:
            if idempotency_key:
                key = f"ticket:{hashlib.sha256(idempotency_key.encode()).hexdigest()}"
                print_ = fingerprint(new)
                fresh, known_print, ticket_id = store.claim_key(connection, key, print_, now)
                if not fresh:
                    if known_print != print_ or ticket_id is None:
                        raise KeyReused("this Idempotency-Key was used for another request")
                    return store.load_ticket(connection, ticket_id)
            ticket_id = store.insert_ticket(connection, new, now)
            message_id = store.insert_message(connection, ticket_id, Author.CUSTOMER, new.message, new.attachments, now)
            store.insert_event(connection, ticket_id, "received", now, {"source": new.source})
            if new.quarantine:
                store.insert_event(connection, ticket_id, "quarantined", now, {"why": new.quarantine})
            deliveries = [Delivery.ACKNOWLEDGEMENT] if new.email else []
            deliveries += self._for_the_team()
            for kind in deliveries:
                outbox.enqueue(connection, ticket_id, message_id, kind, now, held=bool(new.quarantine))
            if idempotency_key:
                store.settle_key(connection, key, ticket_id)
            ticket = store.load_ticket(connection, ticket_id)
        self.on_outbox()
        return ticket

    def add_message(
        self, token: str, body: str, key: str, now: datetime, files: tuple[CheckedFile, ...] = ()
    ) -> Ticket:
        """The customer writes again; the ticket waits for the team once more, also when it was closed.

        The same key and text twice add one message. Raises UnknownTicket.
        """
        with writing(self.engine) as connection:
            ticket_id = self._id(connection, token)
            if key:
                raw = json.dumps([ticket_id, key, body, [f.sha256 for f in files]])
                hashed = f"message:{hashlib.sha256(raw.encode()).hexdigest()}"
                fresh, _, _ = store.claim_key(connection, hashed, "", now)
                if not fresh:
                    return store.load_ticket(connection, ticket_id)
            message_id = store.insert_message(connection, ticket_id, Author.CUSTOMER, body, files, now)
            before = store.load_ticket(connection, ticket_id)
            store.set_state(connection, ticket_id, State.WAITING, now)
            store.insert_event(
                connection, ticket_id, "reopened" if before.state is State.CLOSED else "customer_message", now
            )
            for kind in self._for_the_team():
                outbox.enqueue(connection, ticket_id, message_id, kind, now, held=bool(before.quarantine))
            ticket = store.load_ticket(connection, ticket_id)
        self.on_outbox()
        return ticket

    def reply(self, reference: str, body: str, now: datetime) -> Ticket:
        """The team answers: it stands on the status page, and is mailed unless the customer chose the phone."""
        with writing(self.engine) as connection:
            ticket_id = self._id_of_reference(connection, reference)
            message_id = store.insert_message(connection, ticket_id, Author.TEAM, body, (), now)
            store.set_state(connection, ticket_id, State.ANSWERED, now)
            store.insert_event(connection, ticket_id, "team_message", now)
            ticket = store.load_ticket(connection, ticket_id)
            if ticket.email and ticket.preferred_channel is Channel.EMAIL:
                outbox.enqueue(connection, ticket_id, message_id, Delivery.CUSTOMER_MAIL, now)
        self.on_outbox()
        return ticket

    def close(self, reference: str, now: datetime) -> Ticket:
        with writing(self.engine) as connection:
            ticket_id = self._id_of_reference(connection, reference)
            store.set_state(connection, ticket_id, State.CLOSED, now)
            store.insert_event(connection, ticket_id, "closed", now)
            return store.load_ticket(connection, ticket_id)

    def release(self, reference: str, now: datetime) -> Ticket:
        """A quarantined ticket turns out to be honest: everything held is delivered now."""
        with writing(self.engine) as connection:
            ticket_id = self._id_of_reference(connection, reference)
            store.release(connection, ticket_id, now)
            store.insert_event(connection, ticket_id, "released", now)
            outbox.release_held(connection, ticket_id, now)
            ticket = store.load_ticket(connection, ticket_id)
        self.on_outbox()
        return ticket

    def retry(self, reference: str, now: datetime) -> int:
        """Deliver again what was given up for this ticket; how many deliveries."""
        with writing(self.engine) as connection:
            revived = outbox.retry_dead(connection, self._id_of_reference(connection, reference), now)
        self.on_outbox()
        return revived

    def by_token(self, token: str) -> Ticket:
        """Raises UnknownTicket, also for text that cannot be a token."""
        with self.engine.connect() as connection:
            return store.load_ticket(connection, self._id(connection, token))

    def by_reference(self, reference: str) -> Ticket:
        with self.engine.connect() as connection:
            return store.load_ticket(connection, self._id_of_reference(connection, reference))

    def by_id(self, ticket_id: int) -> Ticket:
        with self.engine.connect() as connection:
            return store.load_ticket(connection, ticket_id)

    def newest(self, *, state: State | None = None, quarantined: bool = False, limit: int = 50) -> tuple[Ticket, ...]:
        """Newest first, without conversations."""
        with self.engine.connect() as connection:
            return store.list_tickets(connection, state, quarantined, limit)

    def file(self, ticket: Ticket, attachment_id: int) -> tuple[Attachment, Path] | None:
        """An attachment of this very ticket and where it lies; None for any other."""
        for attachment in ticket.attachments:
            if attachment.id == attachment_id:
                return attachment, self.files.path(attachment.sha256)
        return None

    def backlog(self, now: datetime) -> dict[str, Any]:
        """What /readyz shows: `pending`, `dead`, `held` deliveries and the age of the oldest pending in seconds."""
        with self.engine.connect() as connection:
            counts = outbox.counts(connection)
            oldest = outbox.oldest_pending(connection)
        return {
            "pending": counts.get("pending", 0),
            "dead": counts.get("dead", 0),
            "held": counts.get("held", 0),
            "oldest_pending_seconds": max(0, round((now - oldest).total_seconds())) if oldest else 0,
        }

    def stuck(self, now: datetime, older_than: timedelta = timedelta(minutes=15)) -> tuple[tuple[str, OutboxRow], ...]:
        """(reference, delivery) of all that is given up or takes too long."""
        with self.engine.connect() as connection:
            return tuple(outbox.stuck(connection, now, older_than))

    def check_storing(self, now: datetime) -> None:
        """Whether a ticket could be stored now: writes and takes it back. Raises the database's error if not."""
        with self.engine.connect().execution_options(writing=True) as connection:
            transaction = connection.begin()
            try:
                store.claim_key(connection, f"check:{store.new_token()}", "", now)
                connection.execute(text("SELECT COUNT(*) FROM outbox WHERE state = 'pending'")).scalar()
            finally:
                transaction.rollback()

    def sweep(self, now: datetime) -> int:
        """Remove files no ticket mentions (chosen in a form that was never sent) and old keys; how many files."""
        with writing(self.engine) as connection:
            store.forget_keys(connection, now - _KEYS_KEPT)
        removed = 0
        for path in self.files.unclaimed((now - _UNCLAIMED_KEPT).timestamp()):
            with self.engine.connect() as connection:
                if store.mentions_file(connection, path.name):
                    continue
            path.unlink(missing_ok=True)
            removed += 1
        return removed

    def _for_the_team(self) -> "list[Delivery]":
        return [Delivery.TEAM_MAIL, *([Delivery.WEBHOOK] if self._webhook else [])]

    @staticmethod
    def _id(connection: Any, token: str) -> int:
        found = store.ticket_id_of(connection, token=token) if _TOKEN.fullmatch(token) else None
        if found is None:
            raise UnknownTicket("no ticket has this link")
        return found

    @staticmethod
    def _id_of_reference(connection: Any, reference: str) -> int:
        found = store.ticket_id_of(connection, reference=reference.strip().upper())
        if found is None:
            raise UnknownTicket(f"no ticket has the reference {reference}")
        return found


def fingerprint(new: NewTicket) -> str:
    """What makes two requests the same: all the customer sent, whichever program repeats it and however the wording
    of the consent was changed meanwhile. A form's journey goes on changing between the two clicks of a double click,
    so there it does not count."""
    values = asdict(new)
    for name in new.guessed:
        part, _, inner = name.partition(".")
        values[part] = {**values[part], inner: ""} if inner else ""
    for name in ("site_url", "quarantine", "guessed", *(["journey"] if new.source == "form" else [])):
        values.pop(name)
    values["consent_text"] = bool(new.consent_text)
    values["fields"] = sorted(new.fields.items())
    canonical = json.dumps(values, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
