"""Elections: of all processes that could do a chore, one does it.

On PostgreSQL the elected one holds an advisory lock in a transaction that stays open, which works through PgBouncer
in transaction mode, too. It says a word in it every few seconds; from one that says nothing (ended, frozen, cut off)
the server takes transaction and lock away by itself, and it counts itself as elected no longer than that. On SQLite,
where all share a data folder, it is a file lock.
"""

import fcntl
import hashlib
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import schema_of, unpooled
from core.private_files import private_folder

# After this silence the lock goes to whoever asks next.
SILENCE_SECONDS = 15


class Election:
    """One chore, by its name. `held` asks or renews; it must be called every few seconds. Thread-safe."""

    def __init__(self, engine: Engine, name: str, folder: Path) -> None:
        self._engine = engine
        self._name = name
        self._folder = folder
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._file: IO[str] | None = None
        self._renewed_at: float | None = None

    @property
    def elected(self) -> bool:
        """Whether it was the elected one when `held` last asked, and that was not too long ago."""
        asked = self._renewed_at
        return asked is not None and (self._file is not None or time.monotonic() - asked < SILENCE_SECONDS)

    def held(self) -> bool:
        """Whether this process is the elected one now: not where the database or the data folder takes nothing."""
        with self._lock:
            now = time.monotonic()
            held = self._renewed() if self._engine.dialect.name == "postgresql" else self._locked()
            self._renewed_at = now if held else None
            return held

    def resign(self) -> None:
        """Let another be elected."""
        with self._lock:
            self._renewed_at = None
            self._drop()
            if self._file is not None:
                self._file.close()
                self._file = None

    def _renewed(self) -> bool:
        try:
            if self._connection is not None:
                self._connection.execute(select(1))
                return True
            return self._asked()
        except SQLAlchemyError:
            self._drop()
            return False

    def _asked(self) -> bool:
        self._connection = unpooled(self._engine, SILENCE_SECONDS).connect()
        limit = func.set_config("idle_in_transaction_session_timeout", f"{SILENCE_SECONDS}s", True)
        lock = func.pg_try_advisory_xact_lock(_number(self._name, schema_of(self._engine)))
        self._connection.execute(select(limit))
        if self._connection.execute(select(lock)).scalar():
            return True
        self._drop()
        return False

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None

    def _locked(self) -> bool:
        if self._file is not None:
            return True
        try:
            private_folder(self._folder)
            file = (self._folder / f"{self._name}.elected").open("a+", encoding="ascii")
        except OSError:  # a data folder that is read-only: what can be served is served, and no chore is done
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True


def _number(name: str, schema: str = "") -> int:
    """The number of the advisory lock: 63 bits of a hash, so that no two names meet. Advisory locks are of the whole
    database, so that of a help centre in a schema of its own has the schema in its name."""
    whole = f"signpost election {name}" + (f" of {schema}" if schema else "")
    return int.from_bytes(hashlib.sha256(whole.encode()).digest()[:8], "big") >> 1
