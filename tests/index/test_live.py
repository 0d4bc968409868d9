"""Which generation serves, in one process: publishes are followed, and searches under way lose nothing."""

import errno
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from index.embed.hashing import HashingEmbedder
from index.models import SearchQuery, SearchResult
from index.search import Search
from index.storage import build, checksums, generation_writer
from index.storage.build import POINTER, bring_up_to_date, set_serving
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from index.storage.verification import verify
from kb.models import Article, Section
from tests.index.builders import article, everything

EMBEDDER = HashingEmbedder(16)
LATE, REFUND = article("late", "Open the tracking page."), article("refund", "A refund takes five days.")


def test_without_a_build_there_is_nothing(tmp_path: Path) -> None:
    live = LiveIndex(tmp_path)
    assert (live.current(), live.available) == (None, False)


def test_a_first_build_is_noticed(tmp_path: Path) -> None:
    live = LiveIndex(tmp_path)
    assert not live.available
    bring_up_to_date([LATE], EMBEDDER, tmp_path)
    assert live.available


def test_a_publish_is_noticed(tmp_path: Path) -> None:
    live = LiveIndex(tmp_path)
    for articles in ([LATE], [LATE, REFUND]):
        report = bring_up_to_date(articles, EMBEDDER, tmp_path)
        current = live.refresh()
        assert current is not None and current.folder.name == report.generation
        assert live.current() is current


def test_while_a_new_generation_is_opened_searches_go_on_with_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveIndex(tmp_path)
    bring_up_to_date([LATE], EMBEDDER, tmp_path)
    before = live.current()
    report = bring_up_to_date([LATE, REFUND], EMBEDDER, tmp_path)
    opening, go_on = threading.Event(), threading.Event()
    warm = Generation.warm

    def slow(generation: Generation) -> None:
        opening.set()
        assert go_on.wait(60)
        warm(generation)

    monkeypatch.setattr(Generation, "warm", slow)
    assert live.current() is before
    assert opening.wait(60)
    assert live.current() is before
    go_on.set()
    current = live.refresh()
    assert current is not None and current.folder.name == report.generation
    assert live.current() is current


def test_nothing_is_read_again_while_nothing_changes(tmp_path: Path) -> None:
    bring_up_to_date([LATE], EMBEDDER, tmp_path)
    live = LiveIndex(tmp_path)
    assert live.current() is live.current()


def test_when_the_index_is_removed_what_is_in_memory_is_served(tmp_path: Path) -> None:
    bring_up_to_date([LATE], EMBEDDER, tmp_path)
    live = LiveIndex(tmp_path)
    assert live.available and not live.lost
    (tmp_path / POINTER).unlink()
    assert live.available and live.lost
    assert not LiveIndex(tmp_path / "never").available


def test_a_generation_that_is_damaged_while_it_serves_gives_way_to_one_that_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bring_up_to_date([REFUND], EMBEDDER, tmp_path).generation
    bring_up_to_date([LATE, REFUND], EMBEDDER, tmp_path)
    live = LiveIndex(tmp_path)
    search = Search(live, EMBEDDER, everything, budget_ms=60_000)
    serving = live.current()
    assert serving is not None

    def fails(*_: object) -> SearchResult:
        raise IndexError

    def looked() -> None:
        for thread in threading.enumerate():
            if thread.name == "index check":
                thread.join(60)

    with monkeypatch.context() as patch:
        patch.setattr(Search, "_search", fails)
        with pytest.raises(IndexError):
            search.search(SearchQuery("refund", "en"))
        looked()
        assert live.current() is serving and not live.damage  # it was something else

        (serving.folder / "passages.arrays").write_bytes(b"x")
        live._doubted = None
        with pytest.raises(IndexError):
            search.search(SearchQuery("refund", "en"))
        looked()
    current = live.current()
    assert current is not None and current.folder.name == before
    assert "passages.arrays" in live.damage
    assert search.search(SearchQuery("refund", "en")).hits


@pytest.mark.parametrize("pointer", ["", "nobody\n", "../../etc\n"])
def test_a_pointer_to_nothing_serves_the_newest_generation(pointer: str, tmp_path: Path) -> None:
    report = bring_up_to_date([LATE], EMBEDDER, tmp_path)
    (tmp_path / POINTER).write_text(pointer)
    current = LiveIndex(tmp_path).current()
    assert current is not None and current.folder.name == report.generation


def test_swapping_generations_while_eight_threads_search_loses_nothing(tmp_path: Path) -> None:
    def version(number: int) -> list[object]:
        return [LATE, replace(REFUND, sections=(Section("", "", 2, f"A refund takes {number} days."),))]

    bring_up_to_date(version(0), EMBEDDER, tmp_path)  # type: ignore[arg-type]
    live = LiveIndex(tmp_path)
    search = Search(live, EMBEDDER, everything, budget_ms=60_000)
    done = threading.Event()
    results: list[SearchResult] = []
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            while not done.is_set():
                results.append(search.search(SearchQuery("refund days", "en")))
                done.wait(0.001)  # eight threads that never rest leave the writer no processor
        except BaseException as error:  # the thread would swallow it
            raised.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(1, 6):
        bring_up_to_date(version(number), EMBEDDER, tmp_path)  # type: ignore[arg-type]
    done.set()
    for thread in threads:
        thread.join()
    live.refresh()
    last = search.search(SearchQuery("refund days", "en"))

    assert raised == []
    assert {result.degraded for result in results} == {None}
    assert {result.hits[0].ref.slug for result in results} == {"refund"}
    assert last.hits[0].passage == "A refund takes 5 days."


def days(number: int) -> list[Article]:
    return [LATE, replace(REFUND, sections=(Section("", "", 2, f"A refund takes {number} days."),))]


def says(folder: LiveIndex) -> str:
    search = Search(folder, EMBEDDER, everything, budget_ms=60_000)
    return search.search(SearchQuery("refund days", "en")).hits[0].passage


def test_a_change_is_searched_before_it_is_flushed_and_opened_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, others = LiveIndex(tmp_path), LiveIndex(tmp_path)
    first = bring_up_to_date(days(1), EMBEDDER, tmp_path).generation
    assert says(live) == says(others) == "A refund takes 1 days."
    synced: list[str] = []
    while_flushed: list[tuple[str, str, bool]] = []
    sync = generation_writer.sync

    def slow(path: Path) -> None:
        if path.name == "manifest.json":  # the last one before the pointer moves
            while_flushed.append((says(live), says(others), live.lost))
            assert (tmp_path / POINTER).read_text().strip() == first
        synced.append(path.name)
        sync(path)

    monkeypatch.setattr(generation_writer, "sync", slow)
    report = bring_up_to_date(days(2), EMBEDDER, tmp_path, ahead=live.go_ahead)
    assert while_flushed == [("A refund takes 2 days.", "A refund takes 1 days.", False)]
    # All of it is on the disk before the pointer says so.
    written = {path.name for path in (tmp_path / "generations" / report.generation).rglob("*") if path.is_file()}
    assert written - {*synced} == {checksums.FILE}  # flushed where it is written
    assert verify(tmp_path / "generations" / report.generation)
    monkeypatch.setattr(Generation, "__init__", None)  # nothing is opened any more
    assert says(live) == "A refund takes 2 days." and live.current() is report.opened


def test_a_first_generation_that_is_searched_ahead_is_not_taken_for_a_lost_one(tmp_path: Path) -> None:
    live, seen = LiveIndex(tmp_path), []

    def ahead(found: Generation | None) -> None:
        live.go_ahead(found)
        seen.append((live.available, live.lost, (tmp_path / POINTER).exists()))

    bring_up_to_date(days(1), EMBEDDER, tmp_path, ahead=ahead)
    assert seen == [(True, False, False)]
    assert live.available and not live.lost


@pytest.mark.parametrize("step", ["sync_all", "sync", "dump", "_write_raw", "checksums", "pointer"])
def test_what_cannot_be_put_on_the_disk_is_not_searched_any_longer(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveIndex(tmp_path)
    first = bring_up_to_date(days(1), EMBEDDER, tmp_path).generation
    before = live.current()
    asked: list[str] = []

    def ahead(found: Generation | None) -> None:
        live.go_ahead(found)
        asked.append(says(live))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    places = {"checksums": (checksums, "write"), "pointer": (build, "set_serving")}
    with monkeypatch.context() as patch:
        patch.setattr(*places.get(step, (generation_writer, step)), full)
        with pytest.raises(OSError, match="No space"):
            bring_up_to_date(days(2), EMBEDDER, tmp_path, ahead=ahead)
    assert asked == ["A refund takes 2 days.", "A refund takes 1 days."]
    assert live.current() is before and before is not None and before.folder.name == first
    assert LiveIndex(tmp_path).current() is not None

    bring_up_to_date(days(2), EMBEDDER, tmp_path, ahead=live.go_ahead)
    assert says(live) == says(LiveIndex(tmp_path)) == "A refund takes 2 days."
    assert len(list((tmp_path / "generations").iterdir())) == 2  # what was half written is gone


def test_a_pointer_that_another_process_moves_meanwhile_is_followed(tmp_path: Path) -> None:
    live = LiveIndex(tmp_path)
    first = bring_up_to_date(days(1), EMBEDDER, tmp_path).generation
    bring_up_to_date(days(2), EMBEDDER, tmp_path)
    live.current()

    def ahead(found: Generation | None) -> None:
        live.go_ahead(found)
        if found is not None:
            set_serving(tmp_path, first)
            assert (live.refresh(), says(live)) == (live.current(), "A refund takes 1 days.")

    bring_up_to_date(days(3), EMBEDDER, tmp_path, ahead=ahead)
    live.refresh()
    assert says(live) == "A refund takes 3 days."


def test_tables_of_words_that_are_the_same_are_shared_with_the_generation_before(tmp_path: Path) -> None:
    turkish = article("late", "Takip sayfasını açın.", lang="tr")
    one = bring_up_to_date([*days(1), turkish], EMBEDDER, tmp_path, ahead=warmed).opened
    two = bring_up_to_date([*days(2), turkish], EMBEDDER, tmp_path, ahead=warmed).opened
    three = bring_up_to_date([*days(2), turkish, article("new", "A quizzacious one.")], EMBEDDER, tmp_path).opened
    assert one is not None and two is not None and three is not None
    assert two.vocabularies["tr"] is one.vocabularies["tr"]
    assert two.lexicons["tr"].ids is one.lexicons["tr"].ids
    assert two.exact["tr"].ids is one.exact["tr"].ids
    assert three.lexicons["tr"].ids is two.lexicons["tr"].ids
    assert three.lexicons["en"].ids is not two.lexicons["en"].ids
    assert three.exact["en"].ids.get("quizzacious") is not None
    assert three.vocabularies["en"].words != two.vocabularies["en"].words


def warmed(found: Generation | None) -> None:
    assert found is not None
    found.warm()


def test_opened_generations_are_let_go_of_after_a_swap(tmp_path: Path) -> None:
    live = LiveIndex(tmp_path)

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a process's files, not a folder

    bring_up_to_date([LATE], EMBEDDER, tmp_path)
    live.current()
    before = descriptors()
    for articles in ([REFUND], [LATE, REFUND], [LATE]):
        bring_up_to_date(articles, EMBEDDER, tmp_path)
        live.refresh()
    assert descriptors() <= before + 1
