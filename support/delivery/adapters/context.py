"""What adapters are handed, and what they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import PlainValidator

from support.tickets.models import Message, Ticket


@dataclass(frozen=True)
class AdapterOptions:
    """What an adapter may know of its surroundings. `secret` is what webhooks without one of their own are signed
    with; it is made when first asked for."""

    allow_private: bool
    site_name: str
    secret: Callable[[], str]


@dataclass(frozen=True)
class AdapterContext:
    """One delivery. `uid` is the same in every attempt and must arrive with it. `attempt` counts from 1: from 2 on,
    the receiver may have it already. `their_id` is what `keep` was given for this ticket in an earlier delivery."""

    uid: str
    ticket: Ticket
    message: Message
    pack: Mapping[str, Any]
    written_at: datetime
    now: datetime
    attempt: int
    file_path: Callable[[str], Path]
    gettext: Callable[..., str]
    promise: str = ""
    their_id: str = ""
    keep: Callable[[str], None] = field(default=lambda _their_id: None)

    @property
    def first(self) -> bool:
        """Whether the receiver has not heard of this ticket before."""
        return self.message.id == self.ticket.messages[0].id


class Adapter(Protocol):
    def send(self, context: AdapterContext) -> str:
        """What the receiver said, for the log, in a few characters; raises NotDelivered."""
        ...

    def test(self, uid: str, now: datetime) -> str:
        """Show that it works, without a ticket; as `send`."""
        ...


def _needed_text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text, and not empty")
    return value


def _web_address(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise ValueError("must be an address that begins with https://")
    return value


# Types of options.
NeededText = Annotated[str, PlainValidator(_needed_text)]
WebAddress = Annotated[str, PlainValidator(_web_address)]
