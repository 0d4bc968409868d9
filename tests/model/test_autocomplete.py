"""Suggestions while typing, on the demo articles with the real model: every article is found by typing its title."""

import pytest

from core.texts.languages import is_chinese
from index.models import SearchQuery, SearchResult, Verdict
from index.query.autocomplete import suggestions
from index.search import Search
from kb.models import Article, ArticleRef

SHOWN = 5


def page(search: Search, text: str, lang: str) -> SearchResult:
    return search.search(SearchQuery(text, lang))


def begun(article: Article, share: float) -> str:
    """So much of a title, and at least what suggestions begin with: two letters, or one Chinese character."""
    least = 1 if is_chinese(article.lang) else 2
    return article.title[: max(least, round(len(article.title) * share))].strip()


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_what_is_suggested_for_the_beginning_of_a_title_is_on_the_page_in_its_order(
    share: float, demo: tuple[Article, ...], search: Search
) -> None:
    for article in demo:
        found = page(search, begun(article, share), article.lang)
        offered = suggestions(found, SHOWN)
        places = [found.hits.index(hit) for hit in offered]
        assert places == sorted(places)
        if found.verdict is not Verdict.ASK_HUMAN and found.hits:
            assert offered[0] == found.hits[0]


def test_a_whole_title_suggests_its_article(demo: tuple[Article, ...], search: Search) -> None:
    missed = [a.title for a in demo if a.ref not in offered(search, a.title, a.lang)]
    assert missed == []


def test_most_of_a_title_suggests_its_article(demo: tuple[Article, ...], search: Search) -> None:
    missed = [begun(a, 0.7) for a in demo if a.ref not in offered(search, begun(a, 0.7), a.lang)]
    assert len(missed) <= len(demo) // 10, missed


@pytest.mark.parametrize(
    ("text", "lang", "slug"),
    [
        ("refu", "en", "refund-status"),
        ("batt", "en", "charging-and-battery-life"),
        ("i forgot my passw", "en", "reset-your-password"),
        ("sifr", "tr", "reset-your-password"),
        ("iad", "tr", "return-an-item"),
        ("sipa", "tr", "track-your-order"),
        ("退", "zh-Hant", "return-an-item"),
        ("電", "zh-Hant", "charging-and-battery-life"),
        ("电池", "zh-Hans", "charging-and-battery-life"),
    ],
)
def test_a_word_that_is_only_begun_suggests_what_it_is_about(text: str, lang: str, slug: str, search: Search) -> None:
    assert slug in [ref.slug for ref in offered(search, text, lang)]


@pytest.mark.parametrize(
    ("text", "lang"), [("risotto", "en"), ("how do I bake sourdough bread", "en"), ("pilav", "tr")]
)
def test_what_nobody_wrote_about_suggests_nothing(text: str, lang: str, search: Search) -> None:
    assert offered(search, text, lang) == []


def offered(search: Search, text: str, lang: str) -> list[ArticleRef]:
    return [hit.ref for hit in suggestions(page(search, text, lang), SHOWN)]
