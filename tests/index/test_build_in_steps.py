"""While it indexes: all is found by words at once, by meaning as vectors come, and nothing found before is lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.embed.hashing import HashingEmbedder
from index.models import Degraded, SearchQuery, SearchResult, Verdict
from index.protocols import Vectors
from index.ranking.confidence import Calibration, FirstCalibration, verdict
from index.search import Search
from index.storage.build import (
    Steps,
    bring_up_to_date,
    earlier_generations,
    generations,
    is_up_to_date,
    serving_generation,
)
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from index.storage.status import BuildStatus, BuildStep, read_status
from index.storage.verification import verify
from kb.models import Article, Section
from tests.index.builders import CountingEmbedder, article

ENGLISH = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty", "knoll", "lagoon",
    "marsh",
)  # fmt: skip
WORDS_FIRST = Steps(at_once=64, stop=lambda: True)
SMALL_STEPS = Steps(at_once=64, fold_seconds=0.0)


def library(size: int) -> list[Article]:
    """Articles that each hold one word of their own."""
    return [
        article(f"a{i:04}", f"The {ENGLISH[i % 13]} near the {ENGLISH[i // 13 % 13]} is called place{i:04}.",
                title=f"About {ENGLISH[i * 7 % 13]} number {i}")
        for i in range(size)
    ]  # fmt: skip


class Slow(HashingEmbedder):
    """A model that takes its time, and counts what it was given."""

    def __init__(self, seconds: float = 0.0, dimensions: int = 16) -> None:
        super().__init__(dimensions)
        self._seconds = seconds
        self.texts: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        time.sleep(self._seconds)
        return super().encode_queries(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.texts += [] if len(texts) == 1 else texts
        return super().encode_queries(texts)


def ask(folder: Path, text: str, embedder: HashingEmbedder | None = None) -> SearchResult:
    search = Search(LiveIndex(folder), embedder or Slow(), set, budget_ms=60_000)
    return search.search(SearchQuery(text, "en", as_typed=True))


def found(result: SearchResult) -> list[str]:
    return [hit.ref.slug for hit in result.hits]


def serving(folder: Path) -> Generation:
    path = serving_generation(folder)
    assert path is not None
    return Generation(path)


def test_thousands_of_new_passages_are_found_by_words_before_any_is_embedded(tmp_path: Path) -> None:
    slow = Slow(60.0)
    report = bring_up_to_date(library(2000), slow, tmp_path, steps=WORDS_FIRST)
    assert (report.articles, report.pending, report.embedded, slow.texts) == (2000, 4000, 0, [])
    for number in (0, 999, 1999):
        result = ask(tmp_path, f"place{number:04}")
        assert found(result)[0] == f"a{number:04}"
        assert (result.degraded, result.verdict) == (Degraded.KEYWORD_ONLY, Verdict.SUGGEST)


def test_meaning_grows_step_by_step_and_words_find_everything_all_the_while(tmp_path: Path) -> None:
    pending, degraded = [], []

    def watch(generation: Generation) -> None:
        verify(generation.folder)
        pending.append(generation.manifest.pending)
        result = ask(tmp_path, "place0007")
        assert found(result)[0] == "a0007"
        degraded.append(result.degraded)

    report = bring_up_to_date(library(400), Slow(0.05), tmp_path, serve=watch, steps=SMALL_STEPS)
    assert report.pending == 0 and report.embedded == 400
    assert pending == sorted(pending, reverse=True) and pending[0] == 800 and pending[-1] == 0
    assert len(pending) > 2
    assert degraded[0] is Degraded.KEYWORD_ONLY and degraded[-1] is None
    assert set(degraded[1:-1]) == {Degraded.INDEXING}


def test_what_was_built_in_steps_equals_what_was_built_at_once(tmp_path: Path) -> None:
    bring_up_to_date(library(300), Slow(), tmp_path / "steps", steps=SMALL_STEPS)
    bring_up_to_date(library(300), Slow(), tmp_path / "once")
    steps, once = serving(tmp_path / "steps"), serving(tmp_path / "once")
    assert replace(steps.manifest, built_at="") == replace(once.manifest, built_at="")
    for name in ("vectors.arrays", "windows.arrays", "passages.faiss", "titles.faiss", "means.npz", "spread.npz",
                 "passages.arrays", "en.arrays"):  # fmt: skip
        one, other = (g.folder / name for g in (steps, once))
        assert one.read_bytes() == other.read_bytes() or name.endswith(".npz"), name
    assert np.array_equal(steps.spread[1], once.spread[1])
    assert not (steps.folder / "pending.arrays").exists()


def test_nothing_that_was_found_by_meaning_disappears_while_articles_change_and_come(tmp_path: Path) -> None:
    before, model = library(120), Slow(dimensions=512)
    bring_up_to_date(before, model, tmp_path)
    # Near in the vectors of letters, without a whole word in common.
    questions = {f"xplace{i:04}x": f"a{i:04}" for i in range(0, 120, 10)}
    known = {question: found(ask(tmp_path, question, model)) for question in questions}
    answered = [question for question, slug in questions.items() if slug in known[question]]
    assert len(answered) > 6
    changed = [
        replace(a, sections=(Section("", "", 2, a.sections[0].text + " It was renovated."),)) if i % 2 else a
        for i, a in enumerate(before)
    ]
    new = [article(f"new{i:03}", f"A novelty, item{i:03}, with other letters.") for i in range(200)]
    seen = []

    def watch(generation: Generation) -> None:
        seen.append(generation.manifest.pending)
        for question in answered:
            assert questions[question] in found(ask(tmp_path, question, model)), question
        assert found(ask(tmp_path, "renovated", model))[0] in {a.slug for a in changed[1::2]}
        assert found(ask(tmp_path, "item150", model))[0] == "new150"

    bring_up_to_date([*changed, *new], Slow(0.02, 512), tmp_path, serve=watch, steps=SMALL_STEPS)
    assert len(seen) > 1 and seen[-1] == 0  # how many steps is a matter of time


def test_a_small_change_is_embedded_at_once_also_while_much_is_pending(tmp_path: Path) -> None:
    bring_up_to_date(library(300), Slow(), tmp_path, steps=WORDS_FIRST)
    report = bring_up_to_date([*library(300), article("new", "A zeppelin.")], Slow(), tmp_path, steps=WORDS_FIRST)
    generation = serving(tmp_path)
    assert report.pending == 600
    assert not generation.unread[[a.slug for a in generation.articles].index("new")]


KILLED = """
import sys
from pathlib import Path
from index.storage.build import bring_up_to_date
from tests.index.test_build_in_steps import SMALL_STEPS, Slow, library

bring_up_to_date(library(600), Slow(0.1), Path(sys.argv[1]), lambda done, total: print(done, total, flush=True),
                 steps=SMALL_STEPS)
"""


def test_a_killed_build_leaves_words_and_vectors_and_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    with process.stdout:
        told = [tuple(map(int, process.stdout.readline().split())) for _ in range(3)]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert read_status(tmp_path) is None
    half = serving(tmp_path)
    assert 0 < half.manifest.pending < 1200
    assert found(ask(tmp_path, "place0599"))[0] == "a0599"
    assert not is_up_to_date(library(600), half.manifest.fingerprint, tmp_path)

    counting = Slow()
    report = bring_up_to_date(library(600), counting, tmp_path, steps=SMALL_STEPS)
    assert report.changed and report.pending == 0
    # A title and a passage, whose window is another text, for each article.
    assert len(counting.texts) <= 3 * 600 - 3 * told[-1][0] // 2
    assert len(counting.texts) == len(set(counting.texts))
    again = Slow()
    assert not bring_up_to_date(library(600), again, tmp_path, steps=SMALL_STEPS).changed
    assert again.texts == []


def test_a_publish_need_not_wait_until_another_process_has_embedded_everything(tmp_path: Path) -> None:
    wanted = [library(500)]
    steps = replace(SMALL_STEPS, fold_seconds=60.0)
    embedding = threading.Thread(
        target=bring_up_to_date, args=(lambda: _target(wanted[-1]), Slow(0.2), tmp_path), kwargs={"steps": steps}
    )
    embedding.start()
    _until(lambda: (status := read_status(tmp_path)) is not None and status.step is BuildStep.EMBEDDING)
    wanted.append([*library(500), article("new", "A zeppelin.")])
    began = time.monotonic()
    report = bring_up_to_date(lambda: _target(wanted[-1]), Slow(), tmp_path, steps=replace(steps, stop=lambda: True))
    took = time.monotonic() - began
    assert embedding.is_alive() and report.pending > 0, took
    assert found(ask(tmp_path, "zeppelin"))[0] == "new"
    embedding.join(120)
    assert serving(tmp_path).manifest.pending == 0
    assert serving(tmp_path).manifest.articles == 501


def test_the_state_of_a_build_can_be_read_and_never_goes_back(tmp_path: Path) -> None:
    told: list[BuildStatus] = []

    def progress(_done: int, _total: int) -> None:
        status = read_status(tmp_path)
        assert status is not None
        told.append(status)

    bring_up_to_date(library(400), Slow(0.1), tmp_path, progress, steps=Steps(at_once=64))
    assert {s.step for s in told} == {BuildStep.EMBEDDING} and {s.pid for s in told} == {os.getpid()}
    assert {s.total for s in told} == {800} and told[-1].embedded == 800
    assert [s.embedded for s in told] == sorted(s.embedded for s in told)
    assert all(s.seconds_left is not None and s.seconds_left >= 0 for s in told)
    assert read_status(tmp_path) is None


def test_the_last_generation_with_all_vectors_is_kept_to_go_back_to(tmp_path: Path) -> None:
    whole = bring_up_to_date(library(100), Slow(), tmp_path).generation
    bring_up_to_date(library(300), Slow(0.02), tmp_path, steps=SMALL_STEPS, serve=lambda _g: None)
    assert len(generations(tmp_path)) <= 4
    bring_up_to_date(library(400), Slow(), tmp_path, steps=WORDS_FIRST)
    bring_up_to_date(library(401), Slow(), tmp_path, steps=WORDS_FIRST)
    bring_up_to_date(library(402), Slow(), tmp_path, steps=WORDS_FIRST)
    kept = [Generation(tmp_path / "generations" / name).manifest for name in generations(tmp_path)]
    assert [m.articles for m in kept if not m.pending] == [300]
    assert earlier_generations(tmp_path) and whole not in generations(tmp_path)


def test_another_model_takes_no_vectors_over_and_does_not_take_turns(tmp_path: Path) -> None:
    bring_up_to_date(library(100), Slow(), tmp_path)
    other = CountingEmbedder(HashingEmbedder(16))
    other.fingerprint = "hashing-2"
    report = bring_up_to_date(library(100), other, tmp_path, steps=WORDS_FIRST)
    assert report.pending == 200
    assert serving(tmp_path).unread.all()


CALIBRATION = Calibration({}, 0.0, 0.3, 0.8, FirstCalibration({}, 0.0, 0.8))


@pytest.mark.parametrize(
    ("probability", "first", "unread", "expected"),
    [(0.9, 0.9, False, Verdict.ANSWER), (0.9, 0.9, True, Verdict.SUGGEST), (0.1, 0.1, False, Verdict.SUGGEST)],
)
def test_while_it_indexes_nobody_is_sent_away_and_no_unread_article_is_the_answer(
    probability: float, first: float, unread: bool, expected: Verdict
) -> None:
    said = verdict(probability, first, CALIBRATION, 5, degraded=False, incomplete=True, first_unread=unread)
    assert said is expected


def _target(articles: list[Article]):  # type: ignore[no-untyped-def]
    from index.storage.build import IndexTarget

    return IndexTarget.of(articles)


def _until(true, seconds: float = 60.0) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
