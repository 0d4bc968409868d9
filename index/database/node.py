"""Search in PostgreSQL as one process has it: what it reads with, and what it publishes to."""

from dataclasses import dataclass

from sqlalchemy import Engine

from core.database.connection import for_searches, for_searches_on_standby, watch_of
from index.database import repository
from index.database.live import DatabaseLive
from index.database.publisher import Published, go_back, publish
from index.database.soundness import examined
from index.database.standby import Standby
from index.database.store import check, is_untouched, prepare
from index.storage.generation import Generation


@dataclass(frozen=True)
class SearchState:
    """What serves in a database: `told` in a few words, '' for nothing; the model that it was built by; and what its
    tables have lost."""

    told: str = ""
    model: str = ""
    problems: tuple[str, ...] = ()


def described(engine: Engine) -> SearchState:
    """What serves in a database, all rows counted. Changes nothing. Raises NoVectorStore."""
    check(engine)
    with engine.connect() as connection:
        if is_untouched(connection):
            return SearchState()
    problems = tuple(examined(engine))
    if problems:
        return SearchState(problems=problems)
    with engine.connect() as connection:
        now = repository.serving(connection)
        row = repository.epoch_row(connection, now.epoch) if now else None
    if row is None:
        return SearchState()
    counts = f"{row.manifest['articles']} articles, {row.manifest['passages']} passages"
    told = f"in the database: {counts} (epoch {row.epoch}, generation {row.generation})"
    return SearchState(told, row.manifest["fingerprint"])


class SearchDatabase:
    """Open until `close`. Searches are read from the standby at `standby` where it can be. Raises NoVectorStore where
    the database of `engine` cannot hold search."""

    def __init__(self, engine: Engine, standby: str = "") -> None:
        self._tables = prepare(engine)
        self._searches = for_searches(engine)
        self._standby = for_searches_on_standby(standby, engine) if standby else None
        self._read_from = Standby(self._standby, self._searches) if self._standby else None
        self.live = DatabaseLive(self._searches, self._tables, self._read_from)
        self._published = False
        self.last_published: Published | None = None

    def publish(
        self, generation: Generation, revision: int, *, anyway: bool = False, anew: bool = False
    ) -> Published | None:
        """Make all nodes serve what this process built of a published revision; None if they do, or are further and it
        is not to be `anyway`. With `anew` all is written again.

        Damaged tables are made anew, too. The first time in a process all their rows are counted, which takes too
        long for each publish; later, whether there are any, and what searches and health checks found."""
        whole = not self._published or bool(self.live.damage)
        published = publish(self._tables, generation, revision, anyway=anyway, anew=anew, whole=whole)
        self._published = True
        self.last_published = published or self.last_published
        if self.live.damage:
            self.live.soundness.look(whole=True)
        return published

    def problems(self) -> list[str]:
        """What is wrong with the tables, each in a few words, all rows counted. Changes nothing."""
        return examined(self._tables.engine)

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
