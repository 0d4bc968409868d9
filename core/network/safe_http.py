"""Outgoing HTTP with protection against server-side request forgery (SSRF) and DNS rebinding.

The name is resolved once, every address is checked, and the connection is made to the checked address, so that a second
DNS answer cannot redirect it. Redirects are not followed. Only https is allowed, and no address in private networks,
unless a setting allows both.
"""

import http.client
import ipaddress
import json
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from core.network.domain_names import ascii_domain
from core.network.errors import NotDelivered
from core.network.socket_timeout import cut_off

_TIMEOUT_SECONDS = 15
_LONGEST_SECONDS = 60
_ANSWER_BYTES = 1_048_576
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Status codes that reject this one request; any other error is about the server's state or our settings.
_ABOUT_THIS_ONE = {400, 409, 413, 422}


class BadAddress(ValueError):
    """The URL is not allowed; `str(error)` says why."""


@dataclass(frozen=True)
class Answer:
    """`headers` are by their names in lower case; of several of one name the last."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON. Raises NotDelivered when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise NotDelivered("the server answered with something that is no JSON", channel_down=True) from error


class PrivateAddress(NotDelivered):
    """The name leads to an address inside the own network, which is not allowed."""


class SafeHttpClient:
    """An HTTP client for one server; `most` bytes of a body are read. Raises BadAddress."""

    def __init__(
        self, url: str, *, allow_private: bool = False, allow_http: bool = False, what: str = "the address",
        patience: float = _TIMEOUT_SECONDS, longest: float = _LONGEST_SECONDS, most: int = _ANSWER_BYTES,
    ):  # fmt: skip
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BadAddress(f"{what} is not an address") from error
        schemes = {"https", "http"} if allow_private or allow_http else {"https"}
        if parts.scheme not in schemes or not parts.hostname:
            raise BadAddress(f"{what} must begin with https:// and name a host")
        if parts.username or parts.password:
            raise BadAddress(f"{what} must not hold a user or a password")
        self._secure = parts.scheme == "https"
        self._host = ascii_domain(parts.hostname)  # socket would look up the IDNA 2003 form
        self._port = port or (443 if self._secure else 80)
        self._netloc = parts.netloc if parts.netloc.isascii() else f"{self._host}{f':{port}' if port else ''}"
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._allow_private = allow_private
        self._patience = patience
        self._longest = longest
        self._most = most

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """The response of any status; raises NotDelivered when there is none."""
        head = {"Host": self._netloc, "User-Agent": "Signpost", "Connection": "close", **headers}
        if body or method not in {"GET", "HEAD"}:
            head["Content-Length"] = str(len(body))
        if any(_CONTROL.search(text) for text in (method, path, *head, *head.values())):
            raise NotDelivered("a header of the request holds a line break or another control", permanent=True)
        try:
            return self._exchange(method, path, head, body)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}", channel_down=True) from error

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The response if it is 2xx; else raises NotDelivered."""
        return check_accepted(self.call("POST", path, headers, body))

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        raw = self._open()
        try:
            with cut_off(lambda: raw, self._longest):
                if self._secure:
                    raw = ssl.create_default_context().wrap_socket(raw, server_hostname=self._host)
                connection = http.client.HTTPConnection(self._host, self._port, timeout=self._patience)
                connection.sock = raw  # connected to the checked address; http.client must not resolve the name again
                connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
                for name, value in headers.items():
                    connection.putheader(name, value)
                connection.endheaders(body or None)
                response = connection.getresponse()
                headers = {name.lower(): value for name, value in response.getheaders()}
                return Answer(response.status, response.read(self._most), headers)
        finally:
            raw.close()

    def _open(self) -> socket.socket:
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        addresses = [(family, address) for family, _, _, _, address in found]
        if not self._allow_private:
            for _, address in addresses:
                if not is_public(str(address[0])):
                    raise PrivateAddress(
                        "its name leads to an address inside the own network; set allow_private_webhooks if that is"
                        " meant",
                        channel_down=True,
                    )
        error: OSError = OSError("its name has no address")
        for family, address in addresses:
            connection = socket.socket(family, socket.SOCK_STREAM)
            connection.settimeout(self._patience)
            try:
                connection.connect(address)
                return connection
            except OSError as failed:
                connection.close()
                error = failed
        raise error


def check_accepted(answer: Answer) -> Answer:
    """The response if its status is 2xx; else raises NotDelivered."""
    if not answer.good:
        down = answer.status not in _ABOUT_THIS_ONE
        raise NotDelivered(f"the receiver answered {answer.status}", channel_down=down)
    return answer


def is_public(address: str) -> bool:
    """Whether an IP address is globally routable; IPv4 addresses embedded in IPv6 are unwrapped first."""
    parsed = ipaddress.ip_address(address.split("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if parsed in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast
