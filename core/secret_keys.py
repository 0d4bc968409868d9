"""Secret keys of this installation: one for each purpose, all derived of the setting `secret_key`, or else generated on
first use as files of the data folder. Never logged.

Each purpose may have previous keys beside the current one: what they signed is still believed, and nothing new is
signed with them, so that a key can be replaced while pages, links and sessions are in use. Several nodes need the same
keys; whether they have them is what `core/cluster/key_fingerprints.py` asks the database.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# What keys are for. `links`: status links and what is proven by mail; `guard`: challenges, form tokens and hashed
# visitors; `forms`: files of forms; `desk`: second factors; `webhook`: signatures, where no webhook_secret is set;
# `insight`: hashed addresses in the ledger.
PURPOSES = ("links", "guard", "forms", "desk", "webhook", "insight")
SHORTEST = 32  # what is shorter was cut off
_BUNDLE = "signpost-keys-1:"
_PREVIOUS = ".previous"


@dataclass(frozen=True)
class Keys:
    """The keys of one purpose: `current` signs, and all of them are believed."""

    current: bytes = field(repr=False)
    previous: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, keys: "Keys | bytes") -> "Keys":
        """A single key as keys without a previous one."""
        return keys if isinstance(keys, Keys) else cls(keys)

    @property
    def all(self) -> tuple[bytes, ...]:
        """The current one first."""
        return (self.current, *self.previous)

    @property
    def oldest_first(self) -> list[bytes]:
        """As itsdangerous takes them."""
        return list(reversed(self.all))

    def derived(self, derive: Callable[[bytes], bytes]) -> "Keys":
        return Keys(derive(self.current), tuple(map(derive, self.previous)))


def signed_by(keys: Keys, sign: Callable[[bytes], str], signature: str) -> bool:
    """Whether one of the keys makes this signature. All are compared, each in constant time."""
    given = signature.encode(errors="replace")
    return sum(hmac.compare_digest(given, sign(key).encode()) for key in keys.all) > 0


class KeyRing:
    """The keys by purpose; read once, so that a file that is removed later changes nothing in a running process.

    `given` are the values of the setting, the current one first; without any, the keys are files of `folder`. Files
    that are there although the setting is used count as previous keys: whoever begins to set it loses nothing.
    """

    def __init__(self, folder: Path, given: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._given = tuple(_Given(text) for text in given)
        self._read: dict[str, Keys] = {}
        self._lock = threading.Lock()

    @property
    def source(self) -> str:
        """Where the keys come from, for a sentence to the operator."""
        return "the setting secret_key" if self._given else str(self._folder)

    def stored(self, purpose: str) -> bool:
        """Whether there is a key already; else `get` would make one."""
        return bool(self._given) or purpose in self._read or (self._folder / purpose).exists()

    def get(self, purpose: str) -> Keys:
        """The keys of this purpose; a first one is generated where there is none. Raises OSError."""
        with self._lock:
            if purpose not in self._read:
                self._read[purpose] = self._keys(purpose)
            return self._read[purpose]

    def _keys(self, purpose: str) -> Keys:
        earlier = _stored(self._folder / f"{purpose}{_PREVIOUS}")
        if not self._given:
            return Keys(secret_key(self._folder, purpose), earlier)
        current, *previous = (given.key(purpose) for given in self._given)
        kept = [key for key in (*previous, *_stored(self._folder / purpose), *earlier) if key != current]
        return Keys(current, tuple(dict.fromkeys(kept)))

    def bundle(self) -> str:
        """All keys as one value for the setting `secret_key` of other nodes. As secret as the keys are."""
        values = {purpose: self.get(purpose).current.decode("latin-1") for purpose in PURPOSES}
        return _BUNDLE + base64.urlsafe_b64encode(json.dumps(values).encode()).decode()

    def rotate(self) -> None:
        """Put a new key in the place of each of the folder; what was current is the previous one. Running processes go
        on with what they read. Raises ValueError where the keys come from the setting."""
        if self._given:
            raise ValueError("the keys come from the setting secret_key: write the new value before the old one there")
        for purpose in PURPOSES:
            old = self.get(purpose).current
            draft = self._folder / f".{purpose}.{secrets.token_hex(4)}"
            _write(self._folder / f".{purpose}{_PREVIOUS}", old, self._folder / f"{purpose}{_PREVIOUS}")
            _write(draft, secrets.token_hex(32).encode(), self._folder / purpose)
        with self._lock:
            self._read.clear()


class _Given:
    """One value of the setting: a text that keys are derived of, or a bundle of keys."""

    def __init__(self, text: str) -> None:
        self._bundle = read_bundle(text)
        self._text = text.encode()

    def key(self, purpose: str) -> bytes:
        if self._bundle is not None:
            return self._bundle[purpose]
        return hmac.new(self._text, b"signpost key\n" + purpose.encode(), hashlib.sha256).hexdigest().encode()


def read_bundle(text: str) -> Mapping[str, bytes] | None:
    """The keys of a bundle by purpose; None for a text that is none. Raises ValueError for a broken one."""
    if not text.startswith(_BUNDLE):
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text.removeprefix(_BUNDLE)))
        return {purpose: values[purpose].encode("latin-1") for purpose in PURPOSES}
    except (ValueError, binascii.Error, KeyError, TypeError, AttributeError):
        raise ValueError("begins as exported keys do, and is not whole; copy all of it") from None


def secret_key(folder: Path, name: str) -> bytes:
    """The key of that name, generated on first use in `folder` (`secrets/` of the data folder), mode 0600.

    Safe for concurrent processes: the first to write wins and all get its value. Never log what this returns.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    try:
        return _read_secret(path)
    except FileNotFoundError:
        pass
    # Written to a temporary file, then hard-linked: link fails if the name exists, so no partial or second key appears.
    draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    _write(draft, secrets.token_hex(32).encode())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read_secret(path)


def _write(draft: Path, key: bytes, place: Path | None = None) -> None:
    """Write the key durably; with `place`, put it there."""
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    if place is not None:
        draft.replace(place)


def _stored(path: Path) -> tuple[bytes, ...]:
    try:
        return (_read_secret(path),)
    except FileNotFoundError:
        return ()


def _read_secret(path: Path) -> bytes:
    return path.read_bytes().strip()
