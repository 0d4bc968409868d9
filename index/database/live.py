"""The generation that serves in PostgreSQL, as every node sees it: its number is read with each search."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import unpooled
from index.database import repository
from index.database.catalogue import Catalogue
from index.database.generation import DatabaseGeneration
from index.database.parts import Place
from index.database.reader import EachByItself, Reader, SearchOver, Snapshot
from index.database.rows import Serving
from index.database.soundness import Soundness
from index.database.standby import Standby
from index.database.store import SearchTables, vector_place
from index.storage.generation import FORMAT

log = logging.getLogger("signpost.index")

_SILENCE_SECONDS = 10.0


class DatabaseLive:
    """Stands where LiveIndex stands for files (index/storage/live.py). Thread-safe. `engine` is for searches: each of
    its transactions sees one moment. With `standby` that is read from where it can be."""

    lost = False

    def __init__(self, engine: Engine, tables: SearchTables, standby: Standby | None = None) -> None:
        self._engine = engine
        self._standby = standby
        self._schema = tables.vector_schema
        self._extension = tables.extension
        self.soundness = Soundness(engine, self._follow_extension)
        self._lock = threading.Lock()
        self._known: Catalogue | None = None
        self._is_unread = False

    @property
    def available(self) -> bool:
        # What was there once is there: pages ask this often.
        return self._known is not None or self.current() is not None

    @property
    def damage(self) -> str:
        """Why searches fail: what the tables have lost; '' where they are whole as far as is known."""
        return self.soundness.damage()

    def current(self) -> DatabaseGeneration | None:
        """What serves now, each part read by itself; as it was last known while the database does not answer."""
        each = EachByItself(self._engine)
        try:
            with self._reading() as (reader, serving):
                found = self._catalogue(reader, serving)
        except SQLAlchemyError as error:
            if not self._is_unread:
                log.warning("the index in the database cannot be read: %s", type(error).__name__)
            self._is_unread, found = True, self._known
        else:
            self._is_unread = False
        return found.generation.at(Place(each, found.serving.epoch, self._schema)) if found else None

    def refresh(self, opened: object = None) -> DatabaseGeneration | None:
        return self.current()

    @contextmanager
    def searching(self) -> Iterator[DatabaseGeneration | None]:
        """What serves now, for one search: all it reads is of one moment."""
        try:
            with self._reading() as (reader, serving):
                found = self._catalogue(reader, serving)
                if found is None and self._known is not None:  # what serves is never taken away by a publish
                    self.doubt()
                yield found.generation.at(Place(reader, found.serving.epoch, self._schema)) if found else None
        except SearchOver:
            raise
        except Exception:
            self.doubt()
            raise

    def doubt(self) -> None:
        """The server vouches for what it holds, and not for what somebody took away."""
        self.soundness.suspect()

    def _follow_extension(self) -> None:
        """pgvector may have been made again, perhaps somewhere else. Statements that connections keep name its types by
        numbers it had before."""
        # Not from the pool of searches: this runs in a thread of its own, perhaps while that is closed for good.
        opened = unpooled(self._engine, _SILENCE_SECONDS)
        try:
            found = vector_place(opened)
        finally:
            opened.dispose()
        if found is not None and found != (self._schema, self._extension):
            self._schema, self._extension = found
            self._engine.dispose()
            if self._standby is not None:
                self._standby.forget_statements()

    @contextmanager
    def _reading(self) -> Iterator[tuple[Snapshot, Serving | None]]:
        """A transaction until the search is over, and what serves in it."""
        reader, serving = self._begin()
        try:
            yield reader, serving
        finally:
            reader.close()

    def _begin(self) -> tuple[Snapshot, Serving | None]:
        standby, known = self._standby, self._known
        least = known.serving.published if known else 0
        begun = standby.begin(least) if standby else None
        if begun is not None:
            return begun
        try:
            return self._begin_on_primary()
        except SQLAlchemyError:
            begun = standby.begin_whatever(least) if standby else None
            if begun is None:
                raise
            return begun

    def _begin_on_primary(self) -> tuple[Snapshot, Serving | None]:
        reader = Snapshot(self._engine.connect())
        try:
            serving = reader(repository.readable, FORMAT)
        except BaseException:
            reader.close()
            raise
        if self._standby is not None:
            self._standby.told(serving.published if serving else 0)
        return reader, serving

    def _catalogue(self, reader: Reader, serving: Serving | None) -> Catalogue | None:
        if serving is None:
            return None
        known = self._known
        if known is not None and known.serving == serving:
            return known
        with self._lock:
            known = self._known
            if known is not None and known.serving == serving:
                return known
            found = Catalogue.read(reader, self._schema, serving, known)
            found.generation.warm()
            # A search that began before a publish may come here after one that began after it.
            if known is None or known.serving.published < serving.published:
                self._known = found
            return found
