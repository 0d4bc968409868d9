"""Mail threading: Message-IDs, References, and reply addresses with a secret token.

What proves that somebody reads the mails of one side is its token, and the random id of a mail that went to their own
address. The root id and the reference prove nothing: they can be guessed.

A ticket has two threads, the customer's and the team's, which never meet: what one side reads never shows an id of
the other's. The reply address is the inbound address with `+` and a token; whoever has the token may write to
that side of the ticket, so it stands in mails to that side only.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from core.network.domain_names import ascii_domain
from support.delivery import outbox
from support.email import repository
from support.tickets import repository as tickets
from support.tickets.models import Author, Delivery, MessageKind, OutboxRow, Ticket, Via

_KEPT = 30  # before these only the root is named: mail clients truncate longer headers differently
# Case-insensitive and unambiguous: it survives reading aloud, typing, and servers that lower the case.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_TOKEN = re.compile(rf"[{_ALPHABET}]{{24}}")
_REFERENCE = re.compile(r"(?<![A-Za-z0-9-])SP-[A-Za-z0-9]{4}-[A-Za-z0-9]{2}(?![A-Za-z0-9-])", re.IGNORECASE)
_MOST_REFERENCES = 5


class Side(StrEnum):
    CUSTOMER = "customer"
    TEAM = "team"


@dataclass(frozen=True)
class Thread:
    """References of a mail, oldest first, and the token of its reply address."""

    references: tuple[str, ...]
    token: str


@dataclass(frozen=True)
class SentMail:
    """A mail of ours that was handed to a mail server. `ticket_id` is 0 for what belongs to none; `recipient` the key
    of the address it went to."""

    uid: str
    ticket_id: int
    message_id: int
    kind: Delivery
    recipient: str

    @property
    def side(self) -> Side:
        return side_of(self.kind)


def side_of(kind: Delivery) -> Side:
    return Side.TEAM if kind is Delivery.TEAM_MAIL else Side.CUSTOMER


def message_id(uid: str, domain: str) -> str:
    return f"<{uid}@{domain}>"


def root(ticket: Ticket, side: Side, domain: str) -> str:
    """Synthetic root Message-ID: all mails refer to it, so that clients thread them whichever comes first."""
    return f"<{ticket.reference.lower()}.{side.value}@{domain}>"


def thread_of(connection: Connection, row: OutboxRow, ticket: Ticket, domain: str) -> Thread:
    """The thread a delivery continues; creates the token of its side if there is none."""
    side = side_of(row.kind)
    earlier = _inbound_ids(ticket, side) + _outbound_ids(connection, row, side, domain)
    ids = [found for _, found in sorted(earlier)]
    return Thread((root(ticket, side, domain), *ids[-_KEPT:]), token(connection, ticket.id, side))


def _inbound_ids(ticket: Ticket, side: Side) -> list[tuple[str, str]]:
    author = Author.CUSTOMER if side is Side.CUSTOMER else Author.TEAM
    return [
        (message.created_at.isoformat(), message.mail_id)
        for message in (*ticket.messages, *ticket.internal)
        if message.mail_id and message.author is author and message.kind is not MessageKind.CALL
        and message.via in {Via.EMAIL.value, Via.DESK.value}
    ]  # fmt: skip


def _outbound_ids(connection: Connection, row: OutboxRow, side: Side, domain: str) -> list[tuple[str, str]]:
    kinds = [k for k in Delivery if k is not Delivery.WEBHOOK and side_of(k) is side]
    return [(at, message_id(uid, domain)) for uid, at in outbox.sent_before(connection, row, kinds)]


def token(connection: Connection, ticket_id: int, side: Side) -> str:
    """The token of this side of a ticket, made on first use: 120 random bits."""
    fresh = "".join(secrets.choice(_ALPHABET) for _ in range(24))
    return repository.reply_token(connection, ticket_id, side.value, fresh)


def plus_address(address: str, token: str) -> str:
    """`help@example.org` with a token: `help+token@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def token_in(recipient: str, address: str) -> str | None:
    """The token of a recipient that is `address` with a plus tag; '' for the address itself, None for any other."""
    local, _, domain = _folded(recipient).rpartition("@")
    own_local, _, own_domain = _folded(address).rpartition("@")
    if ascii_domain(domain) != ascii_domain(own_domain):
        return None
    if local == own_local:
        return ""
    head, _, tail = local.rpartition("+")
    return tail if head == own_local and _TOKEN.fullmatch(tail) else None


def _folded(address: str) -> str:
    return unicodedata.normalize("NFKC", address).lower()


def by_token(connection: Connection, token: str) -> tuple[int, Side] | None:
    """The ticket and side of a reply address."""
    found = repository.side_of_token(connection, token)
    return None if found is None else (found[0], Side(found[1]))


def sent_mail(connection: Connection, given: str) -> SentMail | None:
    """The mail we sent under this Message-ID. Its id is random, so who names it has seen it."""
    uid, _, _ = given.strip("<>").rpartition("@")
    row = outbox.mailed(connection, uid) if uid else None
    return None if row is None else _sent(row)


def last_sent(connection: Connection, ticket_id: int, side: Side) -> SentMail | None:
    """The newest mail that went to this side of the ticket."""
    kinds = [k for k in Delivery if k is not Delivery.WEBHOOK and side_of(k) is side]
    row = outbox.last_mailed(connection, ticket_id, kinds)
    return None if row is None else _sent(row)


def _sent(row: Any) -> SentMail:
    return SentMail(row.uid, row.ticket_id or 0, row.message_id or 0, Delivery(row.kind), row.recipient)


def claimed_by_id(connection: Connection, given: str) -> tuple[int, Side] | None:
    """The ticket and side that a mail with this id in its `References` claims to belong to. That is no proof."""
    sent = sent_mail(connection, given)
    if sent is not None and sent.ticket_id:
        return sent.ticket_id, sent.side
    taken = tickets.message_of_mail(connection, given)
    if taken is not None:
        return taken[0], Side.CUSTOMER if taken[1] is Author.CUSTOMER else Side.TEAM
    uid, _, _ = given.strip("<>").rpartition("@")
    reference, _, side = uid.rpartition(".")
    if side in set(Side):
        found = tickets.ticket_id_of(connection, reference=reference.upper())
        if found is not None:
            return found, Side(side)
    return None


def claimed_by_reference(connection: Connection, text: str) -> Iterator[int]:
    """The tickets whose references stand in a text, in its order. That is no proof, either."""
    named = dict.fromkeys(found.upper() for found in _REFERENCE.findall(unicodedata.normalize("NFKC", text)))
    for reference in list(named)[:_MOST_REFERENCES]:
        found = tickets.ticket_id_of(connection, reference=reference)
        if found is not None:
            yield found
