"""Pure: passages as quotations: the part of an article's HTML that a passage is the text of.

A passage is plain text, made for search. What a reader is shown is the article as it is: steps with their numbers, rows
under their headings, boxes, links. Both are made from the same sanitised HTML; `quotes_of` aligns them when an article
is indexed, and kb/markup/excerpt.py cuts a stored quotation when it is shown. Whatever cannot be aligned is quoted as
plain text. Nothing is rendered from Markdown, and no tag or attribute is added that the article did not have, but for
`start` and `value` of steps that others are left out before, `open`, and the name of a small picture amid a sentence.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from core.texts.sentences import sentence_ends
from kb.markup.maths import with_written_formulas
from kb.markup.quote_pictures import name_pictures
from kb.markup.quote_tree import (
    BEGIN,
    END,
    VOID,
    Node,
    html_of,
    is_head,
    is_space,
    lifted,
    opening,
    renumbered,
    text_of,
    tree_of,
)
from kb.markup.said import RAISED, STRUCK, forms_of, raised, with_reading
from kb.models import Article, Passage

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Elements that are one thing in plain text, which may say them in other letters.
_UNITS = RAISED | {"ruby"}
# Not quoted: what loads something, what leads nowhere in a quotation, and headings, which stand above it.
_LEFT_OUT = frozenset("h1 h2 h3 h4 h5 h6 iframe video audio source track input hr col colgroup".split())  # noqa: SIM905
_LEFT_OUT_CLASSES = frozenset({"footnote-ref", "footnote-backref", "video", "video-card", "heading-link"})


@dataclass(frozen=True)
class Quote:
    """A passage's HTML with its sentences delimited, and each sentence's (start, end) in the passage's text."""

    html: str
    sentences: tuple[tuple[int, int], ...]


def squeezed(text: str) -> str:
    """`text` without white space: what a passage and its HTML have in common."""
    return "".join(text.split())


def quotes_of(article: Article, body: Sequence[Passage]) -> tuple[Quote, ...]:
    """The quotation of each body passage of an article, in order."""
    letters = squeezed("".join(section.text for section in article.sections))
    own = body[1:] if article.summary else body
    if squeezed("".join(passage.text for passage in own)) != letters or not letters:
        return tuple(quote_of_text(passage.text) for passage in body)
    tree = tree_of(with_written_formulas(article.html))
    if _Alignment(letters).align(tree) != len(letters):
        return tuple(quote_of_text(passage.text) for passage in body)
    name_pictures(tree)
    quotes = [quote_of_text(passage.text) for passage in body[: len(body) - len(own)]]
    first = 0
    for passage in own:
        last = first + len(squeezed(passage.text))
        quotes.append(_quote(tree, passage.text, first, last))
        first = last
    return tuple(quotes)


# Aligning


class _Alignment:
    """Finds every text of a tree in the article's squeezed text, whose list marks and cell borders it skips."""

    def __init__(self, letters: str) -> None:
        self._letters = letters
        self._at = 0
        self._mark = ""
        self._cells = 0
        self._section = 0  # where the section began
        self._struck: list[Node] = []  # what is struck out, and has no letters of the section behind it yet

    def align(self, tree: Node) -> int:
        """The number of letters that were found, in order: all of them, or the tree is not the text's."""
        self._walk(tree, None)
        self._end_section()
        return self._at

    def _walk(self, node: Node, parent: Node | None) -> None:
        node.first = self._at
        if node.tag in _HEADINGS:
            self._end_section()
        if node.tag == "" and parent is not None:
            self._text(node, (squeezed(node.text),))
        elif node.tag in STRUCK:
            self._strike_out(node)
        elif node.tag in _UNITS:
            self._unit(node)
        elif node.tag not in _LEFT_OUT and not _LEFT_OUT_CLASSES & node.classes:
            if node.tag == "li" and parent is not None:
                self._mark = f"{node.number}." if parent.tag == "ol" else "-"
            elif node.tag == "tr":
                self._cells = 0
            self._cells += node.tag in {"td", "th"}
            for child in node.children:
                self._walk(child, node)
            if node.tag == "li":
                self._mark = ""
            while node.tag == "tr" and self._cells and self._letters.startswith("|", self._at):
                self._at += 1
                self._cells -= 1
        node.last = self._at
        # A mark before the first letter belongs to what it stands before.
        inside = [child for child in node.children if child.last > child.first]
        if inside:
            node.first = inside[0].first
        elif node.first == node.last and any(child.struck for child in node.children):
            node.struck = True
            self._struck.append(node)

    def _text(self, node: Node, forms: Sequence[str]) -> None:
        for letters in filter(None, forms):
            for prefix in (self._mark, *("|" * n for n in range(self._cells, 0, -1)), ""):
                if self._letters.startswith(prefix + letters, self._at):
                    node.first = self._at + len(prefix)
                    self._at = node.last = node.first + len(letters)
                    self._mark, self._cells = "", 0
                    self._struck.clear()
                    return

    def _unit(self, node: Node) -> None:
        """What is raised, or read aloud, as one: its letters are not those that it is written with."""
        if node.tag == "ruby":
            forms: Sequence[str] = (_said(node),)
        else:
            forms = forms_of(node.tag, _said(node))
        self._text(node, [squeezed(form) for form in forms])
        for inner in _below(node):
            inner.first, inner.last = node.first, self._at

    def _strike_out(self, node: Node) -> None:
        for inner in (node, *_below(node)):
            inner.first = inner.last = self._at
            inner.struck = True
            self._struck.append(inner)

    def _end_section(self) -> None:
        """What is struck out stands before the letters that follow it, at the end of a section behind the last one; in
        a section that has no others it is not quoted."""
        for node in self._struck:
            node.first = node.last = self._at - 1 if self._at > self._section else -1
        self._struck, self._section = [], self._at


def _below(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _below(child)


def _said(node: Node) -> str:
    """What an inline node says in plain text."""
    if not node.tag and not node.children:
        return node.text
    if node.tag in STRUCK or _LEFT_OUT_CLASSES & node.classes:
        return ""
    if node.tag == "ruby":
        words = "".join(_said(child) for child in node.children if child.tag not in {"rt", "rp"})
        return with_reading(words, (_said(child) for child in node.children if child.tag == "rt"))
    parts = ""
    for child in node.children:
        said = _said(child)
        parts += raised(child.tag, said, parts) if child.tag in RAISED else said
    return parts


# Quoting


def _quote(tree: Node, text: str, first: int, last: int) -> Quote:
    kept = _clipped(tree, first, last)
    places = [i for i, letter in enumerate(text) if not letter.isspace()]
    writer = _Writer(lambda node: (max(node.first, first), min(node.last, last)))
    html = writer.html(kept).strip() if kept else ""
    sentences = tuple((places[a - first], places[b - 1 - first] + 1) for a, b in writer.sentences)
    return Quote(html, sentences) if sentences else quote_of_text(text)


def quote_of_text(text: str) -> Quote:
    """The quotation of text that has no HTML of its own, such as a summary: a paragraph each line."""
    parts, sentences, at = [], [], 0
    for line in text.split("\n"):
        begin, pieces = 0, []
        for end in sentence_ends(line):
            words = line[begin:end]
            if words.strip():
                left = at + begin + len(words) - len(words.lstrip())
                sentences.append((left, left + len(words.strip())))
                pieces.append(f"{BEGIN}{escape(words.strip(), quote=False)}{END}{' ' * words[-1].isspace()}")
            begin = end
        if pieces:
            parts.append(f"<p>{''.join(pieces).strip()}</p>")
        at += len(line) + 1
    return Quote("".join(parts), tuple(sentences))


def _clipped(node: Node, first: int, last: int, whole: bool = False) -> Node | None:
    """The tree without what lies outside of the letters from `first` to `last`; None where nothing is left."""
    if node.tag in _LEFT_OUT or _LEFT_OUT_CLASSES & node.classes or node.first < 0:
        return None
    empty = node.first == node.last
    if not whole and (not first <= node.first < last if empty else node.last <= first or node.first >= last):
        return None
    if node.tag in VOID:
        return node.without_children()
    if not node.tag and not node.children:
        inside = whole or empty or (first <= node.first and node.last <= last)
        return replace(node, text=node.text if inside else _clipped_text(node, first, last))
    if empty and node.is_block and not node.struck and node.tag not in {"td", "th"}:
        return None
    if node.tag == "pre" and not whole:
        first, last = _whole_lines(node, first, last)
    own = node.without_children()
    # A row is never cut: the passage before or after has it as well. Nor is what is one thing in plain text.
    inside = whole or (first <= node.first and node.last <= last) or node.tag == "tr" or node.tag in _UNITS
    heads = [] if inside else [id(child) for child in node.children if is_head(node, child)]
    for child in node.children:
        kept = _clipped(child, first, last, whole=inside or id(child) in heads)
        if kept is not None:
            own.children.append(kept)
    is_title_alone = own.children and all(is_head(node, child) or is_space(child) for child in own.children)
    if is_title_alone and (heads or node.tag == "table" or "tabbed-block" in node.classes):
        return None  # the passage after has it, with what it stands above; or nothing of that can be quoted
    if node.tag == "pre" and not inside:
        _begin_with_a_line(own)
    if node.tag not in {"", "td", "th"} and all(map(is_space, own.children)):
        spaces = text_of(own)
        return Node("", spaces, first=node.first, last=node.last) if spaces and not node.is_block else None
    return renumbered(lifted(own))


def _whole_lines(code: Node, first: int, last: int) -> tuple[int, int]:
    """The letters of a code block that lines have which are at least in part from `first` to `last`.

    As a row of a table, a line is never cut: the passage before or after has it as well.
    """
    wanted, at = (first, last), code.first
    for line in text_of(code).split("\n"):
        end = at + len(squeezed(line))
        first = at if at < wanted[0] < end else first
        last = end if at < wanted[1] < end else last
        at = end
    return first, last


def _begin_with_a_line(code: Node) -> None:
    """Takes what is left of the lines before its first one from a code block; that keeps its indent. Mutates it."""
    text = text_of(code)
    left = text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1
    leaves = [code]
    while left and leaves:
        node = leaves.pop()
        leaves += reversed(node.children)
        if not node.tag:
            taken = min(left, len(node.text))
            node.text, left = node.text[taken:], left - taken


def _clipped_text(node: Node, first: int, last: int) -> str:
    at, kept = node.first, []
    for letter in node.text:
        if letter.isspace():
            if first <= at < last:
                kept.append(letter)
            continue
        if first <= at < last:
            kept.append(letter)
        at += 1
    return "".join(kept)


class _Writer:
    """A tree as HTML with its sentences delimited; `sentences` are their letters, as `letters_of` a text has them."""

    def __init__(self, letters_of: Callable[[Node], tuple[int, int]]) -> None:
        self._letters_of = letters_of
        self.sentences: list[tuple[int, int]] = []

    def html(self, node: Node) -> str:
        inside = self._children(node)
        return f"{opening(node)}{inside}</{node.tag}>" if node.tag else inside

    def _children(self, node: Node) -> str:
        parts: list[str] = []
        run: list[Node] = []
        for child in (*node.children, None):
            if child is not None and not child.is_block:
                run.append(child)
                continue
            parts.append(self._sentences(run, node.tag))
            run = []
            if child is not None:
                # What is shown with every part of its parent is no sentence, and answers nothing.
                parts.append(html_of(child) if is_head(node, child) else self.html(child))
        return "".join(parts)

    def _sentences(self, run: list[Node], inside: str) -> str:
        """Inline nodes with a delimited sentence each; no sentence begins or ends inside an element of its own."""
        words = [_said(node) for node in run]
        ends = set() if inside == "pre" else set(sentence_ends("".join(words)))
        parts: list[str] = []
        pieces: list[str] = []
        letters: list[tuple[int, int]] = []
        at = 0
        for node, text in zip(run, words, strict=True):
            begin = 0
            cuts = sorted(end - at for end in ends if at < end < at + len(text)) if not node.tag else []
            first, last = self._letters_of(node)
            for cut in (*cuts, len(text)):
                piece = text[begin:cut]
                pieces.append(_inline(node) if node.tag else escape(piece, quote=False))
                if last > first:
                    size = len(squeezed(piece)) if not node.tag else last - first
                    letters.append((first, min(first + size, last)))
                    first = min(first + size, last)
                if at + cut in ends:
                    parts.append(self._delimited(pieces, letters))
                    pieces, letters = [], []
                begin = cut
            at += len(text)
        parts.append(self._delimited(pieces, letters))
        return "".join(parts)

    def _delimited(self, pieces: list[str], letters: list[tuple[int, int]]) -> str:
        html = "".join(pieces)
        spans = [(a, b) for a, b in letters if b > a]
        if not spans or not html.strip():
            return html
        self.sentences.append((spans[0][0], spans[-1][1]))
        left = html[: len(html) - len(html.lstrip())]
        right = html[len(html.rstrip()) :]
        return f"{left}{BEGIN}{html.strip()}{END}{right}"


def _inline(node: Node) -> str:
    if not node.tag:
        return escape(node.text, quote=False)
    if node.tag in VOID:
        return f"<{node.tag}>"
    inside = "".join(map(_inline, node.children))
    # An author's own mark would say that it answers the question.
    return f"<strong>{inside}</strong>" if node.tag == "mark" else f"{opening(node)}{inside}</{node.tag}>"
