"""Numbered revisions: kept with every publish that changes something, and published again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from core.database.connection import connect
from kb import revisions, schema
from kb.errors import UnknownRevision
from kb.models import Article, ArticleRef, Category, Section
from kb.publish import OnError, publish, roll_back
from kb.publish_state import PublishState
from kb.repository import ArticleRepository
from kb.revisions import How, Origin, RevisionRepository
from tests.kb.conftest import NOW, WriteFile

WATCHER = Origin(How.WATCHER)
CATEGORY = Category("en", "general", "General")


def article(number: int, text: str = "Text.") -> Article:
    return Article(
        "en", f"a{number}", f"a{number}", "general", f"Title {number}", (Section("", "", 0, text),),
        html=f"<p>{text}</p>", markdown=f"{text}\n", source=f"en/general/a{number}.md",
        aliases=(f"/old/{number}-{text.strip('.').lower().replace(' ', '-')}",),
    )  # fmt: skip


@pytest.fixture
def kept(store: ArticleRepository) -> RevisionRepository:
    return RevisionRepository(store.engine)


def rows(store: ArticleRepository, table: str) -> int:
    with store.engine.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(getattr(schema, table))).scalar_one())


def test_each_publish_that_changes_something_is_the_next_revision(
    store: ArticleRepository, kept: RevisionRepository
) -> None:
    assert kept.latest() is None
    assert store.replace_all([article(1)], [CATEGORY], NOW).revision == 1
    assert store.replace_all([article(1)], [CATEGORY], NOW).revision == 0
    assert store.replace_all([article(1), article(2)], [CATEGORY], NOW, origin=WATCHER).revision == 2
    renamed = [replace(CATEGORY, title="Everything")]
    assert store.replace_all([article(1), article(2)], renamed, NOW, origin=Origin(reason="A word")).revision == 3

    told = [(one.number, one.how, one.articles, one.added, one.changed, one.reason) for one in kept.list()]
    assert told == [
        (3, How.COMMAND, 2, 0, 0, "A word"), (2, How.WATCHER, 2, 1, 0, ""), (1, How.COMMAND, 1, 1, 0, ""),
    ]  # fmt: skip
    assert kept.list(1)[0].at == NOW


def test_a_revision_has_the_articles_and_categories_of_its_time(
    store: ArticleRepository, kept: RevisionRepository
) -> None:
    first = [article(1), article(2), article(3)]
    second = [article(1, "Changed."), article(3), article(4)]
    other = replace(CATEGORY, title="Everything")
    store.replace_all(first, [CATEGORY], NOW)
    store.replace_all(second, [other], NOW)
    store.replace_all([article(1), article(3)], [other], NOW)

    assert kept.contents(1) == (tuple(first), (CATEGORY,))
    assert kept.contents(2) == (tuple(second), (other,))
    assert kept.contents(3) == ((article(1), article(3)), (other,))
    with pytest.raises(UnknownRevision, match=r"There is no revision 4: those kept are 1 to 3\."):
        kept.contents(4)


def test_a_small_revision_of_many_articles_stores_only_what_it_changed(store: ArticleRepository) -> None:
    articles = [article(number) for number in range(300)]
    store.replace_all(articles, [CATEGORY], NOW)
    for turn in range(20):
        articles[turn] = article(turn, f"Turn {turn}.")
        store.replace_all(articles, [CATEGORY], NOW)

    assert rows(store, "publish_revision") == 21
    assert rows(store, "revision_article") == 320
    assert rows(store, "revision_content") == 21  # twenty texts of before, and the one list of categories


def test_a_text_that_comes_and_goes_is_stored_once(store: ArticleRepository) -> None:
    for turn in range(10):
        store.replace_all([article(1, "Even." if turn % 2 else "Odd."), article(2)], [CATEGORY], NOW)

    assert rows(store, "revision_content") == 3


def test_old_revisions_go_but_never_the_last_hundred(
    store: ArticleRepository, kept: RevisionRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "KEPT_AT_LEAST", 3)
    for turn in range(6):
        store.replace_all([article(1, f"Turn {turn}."), article(2)], [CATEGORY], NOW)

    store.replace_all([article(1, "Later."), article(2)], [CATEGORY], NOW + timedelta(days=9), keep_days=10)
    assert len(kept.list()) == 7
    store.replace_all([article(1, "Last."), article(2)], [CATEGORY], NOW + timedelta(days=12), keep_days=10)

    assert [one.number for one in kept.list()] == [8, 7, 6]
    assert kept.contents(6)[0] == (article(1, "Turn 5."), article(2))
    assert rows(store, "revision_content") == 3  # the texts of 6 and 7, and the list of categories


def test_a_rollback_is_a_new_revision_with_the_earlier_articles_aliases_and_categories(
    store: ArticleRepository, kept: RevisionRepository
) -> None:
    store.replace_all([article(1), article(2)], [CATEGORY], NOW)
    store.replace_all([article(1, "Wrong."), article(3)], [replace(CATEGORY, title="Wrong")], NOW)

    report = roll_back(1, store, NOW, reason="It was wrong")

    assert report.written and report.revision == 3
    assert store.all() == (article(1), article(2))
    # An address that was there for a moment leads to the article for ever, whatever is taken back.
    assert {store.by_alias("/old/1-text"), store.by_alias("/old/1-wrong")} == {article(1).ref}
    assert store.categories("en") == (CATEGORY,)
    latest = kept.latest()
    assert latest is not None
    assert (latest.how, latest.rollback_of, latest.reason) == (How.ROLLBACK, 1, "It was wrong")


def test_a_dry_rollback_tells_and_writes_nothing(store: ArticleRepository, kept: RevisionRepository) -> None:
    store.replace_all([article(1)], [CATEGORY], NOW)
    store.replace_all([article(1, "Wrong.")], [CATEGORY], NOW)

    report = roll_back(1, store, NOW, dry_run=True)

    assert report.changed == (article(1).ref,) and not report.written
    assert store.all() == (article(1, "Wrong."),) and len(kept.list()) == 2


def test_going_back_to_a_small_revision_has_to_be_allowed(store: ArticleRepository) -> None:
    store.replace_all([article(1)], [CATEGORY], NOW)
    store.replace_all([article(number) for number in range(1, 30)], [CATEGORY], NOW)

    assert roll_back(1, store, NOW).refused and store.count() == 29
    assert roll_back(1, store, NOW, removals_allowed=True).written and store.count() == 1


def test_several_publishers_at_once_make_one_revision_after_the_other(
    migrated_url: str, store: ArticleRepository, kept: RevisionRepository
) -> None:
    """As several machines do on one database, where no lock of files is between them."""
    store.replace_all([article(number) for number in range(40)], [CATEGORY], NOW)
    barrier, failed = Barrier(4), []

    def publisher(number: int) -> None:
        engine = connect(migrated_url)
        own = ArticleRepository(engine)
        articles = [article(one) for one in range(40)]
        articles[number] = article(number, f"By {number}.")
        barrier.wait()
        try:
            for _ in range(3):
                own.replace_all(articles, [CATEGORY], NOW)
        except Exception as error:
            failed.append(error)
        engine.dispose()

    threads = [Thread(target=publisher, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failed
    numbers = [one.number for one in kept.list()]
    assert numbers == list(range(len(numbers), 0, -1)) and len(numbers) >= 5
    assert kept.contents(numbers[0])[0] == store.all()
    assert kept.contents(1)[0] == tuple(sorted((article(n) for n in range(40)), key=lambda a: a.slug))


# A rollback and the folder


@pytest.fixture
def rolled_back(folder: Path, write: WriteFile, sqlite_store: ArticleRepository) -> Iterator[ArticleRepository]:
    """Revision 1, a mistake in `one` and a new article as revision 2, and back to 1; the folder still has 2."""
    for name in ("one", "two", "three"):
        write(f"en/a/{name}.md", f"# {name}\n\nGood.\n")
    publish(folder, sqlite_store, NOW)
    write("en/a/one.md", "# one\n\nA mistake.\n")
    write("en/a/four.md", "# four\n\nToo early.\n")
    write("en/a/_category_.yml", "title: A mistake\n")
    publish(folder, sqlite_store, NOW, origin=WATCHER)
    roll_back(1, sqlite_store, NOW)
    yield sqlite_store


def texts(store: ArticleRepository) -> dict[str, str]:
    return {one.slug: one.sections[-1].text for one in store.all()}


BACK = {"one": "Good.", "two": "Good.", "three": "Good."}


@pytest.mark.parametrize("how", [How.WATCHER, How.SETUP])
def test_whoever_publishes_by_itself_leaves_a_rollback_alone(
    folder: Path, rolled_back: ArticleRepository, how: How
) -> None:
    report = publish(folder, rolled_back, NOW, origin=Origin(how), on_error=OnError.KEEP)

    assert (report.touched, report.revision, report.rolled_back) == (0, 0, 3)
    assert texts(rolled_back) == BACK
    assert [one.title for one in rolled_back.categories("en")] == ["A"]


def test_another_article_is_published_beside_a_rollback(
    folder: Path, write: WriteFile, rolled_back: ArticleRepository
) -> None:
    write("en/a/two.md", "# two\n\nNew.\n")
    publish(folder, rolled_back, NOW, origin=WATCHER)

    assert texts(rolled_back) == {**BACK, "two": "New."}


def test_an_article_that_was_rolled_back_is_published_when_its_file_changes_and_nothing_else_is(
    folder: Path, write: WriteFile, rolled_back: ArticleRepository
) -> None:
    write("en/a/one.md", "# one\n\nCorrected.\n")
    publish(folder, rolled_back, NOW, origin=WATCHER)
    assert texts(rolled_back) == {**BACK, "one": "Corrected."}

    write("en/a/four.md", "# four\n\nReady.\n")
    write("en/a/_category_.yml", "title: Better\n")
    publish(folder, rolled_back, NOW, origin=WATCHER)

    assert texts(rolled_back) == {**BACK, "one": "Corrected.", "four": "Ready."}
    assert [one.title for one in rolled_back.categories("en")] == ["Better"]
    assert PublishState(rolled_back.engine).read() == (None, None)


def test_a_broken_file_ends_no_rollback(folder: Path, write: WriteFile, rolled_back: ArticleRepository) -> None:
    write("en/a/one.md", "---\ntitle: [\n---\nText.\n")
    publish(folder, rolled_back, NOW, origin=WATCHER, on_error=OnError.KEEP)
    write("en/a/one.md", "# one\n\nA mistake.\n")
    publish(folder, rolled_back, NOW, origin=WATCHER, on_error=OnError.KEEP)

    assert texts(rolled_back) == BACK


@pytest.mark.parametrize(
    ("move", "slugs"),
    [
        ([("en/a/one.md", "en/a/uno.md"), ("en/a/four.md", "en/a/quattro.md")], {"one": "uno"}),
        ([("en/a/one.md", "en/b/one.md"), ("en/a/four.md", "en/b/four.md")], {}),
        ([("en/a", "en/depth")], {}),
    ],
    ids=["renamed", "moved", "folder renamed"],
)
def test_a_file_that_only_moves_ends_no_rollback(
    folder: Path, write: WriteFile, rolled_back: ArticleRepository, move: list[tuple[str, str]], slugs: dict[str, str]
) -> None:
    for old, new in move:
        (folder / new).parent.mkdir(exist_ok=True)
        (folder / old).rename(folder / new)
    for _ in range(2):
        publish(folder, rolled_back, NOW, origin=WATCHER, on_error=OnError.KEEP)
        assert texts(rolled_back) == {slugs.get(slug, slug): text for slug, text in BACK.items()}
        assert [one.title for one in rolled_back.categories("en") if one.title == "A mistake"] == []

    one = move[0][1] if move[0][1].endswith(".md") else f"{move[0][1]}/one.md"
    assert rolled_back.sources()[ArticleRef("en", slugs.get("one", "one"))] == one
    write(one, "# one\n\nCorrected.\n")
    publish(folder, rolled_back, NOW, origin=WATCHER)
    assert texts(rolled_back)[slugs.get("one", "one")] == "Corrected."


def test_a_person_who_publishes_means_the_folder(folder: Path, rolled_back: ArticleRepository) -> None:
    publish(folder, rolled_back, NOW)

    assert texts(rolled_back) == {**BACK, "one": "A mistake.", "four": "Too early."}
    assert PublishState(rolled_back.engine).read() == (None, None)


def test_going_forward_again_leaves_nothing_held(folder: Path, rolled_back: ArticleRepository) -> None:
    roll_back(2, rolled_back, NOW)

    assert texts(rolled_back) == {**BACK, "one": "A mistake.", "four": "Too early."}
    assert PublishState(rolled_back.engine).read() == (None, None)


def test_a_second_rollback_holds_against_the_folder_not_against_the_first(
    folder: Path, write: WriteFile, rolled_back: ArticleRepository
) -> None:
    write("en/a/two.md", "# two\n\nNew.\n")
    publish(folder, rolled_back, NOW, origin=WATCHER)
    roll_back(3, rolled_back, NOW)
    publish(folder, rolled_back, NOW, origin=WATCHER)
    assert texts(rolled_back) == BACK

    write("en/a/one.md", "# one\n\nCorrected.\n")
    publish(folder, rolled_back, NOW, origin=WATCHER)
    assert texts(rolled_back) == {**BACK, "one": "Corrected."}


def test_a_new_rendering_of_the_same_text_does_not_end_a_rollback(
    folder: Path, rolled_back: ArticleRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kb.markup.markdown import Converter

    html = Converter.html
    monkeypatch.setattr(Converter, "html", lambda *given: html(*given).replace("<p>", '<p class="new">'))
    publish(folder, rolled_back, NOW, origin=WATCHER)

    assert texts(rolled_back) == BACK
