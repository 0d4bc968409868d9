"""The pure parts of the portal: reading time, addresses as words, shortened passages, hours in words."""

import pytest

from app.portal.article_page import reading_minutes, with_reading_aids, words_of_path
from app.portal.result_excerpt import blocks, marked, paragraphs


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


def test_a_passage_is_escaped_and_its_matches_marked() -> None:
    assert marked("a <b> c", [(2, 5)]) == "a <mark>&lt;b&gt;</mark> c"


def test_overlapping_and_outlying_matches_do_no_harm() -> None:
    assert marked("abcdef", [(0, 3), (2, 4), (5, 99)]) == "<mark>abc</mark><mark>d</mark>e<mark>f</mark>"


def test_a_long_passage_is_cut_around_its_first_match() -> None:
    text = "Nothing here. " * 40 + "The label is free. " + "And more. " * 40
    at = text.index("label")
    short = str(marked(text, [(at, at + 5)], limit=120))
    assert short.startswith("… The <mark>label</mark> is free.")
    assert short.endswith(" …")
    assert len(short) < 160


def test_table_cells_are_shown_apart_without_bars() -> None:
    assert marked("EU | nothing", [(5, 12)]) == "EU · <mark>nothing</mark>"


def test_matches_stay_on_their_lines() -> None:
    assert paragraphs("one\n\ntwo three", [(5, 8)]) == ("one", "<mark>two</mark> three")


def test_lines_with_a_dash_become_a_list() -> None:
    lines = paragraphs("Do this:\n- one <b>\n- two\nThen wait.", [(11, 14)])
    assert blocks(lines) == (
        ("text", ("Do this:",)),
        ("list", ("<mark>one</mark> &lt;b&gt;", "two")),
        ("text", ("Then wait.",)),
    )


def test_a_heading_link_says_where_it_leads() -> None:
    html = with_reading_aids('<h2 id="a">Tea &amp; <em>"milk"</em></h2>', "Link to this section", "Table")
    assert 'href="#a" aria-label="Link to this section: Tea &amp; &#34;milk&#34;"' in html


def test_tables_can_be_scrolled_by_keyboard() -> None:
    html = with_reading_aids("<table><tr><td>1</td></tr></table>", "Link", "Table")
    assert html.startswith('<div class="table-wrap" role="region" tabindex="0" aria-label="Table"><table>')
