"""Networks that count as one client, wherever clients are counted: limits, throttling, the spam check.

Whoever has one IPv6 address has the 2^64 others of its network, so an IPv6 client is its /64; an IPv4 client is its
address. IPv4 written as IPv6 (`::ffff:203.0.113.7`) is IPv4.
"""

import re
from ipaddress import IPv6Address, ip_address

# As some reverse proxies write a client: with a port, and IPv6 in brackets.
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.%]{1,80})\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")


def household(remote: str) -> str:
    """The key of one client: the IPv4 address, or the /64 network of an IPv6 address. A text that is no address is its
    own key."""
    return _network(remote, 32, 64)


def neighbourhood(remote: str) -> str:
    """The key of a wider network, a company or a provider's customers: /24 of IPv4, /48 of IPv6."""
    return _network(remote, 24, 48)


def _network(remote: str, bits4: int, bits6: int) -> str:
    written = remote.strip()[:100]
    ported = _WITH_PORT.fullmatch(written)
    if ported:
        written = ported[1] or ported[2]
    try:
        address = ip_address(written.partition("%")[0])
    except ValueError:
        return remote[:100]
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    whole, kept = (128, bits6) if isinstance(address, IPv6Address) else (32, bits4)
    return f"{address.version}:{int(address) >> (whole - kept):x}"
