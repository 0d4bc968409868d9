"""Whether a database answers at all. A server that is frozen, or behind a cut cable, refuses nothing: it is silent, and
whoever asks it waits for the longest limit of time.

So it is asked for nothing much once a second, by a thread of its own. When it is silent, nobody else asks until it
answers again, and those who wait already are told. A reader that waited in vain has the database looked at at once.
"""

import threading
import time
import weakref
from socket import SHUT_RDWR, socket
from typing import Protocol

from core.events import emit

# A probe's patience, and the pause between two.
PROBE_SECONDS = 1.5
_PAUSE_SECONDS = 1.0
# Probes in a row without an answer after which it counts as silent; one, where a reader waited in vain as well.
_IN_VAIN = 2
# Without a probe (SQLite): for how long a reader's vain wait is remembered.
_DOUBT_SECONDS = 1.0


class Probe(Protocol):
    def __call__(self) -> None:
        """Ask the database something. Raises where there is no answer."""

    def close(self) -> None:
        """Let go of what it asks over; the next question opens it again."""


class DatabaseWatch:
    """`probe` is None for a database that cannot be silent."""

    def __init__(self, probe: Probe | None = None) -> None:
        self._probe = probe
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        self._sockets: weakref.WeakSet[socket] = weakref.WeakSet()
        self._thread: threading.Thread | None = None
        self._suspected_at = float("-inf")
        self._suspected = False
        self._failures = 0
        self._constant = False
        self._stopped = threading.Event()
        self._due = threading.Event()
        self.silent = False

    @property
    def doubtful(self) -> bool:
        """Whether a reader would probably wait in vain now, and should take what it knows."""
        if self._probe is None:
            return time.monotonic() - self._suspected_at < _DOUBT_SECONDS
        return self.silent or self._suspected

    def suspect(self) -> None:
        """Say that somebody waited in vain: the database is looked at at once."""
        self._suspected_at = time.monotonic()
        if self._probe is None:
            return
        with self._lock:
            self._suspected = True
        self._due.set()
        self._begin()

    def start(self) -> None:
        """Look once a second from now on."""
        self._constant = True
        self._begin()

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
            running = self._thread is not None
        self._due.set()
        if self._probe is not None and not running:
            self._probe.close()

    def forked(self) -> None:
        """In a child process neither the thread nor the sockets are ours."""
        constant = self._constant
        self._lock = threading.Lock()
        self._reset()
        self._constant = constant

    def add(self, connected: socket) -> None:
        """A socket to the database, so that whoever waits on it can be told."""
        with self._lock:
            self._sockets.add(connected)

    def look(self) -> bool:
        """Ask the database now; whether it answered."""
        try:
            assert self._probe is not None  # noqa: S101 - nobody looks without one
            self._probe()
        except Exception:  # whatever the driver raises: there was no answer
            with self._lock:
                self._failures += 1
                before = self.silent
                self.silent = before or self._failures >= (1 if self._suspected else _IN_VAIN)
                cut = list(self._sockets) if self.silent else []
            if self.silent and not before:
                emit("database_silent")
            for waiting in cut:
                _cut(waiting)
            return False
        with self._lock:
            before, self.silent, self._suspected, self._failures = self.silent, False, False, 0
        if before:
            emit("database_answers")
        return True

    def _begin(self) -> None:
        with self._lock:
            if self._probe is None or self._thread is not None or self._stopped.is_set():
                return
            self._thread = threading.Thread(target=self._run, name="database watch", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        assert self._probe is not None  # noqa: S101 - it is not begun without one
        while not self._stopped.is_set():
            answered = self.look()
            with self._lock:
                if answered and not self._constant and not self._suspected:
                    self._probe.close()  # below the lock: the next thread opens its own
                    self._thread = None
                    return
            self._due.wait(_PAUSE_SECONDS)
            self._due.clear()
        self._probe.close()


def _cut(waiting: socket) -> None:
    """Whoever reads from it is told at once that nothing comes."""
    try:
        socket.shutdown(waiting, SHUT_RDWR)  # below TLS, whose own farewell would wait as well
    except OSError:
        pass  # closed already
