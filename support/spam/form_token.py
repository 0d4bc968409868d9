"""Form tokens: a signed timestamp and id in every form. They say nothing about who opened it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

LASTS = timedelta(days=7)  # expiry: how long a form in a forgotten tab is still accepted


@dataclass(frozen=True)
class FormToken:
    """A valid token: its form was shown `seconds` ago."""

    id: str
    seconds: float
    expires_at: datetime


class FormTokens:
    """Issues and reads form tokens; `secret` is the HMAC key."""

    def __init__(self, secret: bytes):
        self._secret = secret

    def issue(self, now: datetime) -> str:
        payload = f"{now.timestamp():.3f}.{secrets.token_urlsafe(9)}"
        return f"{payload}.{self._sign(payload)}"

    def read(self, token: str, now: datetime) -> FormToken | None:
        """The token; None for a forged or expired one. A clock that was set back makes the age negative: 0 would
        look like a robot, so it counts as old."""
        payload, _dot, signature = token[:200].rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(payload).encode()):
            return None
        stamp, _dot, name = payload.rpartition(".")
        opened = datetime.fromtimestamp(float(stamp), tz=now.tzinfo)
        if now - opened > LASTS:
            return None
        seconds = (now - opened).total_seconds()
        return FormToken(name, seconds if seconds >= 0 else LASTS.total_seconds(), opened + LASTS)

    def _sign(self, payload: str) -> str:
        return hmac.new(self._secret, f"opened\n{payload}".encode(), hashlib.sha256).hexdigest()[:32]
