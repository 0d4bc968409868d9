"""Writing the ledger without anybody waiting for it: events are collected and stored every second, in the background.

Memory is bounded: a full queue drops what comes and counts it. A crash loses what was collected within the last second
or two. A ticket's event does not go this way: it is stored in the ticket's own transaction (insight/tickets.py).
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine

from core.database.connection import writing
from core.events import emit
from insight import ledger, persons
from insight.events import Event

QUEUE_MAX = 10_000
_CLAIMS_MAX = 1_000
_EVERY_SECONDS = 1.0
_AT_A_TIME = 1_000


class LedgerWriter:
    """The queue of this process, and the thread that empties it while there is something in it."""

    def __init__(self, engine: Engine, most: int = QUEUE_MAX, every_seconds: float = _EVERY_SECONDS) -> None:
        self._engine = engine
        self._most = most
        self._every = every_seconds
        self._queue: list[Event] = []
        self._claims: list[tuple[tuple[str, ...], str]] = []
        self._persons: dict[str, str] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self.dropped = 0

    def record(self, events: Sequence[Event]) -> None:
        """Take these in; what does not fit is dropped and counted. Never waits for the database, never raises."""
        with self._lock:
            room = max(0, self._most - len(self._queue))
            self._queue += events[:room]
            lost = len(events) - room if len(events) > room else 0
            first, self.dropped = lost > 0 and self.dropped == 0, self.dropped + lost
        if first:
            emit("ledger_full", waiting=self._most)
        self._wake()

    def claim(self, ids: Sequence[str], visit: str) -> None:
        """Say that events recorded a moment ago belong to this visit: their page has come to know it."""
        wanted = set(ids)
        with self._lock:
            for place, one in enumerate(self._queue):
                if one.id in wanted and not one.visit:
                    self._queue[place] = replace(one, visit=visit)
                    wanted.discard(one.id)
            if wanted and len(self._claims) < _CLAIMS_MAX:
                self._claims.append((tuple(wanted), visit))
        if wanted:
            self._wake()

    def recognise(self, visit: str, person: str) -> None:
        """Say whose a visit is. Never waits for the database, never raises."""
        with self._lock:
            if len(self._persons) >= _CLAIMS_MAX and visit not in self._persons:
                return
            self._persons[visit] = person
        self._wake()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def flush(self) -> None:
        """Store all there is. Raises what the database raises; nothing is lost then."""
        with self._writing:
            while True:
                with self._lock:
                    some, claims = self._queue[:_AT_A_TIME], self._claims[:]
                    known = dict(self._persons)
                if not some and not claims and not known:
                    return
                with writing(self._engine) as connection:
                    if known:
                        persons.recognise_all(connection, known, datetime.now(UTC))
                    if some:
                        ledger.add(connection, persons.named(connection, some))
                    for ids, visit in claims:
                        ledger.claim(connection, ids, visit, datetime.now(UTC))
                with self._lock:
                    for visit, person in known.items():
                        if self._persons.get(visit) == person:
                            del self._persons[visit]
                    # One of these may have been claimed while it was being stored.
                    late = [now for then, now in zip(some, self._queue, strict=False) if now is not then]
                    del self._queue[: len(some)], self._claims[: len(claims)]
                    self._claims += [((one.id,), one.visit) for one in late]

    def close(self) -> None:
        """Store what is left, if that can be done."""
        self._closed.set()
        try:
            self.flush()
        except Exception as error:
            emit("ledger_failed", error=type(error).__name__, waiting=self.waiting)

    def _wake(self) -> None:
        with self._lock:
            if self._thread is not None or self._closed.is_set():
                return
            self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        """Store every second; ends where nothing is left, so that a process that writes nothing has no thread."""
        failed = False
        while not self._closed.wait(self._every):
            began = time.monotonic()
            try:
                self.flush()
                failed = False
            except Exception as error:
                if not failed:
                    emit("ledger_failed", error=type(error).__name__, waiting=self.waiting)
                failed = True
                self._closed.wait(min(10.0, time.monotonic() - began + self._every))
            with self._lock:
                if not self._queue and not self._claims and not self._persons:
                    self._thread = None
                    return
