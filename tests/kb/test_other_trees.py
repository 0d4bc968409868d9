"""Trees of articles that others wrote: as many items, rows, code blocks and pictures as markdown-it finds, and MkDocs.

The trees lie beside the project (`../shared`), and are no part of it; each test says so where they are missing. Pages
of large-kb are sampled; `ALL_PAGES=1` takes all (docs/adr/0016-commonmark-through-markdown-it.md has the figures).
"""

import os
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import markdown
import pytest
from markdown_it import MarkdownIt

from kb.markup.blocks import BOX, TAB
from kb.markup.markdown import Converter, sanitise
from kb.markup.raw_html import ELEMENTS

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
_KINDS = ("li", "tr", "pre", "img")
_EXPLAINED = {"docs/2fa.md": "items right below a closed <div>: HTML to CommonMark, items to Docusaurus and MkDocs"}
_STEP = 1 if os.environ.get("ALL_PAGES") else 4
_HEADER = re.compile(r"\A---\n.*?\n---\n", re.S)
_TAG = re.compile(r"<(?=/?([A-Za-z][\w.:-]*))")
_DELIMITERS = re.compile(r"(?m)^ {0,3}\|[ |:-]*--[ |:-]*$")
_EMPTY_CELL = re.compile(r"(?<=\|) (?= *\|)")
_BARE_TAG = re.compile(r"<[^>]*>")
_INLINE_TAG = re.compile(r"</?(?:span|a|code|strong|em|b|i|abbr)\b[^>]*>")
# Python-Markdown with what MkDocs's authors have: another reading of the same text.
_MKDOCS = ("tables", "admonition", "footnotes", "def_list", "attr_list", "abbr", "md_in_html", "sane_lists",
           "pymdownx.superfences", "pymdownx.highlight", "pymdownx.details", "pymdownx.tabbed", "pymdownx.tasklist",
           "pymdownx.magiclink", "pymdownx.tilde")  # fmt: skip


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("trees")
    for name in ("large-kb", "real-kb"):
        if (SHARED / f"{name}.tar.gz").is_file():
            with tarfile.open(SHARED / f"{name}.tar.gz") as archive:
                archive.extractall(folder, filter="data")
    yield folder


def pages(folder: Path, step: int = 1) -> list[tuple[str, str]]:
    if not folder.is_dir():
        pytest.skip(f"{folder.name} does not lie beside the project")
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in {".md", ".mdx"} and path.is_file()]
    return [(str(p.relative_to(folder)), _HEADER.sub("", p.read_text(errors="replace"))) for p in files[::step]]


@cache
def renderer() -> Converter:
    return Converter()


def ours(text: str) -> str:
    # Footnotes are lists of ours; CommonMark has none.
    return renderer().html(text).split('<div class="footnote">')[0]


def counts(html: str) -> tuple[int, ...]:
    return tuple(len(re.findall(rf"<{kind}[\s>/]", html)) for kind in _KINDS)


def by_markdown_it(text: str) -> str:
    """Its reading, with tags that HTML does not know as the text they are here, and `| | --- |` as a delimiter row."""
    text = _DELIMITERS.sub(lambda row: _EMPTY_CELL.sub("-", row[0]), text)
    known = _TAG.sub(lambda found: "<" if found[1].lower() in ELEMENTS else "\\<", text)
    html: str = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(known)
    return sanitise(html)


def has_boxes(text: str) -> bool:
    """Whether a page has blocks that MkDocs taught and CommonMark does not know."""
    marked = (line.strip() for line in text.split("\n") if line.strip()[:3] in {"!!!", "???", "==="})
    return any(BOX.match(line) or TAB.match(line) for line in marked)


@pytest.mark.parametrize("tree", ["articles", "demo-kb", "demo-kb-i18n", "large-kb", "chatwoot", "plausible", "h18f"])
def test_as_many_items_rows_code_blocks_and_pictures_as_commonmark_has(tree: str, unpacked: Path) -> None:
    folder = {"articles": ROOT / "kb" / "articles", "large-kb": unpacked / "large-kb"}.get(tree)
    if folder is None:
        folder = SHARED / tree if tree.startswith("demo") else unpacked / "real-kb" / tree
    read = pages(folder, _STEP if tree == "large-kb" else 1)

    different = {
        name: (counts(by_markdown_it(text)), counts(ours(text)))
        for name, text in read
        if not has_boxes(text) and counts(by_markdown_it(text)) != counts(ours(text))
    }

    assert set(different) == {name for name, _ in read if name in _EXPLAINED}, different


@pytest.mark.parametrize("tree", ["fastapi", "pihole"])
def test_pages_written_for_mkdocs_lose_nothing_that_python_markdown_shows(tree: str, unpacked: Path) -> None:
    read = pages(unpacked / "real-kb" / tree)
    mkdocs = markdown.Markdown(
        extensions=list(_MKDOCS), extension_configs={"pymdownx.tabbed": {"alternate_style": True}}
    )
    fewer: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    missing: dict[str, Counter[str]] = {}
    more = 0
    for name, text in read:
        # Labels of tabs stand side by side there, and above each panel here.
        theirs = sanitise(mkdocs.reset().convert(text).replace("</label>", " "))
        mine = renderer().html(text)
        if any(there > here for there, here in zip(counts(theirs), counts(mine), strict=True)):
            fewer[name] = counts(theirs), counts(mine)
        more += counts(theirs) != counts(mine)
        if lost := _words(theirs) - _words(mine):
            missing[name] = lost

    assert fewer == {}
    # There, words behind the kind of a box are names of classes and nobody sees them; here they are its title.
    bare = {"docs/ftldns/dns-cache.md"} if tree == "pihole" else set()
    assert {name for name in missing if name not in bare} == set(), missing
    # The rest are lists right below a line of text, which Python-Markdown takes for text.
    assert more <= len(read) * 0.025


def _words(html: str) -> Counter[str]:
    """The words of a page less numbers, some of which are those of list items to one and text to the other."""
    text = _BARE_TAG.sub(" ", _INLINE_TAG.sub("", html))
    return Counter(word for word in re.findall(r"\w+", text) if not word.isdigit())
