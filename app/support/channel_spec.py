"""A team's channel as the settings name it. What each kind does with it is the adapters' business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

KINDS = ("email", "webhook", "slack", "zammad")


class BadChannel(ValueError):
    """What is wrong with a channel, as the end of a sentence."""


@dataclass(frozen=True)
class ChannelSpec:
    """`name` is unique over the site and is what outbox rows call their target, such as `billing/1`."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


def read_channel(name: str, table: Mapping[str, Any]) -> ChannelSpec:
    """Raises BadChannel."""
    options = {key: value for key, value in table.items() if key != "kind"}
    kind = table.get("kind")
    if kind not in KINDS:
        raise BadChannel(f"has the kind “{kind}”; kinds are {', '.join(KINDS)}")
    if kind == "email":
        if "@" not in parseaddr(str(options.get("to", "")))[1]:
            raise BadChannel("(email) needs an address in `to`")
    elif urlsplit(str(options.get("url", ""))).scheme not in {"http", "https"}:
        raise BadChannel(f"({kind}) needs a `url` that begins with https://")
    return ChannelSpec(name, str(kind), options)
