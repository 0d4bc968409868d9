import os
from pathlib import Path
from typing import Any

import pytest

from kb.markup.markdown import Converter
from kb.models import ArticleRef
from kb.publish import OnError, publish
from kb.repository import ArticleRepository
from kb.source.folder_reader import ReadingCache
from tests.kb.conftest import NOW, WriteFile

BROKEN = "---\ntitle: [\n---\nText.\n"


def test_publishing_makes_the_folder_the_published_set(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    report = publish(folder, sqlite_store, NOW)
    assert report.written and report.added == (ArticleRef("en", "one"),)
    (folder / "en/a/one.md").unlink()
    write("en/a/two.md", "# Two\n\nText.\n")
    report = publish(folder, sqlite_store, NOW)
    assert (report.added, report.removed) == ((ArticleRef("en", "two"),), (ArticleRef("en", "one"),))


def test_one_error_and_nothing_is_written(folder: Path, write: WriteFile, sqlite_store: ArticleRepository) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    publish(folder, sqlite_store, NOW)
    write("en/a/one.md", "# One\n\nNew text.\n")
    write("en/a/bad.md", BROKEN)
    write("en/a/worse.md", "---\ndraft: perhaps\n---\nText.\n")
    report = publish(folder, sqlite_store, NOW)
    assert not report.written
    assert [(f.path, f.line) for f in report.errors] == [("en/a/bad.md", 2), ("en/a/worse.md", 2)]
    one = sqlite_store.get(ArticleRef("en", "one"))
    assert one is not None and "New" not in one.html


def test_a_dry_run_tells_and_writes_nothing(folder: Path, write: WriteFile, sqlite_store: ArticleRepository) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    report = publish(folder, sqlite_store, NOW, dry_run=True)
    assert report.added and not report.written
    assert sqlite_store.count() == 0


def test_warnings_do_not_hold_up_publishing(folder: Path, write: WriteFile, sqlite_store: ArticleRepository) -> None:
    write("en/a/one.md", "---\ntitle: One\nmood: calm\n---\nText.\n")
    write("en/b/one.md", "# Other\n\nText.\n")
    report = publish(folder, sqlite_store, NOW)
    assert report.written
    assert {f.code for f in report.warnings} == {"front-matter-unknown", "duplicate-slug"}


def test_a_second_file_for_an_address_does_not_take_it_from_the_published_one(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/m/one.md", "# First\n\nText.\n")
    publish(folder, sqlite_store, NOW)
    write("en/a/one.md", "# Copied\n\nText.\n")
    publish(folder, sqlite_store, NOW)
    one = sqlite_store.get(ArticleRef("en", "one"))
    assert one is not None and one.title == "First"


def test_while_watching_a_broken_file_keeps_its_last_good_text_and_others_are_published(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/a/one.md", "# One\n\nOld one.\n")
    write("en/a/two.md", "# Two\n\nOld two.\n")
    publish(folder, sqlite_store, NOW)
    write("en/a/one.md", BROKEN)
    write("en/a/two.md", "# Two\n\nNew two.\n")
    write("en/a/three.md", BROKEN)
    report = publish(folder, sqlite_store, NOW, on_error=OnError.KEEP)
    assert report.written and len(report.errors) == 2
    one, two = sqlite_store.get(ArticleRef("en", "one")), sqlite_store.get(ArticleRef("en", "two"))
    assert one is not None and "Old one" in one.html
    assert two is not None and "New two" in two.html
    assert sqlite_store.get(ArticleRef("en", "three")) is None
    assert sqlite_store.categories("en")


def test_a_folder_that_may_not_be_read_keeps_what_is_published_of_it(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("en/a/deep/one.md", "# One\n\nText.\n")
    write("en/b/two.md", "# Two\n\nText.\n")
    publish(folder, sqlite_store, NOW)
    real = os.scandir

    def scandir(path: Any = ".") -> Any:
        if os.fspath(path).endswith("/en/a/deep"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = publish(folder, sqlite_store, NOW, on_error=OnError.KEEP)

    assert [(f.path, f.code) for f in report.errors] == [("en/a/deep/", "unreadable")]
    assert report.written and not report.removed
    assert sqlite_store.get(ArticleRef("en", "one")) is not None


def test_while_watching_a_broken_category_file_keeps_the_last_good_one(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/a/_category_.yml", "title: Accounts\n")
    write("en/a/one.md", "# One\n\nText.\n")
    publish(folder, sqlite_store, NOW)
    write("en/a/_category_.yml", "title: [\n")
    publish(folder, sqlite_store, NOW, on_error=OnError.KEEP)
    assert [c.title for c in sqlite_store.categories("en")] == ["Accounts"]


class CountingConverter(Converter):
    """Knows how many bodies it turned into HTML, which is what publishing takes its time for."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[str] = []

    def html(self, text: str, lang: str = "en") -> str:
        self.bodies.append(text)
        return super().html(text, lang)


def test_one_saved_article_of_many_is_the_only_one_converted_again(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    for number in range(20):
        write(f"en/c{number % 10}/article-{number}.md", f"# Article {number}\n\n## Part\n\nSome words.\n")
    converter = CountingConverter()
    cache = ReadingCache(converter=converter)
    publish(folder, sqlite_store, NOW, cache=cache)
    assert len(converter.bodies) == 20
    write("en/c1/article-1.md", "# Article 1\n\nChanged.\n")
    report = publish(folder, sqlite_store, NOW, cache=cache)
    assert report.changed == (ArticleRef("en", "article-1"),)
    assert ["Changed." in body for body in converter.bodies[20:]] == [True]
