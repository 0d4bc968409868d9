"""Public keys of sites that sign with EdDSA: as PEM, or as the 32 bytes of an Ed25519 key in base64."""

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class BadKey(ValueError):
    """The text is not a valid public key; the message is the end of a sentence."""


def read_public_key(text: str) -> "Ed25519PublicKey":
    """Raises BadKey. A private key is refused in so many words: it has no business here."""
    # A library of 8 MB, for the few whose sites sign.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    text = text.strip()
    if "PRIVATE KEY" in text:
        raise BadKey("is private; it must stay with the site, give us the public one")
    try:
        if text.startswith("-----BEGIN"):
            key = load_pem_public_key(text.encode())
        else:
            raw = text.replace("-", "+").replace("_", "/")
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True))
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        raise BadKey("is neither PEM nor the base64 of an Ed25519 public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("is not of the kind Ed25519")
    return key
