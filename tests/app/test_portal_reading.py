"""The pure parts of the portal: reading time, addresses as words, reading aids."""

import pytest

from app.portal.article_page import reading_minutes, with_reading_aids, words_of_path
from kb.models import Article, Section


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("", 1), ("word " * 220, 1), ("word " * 1100, 5), ("字" * 840, 2), ("字" * 420 + " word" * 220, 2)],
)
def test_reading_time_counts_words_and_ideographs(text: str, minutes: int) -> None:
    assert reading_minutes(text) == minutes


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/en/a/return-my_order.html", "return my order"),
        ("/zh-Hant/a/退貨-說明", "退貨 說明"),
        ("/en/orders/2024/late", "late"),
        ("/", ""),
        ("/wp-login.php", "wp login"),
    ],
)
def test_an_address_becomes_the_words_to_search_for(path: str, words: str) -> None:
    assert words_of_path(path) == words


def test_a_heading_link_says_where_it_leads() -> None:
    html = with_reading_aids('<h2 id="a">Tea &amp; <em>"milk"</em></h2>', "Link to this section", "Table")
    assert 'href="#a" aria-label="Link to this section: Tea &amp; &#34;milk&#34;"' in html


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("All about tea.", "All about tea."),
        ("Tea is a drink that…", ""),
        ("Tea is a drink that is warm.", ""),
        ("", ""),
    ],
)
def test_a_summary_that_is_only_the_beginning_of_the_text_is_not_shown_above_it(summary: str, shown: str) -> None:
    sections = (Section("", "", 0, "Tea is a drink\nthat is warm."),)
    assert Article("en", "tea", "tea", "drinks", "Tea", sections, summary=summary).lead == shown


def test_tables_can_be_scrolled_by_keyboard() -> None:
    html = with_reading_aids("<table><tr><td>1</td></tr></table>", "Link", "Table")
    assert html.startswith('<div class="table-wrap" role="group" tabindex="0" aria-label="Table"><table>')
