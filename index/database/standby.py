"""A standby that searches are read from, while it has what the primary serves.

Each publish counts up a number, in the transaction that writes the rows; a search on the standby reads it first. A
standby that is behind what this node knows of, or does not answer at once, is passed over for the primary.
"""

import threading
import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from core.events import emit
from index.database import repository
from index.database.reader import Snapshot
from index.database.rows import Serving
from index.storage.generation import FORMAT

# How long a search waits for the standby's first word, of its budget of some hundred milliseconds.
_FIRST_WORD_SECONDS = 0.15
# How often the primary is asked what it serves, and from when on it was not asked lately enough.
_LOOK_SECONDS, _OLD_SECONDS = 1.0, 10.0
# How long a standby that was behind is not asked again.
_BEHIND_SECONDS = 0.25


class Standby:
    """Thread-safe. `engine` is for searches on the standby, `primary` for those on the primary."""

    def __init__(self, engine: Engine, primary: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._primary, self._clock = engine, primary, clock
        self._lock = threading.Lock()
        self._looking = self._closed = False
        self._thread: threading.Thread | None = None
        self._looked_at = self._told_at = self._behind_until = float("-inf")
        self._least = 0
        # Nobody's search is the first to find out that it does not answer.
        self._answers = False
        self._said = True

    def begin(self, least: int) -> tuple[Snapshot, Serving] | None:
        """A transaction on the standby, if it has all that is known to have been published: `least` by who asks."""
        now = self._clock()
        self._look_seldom(now)
        if not self._answers or now < self._behind_until or now - self._told_at > _OLD_SECONDS:
            return None
        return self._begun(max(least, self._least))

    def begin_whatever(self, least: int) -> tuple[Snapshot, Serving] | None:
        """The same while the primary does not answer: what it would serve cannot be known."""
        return self._begun(least) if self._answers else None

    def told(self, published: int) -> None:
        """The primary serves this, or later: read a moment ago."""
        self._told_at = self._clock()
        self._least = max(self._least, published)

    def look(self) -> None:
        """Ask the primary what it serves, and the standby whether it answers."""
        try:
            with self._primary.connect() as connection:
                serving = repository.readable(connection, FORMAT)
            self.told(serving.published if serving else 0)
        except SQLAlchemyError:
            pass  # searches notice by themselves
        try:
            with self._engine.connect() as connection:
                repository.readable(connection, FORMAT)
        except SQLAlchemyError as error:
            self._says(False, type(error).__name__)
        else:
            self._says(True)

    def forget_statements(self) -> None:
        """Open connections anew: what they keep of statements is no longer right."""
        self._engine.dispose()

    def close(self) -> None:
        """Look no more; both engines are still open."""
        with self._lock:
            self._closed, thread = True, self._thread
        if thread is not None:
            thread.join()

    def _look_seldom(self, now: float) -> None:
        with self._lock:
            if self._closed or self._looking or now - self._looked_at < _LOOK_SECONDS:
                return
            self._looking, self._looked_at = True, now
            self._thread = threading.Thread(target=self._look_and_end, name="standby", daemon=True)
            self._thread.start()

    def _look_and_end(self) -> None:
        try:
            self.look()
        finally:
            self._looking = False

    def _begun(self, least: int) -> tuple[Snapshot, Serving] | None:
        try:
            opened = Snapshot(self._engine.connect())
        except SQLAlchemyError as error:
            self._says(False, type(error).__name__)
            return None
        try:
            serving = opened(_first_word)
        except SQLAlchemyError as error:
            opened.close()
            self._says(False, type(error).__name__)
            return None
        if serving is None or serving.published < least:
            opened.close()
            self._behind_until = self._clock() + _BEHIND_SECONDS
            return None
        return opened, serving

    def _says(self, answers: bool, reason: str = "") -> None:
        self._answers = answers
        if answers != self._said:
            self._said = answers
            emit("search_standby", answers=answers, reason=reason)


def _first_word(connection: Connection) -> Serving | None:
    wire = connection.connection.dbapi_connection
    assert wire is not None  # noqa: S101 - it was connected a moment ago
    patience = wire.gettimeout()
    wire.settimeout(_FIRST_WORD_SECONDS)
    found = repository.readable(connection, FORMAT)
    wire.settimeout(patience)  # one that failed is not used again
    return found
