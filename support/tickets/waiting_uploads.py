"""Uploads of forms that were not sent yet: temporary files, bounded for each client and in all.

A form that is shown again keeps its files here until it is sent; only then they move to the attachments. Who uploads
without ever sending fills their own share and pushes out nobody's files but their own, until all shares together reach
the limit: then the oldest go. A form whose file is gone says so and asks for it again.

The folder says everything by the names of its files (`<SHA-256>-<client>`), so nothing has to be remembered.
"""

import hashlib
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from core import atomic_files
from support.tickets.attachments import AttachmentFolder
from support.tickets.models import CheckedFile

_MOST_FILES = 2_000
_NAME = re.compile(r"([0-9a-f]{64})-([0-9a-f]{16})")


@dataclass(frozen=True)
class _Waiting:
    sha256: str
    client: str
    size: int
    since: float


class WaitingUploads:
    """Safe to use from several threads; several processes may together exceed the limits by what each writes at once.

    `client_files` is the number of files one client may have waiting; so many of the largest are the bytes, too."""

    def __init__(self, folder: Path, attachments: AttachmentFolder, *, most_bytes: int, client_files: int):
        self._folder = folder
        self._attachments = attachments
        self._bucket = attachments.bucket
        self._most_bytes = most_bytes
        self._client_files = client_files
        self._client_bytes = min(client_files * attachments.max_bytes, most_bytes)
        self._lock = threading.Lock()

    def put(self, file: CheckedFile, data: bytes, client: str) -> None:
        """Keep a file until its form is sent. `client` is 16 hexadecimal digits. Raises OSError."""
        with self._lock:
            waiting = self._list()
            if any(one.sha256 == file.sha256 and one.client == client for one in waiting):
                os.utime(self._path(file.sha256, client))
                return
            own = [one for one in waiting if one.client == client]
            waiting = self._make_room(waiting, own, len(data), self._client_files, self._client_bytes)
            self._make_room(waiting, waiting, len(data), _MOST_FILES, self._most_bytes)
            atomic_files.keep(self._path(file.sha256, client), data)
        if self._bucket is not None:
            self._bucket.put(_name(file.sha256), data)

    def claim(self, file: CheckedFile) -> bool:
        """Make it an attachment; False when it is no longer here. Raises OSError."""
        place = self._attachments.path(file.sha256)
        with self._lock:
            found = next((one for one in self._list() if one.sha256 == file.sha256), None)
            if found is not None and not place.is_file():
                if self._bucket is not None:
                    self._attachments.keep(file.sha256, self._path(found.sha256, found.client).read_bytes())
                else:
                    atomic_files.move(self._path(found.sha256, found.client), place)
                return True
        if found is None and not place.is_file():
            return self._fetched(file)
        try:
            os.utime(place)  # what sweeps unclaimed files goes by this time
        except FileNotFoundError:
            return False
        return True

    def has(self, file: CheckedFile) -> bool:
        """Whether it is still here, or an attachment already."""
        if self._attachments.path(file.sha256).is_file() or any(self._folder.glob(f"{file.sha256}-*")):
            return True
        return self._bucket is not None and (self._bucket.has(_name(file.sha256)) or self._attachments.has(file.sha256))

    def _fetched(self, file: CheckedFile) -> bool:
        """Make an attachment of what another node keeps until the form is sent. Raises OSError."""
        if self._bucket is None:
            return False
        data = self._bucket.get(_name(file.sha256))
        if data is not None and hashlib.sha256(data).hexdigest() == file.sha256:
            self._attachments.keep(file.sha256, data)
            return True
        return self._attachments.has(file.sha256)

    def sweep(self, older_than: float) -> int:
        """Remove what was put here before this POSIX time; how many files."""
        with self._lock:
            old = [one for one in self._list() if one.since < older_than]
            for one in old:
                if self._bucket is not None:
                    self._bucket.remove(_name(one.sha256))
                self._path(one.sha256, one.client).unlink(missing_ok=True)
            for left in self._folder.glob("*.part"):  # of a process that ended while it wrote
                if left.stat().st_mtime < older_than:
                    left.unlink(missing_ok=True)
            return len(old)

    def _make_room(
        self, waiting: list[_Waiting], among: list[_Waiting], size: int, most_files: int, most_bytes: int
    ) -> list[_Waiting]:
        """Remove the oldest of `among` until one more of `size` bytes fits; what still waits."""
        gone = set()
        files, total = len(among), sum(one.size for one in among)
        for one in sorted(among, key=lambda one: one.since):
            if files < most_files and total + size <= most_bytes:
                break
            self._path(one.sha256, one.client).unlink(missing_ok=True)
            gone.add(one)
            files, total = files - 1, total - one.size
        return [one for one in waiting if one not in gone]

    def _list(self) -> list[_Waiting]:
        found = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    named = _NAME.fullmatch(entry.name)
                    if named:
                        status = entry.stat()
                        found.append(_Waiting(named[1], named[2], status.st_size, status.st_mtime))
        except FileNotFoundError:
            pass
        return found

    def _path(self, sha256: str, client: str) -> Path:
        name = f"{sha256}-{client}"
        if not _NAME.fullmatch(name):
            raise ValueError("not the name of a waiting upload")
        return self._folder / name


def _name(sha256: str) -> str:
    return f"uploads/{sha256}"
