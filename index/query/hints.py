"""Synonyms and pinned answers of a running service, reloaded when one of their files changes."""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kb.findings import Finding
from kb.source.inside import is_folder
from kb.source.search_hints import Hints, errors_of, hint_files, read_hints

log = logging.getLogger("signpost.search")

_CHECK_SECONDS = 1.0
_Stamp = tuple[tuple[str, int, int], ...]


class LiveHints:
    """The hints below a folder of articles, which may become another one. Safe to use from many threads.

    When a file cannot be read it is named in the log and by `errors`, and the previous hints stay in use (after a start
    there are none: then what can be read is used); they also stay when the whole
    folder is empty or gone, as one that is not mounted: what to do in danger is told nevertheless. So do those in the
    folder of a language that may not be read.
    """

    def __init__(
        self, folder: Path | Callable[[], Path], default_lang: str = "en", check_seconds: float = _CHECK_SECONDS
    ) -> None:
        self._folder_now = folder if callable(folder) else lambda: folder
        self._default_lang = default_lang
        self._check_seconds = check_seconds
        self._lock = threading.Lock()
        self._hints = Hints()
        self._errors: tuple[Finding, ...] = ()
        self._stamp: _Stamp | None = None
        self._checked_at = 0.0

    def current(self) -> Hints:
        """The current hints; checks the files' modification times at most once a second."""
        now = time.monotonic()
        if self._stamp is not None and now - self._checked_at < self._check_seconds:
            return self._hints
        with self._lock:
            self._checked_at = now
            folder = self._folder_now()
            stamp = self._stamps(folder)
            emptied = self._stamp and not stamp and _is_empty(folder)
            if stamp != self._stamp and not emptied and not _is_locked(self._stamp or (), stamp):
                self._hints, self._stamp = self._read(folder, first=self._stamp is None), stamp
        return self._hints

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What was wrong in the files when they were last read, as `current` does."""
        return self._errors

    def _stamps(self, folder: Path) -> _Stamp:
        stamps = []
        try:
            for _, file in hint_files(folder, self._default_lang):
                stat = file.stat()
                stamps.append((str(file), stat.st_mtime_ns, stat.st_size))
        except OSError:  # a file was removed after the listing
            pass
        return tuple(stamps)

    def _read(self, folder: Path, first: bool) -> Hints:
        hints = read_hints(folder, self._default_lang)
        self._errors = errors_of(hints)
        for problem in self._errors:
            log.error("search hints: %s:%d: %s: %s", problem.path, problem.line, problem.code, problem.message)
        return hints if first or not self._errors else self._hints


def _is_locked(before: _Stamp, now: _Stamp) -> bool:
    """Whether files are gone because their folder may not be read; they are believed until it can be again."""
    gone = {name for name, _, _ in before} - {name for name, _, _ in now}
    folders = {Path(name).parent for name in gone}
    return any(is_folder(place) and not os.access(place, os.R_OK | os.X_OK) for place in folders)


def _is_empty(folder: Path) -> bool:
    try:
        return all(child.name.startswith(".") for child in folder.iterdir())
    except OSError:
        return True
