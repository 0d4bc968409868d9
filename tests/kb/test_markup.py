"""Markdown as people write it elsewhere keeps every item, block and word, and so does what was written for MkDocs."""

import re

import pytest

from kb.markup.links import LinkTargets, Resolver
from kb.markup.markdown import Converter
from kb.markup.message_markup import letter_html
from kb.markup.page import Page, read_page
from tests.kb.structure import structure


@pytest.fixture(scope="module")
def converter() -> Converter:
    return Converter()


def page(html: str) -> Page:
    return read_page(html, "Title", Resolver("a.md", LinkTargets({}, frozenset(), lambda path: None)))


def count(html: str, *tags: str) -> tuple[int, ...]:
    return tuple(len(re.findall(rf"<{tag}[ >]", html)) for tag in tags)


def test_an_item_with_blocks_of_its_own_does_not_swallow_the_next(converter: Converter) -> None:
    html = converter.html(
        "Do this:\n1. Open it.\n   ```\n   code\n   ```\n2. Look.\n\n   ![Lamp](lamp.png)\n3. Sort:\n"
        "   * red\n   * blue\n     - dark\n4. Done.\n"
    )

    assert count(html, "ol", "ul", "li", "pre", "img") == (1, 2, 7, 1, 1)


def test_brackets_after_numbers_and_first_numbers_are_kept(converter: Converter) -> None:
    html = converter.html("3) three\n4) four\n\ntext\n\n10. ten\n11. eleven\n")

    assert '<ol start="3">' in html
    assert '<ol start="10">' in html
    assert count(html, "li") == (4,)


@pytest.mark.parametrize("indent", [2, 3, 4])
def test_lists_in_lists_are_read_at_any_usual_indentation(converter: Converter, indent: int) -> None:
    html = converter.html(f"- a\n{' ' * indent}- b\n{' ' * 2 * indent}- c\n- d\n")

    assert structure(html) == structure("<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>")


def test_a_list_and_a_table_may_stand_right_below_a_line_of_text(converter: Converter) -> None:
    html = converter.html("You need:\n- a key\n- a lock\n\nSizes:\n| a | b |\n|---|--:|\n| 1 | 2 |\n")

    assert count(html, "li", "tr", "th") == (2, 2, 2)
    assert '<td align="right">2</td>' in html


@pytest.mark.parametrize(
    "text",
    [
        "Set <title> of page.\n\nThe rest is *here*.",
        "Type <your-name> or <textarea>.\n\nThe rest is *here*.",
        "<script>\nno end\n\nThe rest is *here*.",
        "<!-- no end\n\nThe rest is *here*.",
        "<iframe src='https://www.youtube.com/embed/dQw4w9WgXcQ'>\n\nThe rest is *here*.",
        "A <style> tag and an <svg> tag.\n\nThe rest is *here*.",
        "<xmp>\n\nThe rest is *here*.",
        "- <noscript>\n\nThe rest is *here*.",
        '<div title="no end\n\nThe rest is *here*.',
        "<pre>\n\nThe rest is *here*.",
        "<select>\n\nThe rest is *here*.",
        "<plaintext>\n\nThe rest is *here*.",
    ],
)
def test_no_tag_swallows_the_rest_of_a_page(converter: Converter, text: str) -> None:
    html = converter.html(text)

    assert "The rest is <em>here</em>." in html


def test_tags_that_no_page_knows_are_words(converter: Converter) -> None:
    html = converter.html("Set <title> of <your-page> and `<title>`.")

    assert html.strip() == "<p>Set &lt;title&gt; of &lt;your-page&gt; and <code>&lt;title&gt;</code>.</p>"


def test_markdown_inside_html_follows_the_rule_of_blank_lines(converter: Converter) -> None:
    html = converter.html(
        "<details>\n<summary>More</summary>\n\n- **one**\n- two\n\n</details>\n\n"
        "<table><tr><td>\n\n*in* a cell\n\n</td></tr></table>\n\n<div>\n*not* read\n</div>\n"
    )

    assert "<li><strong>one</strong></li>" in html
    assert "<td>\n<p><em>in</em> a cell</p>" in html
    assert "*not* read" in html
    assert html.index("</ul>") < html.index("</details>") < html.index("<table>")


def test_a_list_right_below_closed_html_is_a_list_to_all_but_commonmark(converter: Converter) -> None:
    html = converter.html('* a\n* b\n<div class="browser"><img src="x.png"></div>\n* c\n\n<div>\n* d\n</div>\n')

    assert count(html, "li", "img", "div") == (3, 1, 2)
    assert "* d" in html


def test_the_attribute_of_mkdocs_lets_markdown_begin_at_once(converter: Converter) -> None:
    assert "<em>read</em>" in converter.html('<div class="grid cards" markdown>\n*read*\n</div>\n')


def test_what_was_written_for_mkdocs_keeps_its_meaning(converter: Converter) -> None:
    html = converter.html(
        '!!! note "Mind *this*"\n    First\n\n    1. a\n        - b\n\n    ```\n    x = 1\n    ```\n\nOutside.\n\n'
        '??? tip\n    Folded\n\n=== "Mac"\n    Press ⌘.\n\n=== "Windows"\n\n    Press Ctrl.\n\nEnd.\n'
    )

    assert '<p class="admonition-title">Mind <em>this</em></p>' in html
    assert count(html, "li", "pre", "details") == (2, 1, 1)
    assert "<summary>Tip</summary>\n<p>Folded</p>" in html
    assert html.count('class="tabbed-set"') == 1
    assert html.count('class="tabbed-block"') == 2
    assert "</div>\n<p>Outside.</p>" in html
    assert "</div>\n<p>End.</p>" in html


def test_definitions_footnotes_abbreviations_and_task_lists_are_read(converter: Converter) -> None:
    html = converter.html(
        "Apple\nPear\n:   A fruit,\n    sweet.\n\n:   A *brand*.\n\nPlum\n:   Blue\n\nSee[^a] the USB.\n\n"
        "*[USB]: Universal Serial Bus\n\n[^a]: A note\n\n    with a list:\n\n    - x\n\n- [x] done\n- [ ] open\n"
    )

    assert count(html, "dl", "dt", "dd") == (1, 3, 3)
    assert '<abbr title="Universal Serial Bus">USB</abbr>' in html
    assert '<a class="footnote-ref" href="#fn:a">1</a>' in html
    assert html.count('type="checkbox"') == 2
    assert html.index('class="footnote"') < html.index("with a list:") < html.index("<li>x</li>")


def test_boxes_without_a_title_have_one_in_the_language_and_code_has_none(converter: Converter) -> None:
    text = "> [!WARNING]\n> Hot.\n\n!!! tip\n    Yes.\n\n```\n!!! note\n> [!NOTE]\n```\n"
    html = converter.html(text, "tr")

    assert html.count("admonition-title") == 2
    assert "Uyarı" in html
    assert "İpucu" in html
    assert "!!! note\n&gt; [!NOTE]\n</code>" in html


def test_lists_of_attributes_name_something_and_other_braces_are_words(converter: Converter) -> None:
    html = converter.html("## The {id} of it\n\n## Pay {#pay .wide}\n\n![x](y.png){ width=300 } and {this}\n")

    assert "<h2>The {id} of it</h2>" in html
    assert '<h2 class="wide" id="pay">Pay</h2>' in html
    assert 'width="300"' in html
    assert "and {this}" in html


def test_stars_beside_chinese_need_no_space(converter: Converter) -> None:
    html = converter.html("請按**「確定」**再繼續，不要*急*。需要 10~20 分鐘，最多 30~40 分鐘。")

    assert "<strong>「確定」</strong>再" in html
    assert "<em>急</em>" in html
    assert "<strong>是</strong><strong>否</strong>" in converter.html("按**是****否**都可以")
    assert "<del>" not in html


def test_bare_addresses_are_links_that_end_where_the_sentence_goes_on(converter: Converter) -> None:
    html = converter.html(
        "See (https://a.example/x_y_z?a=1&b=2), www.b.example. 請看https://c.example/d，謝謝 me@d.example!"
    )

    assert re.findall(r'href="([^"]*)"', html) == [
        "https://a.example/x_y_z?a=1&amp;b=2", "http://www.b.example", "https://c.example/d", "mailto:me@d.example",
    ]  # fmt: skip


def test_entities_and_escapes_say_what_they_say(converter: Converter) -> None:
    html = converter.html(r"AT&amp;T &lt;b&gt; &copy; \*no\* &amp;lt; `&amp;` 1 < 2 & 3")

    assert "AT&amp;T &lt;b&gt; © *no* &amp;lt; <code>&amp;amp;</code> 1 &lt; 2 &amp; 3" in html


@pytest.mark.parametrize(
    "fragment", ["a-b", "a--b", "ozel-karakterler-icin", "özel-karakterler-için", "c-1", "c_1", "x"]
)
def test_anchors_as_github_and_mkdocs_make_them_lead_to_the_heading(converter: Converter, fragment: str) -> None:
    read = page(converter.html('## A & B\n\n## Özel karakterler için\n\n## C\n\n## C\n\n<a name="x"></a>\n\n## D\n'))

    assert fragment in read.anchors
    assert f'id="{fragment}"' in read.html


def test_an_anchor_of_others_never_takes_a_headings_own(converter: Converter) -> None:
    read = page(converter.html("## C\n\n## C\n\n## C 1\n"))

    assert [section.anchor for section in read.sections] == ["c", "c-2", "c-1"]
    assert len(re.findall(r' id="([^"]+)"', read.html)) == len(set(re.findall(r' id="([^"]+)"', read.html)))


def test_no_depth_and_no_unclosed_mark_loses_a_word(converter: Converter) -> None:
    for mark in ("> ", "- ", "1. ", "[", "![", "**a ", "<b>", "!!! a\n    ", "| a ", "> - ", "<details>\n\n"):
        for times in (40, 90, 399):
            assert "deepest" in converter._html(mark * times + "deepest", "en"), (mark, times)


def test_letters_have_lists_as_well(converter: Converter) -> None:
    html = letter_html("Please:\n1) open it\n   - slowly\n2) look\n\n![pixel](https://x.example/p.png) <b>no</b>")

    assert count(html, "ol", "ul", "li", "img", "b") == (1, 1, 3, 0, 0)
    assert "&lt;b&gt;no&lt;/b&gt;" in html


@pytest.mark.parametrize("tag", ("blockquote", "div", "details", "table", "b", "a href=x"))
def test_elements_that_never_end_are_read_where_reading_can_be_ended(tag: str) -> None:
    """Whatever the blank lines between them; and not what is closed, or needs no end."""
    asked: list[str] = []

    def isolated(function: str, *_arguments: str, seconds: float) -> str:
        asked.append(function)
        return ""

    converter = Converter(isolated=isolated)
    converter.html(f"<{tag}>\n\n" * 400)
    assert len(asked) == 1
    converter.html(f"<{tag}>words</{tag.split()[0]}>\n\n" * 400 + "<br>\n\n<img src='a.png'>\n\n" * 400)
    assert len(asked) == 1
