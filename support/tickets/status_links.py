"""Status links: `/t/<token>`, the one way a customer's request is opened.

The database never holds a token: it has the token's hash, by which a link that is used is found, and a random nonce,
of which the token is derived with a key of this installation (HMAC) when a later mail must carry the link again. So a
stolen database or backup opens no conversation by its link (docs/adr/0015-status-links-are-derived.md). Links also
begin with this installation's own address, never with the host a request named.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from core.secret_keys import Keys, signed_by

_OPTION = "signpost_status_links"
_NONCE = 16  # characters: 96 bits
_MAC = 32  # characters: 192 bits
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


@dataclass(frozen=True)
class StatusLinks:
    """Makes and recognises tokens; `base_url` is what links begin with."""

    key: Keys | bytes = field(repr=False)
    base_url: str

    def token(self, nonce: str) -> str:
        return _token(Keys.of(self.key).current, nonce)

    def is_token_of(self, nonce: str, token: str) -> bool:
        return bool(nonce) and signed_by(Keys.of(self.key), lambda key: _token(key, nonce), token)


def _token(key: bytes, nonce: str) -> str:
    mac = hmac.new(key, b"status-link\n" + nonce.encode(), hashlib.sha256).digest()
    return nonce + base64.urlsafe_b64encode(mac).decode()[:_MAC]


def new_nonce() -> str:
    return secrets.token_urlsafe(12)


def nonce_in(token: str) -> str:
    """The nonce a token would have been derived of."""
    return token[:_NONCE]


def looks_like_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def token_hash(token: str) -> str:
    """How a token is stored. Its own randomness is what protects it, so a fast hash will do."""
    return hashlib.sha256(b"status-link:" + token.encode()).hexdigest()


def use_links(engine: Engine, links: StatusLinks) -> None:
    """Every ticket that is read through this engine has links made with these."""
    engine.update_execution_options(**{_OPTION: links})


def links_of(connection: Connection) -> StatusLinks:
    """Raises LookupError where `use_links` was never called: the TicketService does."""
    found = connection.get_execution_options().get(_OPTION)
    if not isinstance(found, StatusLinks):
        raise LookupError("this engine has no status links; build a TicketService with it first")
    return found
