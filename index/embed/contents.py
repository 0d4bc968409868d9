"""What the files of the unpacked model are, noted once they are laid out: a copy that was broken off, or a bad disk, is
told from a whole one. Sizes are looked at whenever the model is opened, samples and all of it by the doctor.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import atomic_files

_NOTED = "contents.json"
# A sample is so many pieces of a file, spread over it: half a megabyte of half a gigabyte.
_PIECES, _PIECE_BYTES = 32, 16 * 1024


def note(folder: Path, names: Iterable[str]) -> None:
    """Note what these files are. Where the folder cannot be written, as in an image, nothing is noted."""
    noted = {
        name: {
            "bytes": (folder / name).stat().st_size,
            "sample": _sample(folder / name),
            "sha256": _sha256(folder / name),
        }
        for name in names
        if (folder / name).is_file()
    }
    with suppress(OSError):
        atomic_files.replace(folder / _NOTED, json.dumps(noted, indent=1).encode())


def is_noted(folder: Path) -> bool:
    return (folder / _NOTED).is_file()


def damage(folder: Path, *, sample: bool = False, whole: bool = False) -> str:
    """What is wrong with a file that was noted, '' when nothing is: by its size, a `sample` of it, or the `whole`."""
    checks: list[tuple[str, Callable[[Path], str]]] = [("sample", _sample)] if sample else []
    checks += [("sha256", _sha256)] if whole else []
    try:
        noted: dict[str, Any] = json.loads((folder / _NOTED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        return f"{_NOTED} cannot be read"
    for name, one in noted.items():
        try:
            size = (folder / name).stat().st_size
            if size != one["bytes"]:
                return f"{name} has {size} of {one['bytes']} bytes"
            if any(digest(folder / name) != one[kind] for kind, digest in checks):
                return f"{name} is not what was unpacked"
        except OSError as error:
            return f"{name}: {error.strerror}"
    return ""


def _sample(path: Path) -> str:
    size, digest = path.stat().st_size, hashlib.sha256()
    with path.open("rb") as file:
        for piece in range(_PIECES):
            file.seek(max(0, size - _PIECE_BYTES) * piece // (_PIECES - 1))
            digest.update(file.read(_PIECE_BYTES))
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
