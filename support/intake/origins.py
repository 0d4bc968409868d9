"""Allowed origins of a site (CORS), exact or with any subdomain.

A browser says its page's origin itself and a page cannot forge it, but every other program can say what it likes: an
origin that matches keeps strangers' pages out, it proves nothing about who asks.
"""

import re
from dataclasses import dataclass

from core.network.domain_names import a_labels

_LABEL = r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\]")
# What a browser sends: scheme, host in small ASCII letters, and a port unless it is the scheme's own. Nothing else.
_SENT = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#@\\\s:]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_PORTS = {"http": 80, "https": 443}
# What pages of an app's own files say of themselves. It is the same for every app and every saved page of the world.
_NAMELESS = frozenset({"null", "file://"})
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class BadOrigin(ValueError):
    """The text is not a valid origin; the message is the end of a sentence that begins with it."""


@dataclass(frozen=True)
class Origin:
    """`port` is None for every port; with `subdomains`, the hosts below `host` are meant and not the host itself."""

    scheme: str
    host: str
    port: int | None
    subdomains: bool = False

    def admits(self, other: "Origin") -> bool:
        """Whether the origin `other`, sent by a browser, matches."""
        if other.scheme != self.scheme or (self.port is not None and other.port != self.port):
            return False
        if self.subdomains:
            return other.host.endswith(f".{self.host}")  # with the dot: evil-example.com is no part of example.com
        return other.host == self.host


@dataclass(frozen=True)
class Origins:
    """The allowed origins of one site. `null_origin` also admits pages without one: `Origin: null`, as in a WebView."""

    listed: tuple[Origin, ...]
    null_origin: bool = False

    def admit(self, sent: str) -> bool:
        """Whether a browser's header `Origin` is allowed."""
        if sent in _NAMELESS:
            return self.null_origin
        origin = sent_origin(sent)
        return origin is not None and any(one.admits(origin) for one in self.listed)


def sent_origin(text: str) -> Origin | None:
    """Parse a header `Origin`; None for a value no browser sends."""
    found = _SENT.fullmatch(text.lower()) if len(text) <= 300 and text.isascii() else None
    if found is None or not _HOST.fullmatch(found[2]):
        return None
    port = int(found[3]) if found[3] else _PORTS.get(found[1], 0)
    return Origin(found[1], found[2], port) if port <= 65_535 else None


def read_origin(text: str) -> Origin:
    """One entry of the settings: `https://shop.example.com`, `https://*.example.com`, `http://localhost:*`.

    Hosts may be written in any script. Raises BadOrigin.
    """
    if text in _NAMELESS:
        raise BadOrigin("is what every file and every WebView says; write webviews = true if they are meant")
    scheme, mark, rest = text.strip().removesuffix("/").partition("://")
    scheme = scheme.lower()
    if not mark or not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
        raise BadOrigin("does not begin with https:// or http://")
    if any(sign in rest for sign in "/?#@\\") or re.search(r"\s", rest):
        raise BadOrigin("has more than a scheme, a host and a port; write https://shop.example.com")
    host, port = _split_port(rest, scheme)
    subdomains = host.startswith("*.")
    host = _ascii(host.removeprefix("*."))
    if "*" in host or not host:
        raise BadOrigin("has a * in a place where it means nothing; write https://*.example.com for all subdomains")
    if not _HOST.fullmatch(host):
        raise BadOrigin("has no usable host name")
    if subdomains and (host.startswith("[") or re.fullmatch(r"[0-9.]+", host)):
        raise BadOrigin("has a * before a number; addresses have no subdomains")
    if subdomains and "." not in host and host != "localhost":
        raise BadOrigin("stands for every site there is below that ending; name your own domain")
    return Origin(scheme, host, port, subdomains)


def _split_port(rest: str, scheme: str) -> tuple[str, int | None]:
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}|\*))?", rest)
    if found is None:
        raise BadOrigin("has a port that is no number")
    if found[2] == "*":
        return found[1], None
    port = int(found[2]) if found[2] else _PORTS.get(scheme, 0)
    if port > 65_535 or found[2] == "0":
        raise BadOrigin("has a port that does not exist")
    return found[1], port


def _ascii(host: str) -> str:
    """The host in ASCII (IDNA), as browsers send it."""
    try:
        return a_labels(host)
    except ValueError:
        raise BadOrigin("has a host name that cannot be; write it as the browser shows it, or as xn--…") from None
