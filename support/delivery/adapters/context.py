"""What adapters are handed, and what they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from support.tickets.models import Message, Ticket


class BadChannel(ValueError):
    """What is wrong with a channel, as the end of a sentence."""


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
    def send(self, parcel: AdapterContext) -> str:
        """What the receiver said, for the log, in a few characters; raises NotDelivered."""
        ...

    def test(self, uid: str, now: datetime) -> str:
        """Show that it works, without a ticket; as `send`."""
        ...


def check_options(kind: str, options: Mapping[str, Any], known: Mapping[str, bool]) -> None:
    """`known` are the options' names and whether they are needed. Raises BadChannel."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise BadChannel(f"({kind}) has unknown keys: {', '.join(unknown)}; it knows {', '.join(known)}")
    for name, needed in known.items():
        if needed and not options.get(name):
            raise BadChannel(f"({kind}) needs `{name}`")
        if name in options and not isinstance(options[name], str):
            raise BadChannel(f"({kind}): `{name}` must be a text")
    url = str(options.get("url", ""))
    if "url" in known and not url.startswith(("https://", "http://")):
        raise BadChannel(f"({kind}) needs a `url` that begins with https://")
