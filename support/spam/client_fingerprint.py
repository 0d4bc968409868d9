"""Client fingerprint: keyed hashes of a client's network and of the shape of its headers, without tracking.

The hash key changes daily, so that fingerprints of two days cannot be linked.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.network.client_networks import household, neighbourhood

_SHAPE = ("User-Agent", "Accept", "Accept-Language", "Accept-Encoding", "Sec-CH-UA", "Sec-CH-UA-Platform", "DNT")
_TOOL = re.compile(
    r"^$|python|curl|wget|httpx|aiohttp|go-http|java/|okhttp|libwww-perl|perl|ruby|php|node|axios|scrapy|postman|bot\b|spider"
    r"|headless",
    re.IGNORECASE,
)
_MODERN = re.compile(r"(?:Chrome|Chromium|Edg)/(?:[89]\d|\d{3})|Firefox/(?:9\d|\d{3})|Version/1[7-9].*Safari|Version/2")


@dataclass(frozen=True)
class ClientFingerprint:
    """`address` is the hash of one IPv4 address or IPv6 /64 (a household or company), `fingerprint` that of a wider
    network and the headers. The rest says how the headers differ from a browser's."""

    address: str
    fingerprint: str
    tool: bool = False
    no_language: bool = False
    half_browser: bool = False


def client_fingerprint(
    remote: str, headers: Mapping[str, str], secure: bool, key: bytes, now: datetime
) -> ClientFingerprint:
    """`secure`: a secure context (HTTPS or this very machine), in which browsers send all their headers."""
    agent = headers.get("User-Agent", "")
    shape = "\n".join(headers.get(name, "") for name in _SHAPE)
    missing = "Sec-Fetch-Site" not in headers and "Sec-Fetch-Mode" not in headers
    return ClientFingerprint(
        address=_hash(key, now, household(remote)),
        fingerprint=_hash(key, now, f"{neighbourhood(remote)}\n{shape}"),
        tool=bool(_TOOL.search(agent)),
        no_language=not headers.get("Accept-Language", "").strip(),
        half_browser=secure and missing and bool(_MODERN.search(agent)),
    )


def _hash(key: bytes, now: datetime, value: str) -> str:
    return hmac.new(key, f"{now.date().isoformat()}\n{value}".encode(), hashlib.sha256).hexdigest()[:24]
