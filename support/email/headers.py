"""Mail headers as opaque text: every value is encoded here, by our own hand, and no library reads it again.

The email library parses what it is given as a structured header (an address, a file name), and parsing decodes RFC 2047
words. A name such as `=?utf-8?q?x=0d=0aBcc:_…?=`, harmless when it was validated, then becomes line breaks, and before
Python 3.11.10 and 3.12.4 they were written as they are (CVE-2024-6923). So text is made into ASCII lines here: words
of RFC 2047 in subjects and names, parameters of RFC 2231 for file names. `check_serialized` is the last gate before a
mail leaves: whatever made a line break, it does not get past it.
"""

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.policy import EmailPolicy
from typing import Any
from urllib.parse import quote

from core.network.domain_names import ascii_domain

_LINE = 76
_WORD = 75  # RFC 2047: an encoded-word, delimiters included
_PREFIX, _SUFFIX = "=?utf-8?b?", "?="
_PREFIX_Q = "=?utf-8?q?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~ -]+")
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Za-z:.]+\]")
_ID = re.compile(r"[\x21-\x7e]{1,900}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_Q_LITERAL = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_FIELD = re.compile(rb"[\x21-\x39\x3b-\x7e]+:[ \t]?(?:[^\x00-\x08\x0a-\x1f\x7f]|\r\n[ \t]+(?=[^ \t\r\n]))*\r\n")
# Headers of MIME that the library makes of nothing but our own constants; the others are text of a stranger until
# they have been encoded.
_IDS = frozenset({"message-id", "references", "in-reply-to", "list-unsubscribe", "list-unsubscribe-post"})
_MIME = frozenset({"content-type", "content-transfer-encoding", "mime-version"})


class UnsafeHeader(ValueError):
    """A header would not be one line of text; the mail is not sent."""


@dataclass(frozen=True)
class Mailbox:
    """A name and an address, as in `To`. The address is checked when it is written, the name is any text."""

    name: str
    address: str

    def __post_init__(self) -> None:
        _addr_spec(self.address)

    @property
    def ascii_address(self) -> str:
        """The address as servers are told, its domain as A-labels (IDNA)."""
        return _addr_spec(self.address)


class EncodedHeader(str):
    """A header that is ready to be sent. As a string it is one line; `lines` is how it is folded."""

    # The email library takes values with a `name` as they are, never parses them, and has them fold themselves.
    name: str
    mailboxes: tuple[Mailbox, ...]
    lines: tuple[str, ...]
    max_count = None

    @classmethod
    def of(cls, name: str, lines: Iterable[str], mailboxes: tuple[Mailbox, ...] = ()) -> "EncodedHeader":
        folded = tuple(lines)
        header = cls("".join(folded))
        header.name, header.lines, header.mailboxes = name, folded, mailboxes
        return header

    def fold(self, *, policy: Any) -> str:
        """Called by the email library."""
        separator: str = policy.linesep
        return f"{self.name}: {separator.join(self.lines)}{separator}"


class OpaquePolicy(EmailPolicy):
    """Stores headers encoded, so that whoever composes a mail may hand over any text."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if isinstance(value, EncodedHeader):
            return name, value
        if isinstance(value, Mailbox):
            return name, mailboxes(name, (value,))
        if name.lower() in _MIME:
            parsed: tuple[str, Any] = super().header_store_parse(name, value)
            return parsed
        if not isinstance(value, str):
            raise TypeError(f"{name}: only text and mailboxes can be headers")
        return name, ids(name, value) if name.lower() in _IDS else text(name, value)

    def fold(self, name: str, value: Any) -> str:
        # The library's own folding would encode an address with letters outside ASCII, which no server reads then.
        return str(value.fold(policy=self)) if isinstance(value, EncodedHeader) else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        if isinstance(value, EncodedHeader):
            return value.fold(policy=self).encode()
        return super().fold_binary(name, value)


POLICY = OpaquePolicy(linesep="\r\n")


def text(name: str, value: str) -> EncodedHeader:
    """A header of free text, such as a subject. Line breaks and other controls become spaces."""
    value = _one_line(value)
    column = len(name) + 2
    words = value.split(" ")
    # Plain words are folded at their spaces; a word that could be read as an encoded one is never plain.
    if value.isascii() and "=?" not in value and all(words) and all(len(word) <= _LINE - 1 for word in words):
        return EncodedHeader.of(name, _wrapped(words, column))
    return EncodedHeader.of(name, _wrapped(encoded_words(value, column), column))


def ids(name: str, value: str) -> EncodedHeader:
    """A header of ids or addresses of the web, which no program decodes: they stay as they are, however long. One that
    is no plain word is left out: it came with somebody's mail, and would only be misread."""
    words = [word for word in _one_line(value).split(" ") if _ID.fullmatch(word) and "=?" not in word]
    return EncodedHeader.of(name, _wrapped(words, len(name) + 2)) if words else text(name, value)


def mailboxes(name: str, values: Iterable[Mailbox]) -> EncodedHeader:
    """A header of addresses. Raises UnsafeHeader for an address that is none."""
    given = tuple(values)
    pieces: list[str] = []
    for number, one in enumerate(given):
        comma = "," if number + 1 < len(given) else ""
        spec = _addr_spec(one.address)
        shown = _one_line(one.name)
        if shown:
            pieces += [*_phrase(shown, len(name) + 2), f"<{spec}>{comma}"]
        else:
            pieces.append(f"{spec}{comma}")
    return EncodedHeader.of(name, _wrapped(pieces, len(name) + 2), given)


def attachment(file_name: str) -> EncodedHeader:
    """`Content-Disposition` of a file: the name as parameters of RFC 2231, in pieces where it is long."""
    name = _one_line(file_name) or "file"
    if re.fullmatch(r"[A-Za-z0-9._-]{1,50}", name):
        return EncodedHeader.of("Content-Disposition", (f'attachment; filename="{name}"',))
    pieces = list(_percent_pieces(name, 50))
    if len(pieces) == 1:
        return EncodedHeader.of("Content-Disposition", ("attachment;", f" filename*=UTF-8''{pieces[0]}"))
    lines = ["attachment;"]
    for number, piece in enumerate(pieces):
        charset = "UTF-8''" if number == 0 else ""
        end = ";" if number + 1 < len(pieces) else ""
        lines.append(f" filename*{number}*={charset}{piece}{end}")
    return EncodedHeader.of("Content-Disposition", lines)


def encoded_words(value: str, column: int = 0) -> list[str]:
    """The text as encoded words of at most 75 characters, each of whole characters; mail clients join them again.

    `column` is what stands before the first of them on its line.
    """
    room = max(40, min(_WORD, _LINE - column))
    quoted = sum(byte in _Q_LITERAL or byte == 0x20 for byte in value.encode()) * 2 > len(value.encode())
    words: list[str] = []
    held = ""
    for cluster in _clusters(value):
        if held and len(_word(held + cluster, quoted=quoted)) > room:
            words.append(_word(held, quoted=quoted))
            held, room = "", _WORD
        held += cluster
    return [*words, _word(held, quoted=quoted)] if held else words


def check_serialized(mail: Message, raw: bytes) -> None:
    """Raises UnsafeHeader when a header of the mail or of one of its parts is more than one field, or when the mail as
    it is sent begins with other headers than it was given."""
    policy = mail.policy.clone(linesep="\r\n")
    for part in mail.walk():
        for name, value in part.raw_items():
            if not _FIELD.fullmatch(policy.fold_binary(name, value)):
                raise UnsafeHeader(f"the header {name[:40]!r} holds a line break or another control character")
    head, _blank, _body = raw.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    if names != [name.encode() for name, _value in mail.raw_items()]:
        raise UnsafeHeader("the mail would begin with other headers than it was given")


def has_control(value: str) -> bool:
    """Whether the text holds a line break, a NUL or another control: nothing for a header."""
    return _CONTROL.search(value) is not None


def _one_line(value: str) -> str:
    return " ".join(_CONTROL.sub(" ", value).split())


def _addr_spec(address: str) -> str:
    local, _at, domain = address.rpartition("@")
    domain = ascii_domain(domain)
    if not local or has_control(address) or not _DOMAIN.fullmatch(domain):
        raise UnsafeHeader("this is no mail address")
    if not _DOT_ATOM.fullmatch(local):
        local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'
    return f"{local}@{domain}"


def _phrase(name: str, column: int) -> list[str]:
    if name.isascii() and "=?" not in name:
        if _PLAIN_PHRASE.fullmatch(name):
            return name.split(" ")
        quoted = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
        if len(quoted) <= _LINE - 1:
            return [quoted]
    return encoded_words(name, column)


def _wrapped(pieces: Iterable[str], column: int) -> Iterator[str]:
    """Lines of these pieces with spaces between; each further line begins with its space."""
    line = ""
    for piece in pieces:
        if not line:
            line = piece
        elif column + len(line) + 1 + len(piece) <= _LINE:
            line += f" {piece}"
        else:
            yield line
            line, column = f" {piece}", 0
    yield line


def _clusters(value: str) -> Iterator[str]:
    """Characters with the marks that belong to them, so that no word ends within one; at most a few of them."""
    held = ""
    for character in value:
        joined = unicodedata.combining(character) or character in "\u200d\ufe0f" or held.endswith("\u200d")
        if held and not (joined and len((held + character).encode()) <= 24):
            yield held
            held = ""
        held += character
    if held:
        yield held


def _word(value: str, *, quoted: bool) -> str:
    data = value.encode()
    if not quoted:
        return f"{_PREFIX}{base64.b64encode(data).decode()}{_SUFFIX}"
    said = "".join("_" if byte == 0x20 else chr(byte) if byte in _Q_LITERAL else f"={byte:02X}" for byte in data)
    return f"{_PREFIX_Q}{said}{_SUFFIX}"


def _percent_pieces(name: str, most: int) -> Iterator[str]:
    held = ""
    for character in name:
        encoded = quote(character, safe="")
        if held and len(held) + len(encoded) > most:
            yield held
            held = ""
        held += encoded
    yield held
