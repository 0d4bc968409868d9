"""Which generation serves, in one process: publishes are followed, and searches under way lose nothing."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from index.embed.hashing import HashingEmbedder
from index.models import SearchQuery, SearchResult
from index.search import Search
from index.storage.build import POINTER, bring_up_to_date
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from kb.models import Section
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
