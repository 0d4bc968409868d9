"""Atomic, durable file writes: the file's data, its name and its folder are flushed to disk (fsync)."""

import os
import secrets
from pathlib import Path

_PROBE_BYTES = 65_536  # more than a file system keeps beside its lists


def keep(path: Path, data: bytes) -> None:
    """Write `data` to `path` in a folder of `path.parent.parent`, atomically. Raises OSError.

    Content-addressed: the name identifies the content, so an existing file only gets a new modification time.
    """
    if path.exists() and path.stat().st_size == len(data):
        os.utime(path)  # what sweeps unclaimed files goes by this time
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    for folder in (path.parent, path.parent.parent):
        sync_folder(folder)


def move(source: Path, path: Path) -> None:
    """Move a file that is on disk already to `path` of the same file system, durably. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.utime(source)
    source.replace(path)
    for folder in (path.parent, path.parent.parent):
        sync_folder(folder)


def check(folder: Path) -> None:
    """Probe whether a file can be written here now. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    probe = folder / f".check-{secrets.token_hex(4)}"
    try:
        with probe.open("xb") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush what a folder names to disk (fsync). Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, data: bytes) -> None:
    """Write `data` to `path`, a new file or another content of the one that is there, atomically. Raises OSError.

    The folder must be there. A file that is replaced keeps its permissions.
    """
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        mode = None
    try:
        with beside.open("xb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
