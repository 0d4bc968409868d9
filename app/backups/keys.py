"""Keys and settings in a backup, encrypted with age (https://age-encryption.org) to the operator's key or passphrase.

A server needs the public half only: whoever takes the backups has no keys. The digest of the archive is inside, so that
nothing beside the keys can be exchanged by somebody who has not made the backup.
"""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyrage

_SHORTEST_PASSPHRASE = 12
_MEASUREMENTS, _BUSY_SECONDS = 5, 2.0


class KeysUnreadable(Exception):
    """The keys could not be encrypted or decrypted; the message says why."""


@dataclass(frozen=True)
class Lock:
    """How the keys are encrypted: to a public key (`age1…`), or with a passphrase. Exactly one is set."""

    recipient: str = ""
    passphrase: str = ""

    @property
    def kind(self) -> str:
        return "recipient" if self.recipient else "passphrase"


@dataclass(frozen=True)
class KeyBundle:
    """What is encrypted: files of `secrets/`, the settings' file, settings of the environment, the archive's digest;
    the files of brands in `brands_dir`, by their names."""

    digest: str
    secrets: Mapping[str, bytes]
    settings_file: str = ""
    environment: Mapping[str, str] | None = None
    brand_files: Mapping[str, str] | None = None


def new_identity() -> tuple[str, str]:
    """A new key pair: the secret half, to be kept elsewhere, and the public one."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def is_recipient(text: str) -> bool:
    """Whether this is a public key that something can be encrypted to."""
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def read_passphrase(path: Path) -> str:
    """The first line of a file. Raises KeysUnreadable or OSError."""
    lines = path.read_text(encoding="utf-8").splitlines() or [""]
    if len(lines[0].strip()) < _SHORTEST_PASSPHRASE:
        raise KeysUnreadable(f"the passphrase in {path} has fewer than {_SHORTEST_PASSPHRASE} characters")
    return lines[0].strip()


def read_identity(path: Path) -> str:
    """The secret key in a file of `age-keygen` or `flask backup new-key`. Raises KeysUnreadable or OSError."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.strip().startswith("AGE-SECRET-KEY-"):
            return line.strip()
    raise KeysUnreadable(f"there is no secret key (AGE-SECRET-KEY-…) in {path}")


def encrypt(bundle: KeyBundle, lock: Lock) -> bytes:
    """Raises KeysUnreadable."""
    text = json.dumps(
        {
            "digest": bundle.digest,
            "secrets": {name: base64.b64encode(data).decode() for name, data in bundle.secrets.items()},
            "settings_file": bundle.settings_file,
            "environment": dict(bundle.environment or {}),
            "brand_files": dict(bundle.brand_files or {}),
        }
    ).encode()
    if not lock.recipient:
        return bytes(pyrage.passphrase.encrypt(text, lock.passphrase))
    try:
        recipient = pyrage.x25519.Recipient.from_str(lock.recipient)
    except pyrage.RecipientError as error:
        raise KeysUnreadable("the setting backup_recipient is no public key (age1…)") from error
    return bytes(pyrage.encrypt(text, [recipient]))


def _with_passphrase(data: bytes, passphrase: str) -> bytes:
    """Raises KeysUnreadable or pyrage.DecryptError.

    A passphrase is stretched (scrypt) for about a second of the machine that encrypts. age refuses to do sixteen times
    what it measures this machine to do in a second, and measures anew each time: a busy moment passes.
    """
    for _time in range(_MEASUREMENTS):
        try:
            return bytes(pyrage.passphrase.decrypt(data, passphrase))
        except pyrage.DecryptError as error:
            if "Excessive work" not in str(error):
                raise
        time.sleep(_BUSY_SECONDS)
    raise KeysUnreadable(
        "this machine is too slow, or too busy, for the passphrase of a much faster one; try again when it is quiet, or"
        " take keys.age out of the archive and decrypt it with age on another machine"
    )


def decrypt(data: bytes, *, identity: str = "", passphrase: str = "") -> KeyBundle:
    """Raises KeysUnreadable, also for what was made by somebody else or is damaged."""
    try:
        if identity:
            text = pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(identity)])
        else:
            text = _with_passphrase(data, passphrase)
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as error:
        raise KeysUnreadable("the keys of this backup cannot be read with this key or passphrase") from error
    try:
        stored = json.loads(text)
        secrets = {str(name): base64.b64decode(value) for name, value in stored["secrets"].items()}
        environment = {str(name): str(value) for name, value in stored["environment"].items()}
        brand_files = {str(name): str(value) for name, value in stored.get("brand_files", {}).items()}
        bundle = KeyBundle(str(stored["digest"]), secrets, str(stored["settings_file"]), environment, brand_files)
    except Exception as error:
        raise KeysUnreadable("the keys of this backup are not in a form this release knows") from error
    names = [*bundle.secrets, *brand_files]
    if any("/" in name or "\\" in name or name.startswith(".") or not name for name in names):
        raise KeysUnreadable("the keys of this backup have names that are none")
    return bundle
