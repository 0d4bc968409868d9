"""Destinations of a team, as the settings define them. The adapters know what each kind does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, TypeAdapter

from core.email_addresses import is_email
from core.settings_types import SettingsTable
from support.delivery import adapters


def _mailbox(value: Any) -> str:
    if not isinstance(value, str) or not is_email(parseaddr(value)[1], dotless=True):
        raise ValueError("needs an address like team@example.org")
    return value


@dataclass(frozen=True)
class EmailOptions(SettingsTable):
    """Options of a destination of the kind `email`: its address."""

    to: Annotated[str, PlainValidator(_mailbox)]


@dataclass(frozen=True)
class TeamChannel:
    """`options` is the class `Options` of the adapter of that kind, or EmailOptions. They hold secrets."""

    kind: str
    options: object = field(repr=False)


@dataclass(frozen=True)
class Destination:
    """A destination with its name in outbox rows, unique over all teams, such as `billing/1`."""

    name: str
    kind: str
    options: object = field(repr=False)

    @property
    def mail_address(self) -> str:
        """The e-mail address; '' for every other kind."""
        return self.options.to if isinstance(self.options, EmailOptions) else ""


def _channel(value: Any) -> TeamChannel:
    if isinstance(value, TeamChannel):
        return value
    if not isinstance(value, Mapping):
        raise ValueError('must be a table like {kind = "email", to = "team@example.org"}')
    kind = value.get("kind")
    if kind != "email" and kind not in adapters.kinds():
        raise ValueError(f"has the kind “{kind}”; kinds are email, {', '.join(adapters.kinds())}")
    options = EmailOptions if kind == "email" else adapters.module(kind).Options
    # What is wrong with the options is reported by their own keys, below the channel's place.
    return TeamChannel(kind, TypeAdapter(options).validate_python({k: v for k, v in value.items() if k != "kind"}))


def _at_least_one(channels: tuple[TeamChannel, ...]) -> tuple[TeamChannel, ...]:
    if not channels:
        raise ValueError("needs at least one channel, or leave it out for those of the default team")
    return channels


TeamChannels = Annotated[
    tuple[Annotated[TeamChannel, PlainValidator(_channel)], ...],
    AfterValidator(_at_least_one),
]
