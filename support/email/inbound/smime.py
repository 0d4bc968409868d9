"""S/MIME (`application/pkcs7-mime`): signed or compressed mails are opened, encrypted ones cannot be.

The signature is not verified: who wrote a mail is decided elsewhere, and its words are shown either way.

Of CMS (RFC 5652) only the way to the content is read, in either encoding (X.690: DER, and BER as it is streamed). The
general readers of ASN.1 take a tag or an object identifier of any length, and their time grows with its square.
"""

import zlib
from collections.abc import Iterator

_MOST_UNPACKED = 40 * 1024 * 1024
_MOST_ELEMENTS = 200_000  # a content that is streamed comes in many; OpenSSL's have 4 kB

_SEQUENCE, _OID, _BYTES, _BYTES_IN_PIECES, _FIRST, _END = 0x30, 0x06, 0x04, 0x24, 0xA0, 0x00
_KINDS = {
    bytes.fromhex("2a864886f70d010702"): "signed_data",
    bytes.fromhex("2a864886f70d010703"): "enveloped_data",
    bytes.fromhex("2a864886f70d010704"): "signed_and_enveloped_data",
    bytes.fromhex("2a864886f70d010706"): "encrypted_data",
    bytes.fromhex("2a864886f70d0109100109"): "compressed_data",
    bytes.fromhex("2a864886f70d0109100117"): "authenticated_enveloped_data",
}


class Encrypted(ValueError):
    """Nobody here has the key."""


class _Elements:
    """The elements one after another, from a place that goes forward only."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._left = _MOST_ELEMENTS

    def enter(self, *wanted: int) -> tuple[int, int | None]:
        """Its tag, and the length of what it holds in bytes: None where its end is marked. Raises ValueError."""
        self._left -= 1
        head = self._data[self._at : self._at + 2]
        if len(head) < 2 or head[0] & 0x1F == 0x1F or self._left < 0:
            raise ValueError("not S/MIME: its structure cannot be read")
        tag, length = head
        if wanted and tag not in wanted:
            raise ValueError(f"not S/MIME: an element of type {tag:#x}")
        self._at += 2
        if length < 0x80:
            return tag, length
        octets = length & 0x7F
        if octets == 0:
            return tag, None
        self._at += octets
        long = int.from_bytes(self._data[self._at - octets : self._at]) if octets <= 8 else len(self._data)
        if self._at + long > len(self._data):
            raise ValueError("not S/MIME: it is cut off")
        return tag, long

    def value(self, tag: int) -> bytes:
        _tag, length = self.enter(tag)
        return self._take(length)

    def _take(self, length: int | None) -> bytes:
        if length is None or self._at + length > len(self._data):
            raise ValueError("not S/MIME: it is cut off")
        self._at += length
        return self._data[self._at - length : self._at]

    def skip(self) -> None:
        open_ends = 0
        while True:
            tag, length = self.enter()
            if length is None:
                open_ends += 1
            else:
                self._take(length)
                open_ends -= tag == _END
            if open_ends <= 0:
                return

    def pieces(self) -> Iterator[bytes]:
        """Of an octet string, whole or in pieces, themselves in pieces or not."""
        ends: list[int | None] = []  # where the strings that are open end; None: at their mark
        while True:
            tag, length = self.enter(_BYTES, _BYTES_IN_PIECES, _END)
            if tag == _BYTES_IN_PIECES:
                ends.append(None if length is None else self._at + length)
            elif tag == _BYTES:
                yield self._take(length)
            elif not ends or ends.pop() is not None:
                raise ValueError("not S/MIME: an end of nothing")
            while ends and ends[-1] is not None and self._at >= ends[-1]:
                ends.pop()
            if not ends:
                return


def content_of(data: bytes) -> bytes:
    """The mail within. Raises Encrypted, or another ValueError for what cannot be read."""
    elements = _Elements(data)
    elements.enter(_SEQUENCE)
    kind = _KINDS.get(elements.value(_OID), "unknown")
    if kind not in {"signed_data", "compressed_data", "unknown"}:
        raise Encrypted(kind)
    if kind == "unknown":
        raise ValueError("S/MIME of an unknown type")
    elements.enter(_FIRST)
    elements.enter(_SEQUENCE)
    elements.skip()  # the version
    elements.skip()  # the algorithms
    elements.enter(_SEQUENCE)
    elements.value(_OID)
    elements.enter(_FIRST)
    content = b"".join(elements.pieces())
    if kind == "compressed_data":
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(content, _MOST_UNPACKED)
        except zlib.error as error:
            raise ValueError(str(error)) from None
        if unpacking.unconsumed_tail:
            raise ValueError("unpacks to too much")
    if not content:
        raise ValueError("no mail within")
    return content
