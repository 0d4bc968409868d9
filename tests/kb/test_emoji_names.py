"""Names of emoji are signs in pages, titles and quotations, and colons that are something else stay as they are."""

from pathlib import Path

import pytest

from kb.markup.dialects.reader import clean_words
from kb.markup.emoji import with_signs
from kb.markup.links import LinkTargets, Resolver
from kb.markup.markdown import Converter
from kb.markup.page import Page, read_page
from kb.markup.quote import quotes_of
from kb.models import PassageKind
from kb.passages import passages_of
from kb.source.folder_reader import read_folder
from tests.kb.conftest import WriteFile


def page_of(markdown: str) -> Page:
    resolver = Resolver("a.md", LinkTargets({}, frozenset(), lambda path: None))
    return read_page(Converter().html(markdown), "", resolver)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (":tea: is ready", "🍵 is ready"),
        ("Ready :white_check_mark:, not ready :x:.", "Ready ✅, not ready ❌."),
        ("(:warning:) :+1: :-1: :thumbsup:", "(⚠️) 👍 👎 👍"),
        (":tea::cake: and :100:", "🍵🍰 and 💯"),
        ("泡好:white_check_mark:了，:x:沒好", "泡好✅了，❌沒好"),
        ("Done.:tada:", "Done.🎉"),
        (":us: :family_man_girl:", "🇺🇸 👨‍👧"),
    ],
)
def test_names_are_shown_as_signs(written: str, shown: str) -> None:
    assert with_signs(written)[0] == shown
    assert page_of(written).sections[0].text == shown
    assert clean_words(written)[0] == shown


@pytest.mark.parametrize(
    "written",
    [
        "from 10:30:45 to 11:100:00", "port host:8080:80 or :8080:", "fe80::ab:1 and 00:ab:cd:0a", "::tea::",
        ":octocat:", "urn:tea:x", "a:x:b, key:lock:value", "https://tea.example/:tea:/pot", ":nosuchsign:",
        "std::key::value", ":a b:", "x=:key:", "C:/:key:/",
    ],
)  # fmt: skip
def test_other_colons_stay(written: str) -> None:
    assert with_signs(written)[0] == written
    assert page_of(written).sections[0].text == written


@pytest.mark.parametrize(
    "written",
    ["`:tea:`", "```\n:tea:\n```", "    :tea:", "<kbd>:tea:</kbd>", "<pre>:tea:</pre>", "<samp>a :tea: b</samp>"],
)
def test_nothing_changes_in_code(written: str) -> None:
    assert ":tea:" in page_of(f"x\n\n{written}\n\ny").html
    assert "🍵" not in page_of(f"x\n\n{written}\n\ny").html


def test_titles_headings_and_quotations_have_signs_and_anchors_the_names(folder: Path, write: WriteFile) -> None:
    table = "<table><tr><td>:x:</td></tr></table>"
    body = f"Warm it.\n\n## :tea: Green `:tea:`\n\n- :white_check_mark: Hot :x:\n\n{table}\n"
    write("en/a/_category_.yml", 'title: ":tea: Teas"\ndescription: "Ours :tada:"\n')
    write("en/a/tea.md", f'---\ntitle: ":tea: Tea `:x:`"\nsummary: "All :tada:"\n---\n\n{body}')
    reading = read_folder(folder)
    (source,), (category,) = reading.sources, reading.categories
    article = source.article
    assert (category.title, category.description) == ("🍵 Teas", "Ours 🎉")
    assert (article.title, article.summary) == ("🍵 Tea `:x:`", "All 🎉")
    assert "tea-green-tea" in source.page.anchors and article.sections[-1].heading == "🍵 Green :tea:"
    quotes = quotes_of(article, [p for p in passages_of(article) if p.kind is PassageKind.BODY])
    assert "✅ Hot ❌" in quotes[-1].html and "<td>" in quotes[-1].html and ":x:" not in quotes[-1].html
