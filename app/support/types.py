"""The nouns of a hand-over. What is unchecked (`Upload`) and what was checked (`CheckedFile`) are different classes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.support.journey import Journey


class Channel(StrEnum):
    """How the customer wants to be answered. It is obeyed: somebody who chose PHONE is not answered by e-mail."""

    EMAIL = "email"
    PHONE = "phone"


class State(StrEnum):
    """Where a ticket stands, from the customer's point of view."""

    WAITING = "waiting"  # for the team
    ANSWERED = "answered"
    CLOSED = "closed"


class Author(StrEnum):
    CUSTOMER = "customer"
    TEAM = "team"


@dataclass(frozen=True)
class Upload:
    """A file as it came from outside: neither its name nor its contents are to be believed."""

    name: str
    data: bytes


@dataclass(frozen=True)
class CheckedFile:
    """A file whose contents were identified and which is safely on disk under its hash."""

    name: str
    kind: str
    size: int
    sha256: str


@dataclass(frozen=True)
class NewTicket:
    """A checked request for help, ready to be stored. `quarantine` says why it is held back ('' = it is not).

    `guessed` names what the request's headers told instead of its body, of `lang`, `journey.lang`, `journey.device`.
    """

    message: str
    lang: str
    site_url: str
    name: str = ""
    email: str = ""
    phone: str = ""
    preferred_channel: Channel = Channel.EMAIL
    subject: str = ""
    category: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    consent_text: str = ""
    journey: Journey = field(default_factory=Journey)
    attachments: tuple[CheckedFile, ...] = ()
    source: str = "form"
    quarantine: str = ""
    guessed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attachment:
    id: int
    message_id: int
    name: str
    kind: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Message:
    """One turn of the conversation, oldest first in Ticket.messages."""

    id: int
    author: Author
    text: str
    created_at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class TicketEvent:
    kind: str
    at: datetime
    detail: Mapping[str, str]


@dataclass(frozen=True)
class Ticket:
    """A stored ticket. `token` opens its status page: whoever has it can read and write, so it goes to the customer
    and the team only, never into logs."""

    id: int
    reference: str
    token: str
    state: State
    name: str
    email: str
    phone: str
    preferred_channel: Channel
    subject: str
    category: str
    lang: str
    fields: Mapping[str, str]
    consent_text: str
    journey: Journey
    site_url: str
    source: str
    quarantine: str
    created_at: datetime
    updated_at: datetime
    messages: tuple[Message, ...] = ()
    events: tuple[TicketEvent, ...] = ()

    @property
    def status_url(self) -> str:
        return f"{self.site_url}/t/{self.token}"

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(a for message in self.messages for a in message.attachments)


class Delivery(StrEnum):
    """What an outbox row sends, and to whom."""

    ACKNOWLEDGEMENT = "acknowledgement"
    TEAM_MAIL = "team_mail"
    CUSTOMER_MAIL = "customer_mail"
    WEBHOOK = "webhook"


class OutboxState(StrEnum):
    """HELD rows wait until a person has looked at a quarantined ticket; DEAD ones were given up after three days."""

    PENDING = "pending"
    HELD = "held"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True)
class OutboxRow:
    """One thing to deliver. `uid` stays the same over all attempts: it is the Message-ID and the webhook-id."""

    id: int
    uid: str
    ticket_id: int
    message_id: int
    kind: Delivery
    state: OutboxState
    attempts: int
    due_at: datetime
    created_at: datetime
    last_error: str = ""


class SupportError(Exception):
    """Base of what the hand-over refuses; each has a stable `code`."""

    code = "support_error"


class KeyReused(SupportError):
    """The idempotency key was used before for another request."""

    code = "idempotency_key_reused"


class UnknownTicket(SupportError):
    """No ticket has this token or reference."""

    code = "unknown_ticket"


class FileRefused(SupportError):
    """An attachment was not accepted. `code` is one of too_big, empty, type; `found` names what it looks like."""

    def __init__(self, code: str, name: str, found: str = ""):
        super().__init__(f"{name}: {code}")
        self.code = code
        self.name = name
        self.found = found
