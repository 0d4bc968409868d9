"""Folders and files that only this service's user may read, from the moment they exist.

What an earlier release, a copy or a restored backup left open is mended at the next start. Where the system does not
let us (a folder of another user, a file system without modes), the operator is told by a log event.
"""

import os
import stat
from pathlib import Path

from core.events import emit

FOLDER, FILE = 0o700, 0o600


def private_folder(folder: Path) -> None:
    """Make the folder if there is none, and keep others out of it. Raises OSError when it cannot be made."""
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    _close(folder, FOLDER)


def private_file(path: Path) -> None:
    """Make an empty file if there is none, and keep others out of it. Raises OSError when it cannot be made."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))
    except FileExistsError:
        pass
    close_file(path)


def close_file(path: Path) -> None:
    """Keep others out of a file that may be there."""
    if path.is_file():
        _close(path, FILE)


def _close(path: Path, mode: int) -> None:
    try:
        now = path.stat()
        # A folder everybody may write into, such as /tmp, was not made for us alone.
        if stat.S_IMODE(now.st_mode) & 0o077 and not now.st_mode & stat.S_ISVTX:
            path.chmod(mode)
    except OSError as error:
        emit("not_private", error=type(error).__name__)
