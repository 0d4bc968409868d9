"""Passages of the demo as search shows it, held against its article; and what counts as a fault of a quotation."""

from pathlib import Path

import pytest

from bench.quotes import KINDS, Shown, Source, faults, read
from kb.markup.links import LinkTargets, Resolver
from kb.markup.page import read_page
from kb.models import Article
from kb.source.folder_reader import read_folder

_ARTICLE = """<p>Charge it. Do it like this:</p>
<ol><li>Press <a href="/en/a/on">the button</a>.</li><li>Wait 3 hours.</li></ol>
<p>It costs this, and it can be had in every one of our shops:</p><table><thead><tr><th>What</th></tr></thead><tbody>
<tr><td>Case</td></tr></tbody></table><pre><code>run --now
  and wait</code></pre><div class="admonition note"><p class="admonition-title">Note</p>
<p>Nobody who has read this box so far has come to any harm.</p></div>
<details><summary>More</summary><p>Yes.</p></details>"""
_BOX = "Nobody who has read this box so far has come to any harm."


def test_no_passage_of_every_third_article_of_the_demo_has_a_fault() -> None:
    count, found = faults(read_folder(Path(__file__).parents[2] / "kb" / "articles"), step=3)
    assert count > 200
    assert {kind: samples[:3] for kind, samples in found.items() if samples} == {}


FAULTY = {
    "not balanced": ["<p>Charge it.", "<p><b>Charge</p></b>"],
    "an empty element": ["<p></p>", "<p>Charge <a href='/en/a/on'></a>it.</p>"],
    "a wrong number": ["<ol><li>Wait 3 hours.</li></ol>", '<ol start="2"><li>Press the button.</li></ol>'],
    "a mark of a list without words": ["<ul><li>\n<ul><li>Press the button.</li></ul></li></ul>"],
    "ends before what it announces": ["<p>Charge it. Do it like this:</p>"],
    "a table without rows": ["<table><thead><tr><th>What</th></tr></thead><tbody></tbody></table>"],
    "a title without text": ["<details open><summary>More</summary></details>", "<h2>Charge it.</h2>"],
    "a box's text without its box": [f"<p>{_BOX}</p>", "<p class='admonition-title'>Note</p>"],
    "a link that leads nowhere": [
        "<p><a>the button</a></p>", '<p><a href="/en/a/off">x</a></p>', '<p><a href="/en/a/it#no">x</a></p>'
    ],
    "code cut in mid-line": ["<pre>run</pre>", "<pre>and wait</pre>"],
    "text that the article has not": ["<p>Charge a photo of it.</p>"],
    "text that is left out": ["<p>Charge.</p>"],
    "a list as plain text": ["<p>1. Press the button.</p>"],
    "words run together": ["<p>Chargeit.</p>"],
    "a mark over more than a sentence": [
        "<mark><p>Charge it.</p></mark>", "<pre><mark>run --now\n  and wait</mark></pre>",
        f"<mark>{'Charge it. ' * 90}</mark>",
    ],
    "a sentence twice": [f"<p>{_BOX} {_BOX}</p>"],
    "markup left visible": [
        "<p>Charge **it.</p>", "<p>{{ it }}</p>", "<p>:::note</p>", "<p>&lt;Tabs&gt;</p>", "<p>[it](/x)</p>"
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def source() -> Source:
    page = read_page(_ARTICLE, "Title", Resolver("en/it.md", LinkTargets({}, frozenset(), lambda _path: None)))
    return Source(Article("en", "it", "it", "help", "Title", page.sections, html=_ARTICLE))


def shown(html: str, whole: str = "") -> Shown:
    return Shown(html, whole, *read(html), frozenset({"/en/a/it", "/en/a/on"}))


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind_of_fault_is_found_and_nothing_else_taken_for_one(kind: str, source: Source) -> None:
    for html in FAULTY[kind]:
        assert list(KINDS[kind](source, shown(html, "Charge it."))), html
    assert list(KINDS[kind](source, shown(_ARTICLE, "Charge it."))) == []
