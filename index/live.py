"""Which generation serves, in this process. A publish moves a pointer; requests under way finish on what they began."""

import logging
import threading
from pathlib import Path

from index.build import POINTER, generations, serving_generation
from index.generation import BrokenGeneration, Generation

log = logging.getLogger("signpost.index")


class LiveIndex:
    """Opens the serving generation and follows the pointer. Safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: Generation | None = None
        self._seen: tuple[int, int] | None = None

    @property
    def available(self) -> bool:
        return self.current() is not None

    def current(self) -> Generation | None:
        """The serving generation; None when there is none that can be read.

        A damaged generation is passed over for the one before it, with a line in the log.
        """
        stamp = self._stamp()
        if stamp == self._seen:
            return self._open
        # One thread reads the new generation; the others go on with the one they have.
        if not self._lock.acquire(blocking=self._open is None):
            return self._open
        try:
            if stamp != self._seen:
                self._open = self._read() if stamp else None
                self._seen = stamp
        finally:
            self._lock.release()
        return self._open

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = (self._folder / POINTER).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino

    def _read(self) -> Generation | None:
        serving = serving_generation(self._folder)
        names = [serving.name] if serving else []
        names += [n for n in reversed(generations(self._folder)) if n not in names]
        for name in names:
            try:
                return Generation(self._folder / "generations" / name)
            except BrokenGeneration as error:
                log.error("index generation unusable: %s", error)
        return self._open
