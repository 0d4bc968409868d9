"""Locks between processes and threads on a file (flock), which say who holds them.

Released by the kernel with its process, so that a lock is never stale.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_SAY_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class LockHolder:
    """Who holds a lock: its process, None when it did not say, and since how many seconds."""

    pid: int | None
    seconds: float


@contextmanager
def locked(path: Path, waiting: Callable[[LockHolder], object] | None = None) -> Iterator[None]:
    """Hold the lock of a file. `waiting` is called at once, and every few seconds, while somebody else holds it."""
    with path.open("a+", encoding="ascii") as file:
        if waiting is None:
            fcntl.flock(file, fcntl.LOCK_EX)
        else:
            _wait(file, path, waiting)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()} {time.time():.1f}\n")
        file.flush()
        yield


def _wait(file: IO[str], path: Path, waiting: Callable[[LockHolder], object]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    except BlockingIOError:
        taken = threading.Event()

    def say() -> None:
        # What is held for a moment only is not worth a word.
        delay = 0.5
        while not taken.wait(delay):
            waiting(holder(path))
            delay = _SAY_EVERY_SECONDS

    teller = threading.Thread(target=say, daemon=True)
    teller.start()
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    finally:
        taken.set()
        teller.join()


def holder(path: Path) -> LockHolder:
    """Who took the lock last."""
    try:
        pid, since = path.read_text(encoding="ascii").split()
        return LockHolder(int(pid), max(0.0, time.time() - float(since)))
    except (OSError, ValueError):
        return LockHolder(None, 0.0)


@contextmanager
def try_locked(path: Path) -> Iterator[bool]:
    """Hold the lock of a file where nobody else does; whether it is held."""
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
