"""Text of an HTML page is the text of the article made of it, whatever it looks like to a reader of Markdown."""

from html import escape
from html.parser import HTMLParser

import pytest

from kb.markup.dialects.figures import with_figures
from kb.markup.dialects.reader import read_dialects
from kb.markup.markdown import Converter
from kb.transfer.html_markdown import to_markdown

TEXTS = (
    'Dear {{customer.name | default:"guest"}}, write {% if %}', "{{ x }}{{y}} {% raw %} {% endraw %} {% endif %}",
    "{{< note >}} and {{% tip %}}", '{% include "x" %} y', "${{ secrets.KEY }} {{{raw}}}", "==lid== ++k++ ++ctrl+a++",
    "$$x^2$$ and $$", r"a \(x^2\) b \[y\]", "H~2~O x^2^ 1^st^ ~~gone~~", "%%hidden%% shown", ":material-home: home",
    ":::note", "::: lid", ":::", "/// note", "///", '=== "Tab"', "===", "!!! note", '??? tip "Lid"', '--8<-- "x.md"',
    "[[wiki]] ![[embed]]", "[TOC]", "> [!NOTE]", "[^1]: note", "[a]: b", "{# note #} x", "{/* note */} x",
    "{* x.py *}", "{! x.md !}", "{: .note }", "{:toc}", "<Your name> <Note>x</Note> <AbCd>y</AbCd>", "&lt;b&gt; &copy;",
    "# lid", "1. lid", "- lid", "+ lid", "* lid", "---", "~~~", "| a | b |", "export const lid = 1",
    'import lid from "pot"', r"back\slash \{{x}} \\ \==", "http://example.org/~user/a_b", "Really!!! Why???",
    "(lid)=", "<<< @/lid.js",
)  # fmt: skip
FRAMES = (
    "<p>{}</p>", "<p>a {} b</p>", "<p>a<br>{}</p>", "<ul><li>{}</li></ul>", "<div>{}</div>", "<h2>{}</h2>",
    "<blockquote>{}</blockquote>", "<p><b>{}</b></p>", "<table><tr><th>h</th></tr><tr><td>{}</td></tr></table>",
)  # fmt: skip
# Attributes at the end of a line, which know no escape.
KNOWN = {("<p>a<br>{}</p>", "{: .note }")}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def _text(html: str) -> str:
    seen = _Text()
    seen.feed(html)
    return "".join(seen.text.split())


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_html_is_shown_as_it_was(text: str) -> None:
    converter = Converter()
    for frame in FRAMES:
        if (frame, text) in KNOWN:
            continue
        html = frame.format(escape(text))
        markdown = to_markdown(html).markdown
        reading = read_dialects(markdown)
        assert (reading.text, reading.notes) == (markdown, ()), frame
        shown = converter.html(with_figures(reading.text))
        assert 'class="maths"' not in shown
        assert _text(shown) == _text(html), (frame, markdown)


def test_headings_keep_the_identifiers_other_articles_link_to() -> None:
    assert to_markdown('<h2 id="h_01ABCD">Lid</h2>').markdown == "## Lid {#h_01ABCD}\n"
    assert to_markdown('<h2 id="lid">Lid</h2>').markdown == "## Lid\n"
