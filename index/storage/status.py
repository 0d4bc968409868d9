"""What a build is doing now: a small file beside the generations, which other processes read.

The lock of a build says whether there is one at all, so that the file of a killed process misleads nobody.
"""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

LOCK = "build.lock"
_FILE = "build.json"
# A build in steps lets go of the lock between two of them.
_FRESH_SECONDS = 10.0


class BuildStep(StrEnum):
    WRITING = "writing"
    EMBEDDING = "embedding"
    DONE = "done"


@dataclass(frozen=True)
class BuildStatus:
    """`embedded` of `total` passages and titles have vectors of their own; `seconds_left` is None while the rate is not
    known. `since` and `at` are seconds since the epoch: when the build began, and when this was written."""

    pid: int
    step: BuildStep
    since: float
    at: float
    embedded: int = 0
    total: int = 0
    seconds_left: int | None = None


def write_status(
    folder: Path, step: BuildStep, since: float, embedded: int = 0, total: int = 0, seconds_left: int | None = None
) -> None:
    """Replace the file; a disk that takes nothing does not end a build here."""
    status = BuildStatus(os.getpid(), step, since, time.time(), embedded, total, seconds_left)
    temporary = folder / f"{_FILE}.{os.getpid()}"
    try:
        temporary.write_text(json.dumps(asdict(status)), encoding="utf-8")
        temporary.replace(folder / _FILE)
    except OSError:
        temporary.unlink(missing_ok=True)


def read_status(folder: Path) -> BuildStatus | None:
    """What the build that runs now does, in whichever process; None when none runs."""
    try:
        stored = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        status = BuildStatus(**{**stored, "step": BuildStep(stored["step"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if status.step is BuildStep.DONE:
        return None
    return status if _is_held(folder / LOCK) or _lives(status) else None


def _lives(status: BuildStatus) -> bool:
    if time.time() - status.at > _FRESH_SECONDS:
        return False
    try:
        os.kill(status.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_held(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
