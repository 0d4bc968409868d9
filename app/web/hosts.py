"""Which host names are ours: a request for any other is refused before anything is done with it.

Whoever sends a request chooses its Host header. Without this check that name would come back in links of pages and of
the API, and a name that somebody points at this machine (DNS rebinding) would be served. Links in mails never come from
a request; they begin with `base_url`.
"""

import socket
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.settings.schema import Settings
from core.network.domain_names import host_of, is_ip_address

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class OwnHosts:
    """The names of `base_url` and `allowed_hosts`; in development also those of this machine."""

    def __init__(self, settings: Settings):
        self._names = {*settings.allowed_hosts, host_of(urlsplit(settings.base_url).netloc)} - {""}
        self._development = not settings.production

    def has(self, netloc: str) -> bool:
        """Whether a request's Host (`name` or `name:port`) is ours. The port is not looked at: a proxy's may differ."""
        host = host_of(netloc)
        if host in self._names:
            return True
        return self._development and bool(host) and _is_this_machine(host)


def without_empty_port(environ: "WSGIEnvironment") -> None:
    """Take the colon off a Host `name:`, a name whose port is left out (RFC 9110); the framework refuses it."""
    host = environ.get("HTTP_HOST", "")
    if host.endswith(":") and not host.endswith("::"):
        environ["HTTP_HOST"] = host[:-1]


def _is_this_machine(host: str) -> bool:
    # An address is no name, so no DNS can have led a browser here with it.
    return host == "localhost" or host.endswith(".localhost") or is_ip_address(host) or host in _machine_names()


@cache
def _machine_names() -> frozenset[str]:
    name = host_of(socket.gethostname().lower())
    short = name.partition(".")[0]
    return frozenset({name, short, f"{short}.local"} - {"", ".local"})
