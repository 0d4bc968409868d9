"""Inline elements of HTML as Markdown: whatever stands in them means itself, and what is struck out stays so."""

import string

import pytest
from bs4 import BeautifulSoup

from kb.markup.markdown import Converter
from kb.transfer.html_markdown import to_markdown

_CONVERTER = Converter()
_KEPT = ("kbd", "sub", "sup", "mark", "ins", "del")
_PIECES = [
    *string.punctuation, "``", "**", "__", "~~", "<b>", "&amp;", "$$", "==", "++", "![a](b)", "[a](b)", "{{a}}", "{#a}",
    "{.a}", "^a^", "~a~", "`a`", "</kbd>", "<!--", "\\(", "|a|", "[[a]]", "- ", "1. ",
]  # fmt: skip
_AROUND = (
    "<p>Press {0} on US keyboards, where the {0} is.</p>",
    "<ul><li>{0} or {0}</li></ul>",
    "<table><tr><th>A</th></tr><tr><td>{0} or {0}</td></tr></table>",
)


def read(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def words(soup: BeautifulSoup) -> str:
    return "".join(soup.get_text().split())


@pytest.mark.parametrize("tag", [*_KEPT, "abbr", "small"])
def test_what_means_something_in_markdown_means_itself_inside_of_an_element(tag: str) -> None:
    for around in _AROUND if tag in _KEPT else _AROUND[:2]:
        for piece in _PIECES:
            element = read("").new_tag(tag)
            element.string = piece
            html = around.format(element)
            made = read(_CONVERTER.html(to_markdown(html).markdown))
            assert words(made) == words(read(html)), piece
            assert tag not in _KEPT or len(made.find_all(tag)) == 2, piece


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p><s>79 EUR</s> 59 EUR</p>", "~~79 EUR~~ 59 EUR"),
        ("<p><strike>Old.</strike> New.</p>", "~~Old.~~ New."),
        ('<p><span style="color: red; text-decoration: line-through">79</span> 59</p>', "~~79~~ 59"),
        ('<p style="text-decoration-line:line-through">Old <b>one</b></p><p>New</p>', "~~Old **one**~~\n\nNew"),
        ("<del><p>One.</p><ul><li>Two</li></ul></del>", "~~One.~~\n\n- ~~Two~~"),
        ("<p>un<s>“b”</s>c <s>a</s><s>b</s></p>", "un<del>“b”</del>c <del>a</del><del>b</del>"),
        ("<p><s>A</s>, <s></s>B</p><pre><s>code</s></pre>", "~~A~~, B\n\n```\ncode\n```"),
        ('<p><span style="text-decoration: underline">A</span></p>', "A"),
    ],
)
def test_what_is_struck_out_stays_struck_out(html: str, markdown: str) -> None:
    assert to_markdown(html).markdown.strip() == markdown


def test_what_is_struck_out_twice_is_struck_out_once() -> None:
    nested = "<s>" * 60 + "<p>a <s>b</s></p>" * 40 + "</s>" * 60
    assert to_markdown(nested).markdown.split("\n\n") == ["~~a b~~"] * 39 + ["~~a b~~\n"]
