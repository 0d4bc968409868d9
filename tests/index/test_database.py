"""Search in PostgreSQL: what a publish writes, and that nodes see one state of it."""

import random
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sqlalchemy.exc import SQLAlchemyError

from core.database.packed import number_array
from index.database import live as database_live
from index.database import publisher, repository, rows, store, write_repository
from index.database.generation import DatabaseGeneration
from index.database.publisher import go_back, publish
from index.database.reader import SearchOver, Snapshot
from index.database.soundness import examined
from index.database.statements import Ask, ask
from index.database.store import NoVectorStore, prepare
from index.embed.hashing import HashingEmbedder
from index.models import SearchQuery
from index.parts.language_centering import Means
from index.search import Search
from index.storage.build import BuildReport, bring_up_to_date
from index.storage.generation import Generation, Manifest
from index.storage.live import Live, LiveIndex
from kb.models import Article
from tests.databases import PostgresServer
from tests.index.builders import article, everything
from tests.index.database import SearchDatabase

EMBEDDER = HashingEmbedder()
WORDS = [
    "refund",
    "parcel",
    "pairing",
    "warranty",
    "card",
    "late",
    "tracking",
    "label",
    "garanti",
    "kargo",
    "iade",
    "account",
    "invoice",
    "password",
]


def some(seed: int, count: int = 40) -> list[Article]:
    """Articles of some paragraphs each, in three languages."""
    chance = random.Random(seed)

    def text() -> str:
        return "\n\n".join(" ".join(chance.choices(WORDS, k=25)) for _ in range(chance.randrange(1, 4)))

    return [
        article(
            f"a{i}", text(), lang=("en", "tr", "zh-Hant")[i % 3], title=chance.choice(WORDS), questions=("How late?",)
        )
        for i in range(count)
    ]


def built(articles: list[Article], folder: Path) -> Generation:
    report: BuildReport = bring_up_to_date(articles, EMBEDDER, folder)
    return report.opened or Generation(folder / "generations" / report.generation)


def of_the_next_release(articles: list[Article], folder: Path) -> Generation:
    """In another format than this release reads."""
    newer = built(articles, folder)
    newer.manifest = replace(newer.manifest, format=newer.manifest.format + 1)
    return newer


QUESTIONS = [
    SearchQuery(text, "en") for text in ("refund parcel", "late card", "kargo iade", "pasword", '"late tracking"')
]


def found(live: Live) -> list[list[tuple[str, str, float]]]:
    """What some questions find, with scores."""
    search = Search(live, EMBEDDER, everything, 60_000)
    results = [search.search(question) for question in QUESTIONS]
    assert all(result.degraded is None for result in results)
    return [[(hit.ref.slug, hit.anchor, hit.score) for hit in result.hits] for result in results]


def assert_alike(
    one: list[list[tuple[str, str, float]]], other: list[list[tuple[str, str, float]]], within: float
) -> None:
    for own, theirs in zip(one, other, strict=True):
        assert [score for _, _, score in own] == pytest.approx([score for _, _, score in theirs], rel=1e-3, abs=within)
        # What is equally good may stand the other way round.
        if within < 0.01:
            assert len({slug for slug, _, _ in own} ^ {slug for slug, _, _ in theirs}) <= 2


def test_it_finds_what_the_files_find_with_the_same_scores(search_database: SearchDatabase, tmp_path: Path) -> None:
    search_database.publish(built(some(1), tmp_path))
    assert_alike(found(search_database.live()), found(LiveIndex(tmp_path)), 0.005)


def test_a_publish_writes_what_changed_and_is_as_good_as_all_anew(
    search_database: SearchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_MEAN_MOVED", 1)
    monkeypatch.setattr(publisher, "_LENGTH_MOVED", 1)
    chance, articles = random.Random(3), some(1)
    search_database.publish(built(articles, tmp_path))
    node = search_database.live()
    found(node)
    for turn in range(4):
        chosen = chance.randrange(len(articles))
        other = some(10 + turn)[chosen]
        articles = [*articles[:chosen], *articles[chosen + 1 + turn % 2 :], replace(other, slug=f"new{turn}")]
        articles[0] = replace(articles[0], title=f"refund {turn}")
        published = search_database.publish(built(articles, tmp_path))
        assert published is not None
        assert (published.serving.epoch, published.begun) == (1, "")
        assert examined(search_database.tables.engine) == []
        assert published.articles <= 4
    # A node that read every generation, one that reads the last, and the files: means were frozen a little earlier.
    followed, anew = found(node), found(search_database.live())
    assert_alike(followed, anew, 1e-6)
    assert_alike(anew, found(LiveIndex(tmp_path)), 2)
    generation = node.current()
    assert generation is not None
    with search_database.tables.engine.connect() as connection:
        counted = repository.counts(connection, 1)
    assert counted == {
        "passages": generation.manifest.passages, "texts": generation.manifest.passages,
        "titles": generation.manifest.titles, "articles": generation.manifest.articles,
    }  # fmt: skip
    words = {key: len(rows.ids) for key, rows in generation._words.items()}
    files = LiveIndex(tmp_path).current()
    assert files is not None
    assert words == {key: count for key, count in _words_of(files).items() if key in words}


def _words_of(files: Generation) -> dict[tuple[int, int], int]:
    from index.analysis import FAMILIES

    out = {}
    for name in files.manifest.families:
        number = FAMILIES.index(name)
        out[rows.WORDS, number] = len(files.lexicons[name].words)
        out[rows.FORMS, number] = len(files.exact[name].known_forms)
        out[rows.WRITTEN, number] = len(files.vocabularies[name].words)
    return out


def test_a_kept_statement_answers_the_same_with_a_plan_for_all_parameters(
    search_database: SearchDatabase, tmp_path: Path
) -> None:
    search_database.publish(built(some(1, 12), tmp_path))
    ids, vector, schema = np.arange(12) << 16, np.ones(EMBEDDER.dimensions, np.float32), "public"
    with search_database.searches.connect() as connection:
        (serving,) = ask(connection, [repository._SERVING])
        assert serving is not None
        epoch = serving[0].epoch
        asks: list[Ask[Any]] = [
            repository.bags(epoch, ids), repository.products(rows.PASSAGES, epoch, ids, vector, schema),
            repository.best_windows(epoch, ids, vector, 0.1, schema), repository.texts(epoch, ids),
            repository.vectors(rows.TITLES, epoch, ids, schema), repository.windows(epoch, ids, schema),
        ]  # fmt: skip
        answers = [ask(connection, asks) for _ in range(7)]  # from the sixth time on the plan is kept
        assert len(answers[0][3]) == 12
        assert all(one[0] == answers[0][0] and one[3] == answers[0][3] for one in answers)
        assert all(np.array_equal(one[n], answers[0][n]) for one in answers for n in (1, 2, 4))


@pytest.mark.parametrize(
    ("ids", "runs"),
    [([], []), ([5], [(5, 5)]), ([9, 4, 5, 6, 8, 5], [(4, 6), (8, 9)]), ([1, 3, 5], [(1, 1), (3, 3), (5, 5)])],
)
def test_ids_are_asked_for_in_runs(ids: list[int], runs: list[tuple[int, int]]) -> None:
    sent = repository._runs(np.array(ids, np.int64))
    first, last = ([a for a, _ in runs], [b for _, b in runs])
    assert sent == {"first": number_array(first, "bigint"), "last": number_array(last, "bigint")}


def test_the_same_generation_is_not_published_twice(search_database: SearchDatabase, tmp_path: Path) -> None:
    generation = built(some(1, 5), tmp_path)
    assert search_database.publish(generation) is not None
    assert search_database.publish(generation) is None


def test_a_search_sees_one_moment_whatever_is_published_meanwhile(
    search_database: SearchDatabase, tmp_path: Path
) -> None:
    search_database.publish(built(some(1), tmp_path))
    node = search_database.live()
    with node.searching() as generation:
        assert generation is not None
        search_database.publish(built(some(2), tmp_path))
        texts = [passage.text for passage in generation.passages]
        vectors = generation.passage_vectors[np.arange(len(generation.passages))]
        assert (vectors**2).sum(axis=1) == pytest.approx(1, abs=0.01)
    with node.searching() as generation:
        assert generation is not None
        assert [passage.text for passage in generation.passages] != texts


def test_another_model_is_an_epoch_that_can_be_gone_back_from(search_database: SearchDatabase, tmp_path: Path) -> None:
    first, second = built(some(1), tmp_path / "first"), HashingEmbedder(dimensions=64)
    second.fingerprint = "hashing-64"
    search_database.publish(first)
    node = search_database.live()
    before = found(node)
    bring_up_to_date(some(1), second, tmp_path / "second")
    other = LiveIndex(tmp_path / "second").current()
    assert other is not None
    published = search_database.publish(other)
    assert published is not None
    assert (published.serving.epoch, published.begun) == (2, "another model")
    now = node.current()
    assert now is not None
    assert now.manifest.fingerprint == "hashing-64"
    assert len(now.dense.search(np.ones((1, 64), np.float32), 3)[1][0]) == 3
    assert go_back(search_database.tables) == 1
    assert examined(search_database.tables.engine) == []
    assert found(node) == before
    assert node._known is not None
    assert node._known.serving.epoch == 1  # read once, not with each search
    assert go_back(search_database.tables) is None
    # Two epochs are kept, no more.
    search_database.publish(other)
    with search_database.tables.engine.connect() as connection:
        assert repository.epochs(connection) == [1, 3]


def test_during_an_upgrade_each_release_reads_the_epoch_it_can(
    search_database: SearchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_database.publish(built(some(1, 5), tmp_path))
    older = search_database.live()
    before = found(older)
    newer = of_the_next_release(some(1, 6), tmp_path)
    published = search_database.publish(newer)
    assert published is not None
    assert (published.serving.epoch, published.begun) == (2, "another format")
    assert found(older) == before
    assert found(search_database.live()) == before
    monkeypatch.setattr(database_live, "FORMAT", newer.manifest.format)
    serving = search_database.live().current()
    assert serving is not None
    assert serving.manifest.articles == 6


def test_the_epoch_of_the_release_before_stays_while_means_move(
    search_database: SearchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade, epochs may follow one another within seconds."""
    search_database.publish(built(some(1, 5), tmp_path))
    older = search_database.live()
    before = found(older)
    monkeypatch.setattr(publisher, "_MEAN_MOVED", -1)
    for count in (6, 7, 8):
        newer = of_the_next_release(some(1, count), tmp_path)
        published = search_database.publish(newer)
        assert published is not None and published.begun
        assert found(older) == before
    monkeypatch.setattr(publisher, "_MEAN_MOVED", 9)
    monkeypatch.setattr(publisher, "_LENGTH_MOVED", 9)
    newer = of_the_next_release(some(1, 9), tmp_path)
    search_database.publish(newer)
    assert found(older) == before
    with search_database.tables.engine.connect() as connection:
        assert repository.epochs(connection) == [1, 4], "no more than two"


def test_means_that_have_moved_begin_an_epoch(search_database: SearchDatabase, tmp_path: Path) -> None:
    search_database.publish(built(some(1, 6), tmp_path))
    published = search_database.publish(built([*some(1, 6), *some(2, 60)[6:]], tmp_path))
    assert published is not None
    assert (published.serving.epoch, published.begun) == (2, "means have moved")
    assert_alike(found(search_database.live()), found(LiveIndex(tmp_path)), 0.005)


def test_the_spread_is_that_of_the_vectors_that_are_there(
    search_database: SearchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a node that follows as for one that has just started."""
    monkeypatch.setattr(publisher, "_MEAN_MOVED", 1)
    monkeypatch.setattr(publisher, "_LENGTH_MOVED", 1)
    articles = some(1, 60)
    search_database.publish(built(articles, tmp_path))
    follower = search_database.live()
    assert follower.current() is not None
    since = []
    for number in range(1, 5):
        others = some(7, 60)[: 12 * min(number, 3)]
        others[0] = replace(others[0], boost=1.0 + number)
        published = search_database.publish(built([*others, *articles[len(others) :]], tmp_path))
        assert published is not None and published.begun == ""
        for node in (follower, search_database.live()):
            found_now = node.current()
            assert found_now is not None
            vectors = found_now.passage_vectors[np.arange(found_now.manifest.passages)]
            mean, covariance = found_now.spread
            assert np.linalg.norm(mean - vectors.mean(axis=0)) < 0.02
            expected = np.cov(vectors.T, bias=True)
            assert np.linalg.norm(covariance - expected) < 0.05 * np.linalg.norm(expected)
        assert follower._known is not None
        since.append(follower._known.kept.spread_since)
    assert since == [2, 3, 4, 4], "it is written where it has moved"


def test_what_the_last_vectors_complete_is_centred_on_the_means_of_all() -> None:
    """The first of a large library have other means; a few hundredths are a tenth of a probability."""
    generation = SimpleNamespace(
        manifest=Manifest(5, "model", "recipe", "content", 1, 1, 1, ("en",), ("en",), "today"),
        means=Means({"": np.zeros(4, np.float32), "en": np.array([0.03, 0, 0, 0], np.float32)}, {}, {}),
        lexicons={},
    )
    frozen = rows.Frozen(Means({"": np.zeros(4, np.float32)}, {}, {}).packed(), {"en articles": 1.0}, b"")
    stored = {**publisher._manifest(generation), "pending": 3}  # type: ignore[arg-type]
    row = rows.EpochRow(1, 1, stored)
    generation.manifest = replace(generation.manifest, families=())
    assert publisher._reason(row, frozen, generation) == "means have moved"  # type: ignore[arg-type]
    complete = rows.EpochRow(1, 1, {**stored, "pending": 0})
    assert publisher._reason(complete, frozen, generation) == ""  # type: ignore[arg-type]


def test_a_publish_that_fails_changes_nothing(
    search_database: SearchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_database.publish(built(some(1), tmp_path))
    before = found(search_database.live())

    def fail(*_: object) -> None:
        raise OSError("the network is gone")

    monkeypatch.setattr(write_repository, "write_bags", fail)
    with pytest.raises(OSError, match="network"):
        search_database.publish(built(some(2), tmp_path))
    assert found(search_database.live()) == before


def test_while_the_database_does_not_answer_the_last_generation_is_known(
    search_database: SearchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_database.publish(built(some(1, 5), tmp_path))
    node = search_database.live()
    assert node.available

    def fail(*_: object) -> None:
        raise SQLAlchemyError("away")

    monkeypatch.setattr(repository, "readable", fail)
    last = node.current()
    assert isinstance(last, DatabaseGeneration)
    assert last.manifest.articles == 5


def test_before_the_first_publish_there_is_nothing(search_database: SearchDatabase) -> None:
    assert search_database.live().current() is None
    assert search_database.live().available is False


def test_a_step_that_is_late_gives_the_connection_back(search_database: SearchDatabase) -> None:
    engine, reading, go_on = search_database.searches, threading.Event(), threading.Event()

    def slowly(_connection: object) -> str:
        reading.set()
        go_on.wait(60)
        return "read"

    before = engine.pool.checkedout()  # type: ignore[attr-defined]
    snapshot = Snapshot(engine.connect())
    late = threading.Thread(target=snapshot, args=(slowly,))
    late.start()
    reading.wait(60)
    snapshot.close()
    go_on.set()
    late.join()
    assert engine.pool.checkedout() == before  # type: ignore[attr-defined]
    with pytest.raises(SearchOver):
        snapshot(slowly)


def test_a_database_without_the_extension_says_what_to_do(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.database.connection import connect

    with postgres.database(tables=False) as url:
        engine = connect(url)
        monkeypatch.setattr(store, "_CREATE", store.DDL("CREATE EXTENSION no_such_thing"))
        with pytest.raises(NoVectorStore, match="CREATE EXTENSION vector"):
            prepare(engine)
        monkeypatch.undo()
        assert prepare(engine).vector_schema == "public"
        assert prepare(engine).vector_schema == "public"
        engine.dispose()
    sqlite = connect("sqlite://")
    with pytest.raises(NoVectorStore, match="needs PostgreSQL"):
        prepare(sqlite)
    sqlite.dispose()


def test_two_brands_in_schemas_of_one_database_do_not_meet(postgres: PostgresServer, tmp_path: Path) -> None:
    from sqlalchemy.schema import CreateSchema

    from core.database.connection import connect

    with postgres.database(tables=False) as url:
        whole = connect(url)
        for brand in ("one", "two"):
            with whole.begin() as connection:
                connection.execute(CreateSchema(brand))
        lives = {}
        for number, brand in enumerate(("one", "two")):
            with SearchDatabase.opened(f"{url}{'&' if '?' in url else '?'}schema={brand}") as own:
                publish(own.tables, built(some(number, 4 + number), tmp_path / brand))
        for brand in ("one", "two"):
            with SearchDatabase.opened(f"{url}{'&' if '?' in url else '?'}schema={brand}") as own:
                generation = own.live().current()
                assert generation is not None
                lives[brand] = generation.manifest.articles
                assert len(generation.passages) == len(LiveIndex(tmp_path / brand).current().passages)  # type: ignore[union-attr]
        assert lives == {"one": 4, "two": 5}
        whole.dispose()
