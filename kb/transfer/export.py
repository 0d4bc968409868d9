"""Writes a folder of articles as one zip that imports again without a difference.

The same folder always gives the same bytes: entries are in order and carry one fixed time.
"""

import errno
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from kb.errors import FolderNotFound
from kb.markup.links import SERVED_SUFFIXES
from kb.source.inside import may_be_read
from kb.transfer.manifest import MANIFEST, manifest
from kb.transfer.models import TransferError
from kb.transfer.sync import FOLDER

_TIME = (1980, 1, 1, 0, 0, 0)
_PAGES = frozenset({".md", ".mdx", ".markdown"})
_HINTS = frozenset({".yml", ".yaml", ".json"})


@dataclass(frozen=True)
class Exported:
    articles: int
    files: int
    left: tuple[str, ...] = ()


def export(folder: Path, out: Path, *, dry_run: bool = False) -> Exported:
    """Write the zip. `left` are files that are no part of a help centre. Raises FolderNotFound, TransferError."""
    if not folder.is_dir():
        raise FolderNotFound(folder)
    paths, left = _contents(folder, out)
    articles = sum(Path(path).suffix.lower() in _PAGES for path in paths)
    if dry_run:
        return Exported(articles, len(paths), tuple(left))
    made = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            _add(archive, MANIFEST, manifest().encode())
            for path in paths:
                _add(archive, path, (folder / path).read_bytes())
        os.replace(made, out)  # noqa: PTH105
    except OSError as failure:
        made.unlink(missing_ok=True)
        full = failure.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = "The disk is full" if full else f"It cannot be written: {failure.strerror}"
        raise TransferError(f"{out} was not made. {reason}.") from None
    return Exported(articles, len(paths), tuple(left))


def _add(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    info = zipfile.ZipInfo(path, _TIME)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    archive.writestr(info, data)


def _contents(folder: Path, out: Path) -> tuple[list[str], list[str]]:
    paths, left = [], []
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(
            f for f in folders if f not in {FOLDER, "node_modules", "__pycache__"} and not f.startswith(".git")
        )
        for name in sorted(names):
            file = Path(base) / name
            path = file.relative_to(folder).as_posix()
            suffix = file.suffix.lower()
            if path == MANIFEST or file.resolve() == out.resolve():
                continue
            if suffix not in _PAGES | SERVED_SUFFIXES | _HINTS or not may_be_read(folder, path):
                left.append(path)
            else:
                paths.append(path)
    return sorted(paths), left
