"""Article watcher: publishes and indexes articles when a file is saved, while the service runs.

A broken article is named in the log and keeps its last good version; the others are published. Refusing everything, as
`flask kb publish --strict` does, would let one author's half-typed header delay a colleague's correction. A folder that
is empty or gone changes nothing: what would remove much waits for a person (`kb/removals.py`).
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from watchfiles import Change, watch

from app.container import Services
from app.ops.publishing import note_failure, publish_and_index, put_waiting_files
from core.database.connection import not_now
from core.database.failures import reason_of
from core.events import emit
from core.process_memory import give_back
from kb.errors import FolderNotFound
from kb.findings import Finding
from kb.publish import OnError, Refusal
from kb.revisions import How, Origin
from kb.source.folder_reader import ReadingCache

# Debounce: editors write a file in several steps within some milliseconds.
_SETTLE_MS = 30
_TICK_MS = 1_000
_RETRY_SECONDS = 30.0
_DATABASE_SECONDS = 2.0
# How soon a folder that is back is noticed: nothing announces it.
_FOLDER_SECONDS = 1.0
# How often what holds publishing back is looked at without any event, as where a network drive sends none.
_HELD_SECONDS = 15.0
_STOP_SECONDS = 5.0


class ArticleWatcher:
    """A thread that publishes the articles folder at start, on every save, and at midnight (publish and expiry
    dates), as long as this process is the `elected` publisher."""

    def __init__(self, services: Services, elected: Callable[[], bool] = lambda: True) -> None:
        self._services = services
        self._elected = elected
        self._cache = ReadingCache(compact=True)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._reported: frozenset[Finding] = frozenset()
        self._day: date | None = None
        self._retry_at: float | None = None
        self._look_at = 0.0
        self._folder_missing = False
        self._behind = False
        self._has_read = False

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="articles", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread with a timeout; a running publish is one transaction and may finish."""
        self._stop.set()
        if self._thread:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch()
            except Exception as failure:  # the watcher must survive any error of an article or the file system
                emit("watch_failed", error=f"{type(failure).__name__}: {reason_of(failure)}")
                note_failure(self._services, failure)
                self._stop.wait(_patience(failure))

    def _watch(self) -> None:
        """Watch the folder until it is no longer the same one: removed, replaced, mounted or unmounted."""
        folder = self._services.settings.kb_dir
        watched = _identity(folder)
        if watched is None:
            if self._elected() and (not self._folder_missing or self._is_due()):
                self._folder_missing = True
                self._publish()  # which finds no folder, and says so
            self._stop.wait(_FOLDER_SECONDS)
            return
        self._folder_missing = False
        # Watching begins before the first publish, so that a save in between is not missed.
        events = watch(
            folder,
            debounce=_SETTLE_MS * 10,
            step=_SETTLE_MS,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
        )
        self._day = None
        with closing(events):
            for changes in events:
                # A new folder may have the number of the old one, whose removal is then the only sign.
                if (Change.deleted, str(folder)) in changes or _identity(folder) != watched:
                    return
                if not self._elected():
                    self._day = None  # whoever is elected later begins with the whole folder
                    continue
                put_waiting_files(self._services)  # of which the folder then tells
                if changes or self._is_due():
                    self._publish()

    def _is_due(self) -> bool:
        if self._services.today() != self._day:
            return True
        if self._retry_at is not None and time.monotonic() >= self._retry_at:
            return True
        if time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + _HELD_SECONDS
        state = self._services.publish_state
        return state.read()[0] is not None or state.failure() is not None

    def publish(self) -> bool:
        """Publish the folder now; whether it need not be tried again."""
        self._publish()
        return self._retry_at is None

    def _publish(self) -> None:
        self._day, self._retry_at = self._services.today(), None
        self._look_at = time.monotonic() + _HELD_SECONDS
        try:
            report = publish_and_index(
                self._services, on_error=OnError.KEEP, cache=self._cache, origin=Origin(How.WATCHER), embed=False
            )
        except FolderNotFound as missing:
            if not self._services.articles.count():
                emit("watch_failed", error=f"{type(missing).__name__}: {missing}")
            return
        except Exception as failure:
            # Most likely the model is not there yet, or the disk is full: the articles are tried again.
            self._retry_at = time.monotonic() + _patience(failure)
            emit("watch_failed", error=f"{type(failure).__name__}: {reason_of(failure)}")
            return
        if (report.index and report.index.changed) or not self._has_read:
            give_back()
        self._has_read = True
        behind = report.publish.refused is Refusal.OTHER_FOLDER
        if behind and not self._behind:
            emit("publish_left", articles=report.publish.touched)
        self._behind = behind
        errors = frozenset(report.publish.errors)
        for error in sorted(errors - self._reported, key=str):
            emit("article_refused", path=error.path, line=error.line, code=error.code, problem=error.message)
        self._reported = errors


def _patience(failure: Exception) -> float:
    """Seconds until it is tried again: a database that is away is asked soon, since others are published by then."""
    return _DATABASE_SECONDS if isinstance(failure, SQLAlchemyError) and not_now(failure) else _RETRY_SECONDS


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another one of its name; None when there is none."""
    try:
        found = os.stat(folder)  # noqa: PTH116
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if folder.is_dir() else None
