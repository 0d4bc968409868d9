"""Brings a plan into a folder: what is new or changed upstream is written, what was edited here is never undone.

`_import/state.json` in the folder remembers what was written. A file that was edited here and changed upstream stays as
it is; the text from upstream is put beside it, in `_import/upstream/`, until that copy is deleted.
"""

import errno
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from kb.source.inside import why_not
from kb.transfer.models import TransferError
from kb.transfer.plan import Memory, Output, Plan

FOLDER = "_import"
STATE = f"{FOLDER}/state.json"
UPSTREAM = f"{FOLDER}/upstream"
# What the importer makes of one source; raise it when the same source gives another text.
RECIPE = 1
_FORMAT = 1
# What the ids of a copied file and of a category's file begin with.
_FILE, _CATEGORY = "file:", "category:"


class Change(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    EDITED_HERE = "edited here"  # and the same upstream: kept
    BOTH = "edited here and changed upstream"
    DELETED_HERE = "deleted here"
    IN_THE_WAY = "another file is there"
    GONE = "gone upstream"
    UNREAD = "there upstream, but not read this time"  # or what only such a page may use
    EMPTIED = "category without articles"  # its file is removed, if nobody edited it


@dataclass(frozen=True)
class Remembered:
    """What was written for an id. `offered` is the digest of an upstream text that was put beside an edited file.

    `former` are the addresses from when the source had it under another name.
    """

    path: str
    written: str
    upstream: str = ""
    offered: str = ""
    position: int | None = None
    former: Sequence[str] = ()


@dataclass(frozen=True)
class State:
    kind: str = ""
    recipe: int = RECIPE
    entries: Mapping[str, Remembered] = field(default_factory=dict)

    @property
    def memory(self) -> Memory:
        return Memory(
            {name: entry.path for name, entry in self.entries.items()},
            {name: entry.position for name, entry in self.entries.items() if entry.position is not None},
        )


@dataclass(frozen=True)
class Step:
    """What is done about one file. `path` is where it is; `before` where it was, if it moves."""

    change: Change
    path: str
    output: Output | None = None
    before: str = ""


@dataclass(frozen=True)
class Steps:
    steps: tuple[Step, ...]
    state: State

    def of(self, *changes: Change) -> list[Step]:
        return [step for step in self.steps if step.change in changes]


def read_state(folder: Path) -> State:
    """Raises TransferError for a state that cannot be read, and for a folder that something else fills."""
    file = folder / STATE
    if not file.exists():
        return State()
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
        entries = {str(name): Remembered(**row) for name, row in data["entries"].items()}
        return State(str(data.get("kind", "")), int(data.get("recipe", 0)), entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise TransferError(
            f"{file} cannot be read, so it is not known what was imported and what was edited here. "
            "Restore it from a backup, or import into a new folder."
        ) from None


def compare(folder: Path, plan: Plan, state: State) -> Steps:
    """What has to be done, looking at the folder; writes nothing."""
    steps: list[Step] = []
    entries: dict[str, Remembered] = {}
    for output in plan.outputs:
        step, entry = _step(folder, output, state.entries.get(output.id), state.recipe)
        steps.append(step)
        entries[output.id] = entry
    planned = {output.id for output in plan.outputs}
    kept = {entry.path for entry in entries.values()}
    # Categories last: one is without articles where none of it is kept.
    for name, entry in sorted(state.entries.items(), key=lambda pair: pair[0].startswith(_CATEGORY)):
        if name in planned or entry.path in kept:
            continue
        there = _digest(folder / entry.path)
        if there is None:
            continue
        home = entry.path.rpartition("/")[0] + "/"
        if name.startswith(_CATEGORY) and there == entry.written and not any(path.startswith(home) for path in kept):
            steps.append(Step(Change.EMPTIED, entry.path))
            continue
        unread = name in plan.unread or (bool(plan.unread) and name.startswith((_FILE, _CATEGORY)))
        steps.append(Step(Change.UNREAD if unread else Change.GONE, entry.path))
        entries[name] = entry
        kept.add(entry.path)
    return Steps(tuple(steps), State("", RECIPE, dict(sorted(entries.items()))))


def _step(folder: Path, output: Output, last: Remembered | None, recipe: int) -> tuple[Step, Remembered]:
    digest = _digest_of(output)
    entry = Remembered(output.path, digest, output.upstream, "", output.position, last.former if last else ())
    if last is None:
        there = _digest(folder / output.path)
        if there is None:
            return Step(Change.NEW, output.path, output), entry
        if there == digest:
            return Step(Change.UNCHANGED, output.path, output), entry
        offered = Remembered(output.path, "", output.upstream, digest, output.position)
        return Step(Change.IN_THE_WAY, output.path, output), offered
    there = _digest(folder / last.path)
    same_upstream = digest in {last.written, last.offered} or (recipe != RECIPE and last.upstream == output.upstream)
    kept = (
        replace(last, position=output.position)
        if same_upstream
        else replace(last, offered=digest, position=output.position)
    )
    if there is None:
        return Step(Change.DELETED_HERE, last.path, None if same_upstream else output), kept
    if there == digest and last.path == output.path:
        return Step(Change.UNCHANGED, output.path, output), entry
    if there != last.written:
        # Offered again as long as the copy lies beside it: nobody has looked at it yet.
        waits = last.offered and (folder / UPSTREAM / last.path).exists()
        if same_upstream and not waits:
            return Step(Change.EDITED_HERE, last.path), replace(last, position=output.position)
        return Step(Change.BOTH, last.path, output), kept
    if last.path != output.path:
        if _digest(folder / output.path) is not None:
            return Step(Change.IN_THE_WAY, output.path, output), kept
        return Step(Change.MOVED, output.path, output, last.path), entry
    return Step(Change.UPDATED, output.path, output), entry


def check_target(folder: Path, source: Path) -> None:
    """Raises TransferError for a folder that cannot be written to, or that lies in the source."""
    try:
        inside = folder.resolve().is_relative_to(source.resolve()) if source.is_dir() else False
    except OSError:
        inside = False
    if inside:
        raise TransferError(f"{folder} lies in the source itself. Import into a folder of its own.")
    if folder.exists() and not folder.is_dir():
        raise TransferError(f"{folder} is a file. Name a folder, which is made if there is none.")


def apply(folder: Path, steps: Steps, kind: str, wrote: Callable[[Path], None] = lambda path: None) -> None:
    """Write what has to be written. Raises TransferError when the disk is full or the folder must not be written to.

    The state is written last: a run that was cut off begins again where it stopped.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for step in steps.steps:
            output = step.output
            if output is None or step.change in {Change.UNCHANGED, Change.EDITED_HERE}:
                continue
            if step.change in {Change.NEW, Change.UPDATED, Change.MOVED}:
                _write(folder, output.path, output)
                wrote(folder / output.path)
                if step.before and step.before != output.path:
                    (folder / step.before).unlink(missing_ok=True)
                    _remove_empty(folder, (folder / step.before).parent)
            else:
                _write(folder, f"{UPSTREAM}/{step.path}", output)
        for step in steps.of(Change.EMPTIED):
            if [path.name for path in (folder / step.path).parent.iterdir()] == [Path(step.path).name]:
                (folder / step.path).unlink()
                _remove_empty(folder, (folder / step.path).parent)
        text = json.dumps(
            {"format": _FORMAT, "kind": kind, "recipe": RECIPE,
             "entries": {name: _written(entry) for name, entry in steps.state.entries.items()}},
            ensure_ascii=False, indent=1, sort_keys=True,
        )  # fmt: skip
        _put(folder / STATE, (text + "\n").encode())
    except OSError as failure:
        if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise TransferError(
                f"The disk is full: writing stopped at {failure.filename or folder}. Nothing was lost; make room, and "
                "run the same command again."
            ) from None
        raise TransferError(f"{failure.filename or folder} cannot be written: {failure.strerror}.") from None


def _written(entry: Remembered) -> dict[str, Any]:
    return {name: value for name, value in vars(entry).items() if name != "former" or value}


def _write(folder: Path, path: str, output: Output) -> None:
    if reason := why_not(folder, str(Path(path).parent)):
        raise TransferError(f"{folder / path} was not written. {reason}")
    _put(folder / path, output.file.read_bytes() if output.file else output.text.encode())


def _put(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    if target.is_file() and not target.is_symlink() and target.read_bytes() == data:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_name(f".{target.name}.part")
    try:
        made.write_bytes(data)
        os.replace(made, target)  # noqa: PTH105
    except OSError:
        made.unlink(missing_ok=True)
        raise


def _remove_empty(folder: Path, below: Path) -> None:
    while below != folder and below.is_dir() and not any(below.iterdir()):
        below.rmdir()
        below = below.parent


def _digest_of(output: Output) -> str:
    found = _digest(output.file) if output.file else _hash(output.text.encode())
    if found is None:
        raise TransferError(f"{output.file} has gone while it was imported. Try again.")
    return found


def _digest(file: Path) -> str | None:
    try:
        return _hash(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as failure:
        raise TransferError(f"{file} cannot be read: {failure.strerror}.") from None


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
