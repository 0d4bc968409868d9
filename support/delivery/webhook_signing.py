"""Signed webhooks, as Standard Webhooks describes them: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

The signed text is `<id>.<timestamp>.<body>`, HMAC-SHA256 with the bytes behind `whsec_` (base64); see
docs/operate/webhooks.md. core/network/safe_http.py decides where requests may go.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.network.safe_http import Answer, BadAddress, SafeHttpClient, is_public

__all__ = ["BadWebhookSetting", "Webhook", "check_secrets", "is_public", "secrets_of", "sign", "signing_key"]


class BadWebhookSetting(ValueError):
    """The webhook's address or secret cannot be used; `str(error)` says why."""


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of the `webhook-signature` header: one signature for each secret, the newest first."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.new(signing_key(one), signed, hashlib.sha256).digest()).decode()
        for one in secrets_of(secret)
    )


def secrets_of(text: str) -> list[str]:
    """The secrets in a setting: two during key rotation, separated by a space."""
    return text.split() or [""]


def signing_key(secret: str) -> bytes:
    """The key in a secret as Standard Webhooks writes it, `whsec_` and base64. Raises BadWebhookSetting."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadWebhookSetting("webhook_secret must be whsec_ followed by base64") from error
    if len(key) < 16:
        raise BadWebhookSetting("webhook_secret must hold at least 16 bytes")
    return key


def check_secrets(text: str) -> None:
    """Raises BadWebhookSetting unless every secret in a setting can sign."""
    for one in secrets_of(text):
        signing_key(one)


class Webhook:
    """One webhook receiver."""

    def __init__(self, url: str, secret: str, *, allow_private: bool = False, patience: float = 15.0):
        try:
            self._receiver = SafeHttpClient(url, allow_private=allow_private, what="webhook_url", patience=patience)
        except BadAddress as error:
            raise BadWebhookSetting(str(error)) from error
        check_secrets(secret)
        self._secret = secret

    def send(self, uid: str, payload: Mapping[str, Any], now: datetime) -> Answer:
        """Returns when the receiver answered 2xx; raises NotDelivered. `uid` must be the same in every attempt."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": uid,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._secret, uid, timestamp, body),
        }
        return self._receiver.post(self._receiver.path, headers, body)
