"""Searches that are read from a standby: a real streaming replica, which is halted, frozen and behind."""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from app.doctor import Level, check_index
from app.settings.schema import Settings
from bench.postgres import Postgres
from core.database.connection import connect, for_searches, for_searches_on_standby, watch_of
from index.database import repository
from index.database.live import DatabaseLive
from index.database.publisher import publish
from index.database.standby import Standby
from index.database.store import SearchTables, prepare
from index.models import SearchQuery
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from tests.index.builders import article, everything
from tests.index.test_database import EMBEDDER

_QUICK = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "30"}


@dataclass
class Pair:
    """A primary and its standby, with what a node has of each."""

    primary: Postgres
    standby: Postgres
    tables: SearchTables
    searches: Engine
    on_standby: Engine
    folder: Path
    published: int = 0

    def publish(self, word: str) -> None:
        """One more article."""
        self.published += 1
        known = [article(f"a{number}", "Common words.") for number in range(self.published)]
        bring_up_to_date([*known, article("last", f"It says {word}.")], EMBEDDER, self.folder)
        generation = LiveIndex(self.folder).current()
        assert generation is not None
        assert publish(self.tables, generation) is not None

    def replay(self, go_on: bool) -> None:
        halt = func.pg_wal_replay_resume if go_on else func.pg_wal_replay_pause
        with self.on_standby.connect() as connection:
            connection.execute(select(halt()))

    def caught_up(self) -> bool:
        served = []
        for engine in (self.searches, self.on_standby):
            with engine.connect() as connection:
                now = repository.serving(connection)
                served.append(now.published if now else 0)
        return served[0] == served[1]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    # Not below pytest's folder, which other users may not enter: see tests/databases.py.
    folder = Path(tempfile.mkdtemp(prefix="signpost-standby-"))
    folder.chmod(0o755)
    primary, standby = (Postgres(folder / name, **_QUICK) for name in ("primary", "standby"))
    try:
        primary.make()
        primary.start()
        engine = connect(primary.url())
        tables, searches = prepare(engine), for_searches(engine)
        standby.follow(primary.url())
        standby.start()
        on_standby = for_searches_on_standby(standby.url(), engine)
        yield Pair(primary, standby, tables, searches, on_standby, tmp_path_factory.mktemp("files"))
        watch_of(on_standby).stop()
        for opened in (on_standby, searches, engine):
            opened.dispose()
    finally:
        standby.remove()
        primary.remove()
        folder.rmdir()


@pytest.fixture
def standby(pair: Pair) -> Iterator[Standby]:
    """As a node has it that has looked."""
    made = Standby(pair.on_standby, pair.searches)
    made.look()
    yield made
    made.close()


def until(holds: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 20
        time.sleep(0.02)


def found(live: DatabaseLive, text: str) -> list[str]:
    hits = Search(live, EMBEDDER, everything, 60_000).search(SearchQuery(text, "en")).hits
    return [hit.ref.slug for hit in hits][:1]


def read_from_standby(pair: Pair, live: DatabaseLive) -> bool:
    with live.searching() as generation:
        assert generation is not None
        engine = generation.place.read._connection.engine  # type: ignore[attr-defined]
        assert engine in (pair.searches, pair.on_standby)
        return engine is pair.on_standby


def test_a_search_is_read_from_the_standby_and_finds_what_was_published(pair: Pair, standby: Standby) -> None:
    pair.publish("apricot")
    until(pair.caught_up)
    live = DatabaseLive(pair.searches, pair.tables, standby)
    assert read_from_standby(pair, live)
    assert found(live, "apricot") == ["last"]


def test_what_the_standby_has_not_got_yet_is_read_from_the_primary(pair: Pair, standby: Standby) -> None:
    pair.publish("bilberry")
    until(pair.caught_up)
    live = DatabaseLive(pair.searches, pair.tables, standby)
    assert read_from_standby(pair, live)
    pair.replay(go_on=False)
    try:
        pair.publish("cranberry")
        standby.look()
        assert not read_from_standby(pair, live)
        assert found(live, "cranberry") == ["last"]
    finally:
        pair.replay(go_on=True)
    until(pair.caught_up)
    until(lambda: read_from_standby(pair, live))


def test_a_frozen_standby_costs_one_search_a_moment_and_the_others_nothing(pair: Pair, standby: Standby) -> None:
    pair.publish("damson")
    until(pair.caught_up)
    live = DatabaseLive(pair.searches, pair.tables, standby)
    assert read_from_standby(pair, live)
    pids = pair.standby.pids()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.perf_counter()
        assert not read_from_standby(pair, live)
        assert time.perf_counter() - began < 0.6  # .15 s, on a busy machine
        began = time.perf_counter()
        assert found(live, "damson") == ["last"]
        assert time.perf_counter() - began < 0.6
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    until(lambda: standby.look() is None and read_from_standby(pair, live))


def test_without_the_primary_the_standby_serves_what_it_has(pair: Pair, standby: Standby) -> None:
    pair.publish("elderberry")
    until(pair.caught_up)
    live = DatabaseLive(pair.searches, pair.tables, standby)
    assert found(live, "elderberry") == ["last"]
    pair.primary.stop()
    try:
        late = DatabaseLive(pair.searches, pair.tables, standby)
        standby._told_at = float("-inf")  # nothing is known of the primary
        assert read_from_standby(pair, late)
        assert found(late, "elderberry") == ["last"]
    finally:
        pair.primary.start()


def test_a_standby_that_was_not_looked_at_is_not_searched(pair: Pair) -> None:
    pair.publish("fig")
    standby = Standby(pair.on_standby, pair.searches)
    assert not read_from_standby(pair, DatabaseLive(pair.searches, pair.tables, standby))
    standby.close()


def test_doctor_says_whether_the_standby_has_what_serves(pair: Pair, settings: Settings) -> None:
    pair.publish("grape")
    until(pair.caught_up)
    given = {"search_store": "database", "database_url": pair.primary.url()}
    for url, level, words in (
        (pair.standby.url(), Level.OK, "the standby for searches has the same"),
        (pair.standby.url("nothing"), Level.WARNING, "cannot be read"),
    ):
        *_, finding = check_index(replace(settings, **given, search_standby_url=url), datetime.now(UTC))
        assert (finding.level, words in finding.message) == (level, True)
