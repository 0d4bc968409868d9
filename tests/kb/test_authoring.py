"""Bringing two changes together, comparing texts, and headers as forms."""

import random
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.authoring.differences import Kind, compared, hunks, paragraphs
from kb.authoring.git_commits import committed
from kb.authoring.git_types import REASONS, NotCommitted, Signature
from kb.authoring.header_form import NAMES, HeaderKept, form_of, joined, split, with_form
from kb.authoring.merge import conflicts, merge, text_of
from kb.authoring.pasted import pasted
from kb.authoring.twin_merge import merged
from kb.models import ArticleRef
from kb.source.frontmatter import read

_PARTS = ("One two.\n\n", "Three\nfour.\n\n", "- five\n", "\n", "## Six\n", "seven", "七八。\n\n", "```\na\n\nb\n```\n")


def made(rng: random.Random) -> str:
    return "".join(rng.choice(_PARTS) for _ in range(rng.randint(0, 7)))


def test_a_comparison_holds_both_texts() -> None:
    rng = random.Random(17)
    for _ in range(1500):
        old, new = made(rng), made(rng)
        pieces = compared(old, new)
        assert "".join(p.text for p in pieces if p.kind is not Kind.IN) == old
        assert "".join(p.text for p in pieces if p.kind is not Kind.OUT) == new
        assert "".join(paragraphs(old)) == old
    assert [(p.kind, p.text) for p in compared("a red fox", "a brown fox")] == [
        (Kind.SAME, "a "), (Kind.OUT, "red"), (Kind.IN, "brown"), (Kind.SAME, " fox"),
    ]  # fmt: skip


def test_the_shortest_edit_is_found_and_a_different_text_is_one_change() -> None:
    assert [(h.a, h.b, h.c, h.d) for h in hunks("abcabba", "cbabac")] != []
    assert sum(h.b - h.a + h.d - h.c for h in hunks("abcabba", "cbabac")) == 5  # Myers' own example
    assert len(hunks([str(n) for n in range(2000)], [str(-n - 1) for n in range(2000)])) == 1


def test_a_merge_never_loses_what_one_side_wrote() -> None:
    rng = random.Random(4)
    for _ in range(1500):
        base, mine, theirs = made(rng), made(rng), made(rng)
        assert text_of(merge(base, mine, base)) == mine
        assert text_of(merge(base, base, theirs)) == theirs
        assert text_of(merge(base, mine, mine)) == mine
        found = merge(base, mine, theirs)
        both = text_of(found)
        for one in conflicts(found):
            assert one.mine.strip() in both and one.theirs.strip() in both
        for side in (mine, theirs):
            new = [p for p in paragraphs(side) if p.strip() and p not in base]
            assert all(p.strip() in both for p in new)


def test_paragraphs_next_to_each_other_fit_together() -> None:
    head = "---\ntitle: A\nstatus: draft\n---\n\n"
    base = f"{head}One.\n\nTwo.\n\nThree.\n"
    mine = f"{head.replace('draft', 'published')}One, mine.\n\nTwo.\n\nThree.\n\nFour.\n"
    theirs = f"{head.replace('title: A', 'title: B')}One.\n\nTwo, theirs.\n\nThree.\n"

    found = merge(base, mine, theirs)

    assert conflicts(found) == []
    assert text_of(found) == "---\ntitle: B\nstatus: published\n---\n\nOne, mine.\n\nTwo, theirs.\n\nThree.\n\nFour.\n"
    again = merge(base, mine, theirs.replace("One.", "One, theirs."))
    assert [(one.base, one.mine, one.theirs) for one in conflicts(again)] == [
        ("One.\n", "One, mine.\n", "One, theirs.\n")
    ]
    assert "One, theirs." in text_of(again, ["theirs"]) and "One, mine." not in text_of(again, ["theirs"])


FILE = """---
# kept
title: 'It''s here'   # why
x_other: {a: [1, 2]}
tags:
  - one
  - two
questions: ["who?"]

description: >
  Folded
  text.
status: draft
---

Body --- with a rule.

---
"""


def test_a_form_changes_its_fields_and_nothing_else() -> None:
    was = form_of(FILE)
    assert was["title"] == "It's here" and was["tags"] == "one\ntwo" and was["summary"] == "Folded text."
    parts = split(FILE)
    assert joined(parts.head, parts.body) == FILE and parts.head_lines == 14
    assert with_form(FILE, was, was) == FILE

    typed = {**was, "title": 'Say "hi": now', "tags": "two, üç", "summary": "", "status": "published", "owner": "Ada"}
    changed = with_form(FILE, was, typed)

    after = form_of(changed)
    assert {name: after[name] for name in NAMES} == {**typed, "tags": "two\nüç"}
    assert "# kept\n" in changed and "x_other: {a: [1, 2]}\n" in changed and 'questions: ["who?"]\n' in changed
    assert split(changed).body == parts.body
    assert with_form("No header.\n", form_of("No header.\n"), {**form_of(""), "title": "T"}) == (
        '---\ntitle: "T"\n---\nNo header.\n'
    )


@pytest.mark.parametrize(
    "text",
    ["+++\ntitle = 'x'\n+++\nBody\n", "---\ntitle: &a x\nsummary: *a\n---\n", "---\ntitle: [\n---\n", "---\ntitle: x\n",
     "---\ntitle: x\ntitle: y\n---\n", "---\n'title': x\n---\nBody\n", '{"title": "x"}\nBody\n'],
)  # fmt: skip
def test_a_header_the_form_cannot_change_is_left_alone(text: str) -> None:
    parts = split(text)
    assert joined(parts.head, parts.body) == text
    was = form_of(text)
    try:
        changed = with_form(text, was, {**was, "title": "new"})
    except HeaderKept as kept:
        assert kept.name == "title"
    else:
        assert read(changed, "").fields.title == "new" and read(changed, "").body == read(text, "").body


# --- Git ---

ADA, NOW = Signature("Ada <x> Ş", "ada@example.org"), datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Repository:
    """A repository of Git's own making, with a file that is staged and one that Git does not know."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        self.article = folder / "docs" / "en" / "a.md"
        self.article.parent.mkdir(parents=True)
        self.article.write_text("one\n", "utf-8")
        (folder / "staged.md").write_text("staged", "utf-8")
        (folder / "unknown.md").write_text("unknown", "utf-8")
        self.git("add", "staged.md")

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=Bo", "-c", "user.email=bo@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *words], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def save(self, text: str, message: str = "Why") -> str:
        self.article.write_bytes(text.encode())
        return committed(self.article, ADA, message, NOW)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    if shutil.which("git") is None:
        pytest.skip("compares with Git itself, which is not installed")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "repository").mkdir()
    return Repository(tmp_path / "repository")


def test_a_save_is_a_commit_of_this_file_and_nothing_else(repository: Repository) -> None:
    first = repository.save("one\n", "First")
    repository.git("commit", "-q", "-m", "by Git", "staged.md")
    repository.git("gc", "-q")
    (repository.folder / "staged.md").write_text("changed", "utf-8")
    repository.git("add", "staged.md")
    second = repository.save("two 二\n", "Ünlü")

    log = [line for line in repository.git("log", "--format=%H|%an|%ae|%s", "--name-only").splitlines() if line]
    assert log[:2] == [f"{second}|Ada x Ş|ada@example.org|Ünlü", "docs/en/a.md"]
    assert log[3:] == ["staged.md", f"{first}|Ada x Ş|ada@example.org|First", "docs/en/a.md"]
    assert repository.git("status", "--porcelain") == "M  staged.md\n?? unknown.md\n"
    assert repository.git("show", "HEAD:docs/en/a.md") == "two 二\n"
    assert repository.git("fsck", "--strict", "--no-dangling") == ""
    assert repository.save("two 二\n") == ""


def test_what_cannot_be_committed_is_left_as_it_is(repository: Repository, tmp_path: Path) -> None:
    repository.save("one\n")
    head = repository.git("rev-parse", "HEAD")
    control = repository.folder / ".git"

    def refused(text: str) -> str:
        with pytest.raises(NotCommitted) as caught:
            repository.save(text)
        assert repository.git("rev-parse", "HEAD") == head and caught.value.code in REASONS
        assert repository.article.read_text("utf-8") == text
        return caught.value.code

    (control / "index.lock").touch()
    assert refused("2\n") == "locked"
    (control / "index.lock").unlink()
    (control / "MERGE_HEAD").write_text(head, "utf-8")
    assert refused("3\n") == "under_way"
    (control / "MERGE_HEAD").unlink()
    repository.git("checkout", "-q", "--detach")
    assert refused("4\n") == "detached"
    repository.git("checkout", "-q", "main")
    ran = tmp_path / "ran"
    repository.git("config", "filter.runs.clean", f"touch {ran}")
    (control / "info" / "attributes").write_text("*.md filter=runs\n", "utf-8")
    assert refused("5\n") == "filter" and not ran.exists()
    (control / "info" / "attributes").unlink()
    (control / "HEAD").write_text("nonsense", "utf-8")
    with pytest.raises(NotCommitted):
        repository.save("6\n")
    (tmp_path / "plain.md").write_text("no repository", "utf-8")
    assert committed(tmp_path / "plain.md", ADA, "", NOW) == ""


# --- what is pasted ---

WORD = """<html xmlns:o="urn:schemas"><head><style>p {}</style></head><body><!--StartFragment--><h1>Title<o:p></o:p></h1>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol'><span
style='mso-list:Ignore'>\u00b7<span>&nbsp; </span></span></span><![endif]>One<o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o<span>&nbsp; </span></span>Inner</p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>\u00b7</span>Two <b>bold</b></p>
<p class=MsoNormal>Between</p>
<p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.</span>First</p>
<p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>2.</span>Second</p>
<img src="file:///C:/x.png"><!--EndFragment--></body></html>"""  # noqa: E501 - as Word has it
GOOGLE = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h2><span style="font-weight:400">
Heading</span></h2><p><span style="font-weight:700">bold</span> <span style="font-style:italic">it</span> <a
href="https://a.example/x"><span>link</span></a></p><ul><li><p><span>One</span></p></li></ul></b><script>bad()</script>"""  # noqa: E501


def _item(text: str, mark: str, named: str) -> str:
    """An item as Word writes it: what it drew for the bullet stands in it, and the list is in a style."""
    drawn = (
        f"<span style='mso-list:Ignore'>{mark}<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span>"
    )
    return (
        f"<p class=MsoListParagraphCxSpMiddle style='text-indent:-18.0pt;\nmso-list:{named}'><![if !supportLists]><span\n"  # noqa: E501
        f"style='font-family:Symbol'>{drawn}</span><![endif]>{text}<o:p></o:p></p>\n"
    )


WORD_LISTS = (
    _item("One", "\u00b7", "l0 level1 lfo1") + _item("Two", "\u00b7", "l0 level1 lfo1")
    + _item("First", "1.", "l1 level1 lfo2") + _item("Inner", "a)", "l1 level2 lfo2")
    + "<p class=MsoListParagraphCxSpMiddle>More of it</p><p class=MsoListParagraphCxSpMiddle><o:p>&nbsp;</o:p></p>"
    + _item("Second", "2.", "l1 level1 lfo2") + _item("Other list", "1.", "l2 level1 lfo3")
    + "<p class=MsoNormal>Between</p>" + _item("Goes on", "2.", "l2 level1 lfo3")
)  # fmt: skip
WORD_LISTS_READ = "- One\n- Two\n\n1. First\n   1. Inner\n\n      More of it\n2. Second\n\n<!-- -->\n\n1. Other list\n\nBetween\n\n2. Goes on\n"  # noqa: E501
WORD_BOLD = (
    "<p class=MsoNormal><b style='mso-bidi-font-weight:normal'><span lang=EN-US>Bold</span></b><b style='mso-bidi-"
    "font-weight:\nnormal'>word</b>, <i style='mso-bidi-font-style:\nnormal'>it</i>, <span style='mso-bidi-font-weight:bold'>"  # noqa: E501
    "not</span>, <span style='font-weight:700;font-style:italic'>both</span>,<span style='mso-spacerun:yes'>\u00a0 </span>"  # noqa: E501
    "<span style='text-decoration:line-through'>old</span> m<span style='vertical-align:super'>2</span>"
    "<span style='display:none;mso-hide:all'>hidden</span></p>"
)
SAFARI = (
    '<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><!--[if !supportLists]--><span>1.<span>\u00a0 </span></span>'  # noqa: E501
    '<!--[endif]--><span>One<span class="Apple-converted-space">\u00a0</span>item</span></p><p class="MsoListParagraph" '  # noqa: E501
    'style="mso-list:l0 level1 lfo1"><!--[if !supportLists]--><span>2.</span><!--[endif]-->Two</p>'
)
GOOGLE_LISTS = (
    '<b style="font-weight:normal" id="docs-internal-guid-6"><ol><li dir="ltr"><p><span>1</span></p></li><ul><li><p>A</p></li>'  # noqa: E501
    "<ol><li><p>i</p></li></ol></ul><li><p>2</p></li></ol><ul><li>B</li></ul><ul><ul><li>C</li></ul><li>D</li></ul></b>"
)
WORD_ONLINE = "".join(
    f'<div class="ListContainerWrapper"><{kind}><li data-listid="{name}" data-aria-level="{level}"><p><span class="TextRun" '  # noqa: E501
    f'style="font-weight:bold">{text}</span></p></li></{kind}></div>'
    for kind, name, level, text in (("ul", 1, 1, "One"), ("ul", 1, 2, "In"), ("ol", 2, 1, "Number"))
)
LIBRE_OFFICE = (
    '<h1 class="western">Head</h1><ul>\n\t<li/>\n<p style="margin-bottom:0cm"><b>One</b></p>\n\t<li/>\n<p>Two</p>\n'
    "<ul>\n\t<li/>\n<p>In</p>\n</ul></ul>"
)
PAGES = (
    '<p class="p1"><b>Bold</b><b> more</b></p><ul class="ul1"><li class="li1"><span class="s1"></span>One</li><ul class="ul1">'  # noqa: E501
    '<li class="li1">In</li></ul></ul>'
)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (WORD_LISTS, WORD_LISTS_READ),
        (WORD_BOLD, "**Boldword**, *it*, not, ***both***, ~~old~~ m<sup>2</sup>\n"),
        (SAFARI, "1. One item\n2. Two\n"),
        (GOOGLE_LISTS, "1. 1\n   - A\n     1. i\n2. 2\n\n- B\n\n<!-- -->\n\n- C\n- D\n"),
        (WORD_ONLINE, "- **One**\n  - **In**\n\n1. **Number**\n"),
        (LIBRE_OFFICE, "## Head\n\n- **One**\n- Two\n  - In\n"),
        (PAGES, "**Bold more**\n\n- One\n  - In\n"),
        (WORD, "## Title\n\n- One\n  - Inner\n- Two **bold**\n\nBetween\n\n1. First\n2. Second\n"),
        (GOOGLE, "## Heading\n\n**bold** *it* [link](https://a.example/x)\n\n- One\n"),
        ("<p style='mso-list:l0 level9 lfo1'>x", "- x\n"),
        ("", "\n"),
        ("https://a.example/\ud800.html", "https://a.example/?.html\n"),
    ],
)
def test_what_is_pasted_keeps_its_structure_and_not_its_look(html: str, markdown: str) -> None:
    assert pasted(html) == markdown


def test_parts_taken_over_from_another_folder_keep_their_links() -> None:
    other = '---\ntitle: B\nslug: b\n---\n\nSee [a](c.md#x), ![p](../img/p.png "T"), [w](https://a/b.md) and [h](#h).\n'
    made = merged("---\ntitle: A\n---\n\nA.\n", other, ArticleRef("en", "b"), [0], {"b", "b-merged"}, names=True,
                  folders=("en/one", "en/two"))  # fmt: skip
    wanted = 'See [a](../two/c.md#x), ![p](../img/p.png "T"), [w](https://a/b.md) and [h](#h).'
    assert made.kept == f'---\ntitle: A\naliases: ["/en/a/b"]\n---\n\nA.\n\n{wanted}\n'
    assert 'slug: "b-merged-2"' in made.retired and "status: draft" in made.retired
