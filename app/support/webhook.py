"""Signed webhooks, as Standard Webhooks describes them: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

The signed text is `<id>.<timestamp>.<body>`, HMAC-SHA256 with the bytes behind `whsec_` (base64); see
docs/operate/webhooks.md. Only https is called, redirects are not followed, and never an address inside the own
network unless a setting allows it: the name is resolved once, every address is checked, and the connection goes to
the very address that was checked, so a name that changes its mind between check and use gains nothing.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from app.support.mail_transport import NotDelivered

_TIMEOUT_SECONDS = 15


class BadWebhookSetting(ValueError):
    """The webhook's address or secret cannot be used; `str(error)` says why."""


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The value of the `webhook-signature` header."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(signing_key(secret), signed, hashlib.sha256).digest()).decode()


def signing_key(secret: str) -> bytes:
    """The key in a secret as Standard Webhooks writes it, `whsec_` and base64. Raises BadWebhookSetting."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise BadWebhookSetting("webhook_secret must be whsec_ followed by base64") from error
    if len(key) < 16:
        raise BadWebhookSetting("webhook_secret must hold at least 16 bytes")
    return key


class Webhook:
    """One receiver."""

    def __init__(self, url: str, secret: str, *, allow_private: bool = False):
        parts = urlsplit(url)
        if parts.scheme not in ({"https", "http"} if allow_private else {"https"}) or not parts.hostname:
            raise BadWebhookSetting("webhook_url must begin with https:// and name a host")
        if parts.username or parts.password:
            raise BadWebhookSetting("webhook_url must not hold a user or a password")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._netloc = parts.netloc
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        signing_key(secret)
        self._secret = secret
        self._allow_private = allow_private

    def send(self, uid: str, payload: Mapping[str, Any], now: datetime) -> None:
        """Returns when the receiver answered 2xx; raises NotDelivered. `uid` must be the same in every attempt."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(now.timestamp())
        headers = {
            "Host": self._netloc,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": "Signpost",
            "webhook-id": uid,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._secret, uid, timestamp, body),
            "Connection": "close",
        }
        try:
            status = self._post(body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}") from error
        if not 200 <= status < 300:
            raise NotDelivered(f"the receiver answered {status}")

    def _post(self, body: bytes, headers: Mapping[str, str]) -> int:
        raw = self._open()
        try:
            if self._secure:
                raw = ssl.create_default_context().wrap_socket(raw, server_hostname=self._host)
            connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_SECONDS)
            connection.sock = raw  # the address that was checked; http.client must not resolve the name again
            connection.putrequest("POST", self._target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            response.read(16_384)
            return response.status
        finally:
            raw.close()

    def _open(self) -> socket.socket:
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        addresses = [(family, address) for family, _, _, _, address in found]
        if not self._allow_private:
            for _, address in addresses:
                if not is_public(str(address[0])):
                    raise NotDelivered(
                        "the webhook's name leads to an address inside the own network; set allow_private_webhooks"
                        " if that is meant"
                    )
        error: OSError = OSError("the webhook's name has no address")
        for family, address in addresses:
            connection = socket.socket(family, socket.SOCK_STREAM)
            connection.settimeout(_TIMEOUT_SECONDS)
            try:
                connection.connect(address)
                return connection
            except OSError as failed:
                connection.close()
                error = failed
        raise error


def is_public(address: str) -> bool:
    """Whether an address is out on the internet, seen through the ways IPv6 wraps IPv4."""
    parsed = ipaddress.ip_address(address.split("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if parsed in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast
