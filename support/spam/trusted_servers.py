"""Trusted servers: they may send tickets through the API on behalf of their visitors."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import PlainValidator

from core.settings_types import Name, SettingsTable, unique

_SECRET_LEAST = 32


def _secrets(value: Any) -> tuple[str, ...]:
    secrets = [value] if isinstance(value, str) else value
    if not isinstance(secrets, list | tuple) or not secrets or not all(isinstance(one, str) and one for one in secrets):
        raise ValueError("must be a text or a list of texts")
    if len(secrets) > 2:
        raise ValueError(f"has {len(secrets)}; there can be the one in use and the next")
    if any(len(secret) < _SECRET_LEAST or not secret.isascii() for secret in secrets):
        raise ValueError(f"has one with fewer than {_SECRET_LEAST} ASCII characters; make a longer one")
    return tuple(secrets)


@dataclass(frozen=True)
class TrustedServer(SettingsTable):
    """A server and its bearer secrets: up to two, for key rotation."""

    name: Name
    secrets: Annotated[tuple[str, ...], PlainValidator(_secrets)] = field(repr=False)


TrustedServers = Annotated[tuple[TrustedServer, ...], unique("server named", lambda server: server.name)]
