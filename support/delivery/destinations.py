"""A team's channel as the settings name it. What each kind does with it is for the adapters to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from support.delivery.adapters.context import BadChannel
from support.email.addresses import is_email

__all__ = ["BadChannel", "Destination", "read_channel"]


@dataclass(frozen=True)
class Destination:
    """`name` is unique over the site and is what outbox rows call their target, such as `billing/1`."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


def read_channel(name: str, table: Mapping[str, Any]) -> Destination:
    """Raises BadChannel."""
    from support.delivery import adapters  # each of them knows this module

    options = {key: value for key, value in table.items() if key != "kind"}
    kind = str(table.get("kind"))
    if kind == "email":
        if not is_email(parseaddr(str(options.get("to", "")))[1], dotless=True):
            raise BadChannel("(email) needs an address in `to`")
        if unknown := sorted(set(options) - {"to"}):
            raise BadChannel(f"(email) has unknown keys: {', '.join(unknown)}")
    else:
        adapters.module(kind).check(options)
    return Destination(name, kind, options)
