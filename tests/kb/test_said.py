"""What is struck out, raised, lowered or read aloud: as its author has it on the page, and never misread as text."""

import re

import pytest

from index.analysis import spans, tokens
from kb.markup.excerpt import excerpt
from kb.markup.links import LinkTargets, Resolver
from kb.markup.markdown import Converter
from kb.markup.page import Page, read_page
from kb.markup.quote import quotes_of, squeezed
from kb.models import Article, PassageKind
from kb.passages import passages_of

_CONVERTER = Converter()


def page(markdown: str) -> Page:
    return read_page(_CONVERTER.html(markdown), "Title", Resolver("a.md", LinkTargets({}, frozenset(), lambda _: None)))


def said(markdown: str) -> str:
    return "\n".join(section.text for section in page(markdown).sections)


def marked(markdown: str) -> list[tuple[str, str, list[str]]]:
    """Every passage: its text, its whole quotation, and what each of its marks says."""
    read = page(markdown)
    article = Article("en", "a", "a", "help", "Title", read.sections, html=read.html)
    body = [one for one in passages_of(article) if one.kind is PassageKind.BODY]
    found = []
    for passage, quote in zip(body, quotes_of(article, body), strict=True):
        assert quote.html.count("<sentence>") == len(quote.sentences)
        marks = []
        for number, (start, end) in enumerate(quote.sentences):
            shown = re.findall(r"<mark>(.*?)</mark>", excerpt(quote.html, number).html)
            assert not re.search("<(?:del|s)>", "".join(shown))
            marks.append(passage.text[start:end])
        found.append((passage.text, excerpt(quote.html).html, marks))
    return found


_STRUCK = {
    "a paragraph": ("~~Free for 10 minutes.~~\n\nNo longer since May.\n", "No longer since May."),
    "the last paragraph": ("No longer since May.\n\n~~Free for 10 minutes.~~\n", "No longer since May."),
    "a price": ("It costs ~~79 EUR~~ 59 EUR.\n", "It costs 59 EUR."),
    "a price in bold": ("It costs **~~79~~ 59 EUR** now.\n", "It costs 59 EUR now."),
    "a sentence": ("Yes. ~~No. Not at all.~~ Of course.\n", "Yes. Of course."),
    "an item": ("- One\n- ~~Two~~\n- Three ~~four~~ five\n", "- One\n- Three five"),
    "a step": ("1. One\n2. ~~Two~~\n3. Three\n", "1. One\n3. Three"),
    "a cell": ("| A | B |\n|---|---|\n| ~~1~~ | 2 |\n| 3 | ~~4~~ |\n", "A | B\n2\n3"),
    "a row": ("| A | B |\n|---|---|\n| ~~1~~ | ~~2~~ |\n| 3 | 4 |\n", "A | B\n3 | 4"),
    "blocks": ("<del>\n\nOld.\n\n- Older.\n\n</del>\n\nNew.\n", "New."),
    "as HTML has it": ("<s>Old.</s> <strike>Older.</strike> <del>Oldest.</del> New.\n", "New."),
}


@pytest.mark.parametrize("name", _STRUCK)
def test_what_is_struck_out_is_quoted_as_it_is_and_neither_searched_nor_marked(name: str) -> None:
    markdown, text = _STRUCK[name]
    ((found, html, marks),) = marked(markdown)
    assert found == text
    struck = re.findall(r"<(?:del|s)>(.*?)</(?:del|s)>", page(markdown).html, re.S)
    assert struck and all(f">{one}</" in html for one in struck)
    assert squeezed("".join(marks)) == squeezed(re.sub(r"(?m)^(?:A \| B\n|- |\d\. )", "", text).replace(" | ", ""))


def test_what_is_struck_out_stays_in_its_section() -> None:
    first, second = marked(
        "## One\n\nA sentence.\n\n~~Old.~~\n\n## Two\n\n~~Older.~~\n\n## Three\n\n~~Oldest.~~\n\nAnother.\n"
    )
    assert "<del>Old.</del>" in first[1] and "Older" not in first[1]
    assert "<del>Oldest.</del>" in second[1] and "Older" not in second[1]


def test_of_a_quotation_that_is_cut_what_is_struck_out_goes_with_what_it_stands_beside() -> None:
    read = page("~~Old.~~\n\nThe first sentence. ~~More.~~\n\n~~Older.~~\n\nThe second sentence.\n\n~~Oldest.~~\n")
    article = Article("en", "a", "a", "help", "Title", read.sections, html=read.html)
    (quote,) = quotes_of(article, [one for one in passages_of(article) if one.kind is PassageKind.BODY])
    assert re.findall("<del>(.*?)</del>", excerpt(quote.html, 0, 20).html) == ["Old."]
    assert re.findall("<del>(.*?)</del>", excerpt(quote.html, 1, 15).html) == ["Oldest."]
    assert len(re.findall("<del>", excerpt(quote.html, 1).html)) == 4


def test_a_heading_says_what_is_not_struck_out_and_keeps_its_anchor() -> None:
    one, two = page("## ~~Old~~ New\n\na\n\n## ~~Gone~~\n\nb\n").sections
    assert (one.heading, one.anchor) == ("New", "old-new")
    assert (two.heading, two.anchor) == ("Gone", "gone")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("is 25<sup>1</sup> EUR", "is 25¹ EUR"),
        ("is 10<sup>6</sup> EUR", "is 10⁶ EUR"),
        ("10<sup>-6</sup>", "10⁻⁶"),
        ("10<sup>n+q</sup>", "10^(n+q)"),
        ("10<sup>2.5</sup>", "10^(2.5)"),
        ("10<sup>(n+q)</sup>", "10^(n+q)"),
        ("10<sup>2<sup>n</sup></sup>", "10^(2ⁿ)"),
        ("**m<sup>2</sup>** of H<sub>2</sub>O", "m² of H₂O"),
        ("V<sub>max</sub> and x<sub>B</sub>", "Vₘₐₓ and x_(B)"),
        ("note<sup>1, 2</sup> and<sup>[3]</sup>", "note¹, ² and[3]"),
        ("the 1<sup>st</sup>, Post<sup>TM</sup> and Post<sup>®</sup>", "the 1st, Post™ and Post®"),
        ("Search<sup>New</sup> is here", "Search New is here"),
        ("a note<sup>*</sup> here", "a note* here"),
        ("Press <kbd>Ctrl</kbd><kbd>C</kbd>", "Press Ctrl C"),
        ("one<br>two a<wbr>word", "one two aword"),
        ("<ruby>東<rp>(</rp><rt>とう</rt><rp>)</rp>京<rt>きょう</rt></ruby>へ", "東京(とうきょう)へ"),
    ],
)
def test_what_is_raised_or_lowered_is_not_misread_as_text(html: str, text: str) -> None:
    assert said(html) == text
    # Aligned, with a sentence before and behind: quoted as HTML, in which the marks say the text.
    markdown = f"Before it all. It is {html} here. After it all.\n"
    ((found, quoted, marks),) = marked(markdown)
    assert (
        marks[0] == "Before it all." and " ".join(marks) == found == f"Before it all. It is {text} here. After it all."
    )
    assert squeezed(quoted) == squeezed(page(markdown).html)


def test_a_raised_digit_is_none_of_the_number_before_it_and_m2_is_found() -> None:
    assert tokens("25¹ EUR", "en") == tokens("25 1 EUR", "en")
    assert tokens("10⁶ and 10ⁿ", "en") == tokens("10 6 and 10 n", "en")
    assert tokens("60 m² of H₂O", "en") == tokens("60 m2 of H2O", "en")
    text = "It is 25¹ for 60 m²."
    assert [text[a:b] for a, b in spans(text, "en", frozenset({"25", "m2"}))] == ["25¹", "m²"]
    assert spans(text, "en", frozenset({"251"})) == []


def test_braces_at_the_beginning_of_an_element_are_its_text() -> None:
    assert said("Type <kbd>{#a}</kbd> here.") == "Type {#a} here."
    assert said("A <kbd>key</kbd>{.keys} here.") == "A key here."
