"""Reads what other tools' authors write into this renderer's own Markdown, before it is converted.

Boxes (`:::note`, `/// note`, `{% hint %}`, `{{< notice >}}`, `<Note>`), tabs, steps, cards, folded parts, wiki links,
includes and variables become what `docs/authors/writing.md` describes. Imports, components nobody knows and the logic
of templates are taken out and their text is kept. Code is never touched. What was taken out, and what is not understood
and left as it is, is told with the line it stands in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.texts.said import Said, said
from kb.findings import Finding, warning
from kb.markup import unclosed
from kb.markup.dialects.blocks import Blocks
from kb.markup.dialects.code import Line, Shields, plain_terminals, shielded
from kb.markup.dialects.context import NO_SUCH_FILE, NO_SUCH_PICTURE, PLAIN, Context, Notes
from kb.markup.dialects.elements import separated
from kb.markup.dialects.includes import Includer
from kb.markup.dialects.inline import Inline
from kb.markup.dialects.names import Role
from kb.markup.dialects.tags import Family, Scanner
from kb.markup.emoji import may_hold_names, with_signs

_ANYTHING = re.compile(
    r":::|///|\{[%{#*!/:]|</?[A-Z]|\[\[|8<-|\^|~|\+\+|==|^import |^export |<--->|^<<<|^::|\}`|\)=$"
    r"|=\{|className=|%%|:[a-z]+-|\{#|:[a-z]+:`|xref:|\[!INCLUDE|^[ \t]*\[TOC\]",
    re.IGNORECASE | re.MULTILINE,
)
# What may be taken out of a title, a summary or a question.
_TAG = re.compile(r"\{[%{#]|</?[A-Z]|\[\[|:::")
_CODE = re.compile(r"(`[^`]*`)")
_LINKED_BLOCK = re.compile(r"#\^([A-Za-z0-9-]{1,60})")
_LABEL = re.compile(r"^ {0,3}\[{1,3}([^\[\]\n]{1,200})\]{1,3}:[ \t]*(?:[/<#.]|[a-z]+:)", re.MULTILINE)
_FOREIGN: dict[str, Callable[[str], Said]] = {
    NO_SUCH_FILE: lambda name: said(
        "[[%(name)s]] names no file here, so readers see its words without a link", name=name
    ),
    NO_SUCH_PICTURE: lambda name: said(
        "![[%(name)s]] names no picture here, so readers see at most the words that stand for it", name=name
    ),
}
_SAID: dict[str, Callable[[str], Said]] = {
    "include": lambda name: said(
        "The include of %(name)s was taken out: there is no such file in the articles folder, or it is a template",
        name=name,
    ),
    "^name (of a block)": lambda _name: said(
        "A name as Obsidian gives it to a paragraph (^name) was taken out; links to it work"
    ),
    "%% comment %%": lambda _name: said("A comment between %%%% was taken out, as Obsidian shows it to nobody"),
    "include in itself": lambda name: said(
        "The include of %(name)s was taken out: that file includes itself", name=name
    ),
    "include beyond what one page may hold": lambda _name: said(
        "An include was taken out: the page holds too many files or too much text"
    ),
    "MDX import": lambda _name: said("An import was taken out; it has no meaning here"),
    "MDX export": lambda _name: said("An export was taken out; it has no meaning here"),
    "MDX expression {…}": lambda _name: said("A JavaScript expression in {…} was taken out"),
    "{{ … }}": lambda _name: said("A template's value in {{ … }} was taken out: _variables.yml has none of that name"),
    "{% for %} with what it repeats": lambda _name: said(
        "A template's loop was taken out: what it repeats is in no article"
    ),
}


@dataclass(frozen=True)
class Note:
    """Markup of one kind that was taken out (`removed-markup`), is not understood and shown as it is written
    (`foreign-markup`), or is never closed (`unclosed-box`): the first line of the article's body it stands in, how
    often, and what it was called there."""

    code: str
    kind: str
    line: int
    count: int
    name: str = ""

    def finding(self, path: str, body_line: int = 1) -> Finding:
        """As a lint finding; `body_line` is the line of the file its body begins in."""
        what, line = self._what(), body_line + self.line - 1
        message = said("%(what)s.", what=what)
        if self.count > 1:
            message = said("%(what)s (%(number)s times, first here).", what=what, number=self.count)
        if self.code == "removed-markup":
            return warning(path, line, "removed-markup", message)
        if self.code == "unclosed-box":
            return warning(path, line, "unclosed-box", message)
        return warning(path, line, "foreign-markup", message)

    def _what(self) -> Said:
        if self.code == "unclosed-box" and self.kind.startswith("<"):
            return said(
                "%(markup)s is never closed, so it ends with its paragraph or before the next heading; close it where"
                " it ends",
                markup=self.kind,
            )
        if self.code == "unclosed-box":
            return said(
                "%(markup)s is never closed, so it ends before the next heading; close it with a line of ::: where"
                " it ends",
                markup=self.kind,
            )
        if self.code != "removed-markup":
            if self.kind in _FOREIGN:
                return _FOREIGN[self.kind](self.name)
            return said("%(markup)s is not understood, so readers see it as it is written", markup=self.kind)
        known = _SAID.get(self.kind)
        if known is None:
            return said("%(markup)s was taken out; the text in it was kept", markup=self.kind)
        return known(self.name or said("a file"))


@dataclass(frozen=True)
class Reading:
    """`text` is Markdown of this renderer's kind; `numbers` has the line of the original for each of its lines."""

    text: str
    notes: tuple[Note, ...] = ()
    numbers: tuple[int, ...] = ()


def read_dialects(text: str, context: Context = PLAIN) -> Reading:
    """The body of an article as this renderer's Markdown."""
    mdx = context.path.lower().endswith(".mdx")
    if not mdx and not _ANYTHING.search(text):
        return Reading(text, (), tuple(range(1, text.count("\n") + 2)))
    notes = Notes()
    text = plain_terminals(text, notes)
    scanner = Scanner(Shields())
    includer = Includer(scanner, context, notes)
    lines = includer.expanded(includer.prepared(text, mdx), context.path)
    lines = Blocks(scanner, notes, context.lang).read(lines)
    linked = frozenset(_LINKED_BLOCK.findall(text)) if "#^" in text else frozenset[str]()
    labels = frozenset(label.casefold() for label in _LABEL.findall(text)) if "[[" in text else frozenset[str]()
    inline = Inline(scanner, context, notes, includer.mdx or _is_template(scanner), linked, labels)
    lines = [Line(made, line.number, line.code) for line in lines if (made := inline.line(line)) is not None]
    if includer.mdx:
        lines = separated(lines)
    for number, name in unclosed.found_in((line.number, line.text) for line in lines if not line.code):
        notes.unclosed(f"<{name}>", number)
    out: list[str] = []
    numbers: list[int] = []
    for line in lines:
        made = scanner.shields.of(line.text)
        # Values and pictures' names may have line ends of their own.
        for part in made.split("\n"):
            out.append(part)
            numbers.append(line.number)
    return Reading("\n".join(out), _notes(notes), tuple(numbers))


def may_hold_tags(text: str) -> bool:
    """Whether `clean_words` may have something to take out of a text, or to put in."""
    return _TAG.search(text) is not None or may_hold_names(text)


def clean_words(text: str, context: Context = PLAIN) -> tuple[str, tuple[Note, ...]]:
    """A title, a summary or a question without the tags of templates and components and with signs for the names of
    emoji, and what was taken out."""
    if not may_hold_tags(text):
        return text, ()
    notes, scanner = Notes(), Scanner(Shields())
    one_line = [Line(" ".join(text.split()), 1)]
    one_line[0].text = text = _with_signs(one_line[0].text)
    if not _TAG.search(text):
        return text, ()
    lines, mdx = scanner.scan(shielded(one_line[0].text, scanner.shields, indented=False), False, blocks=False)
    inline = Inline(scanner, context, notes, mdx or _is_template(scanner))
    made = " ".join(scanner.shields.of(inline.line(line) or "") for line in lines)
    return " ".join(made.split()), _notes(notes)


def _with_signs(text: str) -> str:
    """A line with signs for the names of emoji, but in code."""
    return "".join(part if part.startswith("`") else with_signs(part)[0] for part in _CODE.split(text))


def _is_template(scanner: Scanner) -> bool:
    """Whether a page holds what only a template language has."""
    return any(
        tag.family is Family.LIQUID and (tag.role in {Role.LOGIC, Role.UNKNOWN, Role.REFERENCE}) for tag in scanner.tags
    )


def _notes(notes: Notes) -> tuple[Note, ...]:
    found = (Note(code, kind, *seen) for (code, kind), seen in notes.seen.items())
    return tuple(sorted(found, key=lambda note: (note.line, note.code, note.kind)))


__all__ = ["PLAIN", "Context", "Note", "Reading", "clean_words", "may_hold_tags", "read_dialects"]
