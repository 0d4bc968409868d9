"""Form tokens: a signed timestamp and id in every form. They say nothing about who opened it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.secret_keys import Keys, signed_by

LASTS = timedelta(days=7)  # expiry: how long a form in a forgotten tab is still accepted


@dataclass(frozen=True)
class FormToken:
    """A valid token: its form was shown `seconds` ago."""

    id: str
    seconds: float
    expires_at: datetime


class FormTokens:
    """Issues and reads form tokens; `secret` is the HMAC key, or several."""

    def __init__(self, secret: Keys | bytes):
        self._keys = Keys.of(secret)

    def issue(self, now: datetime) -> str:
        payload = f"{now.timestamp():.3f}.{secrets.token_urlsafe(9)}"
        return f"{payload}.{_signature(self._keys.current, payload)}"

    def read(self, token: str, now: datetime) -> FormToken | None:
        """The token; None for a forged or expired one. A clock that was set back makes the age negative: 0 would
        look like a robot, so it counts as old."""
        payload, _dot, signature = token[:200].rpartition(".")
        if not signed_by(self._keys, lambda key: _signature(key, payload), signature):
            return None
        stamp, _dot, name = payload.rpartition(".")
        opened = datetime.fromtimestamp(float(stamp), tz=now.tzinfo)
        if now - opened > LASTS:
            return None
        seconds = (now - opened).total_seconds()
        return FormToken(name, seconds if seconds >= 0 else LASTS.total_seconds(), opened + LASTS)


def _signature(key: bytes, payload: str) -> str:
    return hmac.new(key, f"opened\n{payload}".encode(), hashlib.sha256).hexdigest()[:32]
