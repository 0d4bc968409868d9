"""Search in PostgreSQL whose tables were dropped, emptied or robbed of columns: it is seen, and a publish mends it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.exc import SQLAlchemyError

from index.database import soundness, write_repository
from index.database.live import DatabaseLive
from index.database.publisher import publish
from index.database.schema import SEARCH_TABLES, search_text
from index.database.soundness import examined, problems
from index.database.store import prepare
from index.storage.build import Steps, bring_up_to_date
from index.storage.generation import Generation
from tests.index.builders import article
from tests.index.database import SearchDatabase
from tests.index.test_database import EMBEDDER, assert_alike, built, found, some

TABLES = sorted(SEARCH_TABLES.tables)
# What holds vectors loses the column when the extension is dropped.
OF_VECTORS = ("search_passage", "search_title", "search_window")


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return built(some(1, 12), tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def whole(search_tables: SearchDatabase, generation: Generation) -> SearchDatabase:
    """For tests that leave it as it is."""
    search_tables.clear()
    search_tables.publish(generation)
    return search_tables


@pytest.fixture
def published(search_database: SearchDatabase, generation: Generation) -> Iterator[SearchDatabase]:
    search_database.publish(generation)
    yield search_database
    prepare(search_database.tables.engine, mend=True)
    search_database.searches.dispose()  # statements that are kept name types of an extension that may be gone


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


SMALL = {"search_collection", "search_epoch"}
GONE = {
    **{f"{name} dropped": (f"DROP TABLE {name}",) for name in TABLES},
    **{f"{name} emptied": (f"TRUNCATE {name}",) for name in TABLES},
    "all dropped": (f"DROP TABLE {', '.join(TABLES)}",),
    "all vectors and texts emptied": (f"TRUNCATE {', '.join(OF_VECTORS)}, search_text",),
    "words emptied": ("TRUNCATE search_term, search_posting",),
    "extension made anew": ("DROP EXTENSION vector CASCADE", "CREATE EXTENSION vector SCHEMA public"),
    "extension dropped": ("DROP EXTENSION vector CASCADE",),
}  # fmt: skip
SOME_ROWS_GONE = {
    f"rows of {name} gone": (f"DELETE FROM {name} WHERE ctid IN (SELECT ctid FROM {name} LIMIT 3)",)
    for name in TABLES if name not in SMALL
}  # fmt: skip
# Each kind of loss, and those that leave least to begin an epoch with.
MENDED = (
    "search_text dropped", "search_text emptied", "search_collection dropped", "search_epoch emptied", "all dropped",
    "extension made anew", "extension dropped", "rows of search_window gone",
)  # fmt: skip


@pytest.mark.parametrize("damage", [*GONE, *SOME_ROWS_GONE])
def test_what_is_gone_is_seen(whole: SearchDatabase, damage: str) -> None:
    with whole.tables.engine.connect() as connection:  # never committed
        for is_whole in (False, True):
            assert problems(connection, whole=is_whole) == []
        for statement in (GONE | SOME_ROWS_GONE)[damage]:
            connection.execute(text(statement))
        assert problems(connection, whole=True)
        if damage in GONE:  # what each publish and health check sees
            assert problems(connection, whole=False)


@pytest.mark.parametrize("damage", MENDED)
def test_a_publish_makes_anew_what_is_gone(published: SearchDatabase, generation: Generation, damage: str) -> None:
    engine, node = published.tables.engine, published.live()
    before = found(node)
    run(engine, *(GONE | SOME_ROWS_GONE)[damage])
    again = publish(published.tables, generation, whole=damage in SOME_ROWS_GONE)
    assert again is not None
    assert again.begun == "it was damaged"
    assert examined(engine) == []
    # A node that knew what was there, which may have had the same numbers, and one that comes anew.
    if "extension" in damage:
        node.soundness.look()  # as the first search that fails has it done
    assert_alike(found(node), before, 1e-6)
    assert_alike(found(published.live()), before, 1e-6)
    assert publish(published.tables, generation, whole=True) is None


def test_a_node_knows_it_once_a_search_failed_and_when_it_is_mended(
    published: SearchDatabase, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundness, "_SUSPECTED_SECONDS", 0)
    monkeypatch.setattr(soundness, "Thread", AtOnce)
    node = published.live()
    found(node)
    assert node.damage == ""
    with published.tables.engine.begin() as connection:
        lost = connection.scalars(select(search_text.c.id).order_by(search_text.c.id).limit(1)).one()
        connection.execute(delete(search_text).where(search_text.c.id >= lost))
    with pytest.raises(KeyError):
        found(node)
    assert "search_text has 0 rows of" in node.damage
    publish(published.tables, generation, whole=True)
    monkeypatch.setattr(soundness, "_DAMAGED_SECONDS", 0)
    assert node.damage == ""
    found(node)


class AtOnce:
    def __init__(self, target: object, args: tuple[object, ...], **_: object) -> None:
        self.target, self.args = target, args

    def start(self) -> None:
        self.target(*self.args)  # type: ignore[operator]


def test_a_node_that_nobody_asks_looks_by_itself_when_its_health_is_asked(
    published: SearchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundness, "Thread", AtOnce)
    run(published.tables.engine, "DROP TABLE search_window")
    node: DatabaseLive = published.live()
    assert node.damage == "search_window is missing"


def test_a_database_that_cannot_be_asked_is_not_called_damaged(
    published: SearchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise SQLAlchemyError

    monkeypatch.setattr(soundness, "_look", unreachable)
    assert soundness.Soundness(published.searches).look(whole=True) == ""


def test_what_has_no_vectors_yet_is_whole(search_database: SearchDatabase, tmp_path: Path) -> None:
    waiting = Steps(at_once=0, stop=lambda: True)
    report = bring_up_to_date([*some(1, 12), article("signs", "?!\n\n…")], EMBEDDER, tmp_path, steps=waiting)
    generation = Generation(tmp_path / "generations" / report.generation)
    assert generation.manifest.pending
    search_database.publish(generation)
    assert examined(search_database.tables.engine) == []


def test_all_anew_is_an_epoch_of_its_own(published: SearchDatabase, generation: Generation) -> None:
    assert publish(published.tables, generation) is None
    again = publish(published.tables, generation, anew=True)
    assert again is not None
    assert (again.begun, again.articles) == ("all was to be written anew", len(generation.articles))
    assert examined(published.tables.engine) == []
    # One that is behind takes nothing back, however it is asked.
    publish(published.tables, generation, 7, anew=True)
    assert publish(published.tables, generation, 6, anew=True) is None


def test_what_another_release_wrote_is_not_judged(published: SearchDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundness, "FORMAT", -1)
    run(published.tables.engine, "TRUNCATE search_text")
    assert examined(published.tables.engine) == []


def test_a_publish_that_fails_while_it_mends_leaves_what_is_whole(
    published: SearchDatabase, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        def fails(*_: object) -> None:
            raise RuntimeError

        patched.setattr(write_repository, "write_texts", fails)
        with pytest.raises(RuntimeError):
            publish(published.tables, generation, anew=True)
    assert examined(published.tables.engine) == []
    found(published.live())


ROWS = ("search_bag", "search_passage", "search_posting", "search_text", "search_title", "search_window")


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_no_search_misses_are_seen_all_the_same(published: SearchDatabase, name: str) -> None:
    run(
        published.tables.engine,
        f"DELETE FROM {name} WHERE ctid IN (SELECT ctid FROM {name} LIMIT (SELECT count(*) / 2 FROM {name}))",
    )
    assert soundness.Soundness(published.searches).look() != ""


def test_counting_takes_half_a_percent_of_the_time(whole: SearchDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, counted = [0.0], []

    def look(_engine: Engine, *, whole: bool) -> list[str]:
        counted.append(whole)
        clock[0] += 3.0 if whole else 0.1
        return []

    monkeypatch.setattr(soundness, "_look", look)
    known = soundness.Soundness(whole.searches, clock=lambda: clock[0])
    for at in (0, 60, 120, 602, 604):
        clock[0] = max(clock[0], float(at))
        known.look()
    assert counted == [True, False, False, False, True]


def test_a_pointer_that_is_gone_is_looked_at_with_the_next_search(published: SearchDatabase) -> None:
    node = published.live()
    found(node)
    run(published.tables.engine, "TRUNCATE search_collection")
    looked: list[bool] = []
    node.soundness.suspect = lambda: looked.append(True)  # type: ignore[method-assign]
    with node.searching() as generation:
        assert generation is None
    assert looked == [True]
