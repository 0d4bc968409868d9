"""How far the articles folder is read by a publish: a small file in the data folder, which other processes read.

Only a reading that takes longer than a moment writes it.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "reading.json"
_EVERY = 1.0
# A killed process leaves its file behind; one that reads writes it anew every second, but for a very slow article.
_FRESH_SECONDS = 30.0


@dataclass(frozen=True)
class ReadingStatus:
    """Files read, of how many. `at` is when this was written, in seconds since the epoch."""

    read: int
    total: int
    at: float


@contextmanager
def told_to_others(data_dir: Path, also: Callable[[int, int], None] | None) -> Iterator[Callable[[int, int], None]]:
    """What to call with files read and to be read; `also` gets the same. The file is removed at the end."""
    written_at, wrote = time.monotonic(), False

    def progress(read: int, total: int) -> None:
        nonlocal written_at, wrote
        if also:
            also(read, total)
        if time.monotonic() - written_at >= _EVERY:
            written_at, wrote = time.monotonic(), True
            _write(data_dir, ReadingStatus(read, total, time.time()))

    try:
        yield progress
    finally:
        if wrote:
            (data_dir / _FILE).unlink(missing_ok=True)


def read_status(data_dir: Path) -> ReadingStatus | None:
    """How far the reading is that runs now, in whichever process; None when none runs, or only just began."""
    try:
        status = ReadingStatus(**json.loads((data_dir / _FILE).read_text(encoding="utf-8")))
        return status if abs(time.time() - status.at) < _FRESH_SECONDS else None
    except (OSError, ValueError, TypeError):
        return None


def _write(data_dir: Path, status: ReadingStatus) -> None:
    """Replace the file; a disk that takes nothing ends no publish here."""
    temporary = data_dir / f"{_FILE}.{os.getpid()}"
    try:
        temporary.write_text(json.dumps(asdict(status)), encoding="utf-8")
        temporary.replace(data_dir / _FILE)
    except OSError:
        temporary.unlink(missing_ok=True)
