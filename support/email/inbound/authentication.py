"""What the receiving mail server found out about a sender: `Authentication-Results` (RFC 8601), without I/O.

Anybody can write such a header, so only those count that carry the name of our own server (authserv-id, a setting). A
server writes above what came in, so the topmost of these tells that somebody is who they say; any of them may tell
that somebody is not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.network.domain_names import ascii_domain

_LONGEST = 10_000
_MOST = 50
_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')


class Authenticity(StrEnum):
    PASS = "pass"  # noqa: S105 - a result, no password
    FAIL = "fail"
    UNKNOWN = "unknown"  # nobody checked, or what they found says nothing


@dataclass(frozen=True)
class Authentication:
    """`said` is the result that decided, such as `dmarc=fail`."""

    result: Authenticity
    said: str = ""


UNCHECKED = Authentication(Authenticity.UNKNOWN)


@dataclass(frozen=True)
class _Method:
    name: str
    result: str
    properties: dict[str, str]

    def of(self, name: str) -> str:
        """The domain in this property: of `ada@example.org`, `@example.org` and `example.org` the same."""
        return ascii_domain(self.properties.get(name, "").rpartition("@")[2])


def authenticate(headers: Sequence[str], authserv_id: str, sender: str) -> Authentication:
    """What the headers say of the domain in `From`, given topmost first. Without an `authserv_id` nothing counts."""
    if not authserv_id:
        return UNCHECKED
    ours = ascii_domain(authserv_id)
    counted = [methods for header in headers[:_MOST] for name, methods in [_parsed(header)] if name == ours]
    domain = ascii_domain(sender.rpartition("@")[2])
    for methods in counted:
        if failed := _failure(methods, domain):
            return Authentication(Authenticity.FAIL, failed)
    return _success(counted[0], domain) if counted and domain else UNCHECKED


def _failure(methods: Sequence[_Method], domain: str) -> str:
    """What speaks against it, or ''. DMARC takes DKIM and SPF together, so where it has passed they need not."""
    dmarc = [m for m in methods if m.name == "dmarc"]
    for method in dmarc:
        other = method.of("header.from")
        if method.result == "fail":
            return "dmarc=fail"
        if method.result == "pass" and other and domain and other != domain:
            return f"dmarc=pass of {other}"
    if any(m.result == "pass" for m in dmarc):
        return ""
    dkim = [m for m in methods if m.name == "dkim"]
    # A list or a gateway may break one of several signatures.
    if any(m.result == "fail" for m in dkim) and not any(m.result == "pass" for m in dkim):
        return "dkim=fail"
    return ""


def _success(methods: Sequence[_Method], domain: str) -> Authentication:
    for method in methods:
        if method.result != "pass":
            continue
        signed = method.of("header.d") or method.of("header.i")
        if method.name == "dmarc" or (method.name == "dkim" and signed and _is_within(domain, signed)):
            return Authentication(Authenticity.PASS, f"{method.name}=pass")
    return UNCHECKED


def _is_within(domain: str, parent: str) -> bool:
    return domain == parent or ("." in parent and domain.endswith(f".{parent}"))


def _parsed(header: str) -> tuple[str, tuple[_Method, ...]]:
    """(authserv-id, its methods)."""
    first, *rest = (_words(part) for part in _split(_without_comments(header[:_LONGEST])))
    methods = []
    for words in rest:
        pairs = [word.partition("=") for word in words if "=" in word]
        if pairs:
            name, _, result = pairs[0]
            properties = {key.lower(): value.strip('"') for key, _, value in pairs[1:]}
            methods.append(_Method(name.partition("/")[0].lower(), result.strip('"').lower(), properties))
    return (ascii_domain(first[0].strip('"')) if first else ""), tuple(methods)


def _words(text: str) -> list[str]:
    """Words. What stands around `=` belongs together, as in `header.from = example.org`, and so does what is quoted: a
    sender chooses the part before the @."""
    return _WORD.findall(text.replace(" =", "=").replace("= ", "="))


def _without_comments(text: str) -> str:
    """The header without `(comments)`, which may be nested, and hold anything."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for ch in " ".join(text.split()):
        if escaped:
            escaped = False
            if ch == '"':
                continue  # else it would count as the end of what is quoted
        elif ch == "\\":
            escaped = True
            continue
        elif ch == '"' and not depth:
            quoted = not quoted
        elif not quoted and ch == "(":
            depth += 1
            continue
        elif not quoted and ch == ")" and depth:
            depth -= 1
            kept.append(" ")
            continue
        if not depth:
            kept.append(ch)
    return "".join(kept)


def _split(text: str) -> list[str]:
    """Split at semicolons that are not within quotation marks."""
    parts, quoted = [""], False
    collected: list[str] = []
    for ch in text:
        if ch == '"':
            quoted = not quoted
        if ch == ";" and not quoted:
            parts[-1] = "".join(collected)
            parts.append("")
            collected = []
        else:
            collected.append(ch)
    parts[-1] = "".join(collected)
    return parts
