"""The Adapter protocol, and the context and options an adapter is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import PlainValidator

from support.tickets.models import Message, Ticket


@dataclass(frozen=True)
class AdapterOptions:
    """Options shared by all adapters. `secret` gives the default signing secret, for webhooks without one of their own;
    it is generated on first use."""

    allow_private: bool
    site_name: str
    secret: Callable[[], str]


@dataclass(frozen=True)
class AdapterContext:
    """One delivery attempt. `uid` is the idempotency key: the same in every attempt, and it must be sent along.
    `attempt` counts from 1: from 2 on, the receiver may have it already. `their_id` is the receiver's own ticket id,
    as an earlier delivery stored it by `keep`."""

    uid: str
    ticket: Ticket
    message: Message
    pack: Mapping[str, Any]
    written_at: datetime
    now: datetime
    attempt: int
    file_path: Callable[[str], Path]
    gettext: Callable[..., str]
    target_words: str = ""
    their_id: str = ""
    keep: Callable[[str], None] = field(default=lambda _their_id: None)

    @property
    def first(self) -> bool:
        """Whether this is the ticket's first message, so that the receiver does not know the ticket yet."""
        return self.message.id == self.ticket.messages[0].id


class Adapter(Protocol):
    def send(self, context: AdapterContext) -> str:
        """Send, and return the receiver's answer in a few characters, for the delivery log; raises NotDelivered."""
        ...

    def test(self, uid: str, now: datetime) -> str:
        """Send a test without a ticket; returns and raises as `send`."""
        ...


def _needed_text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text, and not empty")
    return value


def _web_address(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise ValueError("must be an address that begins with https://")
    return value


# Types for the fields of `Options`.
NeededText = Annotated[str, PlainValidator(_needed_text)]
WebAddress = Annotated[str, PlainValidator(_web_address)]
