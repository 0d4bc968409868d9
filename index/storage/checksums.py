"""Checksums of every file of a generation, so that no damaged one is loaded: a flipped byte, a file cut off or missing.

    checksums.json   size and SHA-256 of each file, and the SHA-256 of that table; written before the manifest

A generation of a release that wrote none has none until a build next looks at it.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from index.storage.generation import BrokenGeneration, Generation

FILE = "checksums.json"
_READERS = 4  # hashing lets other threads run


class DamagedSource(BrokenGeneration):
    """A file that was linked from the generation before is not what was written there."""


def write(folder: Path, following: Mapping[str, bytes] | None = None, before: Path | None = None) -> None:
    """Write the checksums of all that is in a folder, and of files that are `following`. Raises DamagedSource where one
    that is a link into the generation `before` does not have the checksum it has there: damage is not passed on."""
    names = [n for n in _names(folder) if n not in (following or {})]
    table = dict(zip(names, _digests(folder / name for name in names), strict=True))
    _compare_links(folder, table, before)
    for name, content in (following or {}).items():
        table[name] = [len(content), hashlib.sha256(content).hexdigest()]
    temporary = folder / f".{FILE}.{os.getpid()}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"sha256": _of_table(table), "files": table}, file, indent=0, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / FILE)  # never written in place: it may be a link to that of another generation


def _compare_links(folder: Path, table: Mapping[str, list[int | str]], before: Path | None) -> None:
    if before is None or not is_written(before):
        return
    try:
        stored = json.loads((before / FILE).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError) as error:
        raise DamagedSource(f"{before.name} cannot be read ({FILE} is damaged: {type(error).__name__})") from error
    for name in sorted(table.keys() & stored.keys()):
        if table[name] != stored[name] and (folder / name).samefile(before / name):
            raise DamagedSource(f"{before.name} cannot be read ({name} is not what was written)")


def is_written(folder: Path) -> bool:
    return (folder / FILE).is_file()


def check(folder: Path) -> bool:
    """Compare every file with what was written; False where no checksums were. Raises BrokenGeneration, which names
    the files that differ."""
    try:
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        table: dict[str, list[int | str]] = stored["files"]
        whole = stored["sha256"] == _of_table(table)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenGeneration(f"{folder.name} cannot be read ({FILE} is damaged: {type(error).__name__})") from error
    if not whole:
        raise BrokenGeneration(f"{folder.name} cannot be read ({FILE} is damaged)")
    there = {name: (folder / name).stat().st_size for name in _names(folder)}
    damage = {name: "is missing" for name in table if name not in there}
    for name, (size, _) in table.items():
        if name in there and there[name] != size:
            damage[name] = f"has {there[name]} bytes instead of {size}"
    same_size = [name for name in table if name not in damage]
    for name, found in zip(same_size, _digests(folder / name for name in same_size), strict=True):
        if found != table[name]:
            damage[name] = "is not what was written"
    if damage:
        first = next(iter(sorted(damage)))
        others = f", and {len(damage) - 1} more files are damaged" if len(damage) > 1 else ""
        raise BrokenGeneration(f"{folder.name} cannot be read ({first} {damage[first]}{others})")
    return True


def open_checked(folder: Path) -> Generation:
    """An open generation whose files are what was written. Raises BrokenGeneration."""
    check(folder)
    return Generation(folder)


def _names(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != FILE)


def _digests(paths: Iterable[Path]) -> list[list[int | str]]:
    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(_digest, paths))


def _digest(path: Path) -> list[int | str]:
    try:
        with path.open("rb") as file:
            return [path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()]
    except OSError as error:  # a bad sector is read as an error
        return [-1, type(error).__name__]


def _of_table(table: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
