"""Pure: addresses in plain text that become links, as GitHub's specification has them.

It stops at the punctuation of Chinese and Japanese as well, which nobody leaves a space before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SCHEME = re.compile(r"(?<![A-Za-z0-9])(?:https?|ftp)$", re.I)
_LONGEST_SCHEME = 6
_REST = re.compile("[^\\s<\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’`\x02\x03]*")
_TRAILING = set("?!.,:*_~'\"")
_PAIRS = {")": "(", "]": "["}
_ENTITY = re.compile(r"&[A-Za-z0-9]{1,32}$")
_CANDIDATE = re.compile(
    r"(?<![^\s*_~(])(?P<www>www\.)(?=[^\s<.])"
    r"|(?<![A-Za-z0-9._+/:-])(?P<scheme>[A-Za-z]{1,9}:)?(?P<local>[A-Za-z0-9._+-]+)@(?P<domain>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)",
    re.I,
)
_DOMAIN = re.compile(r"[^\s/?#:<>]+")


@dataclass(frozen=True)
class Address:
    """A part of a text, from `first` to before `last`, and what it leads to."""

    first: int
    last: int
    href: str


def scheme_before(text: str, colon: int) -> str:
    """The scheme that ends at a colon of `://`; '' if it is none of the web's."""
    found = _SCHEME.search(text[max(0, colon - _LONGEST_SCHEME) : colon])
    return found[0] if found and text.startswith("://", colon) else ""


def end_of(text: str, begin: int, end: int) -> int:
    """Where the address ends whose part after its scheme (or `www.`) begins at `begin`."""
    found = _REST.match(text, begin, end)
    last = found.end() if found else begin
    surplus = {
        close: text.count(close, begin, last) - text.count(opened, begin, last) for close, opened in _PAIRS.items()
    }
    while last > begin:
        letter = text[last - 1]
        if surplus.get(letter, 0) > 0:
            surplus[letter] -= 1
        elif letter == ";":
            entity = _ENTITY.search(text, max(begin, last - 34), last - 1)
            last = entity.start() + 1 if entity else last
        elif letter not in _TRAILING:
            break
        last -= 1
    return last


def addresses(text: str) -> Iterator[Address]:
    """The addresses of a text that have no scheme: those of `www.` hosts and of mail."""
    at = 0
    for found in _CANDIDATE.finditer(text):
        if found.start() < at:
            continue
        if found["www"]:
            last = end_of(text, found.end(), len(text))
            host = _DOMAIN.match(text, found.start(), last)
            if last > found.end() and host and "_" not in "".join(host[0].split(".")[-2:]):
                at = last
                yield Address(found.start(), last, "http://" + text[found.start() : last])
        elif found[0][-1] not in "-_":
            scheme = (found["scheme"] or "").lower()
            begin = found.start() if scheme == "mailto:" else found.start("local")
            at = found.end()
            if scheme != "xmpp:":  # no link of this site leads to chats, and it is no address of mail
                yield Address(begin, at, "mailto:" + text[found.start("local") : at])
