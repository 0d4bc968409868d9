"""Articles become generations: only what changed is computed, and what serves is never half of anything."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.embed.hashing import HashingEmbedder
from index.storage import checksums, generation_writer
from index.storage.build import (
    POINTER,
    bring_up_to_date,
    earlier_generations,
    generations,
    serving_generation,
    set_serving,
)
from index.storage.generation import BrokenGeneration, Generation
from index.storage.live import LiveIndex
from index.storage.verification import verify
from kb.markup.quote import Quote, quotes_of
from kb.models import Article, Passage, Section
from tests.index.builders import CountingEmbedder, article

ARTICLES = [
    article("late", "Open the tracking page.\n\nWe send another parcel.", questions=("Where is it?",)),
    article("refund", "A refund takes five days."),
    article("late", "Takip sayfasını açın.", lang="tr"),
    article("late", "打開追蹤頁面。", lang="zh-Hant"),
]


def embedder() -> CountingEmbedder:
    return CountingEmbedder(HashingEmbedder(16))


def build(folder: Path, articles: list[Article] = ARTICLES, using: CountingEmbedder | None = None) -> str:
    return bring_up_to_date(articles, using or embedder(), folder).generation


def with_refund(text: str) -> list[Article]:
    return [replace(a, sections=(Section("", "", 2, text),)) if a.slug == "refund" else a for a in ARTICLES]


def test_a_build_serves_what_it_was_given(tmp_path: Path) -> None:
    report = bring_up_to_date(ARTICLES, embedder(), tmp_path)
    serving = serving_generation(tmp_path)
    assert serving is not None and serving.name == report.generation
    manifest = Generation(serving).manifest
    assert (manifest.articles, manifest.passages, manifest.languages) == (4, 5, ("en", "tr", "zh-Hant"))


def test_a_report_says_what_was_done(tmp_path: Path) -> None:
    report = bring_up_to_date(ARTICLES, embedder(), tmp_path)
    assert (report.changed, report.articles, report.passages, report.embedded, report.reused) == (True, 4, 5, 5, 0)


def test_nothing_changed_means_no_new_generation_and_no_embedding(tmp_path: Path) -> None:
    build(tmp_path)
    counting = embedder()
    report = bring_up_to_date(list(reversed(ARTICLES)), counting, tmp_path)
    assert (report.changed, report.embedded, len(generations(tmp_path))) == (False, 0, 1)
    assert (counting.passages, counting.queries) == ([], [])


def test_a_build_can_be_asked_to_take_nothing_over_but_vectors(tmp_path: Path) -> None:
    before = build(tmp_path)
    counting = embedder()
    report = bring_up_to_date(ARTICLES, counting, tmp_path, rebuild=True)
    assert (report.changed, report.generation != before, report.embedded) == (True, True, 0)
    assert generations(tmp_path) == [before, report.generation]


def test_one_changed_article_embeds_only_its_passages(tmp_path: Path) -> None:
    build(tmp_path)
    counting = embedder()
    report = bring_up_to_date(with_refund("A refund takes six days."), counting, tmp_path)
    # The passage with its title, and its only window.
    assert counting.passages == ["The refund article\nA refund takes six days.", "A refund takes six days."]
    assert (counting.queries, report.embedded, report.reused) == ([], 1, 4)


def test_an_article_that_comes_back_embeds_nothing(tmp_path: Path) -> None:
    build(tmp_path)
    build(tmp_path, ARTICLES[1:])
    counting = embedder()
    build(tmp_path, ARTICLES, counting)
    assert counting.passages + counting.queries == []


def test_a_changed_question_embeds_only_the_question(tmp_path: Path) -> None:
    build(tmp_path)
    counting = embedder()
    build(tmp_path, [replace(ARTICLES[0], questions=("Is it lost?",)), *ARTICLES[1:]], counting)
    assert (counting.passages, counting.queries) == ([], ["Is it lost?"])


@pytest.mark.parametrize(
    "changed",
    [
        replace(ARTICLES[0], boost=2.0),
        replace(ARTICLES[0], category="orders"),
        replace(ARTICLES[0], audience="business"),
        replace(ARTICLES[0], synonyms=("shipment",)),
        replace(ARTICLES[0], tags=("delivery",)),
        replace(ARTICLES[0], key="another"),
        replace(ARTICLES[0], sections=(*ARTICLES[0].sections, Section("more", "An empty heading", 2, ""))),
    ],
)
def test_what_ranking_reads_makes_a_new_generation_without_embedding(changed: Article, tmp_path: Path) -> None:
    build(tmp_path)
    counting = embedder()
    report = bring_up_to_date([changed, *ARTICLES[1:]], counting, tmp_path)
    assert (report.changed, counting.passages, counting.queries) == (True, [], [])


def test_another_model_embeds_everything_again(tmp_path: Path) -> None:
    build(tmp_path)
    other = embedder()
    other.fingerprint = "hashing-2"
    assert bring_up_to_date(ARTICLES, other, tmp_path).embedded == 5


def test_excluded_articles_are_left_out(tmp_path: Path) -> None:
    assert bring_up_to_date([*ARTICLES, article("secret", exclude=True)], embedder(), tmp_path).articles == 4


def test_no_articles_are_a_generation_too(tmp_path: Path) -> None:
    build(tmp_path, [])
    serving = serving_generation(tmp_path)
    assert serving is not None and Generation(serving).articles == []


def test_an_article_that_cannot_be_quoted_is_searched_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(of: Article, body: Sequence[Passage]) -> tuple[Quote, ...]:
        if of.slug == "refund":
            raise RecursionError("too deep")
        return quotes_of(of, body)

    monkeypatch.setattr(generation_writer, "quotes_of", fails)
    build(tmp_path)
    serving = serving_generation(tmp_path)
    assert serving is not None
    own = Generation(serving)
    row = next(row for row, one in enumerate(own.articles) if one.slug == "refund")
    assert "A refund takes five days." in own.passages[int(own.first_passage[row])].html
    assert "en/refund is quoted as text: RecursionError: too deep" in caplog.text


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_only_passage_of_a_language_is_no_damage(count: int, tmp_path: Path) -> None:
    """It is its language's mean, so that nothing of it is left to be found by."""
    articles = [article("alone", f"Text in {lang}.", lang=lang) for lang in ("de", "en", "ko", "tr", "zh-Hant")]
    assert bring_up_to_date(articles[:count], embedder(), tmp_path).articles == count


def test_progress_counts_up_to_what_there_is_to_do(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    many = [article(f"a{i}", f"Text number {i}.") for i in range(100)]
    bring_up_to_date(many, embedder(), tmp_path, lambda done, total: told.append((done, total)))
    assert told[0][0] < 100 and told[-1] == (300, 300)  # a passage, its window and a title each
    assert sorted(told) == told


def test_only_the_serving_generation_and_the_one_before_stay(tmp_path: Path) -> None:
    names = [build(tmp_path, with_refund(f"Day {i}.")) for i in range(4)]
    assert generations(tmp_path) == names[-2:]


def test_a_half_built_generation_is_cleared_away(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "generations" / "20200101T000000-00000000").mkdir()
    newest = build(tmp_path, with_refund("Six days."))
    assert {p.name for p in (tmp_path / "generations").iterdir()} == set(generations(tmp_path))
    assert generations(tmp_path)[-1] == newest


def test_a_generation_without_a_manifest_never_serves(tmp_path: Path) -> None:
    name = build(tmp_path)
    (tmp_path / "generations" / name / "manifest.json").unlink()
    assert serving_generation(tmp_path) is None


def test_rolling_back_serves_the_generation_before(tmp_path: Path) -> None:
    first, second = build(tmp_path), build(tmp_path, with_refund("Six days."))
    live = LiveIndex(tmp_path)
    before = live.current()
    assert before is not None and before.folder.name == second
    set_serving(tmp_path, earlier_generations(tmp_path)[-1])
    after = live.refresh()
    assert after is not None and after.folder.name == first


def test_there_is_nothing_before_the_first_generation(tmp_path: Path) -> None:
    build(tmp_path)
    assert earlier_generations(tmp_path) == []


def test_after_a_rollback_the_next_build_goes_forward(tmp_path: Path) -> None:
    build(tmp_path)
    build(tmp_path, with_refund("Six days."))
    set_serving(tmp_path, earlier_generations(tmp_path)[-1])
    counting = embedder()
    assert bring_up_to_date(with_refund("Six days."), counting, tmp_path).changed
    assert counting.passages == []


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


def other_format(path: Path) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 0}))


def fewer_rows(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text())[1:]))


def another_byte(path: Path) -> None:
    written = bytearray(path.read_bytes())
    written[-70] ^= 1
    path.write_bytes(written)


DAMAGE: list[tuple[str, Callable[[Path], None]]] = [
    ("manifest.json", truncated),
    ("manifest.json", other_format),
    ("articles.json", truncated),
    ("articles.json", fewer_rows),
    ("passages.arrays", truncated),
    ("titles.arrays", Path.unlink),
    ("vectors.arrays", truncated),
    ("vectors.arrays", another_byte),
    ("passages.faiss", truncated),
    ("titles.faiss", Path.unlink),
    ("means.npz", truncated),
    ("spread.npz", truncated),
    ("en.arrays", truncated),
    ("en/rows.arrays", truncated),
    ("en.words", Path.unlink),
    ("tr.written", truncated),
    ("zh.txt", Path.unlink),
]


@pytest.mark.parametrize(("name", "harm"), DAMAGE, ids=[f"{n}-{h.__name__}" for n, h in DAMAGE])
def test_damage_is_noticed(name: str, harm: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "generations" / build(tmp_path)
    verify(path)
    harm(path / name)
    with pytest.raises(BrokenGeneration):
        verify(path)


@pytest.mark.parametrize("name", ["passages.faiss", "articles.json", "means.npz", "tr.arrays", "manifest.json"])
def test_when_files_are_damaged_the_generation_before_serves(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = build(tmp_path), build(tmp_path, with_refund("Six days."))
    truncated(tmp_path / "generations" / second / name)
    serving = LiveIndex(tmp_path).current()
    assert serving is not None and serving.folder.name == first
    assert second in caplog.text


def test_a_flipped_byte_or_a_cut_in_any_file_is_named_and_never_loaded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = build(tmp_path), build(tmp_path, with_refund("Six days."))
    folder = tmp_path / "generations" / second
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(files) > 20
    for path in files:
        before, stat = path.read_bytes(), path.stat()
        path.unlink()  # it may be a link into the other generation
        middle = len(before) // 2
        for harmed in (before[:middle] + bytes([before[middle] ^ 4]) + before[middle + 1 :], before[:-1]):
            path.write_bytes(harmed)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as a disk that forgets
            with pytest.raises(BrokenGeneration) as told:
                verify(folder)
            assert path.name in str(told.value) or path.name == "manifest.json"
            caplog.clear()
            live = LiveIndex(tmp_path)
            serving = live.current()
            assert serving is not None and serving.folder.name == first
            assert live.damage and second in caplog.text
        path.write_bytes(before)
    assert verify(folder)


def test_a_generation_of_a_release_without_checksums_gets_them(tmp_path: Path) -> None:
    name = build(tmp_path)
    folder = tmp_path / "generations" / name
    (folder / checksums.FILE).unlink()
    assert verify(folder) is False
    assert LiveIndex(tmp_path).available
    assert build(tmp_path) == name
    assert verify(folder) is True


def test_a_damaged_generation_is_built_anew_although_no_article_changed(tmp_path: Path) -> None:
    damaged = tmp_path / "generations" / build(tmp_path)
    (damaged / "passages.faiss").write_bytes(b"\0" * 10)
    counting = embedder()
    assert bring_up_to_date(ARTICLES, counting, tmp_path).changed
    serving = serving_generation(tmp_path)
    assert serving is not None
    verify(serving)
    assert counting.passages == []


def test_damage_below_an_open_generation_is_seen_by_the_next_build_whatever_its_stamps_say(tmp_path: Path) -> None:
    names = {path.name for kind in ("*.arrays", "*.written", "*.exact") for path in first_of(tmp_path).glob(kind)}
    assert len(names) > 8
    for number, name in enumerate(sorted(names)):
        opened = bring_up_to_date(with_refund(f"{number} days."), embedder(), tmp_path).opened
        assert opened is not None
        path = opened.folder / name
        stat = path.stat()
        written = path.read_bytes()
        # The last byte of an array: padding follows some.
        end = max(n for n in range(len(written)) if written[n])
        with path.open("r+b") as file:  # the same file, as a disk that forgets
            file.seek(end)
            file.write(bytes([written[end] ^ 1]))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert bring_up_to_date(with_refund(f"{number} days."), embedder(), tmp_path).changed, name


@pytest.mark.parametrize("end", ["arrays", "written", "exact"])
def test_nothing_is_searched_that_was_made_of_damaged_files(end: str, tmp_path: Path) -> None:
    """Also where it goes on being open, and by whom it is searched before it is flushed."""
    for number, name in enumerate(sorted(path.name for path in first_of(tmp_path).glob(f"*.{end}"))):
        opened = bring_up_to_date(with_refund(f"{number} days."), embedder(), tmp_path).opened
        assert opened is not None
        path = opened.folder / name
        written = path.read_bytes()
        place = max(n for n in range(len(written)) if written[n])
        with path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([written[place] ^ 1]))
        searched: list[Generation | None] = []
        after = bring_up_to_date(with_refund(f"{number} weeks."), embedder(), tmp_path, ahead=searched.append)
        assert [one.folder.name for one in searched if one] == [after.generation], name
        assert not opened.folder.exists(), name  # nobody goes back to it
        bring_up_to_date(with_refund(f"{number} weeks."), embedder(), tmp_path / f"new{name}")
        new = serving_generation(tmp_path / f"new{name}")
        assert new is not None and after.opened is not None
        for file in new.glob("*.arrays"):
            assert file.read_bytes() == (after.opened.folder / file.name).read_bytes(), (name, file.name)


def test_damage_in_a_file_that_generations_share_is_not_given_a_checksum(tmp_path: Path) -> None:
    for number, part in enumerate(("*.seg", "*.toc")):
        opened = bring_up_to_date(with_refund(f"{number} days."), embedder(), tmp_path).opened
        assert opened is not None
        path = next((opened.folder / "en" / "base").glob(part))
        stat = path.stat()
        with path.open("r+b") as file:  # the same file, as a disk that forgets
            file.seek(stat.st_size // 2)
            byte = file.read(1)[0]
            file.seek(stat.st_size // 2)
            file.write(bytes([byte ^ 1]))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        live = LiveIndex(tmp_path)
        report = bring_up_to_date(with_refund(f"{number} weeks."), embedder(), tmp_path, ahead=live.go_ahead)
        after = tmp_path / "generations" / report.generation
        assert verify(after)
        assert not path.exists()  # nobody goes back to it
        serving = live.current()
        assert serving is not None and serving.folder == after


AHEAD = """
import sys, time
from pathlib import Path
from index.storage.build import bring_up_to_date
from index.embed.hashing import HashingEmbedder
from tests.index.test_build import with_refund

def ahead(found):
    print(found.folder.name, flush=True)
    time.sleep(60)

bring_up_to_date(with_refund("Six days."), HashingEmbedder(16), Path(sys.argv[1]), ahead=ahead)
"""


def test_killed_while_a_generation_is_searched_ahead_the_one_before_serves_and_it_is_built_again(
    tmp_path: Path,
) -> None:
    old = build(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", AHEAD, str(tmp_path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    with process.stdout:
        half = process.stdout.readline().strip()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    live = LiveIndex(tmp_path)
    serving = live.current()
    assert serving is not None and serving.folder.name == old and half not in generations(tmp_path)
    report = bring_up_to_date(with_refund("Six days."), embedder(), tmp_path, ahead=live.go_ahead)
    assert report.changed and verify(tmp_path / "generations" / report.generation)
    assert sorted(path.name for path in (tmp_path / "generations").iterdir()) == sorted(generations(tmp_path))


@pytest.mark.parametrize("rounds", [1, 3])
def test_what_is_searched_ahead_is_on_the_disk_what_it_is_without(rounds: int, tmp_path: Path) -> None:
    for number in range(rounds):
        for name, ahead in (("with", lambda _: None), ("without", None)):
            bring_up_to_date(with_refund(f"{number} days."), embedder(), tmp_path / name, ahead=ahead)
    one, other = (serving_generation(tmp_path / name) for name in ("with", "without"))
    assert one is not None and other is not None
    names = [sorted(path.relative_to(one).as_posix() for path in one.glob("*") if path.is_file())]
    names.append(sorted(path.relative_to(other).as_posix() for path in other.glob("*") if path.is_file()))
    assert names[0] == names[1]
    # The others have times of their own.
    same = [n for n in names[0] if not n.endswith(".npz") and n not in {"manifest.json", checksums.FILE}]
    assert "vectors.arrays" in same and "articles.json" in same
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in same)


def first_of(folder: Path) -> Path:
    return folder / "generations" / build(folder)


SLOW_BUILD = """
import sys, time
from pathlib import Path
from index.storage.build import bring_up_to_date
from index.embed.hashing import HashingEmbedder
from tests.index.test_build import many

class Slow(HashingEmbedder):
    def encode_passages(self, texts):
        time.sleep(0.2)
        return self.encode_queries(texts)

bring_up_to_date(many(), Slow(16), Path(sys.argv[1]), lambda done, total: print(done, flush=True))
"""


def many() -> list[Article]:
    """Enough passages for several batches."""
    return [article(f"a{i:03}", f"Text number {i}, which nobody wrote before.") for i in range(640)]


def test_a_killed_build_leaves_the_old_one_serving_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    old = build(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_BUILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    with process.stdout:
        done = [int(process.stdout.readline()) for _ in range(3)][-1]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    live = LiveIndex(tmp_path)
    serving = live.current()
    assert serving is not None and serving.folder.name == old
    assert len(list((tmp_path / "generations").iterdir())) == 2  # the old one, and half of the new one

    counting = embedder()
    began = time.monotonic()
    report = bring_up_to_date(many(), counting, tmp_path)
    assert time.monotonic() - began < 120  # a lock left behind would wait for ever
    assert 0 < done <= report.reused
    assert report.embedded == 640 - report.reused
    assert len(counting.passages) == report.embedded + 640  # no passage twice, and a window of each
    fresh = live.refresh()
    assert fresh is not None and fresh.folder.name == report.generation
    assert sorted(p.name for p in (tmp_path / "generations").iterdir()) == sorted(generations(tmp_path))


def test_a_build_that_fails_leaves_the_old_one_serving(tmp_path: Path) -> None:
    old = build(tmp_path)

    class Failing(CountingEmbedder):
        def encode_passages(self, texts: object) -> object:  # type: ignore[override]
            raise RuntimeError("the model fell over")

    with pytest.raises(RuntimeError, match="fell over"):
        bring_up_to_date(with_refund("Six days."), Failing(HashingEmbedder(16)), tmp_path)
    assert (tmp_path / POINTER).read_text().strip() == old


def test_vectors_of_the_same_text_are_kept_apart_by_model(tmp_path: Path) -> None:
    one, two = embedder(), embedder()
    two.fingerprint = "hashing-2"
    build(tmp_path, ARTICLES, one)
    build(tmp_path, ARTICLES, two)
    assert len(list((tmp_path / "vectors").glob("*.sqlite"))) == 2
