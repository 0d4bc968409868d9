"""Pure: passages as quotations: the part of an article's HTML that a passage is the text of.

A passage is plain text, made for search. What a reader is shown is the article as it is: steps with their numbers, rows
under their headings, boxes, links. Both are made from the same sanitised HTML; `quotes_of` aligns them when an article
is indexed, and `excerpt` cuts a stored quotation at sentences and steps when it is shown. A sentence that announces
what follows it ("Run this command:") is shown with that, or with its beginning. Whatever cannot be aligned is
quoted as plain text. Nothing is rendered from Markdown, and no tag or attribute is added that the article did not have,
but for `start` of a list that begins later, `open`, and one `mark`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple

from core.texts.sentences import sentence_ends
from kb.markup.maths import with_written_formulas
from kb.models import Article, Passage

# The element around each sentence of a stored quotation. The sanitiser lets none through, and none is ever shown.
_SENTENCE = "sentence"
_BEGIN, _END = f"<{_SENTENCE}>", f"</{_SENTENCE}>"
# What was a sentence, where it is no longer delimited.
_AS_STORED = "as-stored"
# A tag, with all of its sentence if it begins one (which ends before another begins); or a text.
_INSIDE = rf"[^<]*+(?:<(?!/?{_SENTENCE}>)[^<]*+)*+"
_PART = re.compile(rf"<(/?)([a-z][a-z0-9]*)([^<>]*)>(?:(?<={_BEGIN})({_INSIDE}){_END})?|([^<]+)|<")
_ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
_WIDE = re.compile("[\u2e80-\uffef]")
_ANY_TAG = re.compile(r"<[^<>]*>")
_VOID = frozenset("br hr img input col wbr source track".split())  # noqa: SIM905
_BLOCKS = frozenset(
    "p div blockquote ul ol li dl dt dd table thead tbody tfoot tr td th caption pre figure figcaption details"  # noqa: SIM905
    " summary".split()
)
# Not quoted: what loads something, what leads nowhere in a quotation, and headings, which stand above it.
_LEFT_OUT = frozenset("h1 h2 h3 h4 h5 h6 iframe video audio source track input hr col colgroup".split())  # noqa: SIM905
_LEFT_OUT_CLASSES = frozenset({"footnote-ref", "footnote-backref", "video", "video-card", "heading-link"})
# Boxes that warn: shown before the rest of their passage, and never cut off.
_WARNINGS = frozenset({"warning", "caution", "attention", "danger"})
_A_WARNING = re.compile(rf'class="admonition[^"]*? (?:{"|".join(sorted(_WARNINGS))})\b')
# A title that is shown with any part of what it stands above, and never without.
_TITLE_CLASSES = frozenset({"admonition-title", "tabbed-title"})
# How sentences end that announce what follows them, and the text of an article that was cut.
_ANNOUNCING, _UNFINISHED = (":", "："), (":", "：", "…")
# Of what is announced at least the beginning is shown: about so many letters of it, and of a code block of which not
# all is shown.
_BEGINNING = 240
_KEPT_ATTRIBUTES = frozenset(
    "class lang dir title href rel align colspan rowspan scope start type datetime tabindex".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Quote:
    """A passage's HTML with its sentences delimited, and each sentence's (start, end) in the passage's text."""

    html: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Excerpt:
    """HTML to show; `cut` says that the passage has more, or that the article goes on where it ends."""

    html: str
    cut: bool


class SentencePlace(StrEnum):
    """Where a sentence of a quotation stands: in a warning that is shown first, or is a code block of several lines."""

    TEXT = "text"
    WARNING = "warning"
    CODE = "code"


@dataclass(eq=False, slots=True)
class _Node:
    """An element, or a text (`tag` is ''). `first` and `last` delimit its letters in the article's squeezed text."""

    tag: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["_Node"] = field(default_factory=list)
    first: int = 0
    last: int = 0
    number: int = 0

    def without_children(self) -> "_Node":
        return _Node(self.tag, self.text, dict(self.attributes), [], self.first, self.last, self.number)

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())

    @property
    def is_block(self) -> bool:
        return self.tag in _BLOCKS


def squeezed(text: str) -> str:
    """`text` without white space: what a passage and its HTML have in common."""
    return "".join(text.split())


def quotes_of(article: Article, body: Sequence[Passage]) -> tuple[Quote, ...]:
    """The quotation of each body passage of an article, in order."""
    letters = squeezed("".join(section.text for section in article.sections))
    own = body[1:] if article.summary else body
    if squeezed("".join(passage.text for passage in own)) != letters or not letters:
        return tuple(quote_of_text(passage.text) for passage in body)
    tree = _tree(with_written_formulas(article.html))
    if _Alignment(letters).align(tree) != len(letters):
        return tuple(quote_of_text(passage.text) for passage in body)
    quotes = [quote_of_text(passage.text) for passage in body[: len(body) - len(own)]]
    first = 0
    for passage in own:
        last = first + len(squeezed(passage.text))
        quotes.append(_quote(tree, passage.text, first, last))
        first = last
    return tuple(quotes)


def excerpt(html: str, marked: int | None = None, budget: int = 0) -> Excerpt:
    """A stored quotation, cut to about `budget` letters (0: whole) around sentence `marked`, which gets a mark."""
    return _excerpt(html, -1 if marked is None else marked, budget)


@lru_cache(maxsize=1024)
def sentence_places(html: str) -> tuple[SentencePlace, ...]:
    """Where each sentence of a stored quotation stands."""
    if "<pre" not in html and not _A_WARNING.search(html):
        return (SentencePlace.TEXT,) * html.count(_BEGIN)
    found: list[SentencePlace] = []
    for child in _tree(html).children:
        found += _places(child, SentencePlace.WARNING if _is_warning(child) else SentencePlace.TEXT)
    return tuple(found)


def announces(html: str) -> bool:
    """Whether a stored quotation ends in a sentence of prose that announces what follows it."""
    if not html or not _ANY_TAG.sub("", html).rstrip().endswith(_ANNOUNCING):
        return False
    sentences = _sentences_of(_tree(html))
    return bool(sentences) and sentences[-1].announces


def with_announced(html: str, following: str) -> str:
    """A quotation that announces what the article's next passage has, with the beginning of that one's quotation."""
    tree = _tree(following)
    tree.children = [child for child in tree.children if child.tag][:1]
    _cut_code(tree)
    shown = _chosen(list(_units(tree, _BEGINNING)), 0, _BEGINNING)
    kept = _pruned(tree, frozenset(range(shown[-1].last)), count_from=[0]) if shown else None
    return html + _stored(kept) if kept else html


def with_links(html: str, article_url: str, base: str = "", reader: tuple[str, str] | None = None) -> str:
    """A quotation's links as they work elsewhere: headings of the article by its address, others below `base`.

    `reader` is (language of the article, language of the reader), where the reader's own pages show such articles.
    """
    if reader is not None:
        html = html.replace(f'href="/{reader[0]}/a/', f'href="/{reader[1]}/a/')
    if base:
        html = re.sub(r'href="(?=/(?!/))', f'href="{escape(base)}', html)
    return html.replace('href="#', f'href="{escape(article_url.partition("#")[0])}#')


# Reading


def _tree(html: str) -> _Node:
    """The elements of sanitised HTML, in which every `<` and every quote that is text is escaped. A sentence has its
    HTML as its text."""
    top = _Node("")
    path = [top]
    for closing, tag, attributes, sentence, text in _PART.findall(html):
        if sentence:
            # As it is stored: nothing inside a sentence is cut or changed.
            path[-1].children.append(_Node(_SENTENCE, sentence))
        elif not tag:
            words = text or "<"
            path[-1].children.append(_Node("", unescape(words) if "&" in words else words))
        elif closing:
            for depth in range(len(path) - 1, 0, -1):
                if path[depth].tag == tag:
                    del path[depth:]
                    break
        else:
            node = _Node(tag)
            if attributes:
                node.attributes = {
                    name: unescape(value) if "&" in value else value for name, value in _ATTRIBUTE.findall(attributes)
                }
            if tag == "li":
                node.number = _next_number(path[-1])
            path[-1].children.append(node)
            if tag not in _VOID:
                path.append(node)
    return top


def _next_number(parent: _Node) -> int:
    before = next((child.number for child in reversed(parent.children) if child.tag == "li"), None)
    start = parent.attributes.get("start", "")
    return before + 1 if before is not None else int(start) if start.isascii() and start.isdigit() else 1


class _Alignment:
    """Finds every text of a tree in the article's squeezed text, whose list marks and cell borders it skips."""

    def __init__(self, letters: str) -> None:
        self._letters = letters
        self._at = 0
        self._mark = ""
        self._cells = 0

    def align(self, tree: _Node) -> int:
        """The number of letters that were found, in order: all of them, or the tree is not the text's."""
        self._walk(tree, None)
        return self._at

    def _walk(self, node: _Node, parent: _Node | None) -> None:
        node.first = self._at
        if node.tag == "" and parent is not None:
            self._text(node)
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

    def _text(self, node: _Node) -> None:
        letters = squeezed(node.text)
        if not letters:
            return
        for prefix in (self._mark, *("|" * n for n in range(self._cells, 0, -1)), ""):
            if self._letters.startswith(prefix + letters, self._at):
                node.first = self._at + len(prefix)
                self._at = node.first + len(letters)
                self._mark, self._cells = "", 0
                return


# Quoting


def _quote(tree: _Node, text: str, first: int, last: int) -> Quote:
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
                pieces.append(f"{_BEGIN}{escape(words.strip(), quote=False)}{_END}{' ' * words[-1].isspace()}")
            begin = end
        if pieces:
            parts.append(f"<p>{''.join(pieces).strip()}</p>")
        at += len(line) + 1
    return Quote("".join(parts), tuple(sentences))


def _clipped(node: _Node, first: int, last: int, whole: bool = False) -> _Node | None:
    """The tree without what lies outside of the letters from `first` to `last`; None where nothing is left."""
    if node.tag in _LEFT_OUT or _LEFT_OUT_CLASSES & node.classes:
        return None
    empty = node.first == node.last
    if not whole and (not first <= node.first < last if empty else node.last <= first or node.first >= last):
        return None
    if node.tag == "img":
        words = node.attributes.get("alt", "")
        return _Node("", words, first=node.first, last=node.first) if words else None
    if node.tag in _VOID:
        return node.without_children()
    if not node.tag and not node.children:
        inside = whole or empty or (first <= node.first and node.last <= last)
        return replace(node, text=node.text if inside else _clipped_text(node, first, last))
    if empty and node.is_block and node.tag not in {"td", "th"}:
        return None
    own = node.without_children()
    # A row is never cut: the passage before or after has it as well.
    inside = whole or (first <= node.first and node.last <= last) or node.tag == "tr"
    heads = [] if inside else [id(child) for child in node.children if _is_head(node, child)]
    for child in node.children:
        kept = _clipped(child, first, last, whole=inside or id(child) in heads)
        if kept is not None:
            own.children.append(kept)
    is_title_alone = own.children and all(_is_head(node, child) or _is_space(child) for child in own.children)
    if is_title_alone and (heads or "tabbed-block" in node.classes):
        return None  # the passage after has it, with what it stands above; or nobody wrote anything below it
    return _renumbered(own) if own.children or not node.is_block or empty else None


def _clipped_text(node: _Node, first: int, last: int) -> str:
    at, kept = node.first, []
    for letter in node.text:
        if letter.isspace():
            if first < at < last:
                kept.append(letter)
            continue
        if first <= at < last:
            kept.append(letter)
        at += 1
    return "".join(kept)


def _is_head(node: _Node, child: _Node) -> bool:
    """Whether a child is shown with any part of its parent: the title of a box or a tab, the headings of a table."""
    is_title = not _TITLE_CLASSES.isdisjoint(child.classes)
    return is_title or (node.tag, child.tag) in {("table", "thead"), ("details", "summary")}


def _renumbered(node: _Node) -> _Node:
    if node.tag == "ol":
        first = next((child.number for child in node.children if child.tag == "li"), 1)
        node.attributes.pop("start", None)
        if first != 1:
            node.attributes["start"] = str(first)
    return node


class _Writer:
    """A tree as HTML with its sentences delimited; `sentences` are their letters, as `letters_of` a text has them."""

    def __init__(self, letters_of: Callable[[_Node], tuple[int, int]]) -> None:
        self._letters_of = letters_of
        self.sentences: list[tuple[int, int]] = []

    def html(self, node: _Node) -> str:
        inside = self._children(node)
        return f"{_opening(node)}{inside}</{node.tag}>" if node.tag else inside

    def _children(self, node: _Node) -> str:
        parts: list[str] = []
        run: list[_Node] = []
        for child in (*node.children, None):
            if child is not None and not child.is_block:
                run.append(child)
                continue
            parts.append(self._sentences(run, node.tag))
            run = []
            if child is not None:
                # What is shown with every part of its parent is no sentence, and answers nothing.
                parts.append(_stored(child) if _is_head(node, child) else self.html(child))
        return "".join(parts)

    def _sentences(self, run: list[_Node], inside: str) -> str:
        """Inline nodes with a delimited sentence each; no sentence begins or ends inside an element of its own."""
        words = [_text_of(node) for node in run]
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
        return f"{left}{_BEGIN}{html.strip()}{_END}{right}"


def _text_of(node: _Node) -> str:
    return node.text if not node.tag else "".join(map(_text_of, node.children))


def _inline(node: _Node) -> str:
    if not node.tag:
        return escape(node.text, quote=False)
    if node.tag in _VOID:
        return f"<{node.tag}>"
    inside = "".join(map(_inline, node.children))
    # An author's own mark would say that it answers the question.
    return f"<strong>{inside}</strong>" if node.tag == "mark" else f"{_opening(node)}{inside}</{node.tag}>"


def _opening(node: _Node) -> str:
    if node.tag == "details":
        return "<details open>"
    if not node.attributes:
        return f"<{node.tag}>"
    kept = [f' {name}="{escape(value)}"' for name, value in node.attributes.items() if name in _KEPT_ATTRIBUTES]
    return f"<{node.tag}{''.join(kept)}>"


# Cutting


@lru_cache(maxsize=1024)
def _excerpt(html: str, marked: int, budget: int) -> Excerpt:
    # About 0.1 ms where something is cut, 0.01 ms where nothing is; a page shows ten.
    count = html.count(_BEGIN)
    chosen: Sequence[int] = range(count)
    text = _ANY_TAG.sub("", html)
    cuts = bool(budget) and len(text) > (budget if html.isascii() else budget / 2) and (count > 1 or "<pre" in html)
    shortened = False
    if cuts or _A_WARNING.search(html) or text.rstrip().endswith(_ANNOUNCING):
        tree = _tree(html)
        shortened = cuts and _cut_code(tree)
        units = list(_units(tree, budget or len(html)))
        # Most passages have no box, of which nothing need be looked for.
        boxes = "admonition" in html
        warnings, others = _warnings_apart(units, tree) if boxes else ([], units)
        if cuts:
            warnings, others = _fitting(_announced(warnings), _announced(others), marked, budget)
        chosen = [number for unit in (*warnings, *others) for number in range(unit.first, unit.last)]
        sentences = _sentences_of(tree)
        while len(chosen) > 1 and chosen[-1] != marked and sentences[chosen[-1]].announces:
            chosen = chosen[:-1]
        if warnings or shortened or len(chosen) < count:
            pruned = _pruned(tree, frozenset(chosen), count_from=[0])
            html = _stored(_warnings_first(pruned) if boxes else pruned).strip() if pruned else ""
            text = _ANY_TAG.sub("", html)
    parts = html.split(_BEGIN)
    if marked in chosen:
        at = chosen.index(marked) + 1
        parts[at] = "<mark>" + parts[at].replace(_END, "</mark>", 1)
    is_cut = shortened or len(chosen) < count or text.rstrip().endswith(_UNFINISHED)
    return Excerpt("".join(parts).replace(_END, ""), is_cut)


def _is_warning(node: _Node) -> bool:
    return "admonition" in node.classes and not _WARNINGS.isdisjoint(node.classes)


def _warnings_first(tree: _Node) -> _Node:
    """The tree with its warnings on top. One inside a step stays with its step."""
    return replace(tree, children=sorted(tree.children, key=lambda child: not _is_warning(child)))


def _warnings_apart(units: Sequence["_Unit"], tree: _Node) -> tuple[list["_Unit"], list["_Unit"]]:
    """The units of warnings, which stand first, and all others."""
    inside: set[int] = set()
    at = 0
    for child in tree.children:
        size = len(_sentences_of(child))
        if _is_warning(child):
            inside.update(range(at, at + size))
        at += size
    return [u for u in units if u.first in inside], [u for u in units if u.first not in inside]


def _fitting(
    warnings: Sequence["_Unit"], others: Sequence["_Unit"], marked: int, budget: int
) -> tuple[list["_Unit"], list["_Unit"]]:
    """What is shown of each: of the warnings what fits, and always the unit of the marked sentence."""
    is_warned = any(unit.first <= marked < unit.last for unit in warnings)
    shown = _chosen(warnings, marked, budget) if warnings else []
    left = budget - sum(unit.size for unit in shown)
    return shown, _chosen(others, marked, max(left, 0)) if others and (left > 0 or not is_warned) else []


class _Unit(NamedTuple):
    """Sentences that are shown together or not at all: a row, a term with what is said of it, a step that is not too
    long, else one sentence; and what a sentence announces, with it."""

    first: int
    last: int
    size: int
    announces: bool


class _Sentence(NamedTuple):
    """A sentence's row, term or step, its size, and whether it announces what follows it."""

    owner: _Node | None
    size: int
    announces: bool


def _chosen(units: Sequence[_Unit], marked: int, budget: int) -> list[_Unit]:
    """The units to show: from the first on if the marked one is near it, else what stands around that one."""
    own = next((i for i, unit in enumerate(units) if unit.first <= marked < unit.last), 0)
    begin = 0 if sum(unit.size for unit in units[: own + 1]) <= budget else own
    end, used = begin, 0
    while end < len(units) and (end <= own or used + units[end].size <= budget):
        used += units[end].size
        end += 1
    while begin > 0 and used + units[begin - 1].size <= budget:
        begin -= 1
        used += units[begin].size
    return list(units[begin:end])


def _announced(units: Sequence[_Unit]) -> list[_Unit]:
    """The units, of which one that announces is one with the next."""
    found: list[_Unit] = []
    for unit in units:
        if found and found[-1].announces and found[-1].last == unit.first:
            found[-1] = _Unit(found[-1].first, unit.last, found[-1].size + unit.size, unit.announces)
        else:
            found.append(unit)
    return found


def _units(tree: _Node, budget: int) -> Iterator[_Unit]:
    sentences = _sentences_of(tree)
    at = 0
    while at < len(sentences):
        owner, size, _ = sentences[at]
        end = at + 1
        while owner is not None and end < len(sentences) and sentences[end].owner is owner:
            size += sentences[end].size
            end += 1
        if size > budget:
            yield from (_Unit(i, i + 1, sentences[i].size, sentences[i].announces) for i in range(at, end))
        else:
            yield _Unit(at, end, size, sentences[end - 1].announces)
        at = end


def _sentences_of(tree: _Node) -> list[_Sentence]:
    found: list[_Sentence] = []
    _add_sentences(tree, None, found)
    return found


def _add_sentences(node: _Node, owner: _Node | None, found: list[_Sentence], in_code: bool = False) -> None:
    tag = node.tag
    if tag == _SENTENCE:
        text = _text_of_html(node.text)
        size = len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))
        found.append(_Sentence(owner, size, not in_code and text.rstrip().endswith(_ANNOUNCING)))
        return
    if tag == "tr" or (tag == "li" and owner is None):
        owner = node
    for child in node.children:
        if tag == "dl" and child.tag == "dt":
            owner = child  # a term and what is said of it
        if not child.tag:
            continue
        _add_sentences(child, owner, found, in_code or tag == "pre")


def _text_of_html(html: str) -> str:
    text = _ANY_TAG.sub("", html) if "<" in html else html
    return unescape(text) if "&" in text else text


def _places(node: _Node, place: SentencePlace) -> Iterator[SentencePlace]:
    for child in node.children:
        if child.tag == _SENTENCE:
            is_block = node.tag == "pre" and "\n" in _text_of_html(child.text).strip()
            yield SentencePlace.CODE if is_block else place
        elif child.tag:
            yield from _places(child, place)


def _cut_code(node: _Node) -> bool:
    """Leaves the first lines of each longer code block of a tree; whether there was one. Mutates the tree."""
    found = False
    for child in node.children:
        if child.tag == _SENTENCE and node.tag == "pre":
            lines = _first_lines(child.text)
            found |= lines != child.text
            child.text = lines
        elif child.tag and _cut_code(child):
            found = True
    return found


def _first_lines(html: str) -> str:
    text = _text_of_html(html)
    if len(text) <= _BEGINNING:
        return html
    left = max(1, text.count("\n", 0, _BEGINNING))
    if left > text.rstrip().count("\n"):
        return html
    kept: list[str] = []
    opened: list[str] = []
    for part in re.split(r"(<[^<>]*>|\n)", html):
        left -= part == "\n"
        if not left:
            break
        kept.append(part)
        if part.startswith("</"):
            opened.pop()
        elif part.startswith("<") and (tag := part[1:-1].split()[0]) not in _VOID:
            opened.append(tag)
    return "".join((*kept, *(f"</{tag}>" for tag in reversed(opened))))


def _pruned(node: _Node, chosen: frozenset[int], count_from: list[int]) -> _Node | None:
    """The tree without other sentences, and without blocks that have none left. Mutates `count_from`, a counter."""
    if node.tag == _SENTENCE:
        count_from[0] += 1
        return node if count_from[0] - 1 in chosen else None
    if not node.children:
        return node
    own = node.without_children()
    has_sentences = False
    for child in node.children:
        before = count_from[0]
        kept = _pruned(child, chosen, count_from)
        if kept is None and _is_head(node, child):
            own.children += _undelimited(child)
        elif kept is not None:
            own.children.append(kept)
            has_sentences |= count_from[0] > before
    if node.tag != "pre":
        # Spaces between sentences that are gone.
        while own.children and _is_space(own.children[-1]):
            own.children.pop()
        while own.children and _is_space(own.children[0]):
            own.children.pop(0)
    return _renumbered(own) if has_sentences or not node.is_block else None


def _is_space(node: _Node) -> bool:
    return not node.tag and not node.children and not node.text.strip()


def _undelimited(node: _Node) -> list[_Node]:
    if node.tag == _SENTENCE:
        return [_Node(_AS_STORED, node.text)]
    return [replace(node, children=[one for child in node.children for one in _undelimited(child)])]


def _stored(node: _Node) -> str:
    if not node.tag:
        return escape(node.text, quote=False) if not node.children else "".join(map(_stored, node.children))
    if node.tag == _SENTENCE:
        return f"{_BEGIN}{node.text}{_END}"
    if node.tag == _AS_STORED:
        return node.text
    if node.tag in _VOID:
        return f"<{node.tag}>"
    return f"{_opening(node)}{''.join(map(_stored, node.children))}</{node.tag}>"
