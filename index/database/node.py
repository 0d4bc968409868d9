"""Search in PostgreSQL as one process has it: what it reads with, and what it publishes to."""

from sqlalchemy import Engine

from core.database.connection import for_searches, for_searches_on_standby, watch_of
from index.database import repository
from index.database.live import DatabaseLive
from index.database.publisher import Published, go_back, publish
from index.database.standby import Standby
from index.database.store import are_made, check, prepare
from index.storage.generation import Generation


def described(engine: Engine) -> str:
    """What serves in a database, in a few words; '' for nothing. Changes nothing. Raises NoVectorStore."""
    check(engine)
    with engine.connect() as connection:
        if not are_made(connection):
            return ""
        now = repository.serving(connection)
        row = repository.epoch_row(connection, now.epoch) if now else None
    if row is None:
        return ""
    counts = f"{row.manifest['articles']} articles, {row.manifest['passages']} passages"
    return f"in the database: {counts} (epoch {row.epoch}, generation {row.generation})"


class SearchDatabase:
    """Open until `close`. Searches are read from the standby at `standby` where it can be. Raises NoVectorStore where
    the database of `engine` cannot hold search."""

    def __init__(self, engine: Engine, standby: str = "") -> None:
        self._tables = prepare(engine)
        self._searches = for_searches(engine)
        self._standby = for_searches_on_standby(standby, engine) if standby else None
        self._read_from = Standby(self._standby, self._searches) if self._standby else None
        self.live = DatabaseLive(self._searches, self._tables, self._read_from)

    def publish(self, generation: Generation, revision: int, *, anyway: bool = False) -> Published | None:
        """Make all nodes serve what this process built of a published revision; None if they do, or are further and it
        is not to be `anyway`."""
        return publish(self._tables, generation, revision, anyway=anyway)

    def earlier_epoch(self) -> int | None:
        """What `go_back` would go back to."""
        with self._tables.engine.connect() as connection:
            return repository.earlier_epoch(connection)

    def revision(self) -> int:
        """The published revision that all nodes search; 0 where there is none yet."""
        with self._tables.engine.connect() as connection:
            now = repository.serving(connection)
            row = repository.epoch_row(connection, now.epoch) if now else None
        return int(row.manifest.get("revision", 0)) if row else 0

    def go_back(self) -> int | None:
        """Make all nodes serve the epoch before; None where there is none."""
        return go_back(self._tables)

    def close(self) -> None:
        if self._read_from is not None:
            self._read_from.close()
        self._searches.dispose()
        if self._standby is not None:
            watch_of(self._standby).stop()
            self._standby.dispose()
