"""The tables of search in a PostgreSQL of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, delete

from core.database.connection import connect, for_searches
from index.database import write_repository
from index.database.live import DatabaseLive
from index.database.parts import Place
from index.database.publisher import Published, publish
from index.database.reader import EachByItself
from index.database.schema import SEARCH_TABLES
from index.database.store import SearchTables, prepare
from index.parts.lexicon import Lexicon
from index.protocols import Vectors
from index.storage.generation import Generation


@dataclass
class SearchDatabase:
    """`searches` is as a node reads, `tables` as a publisher writes."""

    tables: SearchTables
    searches: Engine
    _epochs: int = field(default=0)

    @staticmethod
    @contextmanager
    def opened(url: str) -> "Iterator[SearchDatabase]":
        engine = connect(url)
        searches = for_searches(engine)
        try:
            yield SearchDatabase(prepare(engine), searches)
        finally:
            searches.dispose()
            engine.dispose()

    def clear(self) -> None:
        with self.tables.engine.begin() as connection:
            for table in SEARCH_TABLES.sorted_tables:
                connection.execute(delete(table))

    def live(self) -> DatabaseLive:
        """A node that has read nothing yet."""
        return DatabaseLive(self.searches, self.tables)

    def publish(self, generation: Generation) -> Published | None:
        return publish(self.tables, generation)

    def with_vectors(self, vectors: Vectors, ids: NDArray[np.int64]) -> Place:
        """These vectors as an epoch of their own."""
        place = self._place()
        with self.tables.engine.begin() as connection:
            write_repository.write_vectors(connection, "passages", place.epoch, ids, vectors.astype(np.float16))
        return place

    def with_postings(self, lexicon: Lexicon, ids: NDArray[np.int64], family: int) -> Place:
        """The articles of a lexicon as an epoch of its own."""
        place, level = self._place(), lexicon.articles
        articles = np.repeat(ids, np.diff(level.indptr))
        with self.tables.engine.begin() as connection:
            for epoch, other in ((place.epoch, family), (place.epoch, family + 1), (place.epoch + 1, family)):
                write_repository.write_postings(connection, epoch, other, level.indices, articles, level.weights)
        self._epochs += 1
        return place

    def _place(self) -> Place:
        self._epochs += 1
        return Place(EachByItself(self.searches), self._epochs, self.tables.vector_schema)
