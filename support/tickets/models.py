"""Data classes of tickets. Unchecked (`Upload`) and validated files (`CheckedFile`) are different classes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from support.tickets.attributes import AttributeValue
from support.tickets.journey import Journey


class Channel(StrEnum):
    """Reply channel: how the customer wants to be answered. It is obeyed: who chose PHONE is not answered by e-mail."""

    EMAIL = "email"
    PHONE = "phone"


class State(StrEnum):
    """Where a ticket stands, from the customer's point of view."""

    WAITING = "waiting"  # for the team
    ANSWERED = "answered"
    CLOSED = "closed"


class Stage(StrEnum):
    """Where a ticket stands on the desk; `Stage.state` is what the customer reads of it."""

    NEW = "new"  # new: no agent has acted on it
    OPEN = "open"  # the team has to do something
    PENDING = "pending"  # the customer was answered
    SOLVED = "solved"  # somebody said it is solved; `said` of the event says who
    CLOSED = "closed"

    @property
    def state(self) -> State:
        return _STATES[self]


_STATES = {
    Stage.NEW: State.WAITING,
    Stage.OPEN: State.WAITING,
    Stage.PENDING: State.ANSWERED,
    Stage.SOLVED: State.CLOSED,
    Stage.CLOSED: State.CLOSED,
}


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Identity(StrEnum):
    """How the address was verified as the customer's own. Only TYPED is unverified."""

    TYPED = "typed"
    MAIL = "mail"  # a link that only went to the address was opened, or they wrote from it
    SIGNED = "signed"  # the embedding site said so, with its secret
    STAFF = "staff"  # entered by the team


class Author(StrEnum):
    CUSTOMER = "customer"
    TEAM = "team"


class MessageKind(StrEnum):
    MESSAGE = "message"
    NOTE = "note"  # between staff
    CALL = "call"  # a contact elsewhere, written down by staff


class Via(StrEnum):
    """The channel a message came through."""

    FORM = "form"
    API = "api"
    PAGE = "page"  # the status page
    EMAIL = "email"
    PHONE = "phone"
    CHAT = "chat"
    MESSAGING = "messaging"
    IN_PERSON = "in_person"
    DESK = "desk"
    OTHER = "other"


# How a contact came that staff write down.
CONTACT_WAYS = (Via.PHONE, Via.CHAT, Via.MESSAGING, Via.IN_PERSON, Via.EMAIL, Via.OTHER)


class CallOutcome(StrEnum):
    """What came of a contact outside Signpost. Only REACHED counts as an answer."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"


@dataclass(frozen=True)
class Staff:
    """The acting agent. `id` is the desk's user id; None for commands and the team as a whole."""

    id: int | None = None
    name: str = ""


TEAM = Staff()


@dataclass(frozen=True)
class SuggestedArticle:
    """An article that an acknowledgement names, in the customer's language."""

    title: str
    url: str


@dataclass(frozen=True)
class Consent:
    """A consent, in the wording that was shown."""

    name: str
    text: str


@dataclass(frozen=True)
class Upload:
    """An untrusted upload: neither its name nor its contents are to be believed."""

    name: str
    data: bytes


@dataclass(frozen=True)
class CheckedFile:
    """A file whose contents were identified and which is safely on disk under its hash. `note` is a code of what staff
    should know of it: `metadata_kept`, for a picture whose metadata could not be removed."""

    name: str
    kind: str
    size: int
    sha256: str
    note: str = ""


@dataclass(frozen=True)
class UrgentNotice:
    """What somebody in danger is told above everything else, as authors wrote it; kept with the ticket, so that its
    pages and mails say the same later. `why` names the author's phrase or example, never the customer's words;
    `sentence` says which of theirs it was, counted from the end: another subject changes nothing there."""

    name: str
    title: str
    text: str
    lang: str = ""
    channel: str = ""
    article_lang: str = ""
    article: str = ""
    team: str = ""
    why: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class NewTicket:
    """A checked request for help, ready to be stored. `quarantine` says why it is held back ('' = it is not).

    `guessed` names what the request's headers told instead of its body, of `lang`, `journey.lang`, `journey.device`.
    `field_files` says which of the attachments belong to a file field: SHA-256 to the field's name.
    `silent`: no acknowledgement is mailed, because nobody would read it, or a program would answer it.
    `staff` is who wrote it down, when `source` is `staff`; `mail_id` the Message-ID, when it is `email`.
    `urgent` makes it an urgent one; danger is looked for in `own_words` of the message, where that is given: a mail
    without its signature.
    `attributes` and `tags` are what the page said without the customer typing it: nobody has proved any of it.
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
    form: str = "contact"
    team: str = "default"
    routed_by: str = ""
    priority: Priority = Priority.NORMAL
    product: str = ""
    time_zone: str = ""
    consents: tuple[Consent, ...] = ()
    identity: Identity = Identity.TYPED
    external_id: str = ""
    site: str = ""
    field_files: Mapping[str, str] = field(default_factory=dict)
    mail_id: str = ""
    via: Via = Via.FORM
    silent: bool = False
    own_words: str = ""
    staff: Staff = TEAM
    urgent: UrgentNotice | None = None
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attachment:
    id: int
    message_id: int
    name: str
    kind: str
    size: int
    sha256: str
    field: str = ""
    purged_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Message:
    """One turn of the conversation, oldest first in Ticket.messages. `via` is '' for turns of the first release.

    `whole` is the text of the mail it came from, if lines of it were folded away (quotation, signature), and `folded`
    how many. `unproven`: it came by mail under the customer's address, and nothing shows that it is theirs."""

    id: int
    author: Author
    text: str
    created_at: datetime
    attachments: tuple[Attachment, ...] = ()
    kind: MessageKind = MessageKind.MESSAGE
    direction: str = "in"
    via: str = ""
    staff: Staff = TEAM
    mail_id: str = ""
    outcome: str = ""
    off_channel_reason: str = ""
    happened_at: datetime | None = None
    whole: str = ""
    folded: int = 0
    unproven: bool = False


@dataclass(frozen=True)
class TicketEvent:
    kind: str
    at: datetime
    detail: Mapping[str, str]
    staff_id: int | None = None


@dataclass(frozen=True)
class StoredTarget:
    """A stored response target: `due_at`, and whether it was met. `replaced_at` when a later one replaced it before it
    was due."""

    id: int
    ticket_id: int
    team: str
    kind: str
    minutes: int
    promised_at: datetime
    due_at: datetime
    kept_at: datetime | None = None
    replaced_at: datetime | None = None


@dataclass(frozen=True)
class Rating:
    score: int
    comment: str
    at: datetime


@dataclass(frozen=True)
class TicketSubject:
    """What a ticket is about, in its customer's words."""

    ticket_id: int
    lang: str
    subject: str
    created_at: datetime


@dataclass(frozen=True)
class Ticket:
    """A stored ticket. `token` opens its status page: whoever has it can read and write, so it goes to the customer
    and the team only, never into logs; it is derived (status_links.py), not stored. `site_url` is what its links begin
    with: this installation's address, whatever a request was sent to.

    `messages` is what the customer may read; notes and calls of the team are in `internal`. `attributes` and
    `page_tags` as in NewTicket. `read_message_id` is the last message the customer has seen in the widget.
    """

    id: int
    reference: str
    token: str
    stage: Stage
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
    internal: tuple[Message, ...] = ()
    response_targets: tuple[StoredTarget, ...] = ()
    rating: Rating | None = None
    form: str = "contact"
    team: str = "default"
    priority: Priority = Priority.NORMAL
    product: str = ""
    page: str = ""
    device: str = ""
    time_zone: str = ""
    consents: tuple[Consent, ...] = ()
    person_id: int | None = None
    identity: Identity = Identity.TYPED
    assignee_id: int | None = None
    snooze_until: datetime | None = None
    first_reply_at: datetime | None = None
    finished_at: datetime | None = None
    link_expires_at: datetime | None = None
    quiet: bool = False
    site: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    page_tags: tuple[str, ...] = ()
    read_message_id: int = 0
    incident: str = ""
    tags: tuple[str, ...] = ()
    relations: tuple["Relation", ...] = ()

    @property
    def title(self) -> str:
        """The subject, or the first line of the first message; '' where neither is there."""
        return self.subject or first_line(self.messages[0].text if self.messages else "")

    @property
    def merged_into(self) -> "Relation | None":
        """The ticket this one was merged into."""
        return next((one for one in self.relations if one.kind is RelationKind.MERGED_INTO), None)

    @property
    def rejected(self) -> bool:
        """Whether it was quarantined and rejected as spam."""
        return bool(self.quarantine) and self.state is State.CLOSED

    @property
    def alarmed(self) -> bool:
        """Whether it is held and its team was told all the same, because it speaks of danger."""
        return bool(self.quarantine) and any(event.kind == "alarmed" for event in self.events)

    @property
    def state(self) -> State:
        return self.stage.state

    @property
    def status_path(self) -> str:
        return f"/t/{self.token}"

    @property
    def urgent(self) -> UrgentNotice | None:
        """What the customer is told first; None once it is closed, or an agent has said that it is not urgent."""
        last = next((event.detail for event in reversed(self.events) if event.kind == "urgent"), None)
        if last is None or self.priority is not Priority.URGENT or self.state is State.CLOSED:
            return None
        return UrgentNotice(**{name: str(last.get(name, "")) for name in UrgentNotice.__dataclass_fields__})

    @property
    def status_url(self) -> str:
        return f"{self.site_url}{self.status_path}"

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(a for message in self.messages for a in message.attachments)


_FIRST_LINE = 90


def first_line(text: str) -> str:
    """The first line of a message that says something, cut at a word: what names a ticket without a subject."""
    for line in text.splitlines():
        words = " ".join(line.split())
        if any(c.isalnum() for c in words):
            if len(words) <= _FIRST_LINE:
                return words
            cut = words[:_FIRST_LINE]
            return f"{cut.rpartition(' ')[0] or cut}…"
    return ""


class RelationKind(StrEnum):
    """How a ticket belongs to another one."""

    RELATED = "related"
    MERGED_INTO = "merged_into"
    MERGED_FROM = "merged_from"  # the other one was merged into this


@dataclass(frozen=True)
class Relation:
    """Another ticket that belongs to one."""

    kind: RelationKind
    ticket_id: int
    reference: str
    subject: str
    stage: Stage


class CannotMerge(Exception):
    """Tickets that cannot be merged; `code` says why: itself, person, held, merged."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Delivery(StrEnum):
    """Kind of a delivery: what an outbox row sends, and to whom."""

    ACKNOWLEDGEMENT = "acknowledgement"
    TEAM_MAIL = "team_mail"
    CUSTOMER_MAIL = "customer_mail"
    WEBHOOK = "webhook"
    LINK_MAIL = "link_mail"  # the customer asked for a fresh status link
    TARGET_RENEWED_MAIL = "promise_mail"  # the promise cannot be kept: a new one
    CHECK_IN_MAIL = "check_in_mail"  # days after closing: does it still hold?
    PRIVACY_MAIL = "privacy_mail"  # confirm that all data of this address shall be shown or erased
    STATUS_MAIL = "status_mail"  # the team closed it, in so many words
    CHANGED_MAIL = "changed_mail"  # to the address of before: answers now go elsewhere
    INCIDENT_CONFIRM = "incident_confirm"  # of no ticket: was it you who wants to hear of this incident?
    INCIDENT_MAIL = "incident_mail"  # of no ticket: news of an incident
    REVIEW_MAIL = "review_mail"  # of no ticket: a colleague is asked to review an article, or has
    DIGEST_MAIL = "digest_mail"  # of no ticket: the weekly digest of insight, to the team's own people


class OutboxState(StrEnum):
    """HELD rows wait until an agent has reviewed a quarantined ticket; DEAD ones (dead letters) failed for three days;
    CANCELLED ones were no longer wanted when their time came."""

    PENDING = "pending"
    HELD = "held"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class OutboxRow:
    """One delivery. `uid` is its idempotency key, the same in all attempts: Message-ID and webhook-id.

    `target` names the channel of a team it goes to (`default/email`, `billing/1`); '' for customers, and for rows of
    the first release, which go where the settings say. `ticket_id` and `message_id` are 0 for what belongs to no
    ticket; `payload` then says what it is about."""

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
    target: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        """The circuit breaker it belongs to: `mail` for all mails (one server), else the destination."""
        return (self.target or "default/webhook") if self.kind is Delivery.WEBHOOK else "mail"


class SupportError(Exception):
    """Base of domain errors; each has a stable `code`."""

    code = "support_error"


class KeyReused(SupportError):
    """The idempotency key was used before for another request."""

    code = "idempotency_key_reused"


class UnknownTicket(SupportError):
    """No ticket has this token or reference."""

    code = "unknown_ticket"


class ReplyChannelMismatch(SupportError):
    """Contact on another than the chosen reply channel needs a reason, and none was given."""

    code = "off_channel"


class FileRefused(SupportError):
    """An attachment was not accepted. `code` is one of too_big, too_many, empty, type, unpacks; `found` names
    what it looks like."""

    def __init__(self, code: str, name: str, found: str = ""):
        super().__init__(f"{name}: {code}")
        self.code = code
        self.name = name
        self.found = found
