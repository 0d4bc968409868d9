"""Pure: what is shown of a stored quotation (kb/markup/quote.py): cut at sentences and steps, the answering one marked.

A sentence that announces what follows it ("Run this command:"), a question, and a title in bold letters are shown with
what follows them, or with its beginning. What stands above the sentence that answers is kept where it can be, and the
rest cut off; where anything above is left out, an ellipsis says so. No tag or attribute is added that the quotation did
not have, but for `start` of a list that begins later, `mark` around what answers (but not around what is struck out in
it), the ellipsis, and the heading of a section that is quoted below an introduction.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import NamedTuple

from kb.markup.answer_parts import numbers_with
from kb.markup.quote_tree import (
    AS_STORED,
    BEGIN,
    END,
    SENTENCE,
    VOID,
    Node,
    html_of,
    is_head,
    is_space,
    length_of_html,
    lifted,
    opening,
    renumbered,
    text_of,
    text_of_html,
    tree_of,
)
from kb.markup.said import STRUCK

_ANY_TAG = re.compile(r"<[^<>]*>")
# Boxes that warn: shown before the rest of their passage, and never cut off.
_WARNINGS = frozenset({"warning", "caution", "attention", "danger"})
_BOX = '<div class="admonition'
_A_WARNING = re.compile(rf'class="admonition[^"]*? (?:{"|".join(sorted(_WARNINGS))})\b')
# How sentences end that announce what follows them, and the text of an article that was cut.
_ANNOUNCING, _UNFINISHED = (":", "："), (":", "：", "…")
# Before a code block any that does not end announces it: `…or run this command,`.
_ENDED = re.compile("[.!?。！？…؟۔।॥｡][\"'”’»›)\\]）」』】》]*$")
_PAUSES = (",", "，", "、")
_STRUCK = re.compile(rf"<(?:{'|'.join(sorted(STRUCK))})>")
_SECTION = '<div class="quote-part">'
# Of what is announced at least the beginning is shown: about so many letters of it, and of a code block of which not
# all is shown.
_BEGINNING = 240
# Above what is shown, where anything is left out there.
LEFT_OUT = "…"
# Up to so many budgets what stands above the sentence that answers is shown as well, and nothing below it.
_FROM_THE_BEGINNING = 2
# Which share of a budget may be taken by what stands above that sentence, before what stands below it.
_ABOVE = 0.5
_ASKING = re.compile(r"[?？؟][\"'”’»)\]）】*]*$")
_ALL_BOLD = re.compile(r"(?:<(strong|b)>[^<]*(?:<(?!/?\1>)[^<]*)*</\1>\s*)+")
_ENDS_IN_BOLD = re.compile(rf"</(?:strong|b)>\s*{END}\s*</[a-z]+>\s*$")


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


def excerpt(html: str, marked: int | None = None, budget: int = 0, words: frozenset[str] = frozenset()) -> Excerpt:
    """A stored quotation, cut to about `budget` letters (0: whole) around sentence `marked`, which gets a mark; in a
    row, or a term with its definition, each sentence has one. Of a code block that is cut the line that has most of
    `words` (in small letters) is shown in any case."""
    return _excerpt(html, -1 if marked is None else marked, budget, words if "<pre" in html else frozenset())


@lru_cache(maxsize=1024)
def sentence_places(html: str) -> tuple[SentencePlace, ...]:
    """Where each sentence of a stored quotation stands."""
    if "<pre" not in html and not _A_WARNING.search(html):
        return (SentencePlace.TEXT,) * html.count(BEGIN)
    found: list[SentencePlace] = []
    for child in tree_of(html).children:
        found += _places(child, SentencePlace.WARNING if _is_warning(child) else SentencePlace.TEXT)
    return tuple(found)


def announces(html: str) -> bool:
    """Whether a stored quotation ends in a sentence of prose, or a title, that announces what follows it."""
    ends_in_bold = _ENDS_IN_BOLD.search(html)
    if not html or not (ends_in_bold or _ANY_TAG.sub("", html).rstrip().endswith((*_ANNOUNCING, *_PAUSES))):
        return False
    sentences = _sentences_of(tree_of(html))
    return bool(sentences) and not sentences[-1].in_code and (sentences[-1].announces or not ends_in_bold)


def with_announced(html: str, following: str) -> str:
    """A quotation that announces what the article's next passage has, with the beginning of that one's quotation."""
    tree = tree_of(following)
    tree.children = [child for child in tree.children if child.tag][:1]
    if _ANY_TAG.sub("", html).rstrip().endswith(_PAUSES) and not all(one.in_code for one in _sentences_of(tree)):
        return html  # the items of a list end so as well
    _cut_code(tree)
    shown = _chosen(list(_units(tree, _BEGINNING)), 0, _BEGINNING)
    kept = _pruned(tree, frozenset(range(shown[-1].numbers[-1] + 1)), count_from=[0]) if shown else None
    return joined(html, html_of(kept)) if kept else html


def belongs_with(html: str, following: str) -> bool:
    """Whether the next part of a section is shown with a quotation: it goes on with its steps, or it warns."""
    return bool(_A_WARNING.search(following)) or (
        html.rstrip().endswith("</ol>") and following.lstrip().startswith("<ol start=")
    )


def joined(html: str, following: str) -> str:
    """Two quotations of one section as one: a box that begins in the first and goes on in the second has one title."""
    if not following.lstrip().startswith(_BOX) or not html.rstrip().endswith("</div>"):
        return html + following
    above, below = tree_of(html), tree_of(following)
    box = next((child for child in reversed(above.children) if child.tag), None)
    rest = next(child for child in below.children if child.tag)
    if box is None or box.classes != rest.classes or _box_title(box) != _box_title(rest):
        return html + following
    box.children += [child for child in rest.children if "admonition-title" not in child.classes]
    below.children = [child for child in below.children if child is not rest]
    return html_of(above) + html_of(below)


def _box_title(box: Node) -> str:
    return next((text_of(child) for child in box.children if "admonition-title" in child.classes), "")


def with_section(html: str, heading: str, following: str) -> str:
    """A quotation with that of the section below it, of which nothing is shown without its heading."""
    title = f'<p class="quote-title"><strong>{escape(heading, quote=False)}</strong></p>'
    return f"{html}{_SECTION}{title}{following}</div>"


def without_section(html: str) -> str:
    """A quotation without the section that `with_section` added."""
    return html.partition(_SECTION)[0]


def with_links(html: str, article_url: str, base: str = "", reader: tuple[str, str] | None = None) -> str:
    """A quotation's links as they work elsewhere: headings of the article by its address, others below `base`.

    `reader` is (language of the article, language of the reader), where the reader's own pages show such articles.
    """
    if reader is not None:
        html = html.replace(f'href="/{reader[0]}/a/', f'href="/{reader[1]}/a/')
    if base:
        html = re.sub(r'href="(?=/(?!/))', f'href="{escape(base)}', html)
    return html.replace('href="#', f'href="{escape(article_url.partition("#")[0])}#')


# Cutting


@lru_cache(maxsize=1024)
def _excerpt(html: str, marked: int, budget: int, words: frozenset[str]) -> Excerpt:
    # About 0.1 ms where something is cut, 0.01 ms where nothing is; a page shows ten.
    whole, count = html, html.count(BEGIN)
    chosen: Sequence[int] = range(count)
    text = _ANY_TAG.sub("", html)
    cuts = bool(budget) and len(text) > (budget if html.isascii() else budget / 2) and (count > 1 or "<pre" in html)
    shortened = False
    if cuts or _A_WARNING.search(html) or text.rstrip().endswith(_ANNOUNCING) or _ENDS_IN_BOLD.search(html):
        tree = tree_of(html)
        shortened = cuts and _cut_code(tree, words)
        units = list(_units(tree, budget or len(html)))
        # Most passages have no box, of which nothing need be looked for.
        boxes = "admonition" in html
        warnings, others = _warnings_apart(units, tree) if boxes else ([], units)
        if cuts:
            warnings, others = _fitting(_announced(warnings), _announced(others), marked, budget)
        chosen = [number for unit in (*warnings, *others) for number in unit.numbers]
        sentences = _sentences_of(tree)
        while len(chosen) > 1 and chosen[-1] != marked and sentences[chosen[-1]].announces:
            chosen = chosen[:-1]
        if warnings or shortened or len(chosen) < count:
            # What is struck out at the end stands before no sentence.
            shown = {*chosen, count} if count - 1 in chosen else set(chosen)
            pruned = _pruned(tree, frozenset(shown), count_from=[0])
            first = next((number for unit in others for number in unit.numbers), 0)
            if pruned and any(number not in shown for number in range(first)):
                _add_sign(pruned, sorted(chosen).index(first), in_table=_are_in_one_table(tree, first))
            html = html_of(_warnings_first(pruned) if boxes else pruned).strip() if pruned else ""
            text = _ANY_TAG.sub("", html)
    parts = html.split(BEGIN)
    places = [chosen.index(number) for number in numbers_with(whole, marked) if number in chosen]
    for at in (place + 1 for place in places):
        said, _, rest = parts[at].partition(END)
        parts[at] = _marked(said) + rest
    is_cut = shortened or len(chosen) < count or text.rstrip().endswith(_UNFINISHED)
    return Excerpt("".join(parts).replace(END, ""), is_cut)


def _marked(said: str) -> str:
    """A sentence's HTML with its mark, in which what is struck out has none."""
    if not _STRUCK.search(said):
        return f"<mark>{said}</mark>"
    return "".join(_marked_parts(tree_of(said)))


def _marked_parts(node: Node) -> Iterator[str]:
    pending = ""
    for child in (*node.children, None):
        if child is not None and not is_struck(child):
            pending += html_of(child)
            continue
        if pending.strip():
            left, right = pending[: len(pending) - len(pending.lstrip())], pending[len(pending.rstrip()) :]
            yield f"{left}<mark>{pending.strip()}</mark>{right}"
        else:
            yield pending
        pending = ""
        if child is not None:
            inside = "".join(_marked_parts(child)) if child.tag not in STRUCK else ""
            yield f"{opening(child)}{inside}</{child.tag}>" if inside else html_of(child)


def is_struck(node: Node) -> bool:
    """Whether an element is struck out, or holds anything that is."""
    return node.tag in STRUCK or any(map(is_struck, node.children))


def _path_to(node: Node, number: int) -> list[Node]:
    """The elements that a sentence of a tree is in, from the outermost on."""
    for child in node.children:
        size = 1 if child.tag == SENTENCE else len(_sentences_of(child)) if child.tag else 0
        if number < size:
            return [node] if child.tag == SENTENCE else [node, *_path_to(child, number)]
        number -= size
    return []


def _are_in_one_table(tree: Node, number: int) -> bool:
    """Whether a sentence is in a table that has the sentence above it as well."""
    above = [id(node) for node in _path_to(tree, number - 1)]
    return any(node.tag == "table" and id(node) in above for node in _path_to(tree, number))


def _add_sign(tree: Node, number: int, *, in_table: bool) -> None:
    """Says above a sentence that something is left out: by a row, within a paragraph, else by a line. Mutates it."""
    path = _path_to(tree, number)
    row = next((node for node in path if node.tag == "tr"), None)
    if in_table and row is not None:
        cells = [child for child in row.children if child.tag in {"td", "th"}]
        cell = Node("td", children=[Node("", LEFT_OUT)])
        if len(cells) > 1:
            cell.attributes["colspan"] = str(len(cells))
        above = path[path.index(row) - 1]
        above.children.insert(above.children.index(row), Node("tr", children=[cell]))
    elif len(path) == 2 and path[1].tag == "p":
        path[1].children.insert(0, Node("", f"{LEFT_OUT} "))
    else:
        line = Node("p", children=[Node("", LEFT_OUT)])
        tree.children.insert(tree.children.index(path[1]) if len(path) > 1 else 0, line)


def _is_warning(node: Node) -> bool:
    return "admonition" in node.classes and not _WARNINGS.isdisjoint(node.classes)


def _warnings_first(tree: Node) -> Node:
    """The tree with its warnings on top. One inside a step stays with its step."""
    return replace(tree, children=sorted(tree.children, key=lambda child: not _is_warning(child)))


def _warnings_apart(units: Sequence["_Unit"], tree: Node) -> tuple[list["_Unit"], list["_Unit"]]:
    """The units of warnings, which stand first, and all others."""
    inside: set[int] = set()
    at = 0
    for child in tree.children:
        size = len(_sentences_of(child))
        if _is_warning(child):
            inside.update(range(at, at + size))
        at += size
    return [u for u in units if u.numbers[0] in inside], [u for u in units if u.numbers[0] not in inside]


def _fitting(
    warnings: Sequence["_Unit"], others: Sequence["_Unit"], marked: int, budget: int
) -> tuple[list["_Unit"], list["_Unit"]]:
    """What is shown of each: of the warnings what fits, then others, and always the unit of the marked sentence."""
    shown = _chosen(warnings, marked, budget) if warnings else []
    left = budget - sum(unit.size for unit in shown)
    is_wanted = any(marked in unit.numbers for unit in others)
    # Nothing follows a warning that is cut off, or it would seem to end there.
    follows = is_wanted or (left > 0 and len(shown) == len(warnings))
    return shown, _chosen(others, marked, max(left, 0)) if others and follows else []


class _Unit(NamedTuple):
    """Sentences that are shown together or not at all: a row, a term with what is said of it, a step that is not too
    long, else one sentence; and what a sentence announces, with it."""

    numbers: tuple[int, ...]
    size: int
    announces: bool


class _Sentence(NamedTuple):
    """A sentence's row, term or step, its size, whether it announces what follows it, whether it is code, how it ends,
    and whether it asks, or is the title of what follows."""

    owner: Node | None
    size: int
    announces: bool
    in_code: bool = False
    ends: bool = True
    asks: bool = False
    is_title: bool = False


def _chosen(units: Sequence[_Unit], marked: int, budget: int) -> list[_Unit]:
    """The units to show: from the first on if the marked one is near it, else what stands around that one."""
    own = next((i for i, unit in enumerate(units) if marked in unit.numbers), 0)
    begin, end, used = own, own + 1, units[own].size
    # What answers often goes on with what stands above it: a row with its table, "they" with who that is.
    is_near = sum(unit.size for unit in units[: own + 1]) <= _FROM_THE_BEGINNING * budget
    while begin > 0 and (is_near or used + units[begin - 1].size <= budget * _ABOVE):
        begin -= 1
        used += units[begin].size
    while end < len(units) and used + units[end].size <= budget:
        used += units[end].size
        end += 1
    while begin > 0 and used + units[begin - 1].size <= budget:
        begin -= 1
        used += units[begin].size
    return list(units[begin:end])


def _announced(units: Sequence[_Unit]) -> list[_Unit]:
    """The units, of which one that announces is one with the next that is shown below it."""
    found: list[_Unit] = []
    for unit in units:
        if found and found[-1].announces:
            found[-1] = _Unit(found[-1].numbers + unit.numbers, found[-1].size + unit.size, unit.announces)
        else:
            found.append(unit)
    return found


def _units(tree: Node, budget: int) -> Iterator[_Unit]:
    sentences = _sentences_of(tree)
    at = 0
    while at < len(sentences):
        owner, size = sentences[at][:2]
        end = at + 1
        while owner is not None and end < len(sentences) and sentences[end].owner is owner:
            size += sentences[end].size
            end += 1
        if size > budget:
            yield from (_Unit((i,), sentences[i].size, sentences[i].announces) for i in range(at, end))
        else:
            yield _Unit(tuple(range(at, end)), size, sentences[end - 1].announces)
        at = end


def _sentences_of(tree: Node) -> list[_Sentence]:
    found: list[_Sentence] = []
    _add_sentences(tree, None, found)
    for at, (one, following) in enumerate(pairwise(found)):
        # A list of questions, or of names, announces nothing: what one of its items does stands in that item.
        is_above = (one.asks or one.is_title) and (one.owner is None or one.owner is following.owner)
        if (following.in_code and not (one.in_code or one.ends)) or is_above:
            found[at] = one._replace(announces=True)
    if found and found[-1].is_title and found[-1].owner is None:
        found[-1] = found[-1]._replace(announces=True)
    return found


def _add_sentences(
    node: Node, owner: Node | None, found: list[_Sentence], in_code: bool = False, is_alone: bool = False
) -> None:
    tag = node.tag
    if tag == SENTENCE:
        text = text_of_html(node.text)
        said = text.rstrip()
        announces = not in_code and said.endswith(_ANNOUNCING)
        ends = _ENDED.search(said) is not None
        asks = not in_code and _ASKING.search(said) is not None
        is_bold = not in_code and _ALL_BOLD.fullmatch(node.text) is not None
        is_title = is_bold and is_alone and (asks or not ends)
        found.append(_Sentence(owner, length_of_html(node.text), announces, in_code, ends, asks, is_title))
        return
    if tag == "tr" or (tag == "li" and owner is None):
        owner = node
    for child in node.children:
        if tag == "dl" and child.tag == "dt":
            owner = child  # a term and what is said of it
        if not child.tag:
            continue
        _add_sentences(child, owner, found, in_code or tag == "pre", tag == "p" and len(node.children) == 1)


def _places(node: Node, place: SentencePlace) -> Iterator[SentencePlace]:
    for child in node.children:
        if child.tag == SENTENCE:
            is_block = node.tag == "pre" and "\n" in text_of_html(child.text).strip()
            yield SentencePlace.CODE if is_block else place
        elif child.tag:
            yield from _places(child, place)


def _cut_code(node: Node, words: frozenset[str] = frozenset()) -> bool:
    """Leaves the first lines of each longer code block of a tree, or those around the line that has most of `words`;
    whether there was one. Mutates the tree."""
    found = False
    for child in node.children:
        if child.tag == SENTENCE and node.tag == "pre":
            lines = _some_lines(child.text, words)
            found |= lines != child.text
            child.text = lines
        elif child.tag and _cut_code(child, words):
            found = True
    return found


def _some_lines(html: str, words: frozenset[str]) -> str:
    text = text_of_html(html)
    if len(text) <= _BEGINNING:
        return html
    shown = max(1, text.count("\n", 0, _BEGINNING))
    lines = text.rstrip().split("\n")
    if shown >= len(lines):
        return html
    wanted = _line_with_most(lines, words)
    if wanted < shown:
        return _lines_of(html, 0, shown)
    # That line with the one below it, and of what stands above them as much as fits.
    first = last = wanted
    size = len(lines[wanted])
    if wanted + 1 < len(lines) and size + len(lines[wanted + 1]) <= _BEGINNING:
        last = wanted + 1
        size += len(lines[last])
    while first > 1 and size + len(lines[first - 1]) <= _BEGINNING:
        first -= 1
        size += len(lines[first])
    return _lines_of(html, first, last + 1)


def _line_with_most(lines: Sequence[str], words: frozenset[str]) -> int:
    """The first of the lines that have most of some words; 0 where none has any."""
    if not words:
        return 0
    counts = [sum(word in line for word in words) for line in (line.casefold() for line in lines)]
    return counts.index(max(counts))


def _lines_of(html: str, first: int, last: int) -> str:
    """The lines of a code block from one to before another, below what says so where some are left out, with all
    elements opened and closed."""
    line = 0
    kept: list[str] = []
    opened: list[str] = []
    for part in re.split(r"(<[^<>]*>|\n)", html):
        if part == "\n":
            line += 1
            if line >= last:
                break
        if line > first or (line == first and not (first and part == "\n")):
            kept += [*opened, f"{LEFT_OUT}\n"] if first and not kept else []
            kept.append(part)
        if part.startswith("</"):
            opened.pop()
        elif part.startswith("<") and part[1:-1].split()[0] not in VOID:
            opened.append(part)
    return "".join((*kept, *(f"</{tag[1:-1].split()[0]}>" for tag in reversed(opened))))


def _pruned(node: Node, chosen: frozenset[int], count_from: list[int]) -> Node | None:
    """The tree without other sentences, and without blocks that have none left. Mutates `count_from`, a counter."""
    if node.tag == SENTENCE:
        count_from[0] += 1
        return node if count_from[0] - 1 in chosen else None
    if not node.children:
        return node
    if (node.tag in STRUCK or (node.is_block and is_struck(node))) and not _sentences_of(node):
        # With what stands around it, and never where that is cut.
        stays = count_from[0] in chosen and (not count_from[0] or count_from[0] - 1 in chosen)
        return node if stays else None
    own = node.without_children()
    has_sentences = False
    for child in node.children:
        before = count_from[0]
        kept = _pruned(child, chosen, count_from)
        if kept is None and is_head(node, child):
            own.children += _undelimited(child)
        elif kept is not None:
            own.children.append(kept)
            has_sentences |= count_from[0] > before or is_struck(kept)
    if node.tag != "pre":
        # Spaces between sentences that are gone.
        while own.children and is_space(own.children[-1]):
            own.children.pop()
        while own.children and is_space(own.children[0]):
            own.children.pop(0)
    return renumbered(lifted(own)) if has_sentences or not node.is_block else None


def _undelimited(node: Node) -> list[Node]:
    if node.tag == SENTENCE:
        return [Node(AS_STORED, node.text)]
    return [replace(node, children=[one for child in node.children for one in _undelimited(child)])]
