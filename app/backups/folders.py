"""What making, checking and restoring a backup know of folders, files and room on a disk."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, inspect

from app.backups.archive import BadArchive
from app.settings.schema import Settings
from support.tickets.attachments import AttachmentFolder
from support.tickets.repository import kept_files

# Folders of a backup or a restore that is under way.
MAKING, RESTORING = ".making-", ".restoring-"
ROOM = 64 * 1024 * 1024


def files_below(
    folder: Path, away: set[Path], without: frozenset[str], *, hidden: bool = True
) -> Iterator[tuple[Path, str]]:
    """(path, name below the folder) of its files and links, in order."""
    root = folder.resolve()
    for current, names, files in os.walk(root):
        here = Path(current)
        top = here == root
        names[:] = sorted(
            name for name in names
            if not (top and name in without) and here / name not in away
            and not (not hidden and name.startswith(".")) and not name.startswith((RESTORING, MAKING))
            and not (here / name).is_symlink()
        )  # fmt: skip
        for name in sorted(files):
            yield here / name, (here / name).relative_to(root).as_posix()


def size_of(path: Path) -> int:
    """In bytes; 0 for what is not there."""
    with suppress(OSError):
        return path.stat().st_size
    return 0


def check_free(folder: Path, needed: int) -> None:
    """Raises BadArchive when the disk has fewer than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BadArchive(f"{folder} has {megabytes(free)} MB free, and {megabytes(needed)} MB are needed")


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder


def megabytes(count: int) -> int:
    return count // 1_000_000


def files_named(connection: Connection) -> dict[str, int]:
    """SHA-256 and size of every file that a ticket of this database names."""
    return kept_files(connection) if inspect(connection).has_table("attachment") else {}


def attachments_of(settings: Settings, data_dir: Path) -> AttachmentFolder:
    """The attachments of a data folder, with the bucket of the settings behind them."""
    most = settings.attachment_max_mb * 1024 * 1024
    return AttachmentFolder(data_dir / "attachments", most, bucket=settings.bucket)
