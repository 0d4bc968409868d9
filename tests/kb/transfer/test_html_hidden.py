"""What browsers hide is left out and told; what they show, or show after a click, is kept, and words stay apart."""

from pathlib import Path

import pytest

from kb.transfer.html_markdown import to_markdown
from kb.transfer.service import look
from tests.kb.transfer.sources import tree_of, write_files


@pytest.mark.parametrize(
    "hidden",
    (
        "<p hidden>secret</p>", '<p hidden="true">secret</p>', '<div style="color:red; display: none">secret</div>',
        '<p style="DISPLAY:NONE">secret</p>', '<span style="visibility:hidden">secret</span>',
        "<template><p>secret</p></template>", "<noscript>secret</noscript>",
    ),
)  # fmt: skip
def test_what_browsers_hide_is_left_out_and_told(hidden: str) -> None:
    made = to_markdown(f"<div><p>Before.</p>{hidden}<p>After.</p></div>")
    assert made.markdown == "Before.\n\nAfter.\n"
    assert made.dropped == ({} if hidden[1:4] in {"tem", "nos"} else {"hidden": 1})


@pytest.mark.parametrize(
    "shown",
    (
        '<button aria-controls="more">More</button><div id="more" hidden>kept</div>',
        '<a href="#more">More</a><div id="more" style="display:none">kept</div>',
        '<a data-bs-target="#more">More</a><div id="more" hidden>kept</div>',
        '<p>Tabs</p><div role="tabpanel" hidden>kept</div>', '<p>Tabs</p><div class="tab-pane" hidden>kept</div>',
        '<p>Text</p><div class="accordion-panel" style="display:none">kept</div>',
        '<p>Text</p><div hidden="until-found">kept</div>', "<details><summary>More</summary>kept</details>",
        '<p>Text <span aria-hidden="true">kept</span></p>', "<p>Text</p><dialog>kept</dialog>",
        '<p>Text <span style="display:none-such">kept</span></p>', "<summary>kept</summary>",
    ),
)  # fmt: skip
def test_what_a_click_shows_is_kept(shown: str) -> None:
    assert "kept" in to_markdown(shown).markdown


def test_variants_of_which_a_script_shows_one_are_all_kept() -> None:
    def variants(*texts: str) -> str:
        return "".join(f"<span hidden><b>{text}</b></span>" for text in texts)

    assert to_markdown(f"<p>Press <span>{variants('Command', 'Ctrl')}</span>+Z.</p>").markdown == (
        "Press **Command** / **Ctrl**+Z.\n"
    )
    assert to_markdown(f"<p>Press <span>{variants('Ctrl', 'Ctrl')}</span>+Z.</p>").markdown == "Press **Ctrl**+Z.\n"
    assert to_markdown(f"<p>On Linux: <span>{variants('Alt')}</span>.</p>").markdown == "On Linux: **Alt**.\n"
    blocks = "<div><div hidden><p>On a Mac.</p></div><div hidden><p>Elsewhere.</p></div></div>"
    assert to_markdown(f"<p>So:</p>{blocks}").markdown == "So:\n\nOn a Mac.\n\nElsewhere.\n"


def test_what_is_written_twice_for_screen_readers_is_shown_once() -> None:
    twice = '<p><span aria-hidden="true">4.5</span><span class="sr-only">4.5 of 5 stars</span></p>'
    assert to_markdown(twice).markdown == "4.5 of 5 stars\n"
    assert to_markdown('<h2>Title <a href="#t" aria-hidden="true">#</a></h2>').markdown == "## Title\n"
    assert to_markdown('<p aria-label="Menu, Save"><i aria-hidden="true">Save</i></p>').markdown == ""


@pytest.mark.parametrize("name", ("address", "center", "fieldset", "header", "footer", "main", "nav", "form", "button"))
def test_elements_side_by_side_are_not_one_word(name: str) -> None:
    assert "AB" not in to_markdown(f"<div><{name}>A</{name}><{name}>B</{name}></div>").markdown


def test_links_side_by_side_and_around_blocks_keep_words_and_addresses() -> None:
    assert to_markdown('<p><a href="a">A</a><a href="b">B</a></p>').markdown == "[A](a) [B](b)\n"
    card = '<a href="x"><h3>Title</h3><p>About it.</p></a>'
    assert to_markdown(card).markdown == "### [Title](x)\n\nAbout it.\n"


SITE = """<html lang="en"><head><title>Fill</title><base href="../"></head><body>
<aside class="rightside"><label>Contents</label><nav></nav></aside>
<aside class="left"><div id="Index">Index<nav></nav></div></aside>
<div class="navheader"><table summary="Navigation header"><tr><td><a href="prev.html">Prev</a></td></tr></table></div>
<div><h3>Fill</h3><p>Fill it up to the mark, and see <a href="en/other.html">Other</a> and
<a href="en/gone.html">what is gone</a>.</p>
<aside class="remark"><p>Real content.</p></aside><aside class="warning"><p>It burns.</p></aside></div>
<div class="navfooter"><a href="next.html">Next</a></div></body></html>"""


def test_navigation_around_a_page_is_left_out_and_asides_are_not(tmp_path: Path) -> None:
    other = "<html><head><title>Other</title></head><body><h1>Other</h1><p>Text of the other page.</p></body></html>"
    source = write_files(tmp_path / "source", {"en/fill.html": SITE, "en/other.html": other})
    with look(source, tmp_path / "into", kind="html") as found:
        found.write()
        told = [(one.code, "gone.html" in one.message) for one in found.report.plan.broken]
    text = tree_of(tmp_path / "into")["en/fill.md"]
    text = text.decode() if isinstance(text, bytes) else text
    body = text.partition("---\n")[2].partition("---\n")[2]

    for word in ("Contents", "Index", "Prev", "Next", "### Fill"):
        assert word not in body
    assert "Real content." in body and "!!! warning\n    It burns." in body
    assert "[Other](other.md)" in body
    assert told == [("link-missing", True)]
