"""Parsed files kept small: equal to what they were in every respect."""

import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.documents import document_of
from kb.models import Article, ArticleRef
from kb.publish import publish
from kb.repository import ArticleRepository
from kb.source.folder_reader import FolderReading, ReadingCache, read_folder
from kb.source.packed import packed_article

NOW = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
WriteFile = Callable[[str, str], Path]
DEMO = Path(__file__).parents[2] / "kb" / "articles"


@pytest.fixture(scope="module")
def plain() -> FolderReading:
    return read_folder(DEMO)


@pytest.fixture(scope="module")
def compact() -> FolderReading:
    cache = ReadingCache(compact=True)
    read_folder(DEMO, cache=cache)
    return read_folder(DEMO, cache=cache)


def test_a_compact_reading_equals_an_ordinary_one(plain: FolderReading, compact: FolderReading) -> None:
    assert compact.articles == plain.articles
    assert plain.articles == compact.articles
    assert [document_of(a) for a in compact.articles] == [document_of(a) for a in plain.articles]
    assert [s.page for s in compact.sources] == [s.page for s in plain.sources]
    assert [s.header for s in compact.sources] == [s.header for s in plain.sources]
    assert (compact.categories, compact.problems) == (plain.categories, plain.problems)


def test_a_packed_article_holds_no_text_and_gives_all_of_it(compact: FolderReading) -> None:
    article = compact.articles[0]
    assert isinstance(article, Article)
    assert not {"html", "markdown", "sections"} & vars(article).keys()
    assert article.html and article.markdown and article.sections


def test_packed_articles_share_the_names_of_their_fields(plain: FolderReading) -> None:
    """A dictionary of its own for each takes 1,300 bytes an article, 4,000 with its header and page."""
    article = plain.articles[0]
    packed_article(article, lambda: article)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        made = [packed_article(article, lambda: article) for _ in range(500)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / len(made) < 1_000


def test_a_changed_copy_is_an_ordinary_article(plain: FolderReading, compact: FolderReading) -> None:
    changed = replace(compact.articles[0], title="Another")
    assert type(changed) is Article
    assert changed == replace(plain.articles[0], title="Another")
    assert changed != compact.articles[0]


def test_a_page_whose_link_target_came_is_made_again_from_the_packed_text(folder: Path, write: WriteFile) -> None:
    cache = ReadingCache(compact=True)
    write("en/a/one.md", "# One\n\nSee [two](two.md).\n")
    read_folder(folder, cache=cache)
    write("en/a/two.md", "# Two\n\nText.\n")
    (one,) = (a for a in read_folder(folder, cache=cache).articles if a.slug == "one")
    assert 'href="/en/a/two"' in one.html


def test_one_saved_article_of_many_unpacks_no_other(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        write(f"en/a/article-{number}.md", f"# Article {number}\n\n## Part\n\nSome words.\n")
    cache = ReadingCache(compact=True)
    publish(folder, sqlite_store, NOW, cache=cache)
    unpacked = []
    decompress = zlib.decompress
    monkeypatch.setattr("kb.source.packed.zlib.decompress", lambda data: unpacked.append(1) or decompress(data))
    for words in ("Once.", "Twice."):
        write("en/a/article-1.md", f"# Article 1\n\n{words}\n")
        unpacked.clear()
        assert publish(folder, sqlite_store, NOW, cache=cache).changed == (ArticleRef("en", "article-1"),)
        assert len(unpacked) < 15
