"""A large library is published in growing parts while it is read, which only ever add."""

from pathlib import Path

import pytest

from kb.errors import KbError
from kb.models import ArticleRef
from kb.publish import OnError, PublishReport, publish, roll_back
from kb.publish_state import PublishState
from kb.repository import ArticleRepository
from kb.revisions import How, Origin, RevisionRepository
from tests.kb.conftest import NOW, WriteFile

ONLY = {"on_error": OnError.KEEP, "origin": Origin(How.WATCHER)}


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.growing._LARGE", 20)
    monkeypatch.setattr("kb.growing._FIRST", 2)


def write_many(write: WriteFile, count: int = 40) -> None:
    for number in range(count):
        write(f"en/c{number % 3}/article-{number:02}.md", f"# Article {number}\n\nWords of {number}.\n")


def publish_it(
    folder: Path, store: ArticleRepository, *, go_on: bool = True, on_error: OnError = OnError.KEEP
) -> tuple[list[int], PublishReport]:
    """How many were published after each part, and the last report."""
    seen: list[int] = []

    def grown(part: PublishReport) -> bool:
        assert part.partial and part.written and PublishState(store.engine).is_partial()
        seen.append(store.count())
        return go_on

    return seen, publish(folder, store, NOW, on_error=on_error, origin=Origin(How.WATCHER), grown=grown)


def test_a_large_library_is_published_in_growing_parts(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write_many(write)
    parts, report = publish_it(folder, sqlite_store)

    assert parts == [2, 8]  # and not 32, which is nearly all
    assert (len(report.added), len(report.unchanged), report.partial) == (32, 8, False)
    assert sqlite_store.count() == 40 and not PublishState(sqlite_store.engine).is_partial()
    revisions = RevisionRepository(sqlite_store.engine).list()
    assert [one.articles for one in revisions] == [40, 8, 2]
    assert revisions[-1].reason == "the first 2 articles, while the others are read"
    assert {c.slug for c in sqlite_store.categories("en")} == {"c0", "c1", "c2"}


def test_addresses_of_a_part_are_those_of_the_whole(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/a/deep/install.md", "# Deep\n\nText.\n")
    write("en/z/install.md", "# High\n\nText.\n")
    write_many(write)
    parts, report = publish_it(folder, sqlite_store)
    assert parts and not report.changed and not report.removed


def test_where_it_was_stopped_it_goes_on(folder: Path, write: WriteFile, sqlite_store: ArticleRepository) -> None:
    write_many(write)
    parts, report = publish_it(folder, sqlite_store, go_on=False)
    assert parts == [2] and report.partial and PublishState(sqlite_store.engine).is_partial()

    parts, report = publish_it(folder, sqlite_store)
    assert parts == [8] and sqlite_store.count() == 40


def test_a_part_never_takes_anything_away(folder: Path, write: WriteFile, sqlite_store: ArticleRepository) -> None:
    write_many(write)
    write("en/zz/last.md", "# Last\n\nOld.\n")
    publish_it(folder, sqlite_store)
    (folder / "en/zz/last.md").unlink()  # and many new ones come before where it was
    for number in range(200):
        write(f"en/b/new-{number}.md", f"# New {number}\n\nText.\n")

    parts, report = publish_it(folder, sqlite_store)

    assert not parts and report.removed == (ArticleRef("en", "last"),)


@pytest.mark.parametrize("left", [0, 5])
def test_the_guard_against_an_emptied_folder_stands_after_a_part(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository, left: int
) -> None:
    write_many(write, 60)
    publish_it(folder, sqlite_store)
    for file in sorted(folder.rglob("*.md"))[left:]:
        file.unlink()

    parts, report = publish_it(folder, sqlite_store)

    assert not parts and report.refused and sqlite_store.count() == 60


def test_no_parts_where_an_error_is_to_refuse_all_nor_of_a_small_library_nor_after_a_rollback(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write_many(write, 10)
    assert publish_it(folder, sqlite_store)[0] == []
    write_many(write)
    assert publish_it(folder, sqlite_store, on_error=OnError.REFUSE)[0] == []
    roll_back(1, sqlite_store, NOW, removals_allowed=True)
    assert publish_it(folder, sqlite_store)[0] == []
    assert sqlite_store.count() == 10


def test_what_vanished_may_be_an_article_that_is_not_read_yet(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    text = "# Kept\n\nThe same nine or ten words are in it before and after.\n"
    write("en/a/before.md", text)
    publish_it(folder, sqlite_store)
    (folder / "en/a/before.md").unlink()
    publish(folder, sqlite_store, NOW, on_error=OnError.KEEP, origin=Origin(removals_allowed=True))
    write_many(write)
    write("en/zz/after.md", text)

    assert publish_it(folder, sqlite_store)[0] == []
    assert sqlite_store.moved(ArticleRef("en", "before"), NOW.date()) == ArticleRef("en", "after")


def test_a_part_that_cannot_be_followed_up_stays(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write_many(write)

    def fails(part: PublishReport) -> bool:
        raise KbError("the disk is full")

    with pytest.raises(KbError):
        publish(folder, sqlite_store, NOW, on_error=OnError.KEEP, grown=fails)
    assert sqlite_store.count() == 2 and PublishState(sqlite_store.engine).is_partial()


def test_a_published_library_is_read_whole_without_parts(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One saved article of thousands: no part is compared with what is published, which took seconds."""
    write_many(write)
    publish_it(folder, sqlite_store)
    monkeypatch.setattr("kb.growing.GrowingParts.publish", lambda *_: pytest.fail("a part was compared"))
    write("en/c0/article-00.md", "# Article 0\n\nSaved again.\n")
    parts, report = publish_it(folder, sqlite_store)
    assert parts == [] and [r.slug for r in report.changed] == ["article-00"]


def test_a_part_with_less_than_is_published_looks_up_no_article(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_many(write)
    publish_it(folder, sqlite_store, go_on=False)
    published = sqlite_store.all()
    monkeypatch.setattr("kb.repository.former", lambda _: pytest.fail("an article was looked up"))
    changes = sqlite_store.replace_all(published[:1], (), NOW, only_adding=True)
    assert not changes.removed and sqlite_store.count() == len(published)
