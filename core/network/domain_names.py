"""Domain names as the DNS holds them.

A name in another script becomes A-labels (`xn--…`) by IDNA 2008, mapped the way browsers do it (UTS #46,
non-transitional). Python's own codec "idna" is IDNA 2003, which takes `faß.example` for `fass.example`: that may be
somebody else's.
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import idna

_LONGEST = 253  # of a name in the DNS; more is no name, and costs time that grows with its square
_HOST = re.compile(r"[a-z0-9_.-]+")


def a_labels(name: str) -> str:
    """The name in small ASCII letters. Raises ValueError for one that cannot be registered."""
    if name.isascii():
        return name.lower()
    if len(name) > _LONGEST:
        raise ValueError("a domain name has 253 characters at most")
    return idna.encode(name, uts46=True).decode("ascii")


def ascii_domain(name: str) -> str:
    """The same for a name that is in use already: what IDNA 2008 does not know is taken as browsers take it, or as it
    stands."""
    try:
        return a_labels(name)
    except ValueError:
        pass
    if len(name) > _LONGEST:
        return name.lower()
    try:
        # Symbols are no letters to IDNA 2008, yet such names exist, and mail comes from them.
        labels = idna.uts46_remap(name, std3_rules=False).split(".")
        made = ".".join(one if one.isascii() else f"xn--{one.encode('punycode').decode('ascii')}" for one in labels)
    except ValueError:
        return name.lower()
    return made if _HOST.fullmatch(made) else name.lower()  # a wide @ would become one that counts


def host_of(netloc: str) -> str:
    """The host of `host:port` as names are compared: A-labels, without port, brackets and the dot of the root.

    '' for what is no host. Compare only what came out of here: `HELP.example.`, `help。example` and `help.example:443`
    are one name.
    """
    found = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([^:\s/@\\?#\[\]]+)(?::[0-9]{0,5})?", netloc)
    return ascii_domain(found[1] or found[2]).rstrip(".") if found else ""


def is_ip_address(host: str) -> bool:
    """Whether this is an address itself, and no name that somebody's DNS could point anywhere."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def split_url(text: str) -> SplitResult:
    """The parts of an address somebody else wrote; all empty where it is none, such as `http://[`."""
    try:
        return urlsplit(text)
    except ValueError:
        return SplitResult("", "", "", "", "")
