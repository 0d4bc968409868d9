"""The serving generation of this process. A publish swaps a pointer; running requests finish on their generation."""

import logging
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from index.storage.build import POINTER, generations, serving_generation
from index.storage.checksums import check, open_checked
from index.storage.generation import BrokenGeneration, Generation

log = logging.getLogger("signpost.index")


class Live(Protocol):
    """What searches need of the index that serves, wherever it is."""

    def current(self) -> Generation | None:
        """What serves now; None when there is nothing that can be read."""
        ...

    def searching(self) -> AbstractContextManager[Generation | None]:
        """The same, for one search: it sees one state of it until it ends."""
        ...

    def doubt(self) -> None:
        """A search failed: see whether what it read is damaged."""
        ...


class LiveIndex:
    """Opens the serving generation and follows the pointer. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: Generation | None = None
        # What is searched while it is flushed, with what it took the place of and which pointer that was of.
        self._ahead: tuple[Generation, Generation | None, tuple[int, int] | None] | None = None
        self._seen: tuple[int, int] | None = None
        self._opening: threading.Thread | None = None
        self._damage = ""
        self._doubted: Generation | None = None

    @property
    def available(self) -> bool:
        return self.current() is not None

    @property
    def lost(self) -> bool:
        """Whether what is served is in memory only: its folder was removed."""
        return self._open is not None and self._ahead is None and self._stamp() is None

    @property
    def damage(self) -> str:
        """Why the generation that should serve does not; '' when it does."""
        return self._damage

    def current(self) -> Generation | None:
        """The serving generation; None when there is none that can be read.

        When the pointer has moved, the previous generation stays in service while a background thread opens the new
        one, so that no visitor waits. A damaged generation is skipped for the one before it, with a line in the log.
        """
        stamp = self._stamp()
        if stamp == self._seen:
            return self._open
        if self._open is None or stamp is None:
            return self.refresh()
        opening = self._opening
        if opening is None or not opening.is_alive():
            self._opening = threading.Thread(target=self.refresh, name="index", daemon=True)
            self._opening.start()
        return self._open

    @contextmanager
    def searching(self) -> Iterator[Generation | None]:
        """The serving generation: its files do not change, so that a search sees one state of it anyway."""
        yield self.current()

    def refresh(self, opened: Generation | None = None) -> Generation | None:
        """The generation the pointer names now, opened synchronously, or `opened` if that is it."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                # What is in memory stays when the folder is removed under it; the index worker builds it anew.
                found = self._read(opened) if stamp else self._open
                if found is not None and found is not self._open:
                    found.warm()
                self._open, self._seen, self._ahead = found, stamp, None
            return self._open

    def go_ahead(self, found: Generation | None) -> None:
        """Search a generation of this process that is whole but still being flushed, ahead of the pointer that will
        name it; with None, which is said when that failed, what was searched before."""
        with self._lock:
            if found is not None:
                found.warm()
                self._ahead = found, self._open, self._seen
                self._open, self._seen = found, self._stamp()
            elif self._ahead is not None:
                (_, self._open, self._seen), self._ahead = self._ahead, None

    def doubt(self) -> None:
        """A search failed: files that are mapped into memory may have been damaged since they were opened. They are
        compared with their checksums once, beside the searches; when they differ, a whole generation serves instead,
        or none, and `damage` says so."""
        serving = self._open
        if serving is not None and serving is not self._doubted:
            self._doubted = serving
            threading.Thread(target=self._examine, args=(serving,), name="index check", daemon=True).start()

    def _examine(self, doubted: Generation) -> None:
        try:
            check(doubted.folder)
            return
        except (BrokenGeneration, OSError):
            pass  # said by what reads it again
        with self._lock:
            if self._open is doubted and self._stamp() is not None:
                self._open = None
                self._open = self._read(None)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = (self._folder / POINTER).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino

    def _read(self, opened: Generation | None) -> Generation | None:
        serving = serving_generation(self._folder)
        self._damage = ""
        for known in (opened, self._ahead[0] if self._ahead else None):
            if known and serving == known.folder:
                return known
        names = [serving.name] if serving else []
        names += [n for n in reversed(generations(self._folder)) if n not in names]
        for name in names:
            try:
                return open_checked(self._folder / "generations" / name)
            except BrokenGeneration as error:
                self._damage = self._damage or str(error)
                log.error("index generation unusable: %s", error)
        return self._open
