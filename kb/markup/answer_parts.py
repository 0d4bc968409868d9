"""Pure: what of a stored quotation answers together, and below what it stands.

A cell says nothing without its row, nor a definition without its term: `5 days` answers for one country only. A row and
a term with what is said of it are one part each, unless they are long; all else is a part for each sentence. What is in
a tab, a folded box or a table stands below its title or the headings of its columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from kb.markup.quote_tree import BEGIN, SENTENCE, Node, is_head, length_of_html, text_of_html, tree_of

# A row or a definition of more letters is too long to be one answer.
_LONGEST = 300
_IN_PARTS = ("<table", "<dl", "tabbed-title", "<summary")
_CELLS = frozenset({"td", "th"})


@dataclass(frozen=True)
class Member:
    """One of several that stand side by side, told apart by their names: a tab, a row, a term."""

    group: int
    name: str


@dataclass(frozen=True)
class Part:
    """Sentences by their numbers. `above` are the titles that they stand below, `members` what they are parts of.

    `row_of` is the table or the list of which the part is a row or a definition, None where it is neither. A `label`
    answers nothing: a heading, or a term that is not with its definition.
    """

    numbers: tuple[int, ...]
    above: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    row_of: int | None = None
    in_table: bool = False
    label: bool = False


@lru_cache(maxsize=1024)
def parts_of(html: str) -> tuple[Part, ...]:
    """The parts of a stored quotation, in order; each of its sentences is in one. () where each is its own, below
    nothing."""
    if not any(mark in html for mark in _IN_PARTS):
        return ()
    reader = _Reader()
    reader.walk(tree_of(html), Part(()))
    return tuple(reader.parts) if reader.at == html.count(BEGIN) else ()


def numbers_with(html: str, number: int) -> tuple[int, ...]:
    """The sentences that are marked with one."""
    return next((part.numbers for part in parts_of(html) if number in part.numbers), (number,))


@lru_cache(maxsize=1024)
def beside_steps(html: str) -> frozenset[int]:
    """The sentences of a stored quotation with steps that are not in these."""
    inside = _in_steps(tree_of(html), False)
    return frozenset(number for number, is_step in enumerate(inside) if not is_step)


def _in_steps(node: Node, in_steps: bool) -> list[bool]:
    if node.tag == SENTENCE:
        return [in_steps]
    in_steps |= node.tag == "ol"
    return [one for child in node.children for one in _in_steps(child, in_steps)]


class _Reader:
    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.at = 0
        self._groups = 0

    def walk(self, node: Node, context: Part) -> None:
        if node.tag == "table":
            self._table(node, context)
            return
        if node.tag == "dl":
            self._definitions(node, context)
            return
        titles = tuple(_text_of(child) for child in node.children if is_head(node, child))
        inside = replace(context, above=context.above + titles)
        group = -1
        for child in node.children:
            if child.tag == SENTENCE:
                self.parts.append(replace(inside, numbers=(self.at,)))
                self.at += 1
            elif "tabbed-block" in child.classes:
                group = group if group >= 0 else self._group()
                title = next((_text_of(one) for one in child.children if is_head(child, one)), "")
                self.walk(child, replace(inside, members=(*inside.members, Member(group, title))))
            elif child.tag:
                self.walk(child, inside)

    def _group(self) -> int:
        self._groups += 1
        return self._groups

    def _table(self, table: Node, context: Part) -> None:
        group = self._group()
        headings = [_text_of(cell) for head in table.children if head.tag == "thead" for cell in _cells_of(head)]
        for row in _rows_of(table):
            if row.tag != "tr":
                self.walk(row, context)  # a caption
                continue
            cells = [child for child in row.children if child.tag in _CELLS]
            if not headings and cells and all(cell.tag == "th" for cell in cells):
                headings = [_text_of(cell) for cell in cells]
                self._add(row, replace(context, label=True))
                continue
            above = context.above + tuple(filter(None, headings))
            name = next(filter(None, map(_text_of, cells)), "")
            own = replace(context, above=above, members=(*context.members, Member(group, name)), in_table=True)
            self._add(row, replace(own, row_of=group))

    def _definitions(self, listed: Node, context: Part) -> None:
        group = self._group()
        terms: list[Node] = []
        said: list[Node] = []
        for child in (*listed.children, None):
            if said and (child is None or child.tag == "dt"):
                self._definition(terms, said, context, group)
                terms, said = [], []
            if child is not None and child.tag in {"dt", "dd"}:
                (terms if child.tag == "dt" else said).append(child)
        for term in terms:
            self._add(term, replace(context, label=True))

    def _definition(self, terms: Sequence[Node], said: Sequence[Node], context: Part, group: int) -> None:
        name = " ".join(map(_text_of, terms))
        own = replace(context, members=(*context.members, Member(group, name)))
        whole = Node("", children=[*terms, *said])
        if _length_of(whole) <= _LONGEST and not _holds_blocks(whole):
            self._add(whole, replace(own, row_of=group))
            return
        for term in terms:
            self._add(term, replace(own, label=True))
        for one in said:
            self.walk(one, replace(own, above=(*own.above, name)))

    def _add(self, node: Node, part: Part) -> None:
        """The sentences of an element as one part, or each as its own where they are long."""
        numbers = tuple(range(self.at, self.at + _count(node)))
        self.at += len(numbers)
        if part.label or _length_of(node) <= _LONGEST:
            self.parts += [replace(part, numbers=numbers)] if numbers else []
            return
        above = (*part.above, part.members[-1].name) if part.members else part.above
        self.parts += [replace(part, numbers=(number,), above=above, row_of=None) for number in numbers]


def _rows_of(table: Node) -> list[Node]:
    found: list[Node] = []
    for child in table.children:
        if child.tag == "tr":
            found.append(child)
        elif child.tag and child.tag != "thead":
            found += _rows_of(child) if child.tag in {"tbody", "tfoot"} else [child]
    return found


def _cells_of(node: Node) -> list[Node]:
    return [one for child in node.children for one in ([child] if child.tag in _CELLS else _cells_of(child))]


def _count(node: Node) -> int:
    return sum(1 if child.tag == SENTENCE else _count(child) for child in node.children)


def _length_of(node: Node) -> int:
    return sum(length_of_html(child.text) if child.tag == SENTENCE else _length_of(child) for child in node.children)


def _holds_blocks(node: Node) -> bool:
    return any(child.tag in {"pre", "table", "dl"} or _holds_blocks(child) for child in node.children)


def _text_of(node: Node) -> str:
    if node.tag == SENTENCE:
        return text_of_html(node.text)
    return " ".join((node.text if not node.children else "".join(map(_text_of, node.children))).split())
