"""Encryption at rest of TOTP secrets, by AES-256-GCM with a key derived from that of the installation.

The account id is associated data, so that nobody who can write to the database can give one account another's secret; a
key id tells a changed key from a damaged row.

`cryptography` takes 8 MB. It is imported in functions, for help centres whose agents have no second factor.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable

from core.secret_keys import Keys

_MARK = "v1"
SEALED_PREFIX = f"{_MARK}:"
_NONCE_BYTES = 12


class DecryptionFailed(Exception):
    """Decryption failed: the key has changed, or the row was tampered with."""


class TotpEncryption:
    """Encrypts with the current key and decrypts with any. `key` is called only when needed."""

    def __init__(self, key: Callable[[], Keys | bytes]):
        self._key = key

    def seal(self, secret: str, user_id: int) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, mark = self._derived()[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        hidden = AESGCM(key).encrypt(nonce, secret.encode(), _bound(user_id))
        return f"{_MARK}:{mark}:{base64.b64encode(nonce + hidden).decode()}"

    def open(self, sealed: str, user_id: int) -> str:
        """The secret; '' for none, and as it is for one of a release that did not seal. Raises DecryptionFailed."""
        if not self.is_sealed(sealed):
            return sealed
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        _, its_mark, encoded = sealed.split(":", 2)
        key = next((key for key, mark in self._derived() if mark == its_mark), None)
        if key is None:
            raise DecryptionFailed("sealed with another key")
        try:
            raw = base64.b64decode(encoded, validate=True)
            return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(user_id)).decode()
        except (InvalidTag, ValueError) as error:
            raise DecryptionFailed("changed since it was sealed") from error

    @staticmethod
    def is_sealed(stored: str) -> bool:
        # A secret of an authenticator app is letters and digits: a colon never stands in one.
        return stored.startswith(SEALED_PREFIX)

    @property
    def prefix(self) -> str:
        """What begins whatever the current key has sealed."""
        return f"{_MARK}:{self._derived()[0][1]}:"

    def _derived(self) -> list[tuple[bytes, str]]:
        """(key, its mark), the current one first."""
        return [_derived(key) for key in Keys.of(self._key()).all]


def _derived(secret: bytes) -> tuple[bytes, str]:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = HKDF(SHA256(), 32, salt=None, info=b"signpost desk second factor").derive(secret)
    return key, hashlib.sha256(b"mark of " + key).hexdigest()[:8]


def _bound(user_id: int) -> bytes:
    return f"desk_user {user_id}".encode()
