"""TNEF (`winmail.dat`): the envelope in which Outlook sends files to programs that cannot open it.

Reads the words and the files and nothing else. Each byte is looked at once and every length is checked against what is
left, so that a broken one ends in BadTnef and is kept as the file it came as.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from support.email.inbound.charsets import text_of
from support.email.inbound.html import words_of
from support.tickets.models import Upload

SIGNATURE = b"\x78\x9f\x3e\x22"
_MOST_ATTRIBUTES = 20_000
_MOST_RTF = 2_000_000
_DEEPEST = 4

_BODY, _ATTACH_DATA, _ATTACH_TITLE = 0x800C, 0x800F, 0x8010
_ATTACH_BEGINS, _MESSAGE_PROPERTIES, _ATTACH_PROPERTIES, _CODE_PAGE = 0x9002, 0x9003, 0x9005, 0x9007
_PR_SUBJECT, _PR_BODY, _PR_RTF, _PR_HTML = 0x0037, 0x1000, 0x1009, 0x1013
_PR_DATA, _PR_FILE_NAME, _PR_LONG_NAME, _PR_DISPLAY_NAME = 0x3701, 0x3704, 0x3707, 0x3001
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_STRING8, _UNICODE, _OBJECT, _BINARY, _MANY = 0x1E, 0x1F, 0x0D, 0x102, 0x1000
_RTF_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


class BadTnef(ValueError):
    """Not TNEF, or broken."""


@dataclass
class Tnef:
    """What an envelope holds. `messages` are mails within it, with words and files of their own; `rtf` is the message
    as a document, where it has no plain words."""

    words: str = ""
    rtf: bytes = b""
    subject: str = ""
    files: list[Upload] = field(default_factory=list)
    messages: list["Tnef"] = field(default_factory=list)


@dataclass
class _Attached:
    short: str = ""
    long: str = ""
    data: bytes = b""
    inner: Tnef | None = None


def read_tnef(data: bytes, depth: int = 0) -> Tnef:
    """The words and files of an envelope. Raises BadTnef."""
    if not data.startswith(SIGNATURE) or depth > _DEEPEST:
        raise BadTnef("no TNEF, or envelopes within envelopes")
    try:
        return _read(data, depth)
    except (struct.error, IndexError) as error:
        raise BadTnef(str(error)) from None


def _read(data: bytes, depth: int) -> Tnef:
    found = Tnef()
    attached: list[_Attached] = []
    charset = "windows-1252"
    plain, html, rtf = "", "", b""
    for name, content in _attributes(data):
        if name == _CODE_PAGE and len(content) >= 4:
            charset = _charset(struct.unpack("<I", content[:4])[0])
        elif name == _BODY:
            plain = plain or _string(content, charset)
        elif name == _MESSAGE_PROPERTIES:
            for prop, kind, value in _properties(content):
                if prop == _PR_BODY:
                    plain = _value(value, kind, charset) or plain
                elif prop == _PR_HTML:
                    html = text_of(value.rstrip(b"\0"), None if kind == _BINARY else charset)
                elif prop == _PR_RTF:
                    rtf = value
                elif prop == _PR_SUBJECT:
                    found.subject = _value(value, kind, charset)
        elif name == _ATTACH_BEGINS:
            attached.append(_Attached())
        elif name in {_ATTACH_TITLE, _ATTACH_DATA, _ATTACH_PROPERTIES} and attached:
            _attach(attached[-1], name, content, charset, depth)
    found.words = plain.strip() or words_of(html).strip()
    for number, one in enumerate(attached, 1):
        if one.inner is not None:
            found.messages.append(one.inner)
        elif one.data:
            found.files.append(Upload(one.long or one.short or f"file-{number}", one.data))
    if rtf and not found.words:
        found.rtf = unpacked_rtf(rtf)
    return found


def _attach(one: _Attached, name: int, content: bytes, charset: str, depth: int) -> None:
    if name == _ATTACH_TITLE:
        one.short = _string(content, charset)
    elif name == _ATTACH_DATA:
        one.data = content
    else:
        for prop, kind, value in _properties(content):
            if prop == _PR_LONG_NAME:
                one.long = _value(value, kind, charset)
            elif prop in {_PR_FILE_NAME, _PR_DISPLAY_NAME} and not one.short:
                one.short = _value(value, kind, charset)
            elif prop == _PR_DATA and kind == _OBJECT and value[16:20] == SIGNATURE:
                one.inner = read_tnef(value[16:], depth + 1)
            elif prop == _PR_DATA and not one.data:
                one.data = value[16:] if kind == _OBJECT else value


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(name, content) of each attribute."""
    at = 6
    for _ in range(_MOST_ATTRIBUTES):
        if at + 9 > len(data):
            return
        _level, name, length = struct.unpack("<BII", data[at : at + 9])
        if at + 9 + length > len(data):
            raise BadTnef("an attribute that is longer than the file")
        yield name & 0xFFFF, data[at + 9 : at + 9 + length]
        at += 9 + length + 2  # the checksum says nothing that a mail server would not have said
    raise BadTnef("too many attributes")


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(name, type, value) of each MAPI property; of several values, the first."""
    count = struct.unpack("<I", data[:4])[0]
    if count > _MOST_ATTRIBUTES:
        raise BadTnef("too many properties")
    at = 4
    for _ in range(count):
        kind, name = struct.unpack("<HH", data[at : at + 4])
        at += 4
        if name >= 0x8000:
            named = struct.unpack("<I", data[at + 16 : at + 20])[0]
            at += 20
            at += 4 + _padded(struct.unpack("<I", data[at : at + 4])[0]) if named else 4
        single = kind & ~_MANY
        values, first = 1, b""
        variable = single in {_STRING8, _UNICODE, _OBJECT, _BINARY}
        if variable or kind & _MANY:
            values = struct.unpack("<I", data[at : at + 4])[0]
            at += 4
        if values > len(data) - at:
            raise BadTnef("more values than bytes")
        for number in range(values):
            if variable:
                length = struct.unpack("<I", data[at : at + 4])[0]
                at += 4
            else:
                length = _FIXED[single] if single in _FIXED else _unknown(single)
            if at + length > len(data):
                raise BadTnef("a value that is longer than its list")
            if number == 0:
                first = data[at : at + length]
            at += _padded(length)
        yield name, single, first


def _unknown(kind: int) -> int:
    raise BadTnef(f"a property of type {kind:#x}")


def _padded(length: int) -> int:
    return length + -length % 4


def _value(value: bytes, kind: int, charset: str) -> str:
    if kind == _UNICODE:
        return value.decode("utf-16-le", "replace").partition("\0")[0]
    return _string(value, charset)


def _string(value: bytes, charset: str) -> str:
    return text_of(value.partition(b"\0")[0], charset)


def _charset(code_page: int) -> str:
    named = {932: "shift_jis", 936: "gb18030", 949: "euc-kr", 950: "big5", 65001: "utf-8", 20127: "us-ascii"}
    return named.get(code_page, f"windows-{code_page}")


def unpacked_rtf(data: bytes) -> bytes:
    """Compressed RTF (LZFu) unpacked. Raises BadTnef."""
    _size, raw_size, form, _checksum = struct.unpack("<IIII", data[:16])
    if form == 0x414C454D:  # not compressed
        return data[16 : 16 + raw_size]
    if form != 0x75465A4C or raw_size > _MOST_RTF:
        raise BadTnef("RTF in another form, or too much of it")
    window = bytearray(_RTF_DICTIONARY.ljust(4096, b"\0"))
    write = len(_RTF_DICTIONARY)
    out = bytearray()
    at = 16
    while at < len(data) and len(out) < raw_size:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data) or len(out) >= raw_size:
                break
            if not control >> bit & 1:
                piece = data[at : at + 1]
                at += 1
                window[write] = piece[0]
                write = (write + 1) % 4096
                out += piece
                continue
            token = int.from_bytes(data[at : at + 2], "big")
            at += 2
            offset, length = token >> 4, (token & 15) + 2
            if offset == write:
                return bytes(out)
            for step in range(length):
                byte = window[(offset + step) % 4096]
                window[write] = byte
                write = (write + 1) % 4096
                out.append(byte)
    return bytes(out)
