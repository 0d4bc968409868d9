"""Secret keys of this installation: generated on first use, one file each, never logged."""

import os
import secrets
from pathlib import Path


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
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read_secret(path)


def _read_secret(path: Path) -> bytes:
    return path.read_bytes().strip()
