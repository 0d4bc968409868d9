"""S/MIME (`application/pkcs7-mime`): signed or compressed mails are opened, encrypted ones cannot be.

The signature is not verified: who wrote a mail is decided elsewhere, and its words are shown either way.
"""

import zlib

_MOST_UNPACKED = 40 * 1024 * 1024


class Encrypted(ValueError):
    """Nobody here has the key."""


def content_of(data: bytes) -> bytes:
    """The mail within. Raises Encrypted, or another ValueError for what cannot be read."""
    from asn1crypto.cms import ContentInfo  # a megabyte, for mails that are rare

    try:
        info = ContentInfo.load(data)
        kind = info["content_type"].native
        if kind in {"enveloped_data", "authenticated_enveloped_data", "encrypted_data", "signed_and_enveloped_data"}:
            raise Encrypted(kind)
        if kind not in {"signed_data", "compressed_data"}:
            raise ValueError(f"S/MIME of the type {kind}")
        content = bytes(info["content"]["encap_content_info"]["content"])
    except (TypeError, KeyError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise ValueError(f"not S/MIME: {type(error).__name__}") from None
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
