"""Which files of the articles folder may be read: regular files that lie in it, also once links are followed.

Everything in the folder is published. A symbolic link to `/etc/passwd`, or a folder linked from elsewhere, would
publish what its author could read only because the server can; a FIFO would keep the reader waiting for ever.
"""

import os
import stat
from pathlib import Path

from core.texts.said import said
from kb.findings import Finding, error

OUTSIDE = "outside-folder"
# Of folders whose names begin with `_` only these, where other tools keep pictures, hold what may be served.
PICTURE_FOLDERS = frozenset({"_img", "_images", "_assets", "_media", "_static"})


def why_not(folder: Path, path: str) -> str:
    """Why the file at `path` below the folder must not be read, as a sentence; '' if it may be, or is not there."""
    try:
        root, target = folder.resolve(), (folder / path).resolve()
        if not target.is_relative_to(root):
            return said("It lies outside of the articles folder, where a link leads, and was left out.")
        parts = target.relative_to(root).parts
        if any(_hidden(part, below) for part, below in zip(parts, (*parts, "")[1:], strict=True)):
            return said("It lies in a hidden folder, where a link leads, and was left out.")
        kind = target.stat().st_mode
    except FileNotFoundError:
        return ""
    except (OSError, RuntimeError, ValueError):  # a link that leads to itself, a name no file can have
        return said("It is a link that leads nowhere, and was left out.")
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
        return ""
    return said("It is neither a file nor a folder, and was left out.")


def is_file(path: Path) -> bool:
    """Whether there is such a file, and this user may know: `Path.is_file` raises in a folder one may not read."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """The same of a folder."""
    return os.path.isdir(path)  # noqa: PTH112


def is_hidden(path: str) -> bool:
    """Whether the names in a path keep a file from being served: some begin with `_` or `.`."""
    inside = path.replace(".gitbook/assets/", "")
    return any(part.startswith((".", "_")) and part not in PICTURE_FOLDERS for part in inside.split("/"))


def may_be_read(folder: Path, path: str) -> bool:
    return not why_not(folder, path)


def outside(folder: Path, path: str) -> list[Finding]:
    """The lint error of a file or folder that must not be read; none if it may be."""
    reason = why_not(folder, path)
    return [error(path, 1, "outside-folder", reason)] if reason else []


def _hidden(part: str, below: str) -> bool:
    # Not `..data`: Kubernetes lays the files of a volume there and links to them. GitBook keeps pictures in
    # `.gitbook/assets`.
    return part.startswith(".") and not part.startswith("..") and (part, below) != (".gitbook", "assets")
