"""Synonyms and pins as they are now, while a service runs: read again when one of their files changes."""

import logging
import threading
import time
from pathlib import Path

from kb.findings import Severity
from kb.hints import Hints, hint_files, read_hints

log = logging.getLogger("signpost.search")

_LOOK_SECONDS = 1.0
_Stamp = tuple[tuple[str, int, int], ...]


class LiveHints:
    """The hints below a folder of articles. Safe to use from many threads.

    A file that cannot be read is named in the log, and everything stays as it was before the change.
    """

    def __init__(self, folder: Path, default_lang: str = "en", look_seconds: float = _LOOK_SECONDS) -> None:
        self._folder = folder
        self._default_lang = default_lang
        self._look_seconds = look_seconds
        self._lock = threading.Lock()
        self._hints = Hints()
        self._stamp: _Stamp | None = None
        self._looked = 0.0

    def current(self) -> Hints:
        """What authors say now; looks at the files at most once a second."""
        now = time.monotonic()
        if self._stamp is not None and now - self._looked < self._look_seconds:
            return self._hints
        with self._lock:
            self._looked = now
            stamp = self._seen()
            if stamp != self._stamp:
                self._hints, self._stamp = self._read(first=self._stamp is None), stamp
        return self._hints

    def _seen(self) -> _Stamp:
        found = []
        try:
            for _, file in hint_files(self._folder, self._default_lang):
                stat = file.stat()
                found.append((str(file), stat.st_mtime_ns, stat.st_size))
        except OSError:  # a file went between the listing and now
            pass
        return tuple(found)

    def _read(self, first: bool) -> Hints:
        hints = read_hints(self._folder, self._default_lang)
        wrong = [p for p in hints.problems if p.severity is Severity.ERROR]
        for problem in wrong:
            log.error("synonyms and pins: %s:%d: %s", problem.path, problem.line, problem.code)
        return hints if first or not wrong else self._hints
