"""Elements of HTML that are opened and never closed: nothing below the next heading is in them, and no word is lost."""

import re

import pytest

from kb.markup import unclosed
from kb.markup.dialects.reader import read_dialects
from kb.markup.markdown import Converter
from kb.markup.raw_html import ELEMENTS, REMOVED_WITH_CONTENT, VOID

CONVERTER = Converter()
# What may be left open, what the page's own structure has, and what is no text.
OTHERS = {"html", "head", "body", "iframe", "plaintext", "frameset", "frame", "select", "datalist"}
NAMES = sorted(ELEMENTS - VOID - REMOVED_WITH_CONTENT - OTHERS - set(unclosed._ENDED_BY_WHAT_FOLLOWS.split()))
PLACES = {
    "in a paragraph": "Some <{0}>old words.\n\nThen more.\n",
    "above paragraphs": "<{0}>\n\nold words.\n\nThen more.\n",
    "in a list": "- Some <{0}>old words.\n- Then more.\n",
    "in a box": "::: tip\n<{0}>\n\nold words.\n:::\n\nThen more.\n",
    "in a quotation": "> <{0}>\n> old words.\n\nThen more.\n",
    "in a table": "| A | B |\n| - | - |\n| Some <{0}>old words. | Then more. |\n",
    "twice": "Some <{0}>old <{0}>words.\n\nThen more.\n",
    "in another": "<div>\n<{0}>old words.</div>\n\nThen more.\n",
}


def around(html: str, words: str) -> list[str]:
    """The names of the elements that some words stand in."""
    stack: list[str] = []
    for slash, name in re.findall(r"<(/?)([a-z][a-z0-9]*)(?=[ >])[^>]*>", html[: html.index(words)]):
        if slash:
            del stack[len(stack) - 1 - stack[::-1].index(name) :]
        elif name not in VOID:
            stack.append(name)
    return stack


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_never_closed_ends_before_the_next_heading(name: str, place: str) -> None:
    written = PLACES[place].format(name) + "\n## Next\n\nImportant text.\n"
    html = CONVERTER.html(written)
    text = re.sub(r"<[^>]+>", " ", html)
    assert re.findall(r"old|words|Then more|Next|Important text", text) == [
        "old",
        "words",
        "Then more",
        "Next",
        "Important text",
    ]
    assert around(html, "Important text") == ["p"]
    assert around(html, "Next") == ["h2"]
    (note,) = [note for note in read_dialects(written).notes if note.code == "unclosed-box"]
    assert (note.kind, note.line) == (f"<{name}>", written[: written.index(f"<{name}>")].count("\n") + 1)


def test_it_ends_with_the_paragraph_it_stands_in() -> None:
    assert around(CONVERTER.html("Some <s>old words.\n\nThen more.\n"), "Then") == ["p"]


def test_only_a_heading_that_is_not_below_its_own_ends_it() -> None:
    html = CONVERTER.html("## One\n\n<details>\n\nA.\n\n### Below\n\nB.\n\n## Two\n\nC.\n")
    assert (around(html, "B."), around(html, "C.")) == (["details", "p"], ["p"])


@pytest.mark.parametrize(
    "written",
    [
        "<details>\n<summary>More</summary>\n\nInside.\n\n</details>\n\n## Next",
        "Text <details><summary>More</summary>\n\nInside.\n\n</details>\n\n## Next",
        "<details>\n\nInside.\n\n## Next\n\nInside as well.\n\n</details>",
        "`<details>` and `<s>`\n\n## Next",
        "```html\n<details>\n<s>\n```\n\n## Next",
        "<ul>\n<li>One\n<li>Two\n</ul>\n\n<p>Three\n\n## Next",
        "<!-- <details> -->\n\n## Next",
        "a < b > c, <your-name> and <3\n\n## Next",
        "<b><i>both</b></i>\n\n## Next",
    ],
)
def test_what_is_closed_is_left_as_it_is(written: str) -> None:
    assert [note for note in read_dialects(written).notes if note.code == "unclosed-box"] == []
    html = CONVERTER._markdown.reset().convert(written)
    closed = unclosed.with_ends(html)
    assert closed.replace("</i></b></i>", "</b></i>") == html
