"""Addresses with a user and a password, as they may be shown."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_SHOWN = frozenset({"schema", "region", "sslmode"})


def place_of(url: str) -> str:
    """What an address says of where something lies: its user, password and whatever else may be secret left out."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2]
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name in _SHOWN])
    return urlunsplit((parts.scheme, hosts, parts.path, query, ""))
