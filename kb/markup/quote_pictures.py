"""Pure: what a quotation says of pictures, none of which it shows: the names of small ones that a sentence needs.

"Click ![gear](gear.svg) and choose Save" says nothing without its picture; a screenshot below a step only repeats it.
"""

import re
from collections.abc import Iterator

from kb.markup.quote_tree import Node

# A picture that is higher (in pixels) than a line of text or two is none of its sentence, and a name that is longer
# (in letters) describes what is to be seen.
_HIGHEST, _LONGEST = 64, 40
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", ":", "：")
_WORD = re.compile(r"\w")
_CELLS = frozenset({"td", "th"})


def name_pictures(node: Node) -> None:
    """Puts the name of a picture that a sentence needs in its place, and leaves out all others. Mutates the tree."""
    line: list[tuple[Node, Node]] = []
    for parent, leaf in [*_leaves(node), (node, None)]:
        if leaf is None or leaf.tag == "br":
            _name(line, node.tag in _CELLS)
            line = []
        else:
            line.append((parent, leaf))


def _leaves(node: Node) -> Iterator[tuple[Node, Node | None]]:
    """(parent, text, picture or line break) of an element, None where a block begins or ends, those inside done."""
    for child in list(node.children):
        if child.is_block:
            name_pictures(child)
            yield node, None
        elif child.tag in {"", "img", "br"} and not child.children:
            yield node, child
        else:
            yield from _leaves(child)


def _name(line: list[tuple[Node, Node]], is_cell: bool) -> None:
    texts = [leaf.text for _, leaf in line]
    for place, (parent, leaf) in enumerate(line):
        if leaf.tag != "img":
            continue
        before, after = "".join(texts[:place]), "".join(texts[place + 1 :])
        is_needed = is_cell if not (before + after).strip() else _is_amid(before, after)
        name = leaf.attributes.get("alt", "").strip()
        at = next(number for number, child in enumerate(parent.children) if child is leaf)
        if not (is_needed and name and len(name) <= _LONGEST and _is_small(leaf)):
            del parent.children[at]
            continue
        spaces = [
            Node("", " " if needed else "", first=leaf.first, last=leaf.first)
            for needed in (before[-1:].strip(), _WORD.match(after))
        ]
        named = Node("em", children=[Node("", name, first=leaf.first, last=leaf.first)])
        named.first = named.last = leaf.first
        parent.children[at : at + 1] = [spaces[0], named, spaces[1]]


def _is_amid(before: str, after: str) -> bool:
    """Whether a sentence goes on around a picture, which is not on a line of its own."""
    said = before.rstrip()
    is_own_line = before.rstrip(" ").endswith("\n") and after.lstrip(" ").startswith("\n")
    return bool(said) and not said.endswith(_SENTENCE_ENDS) and bool(after.strip()) and not is_own_line


def _is_small(picture: Node) -> bool:
    height = picture.attributes.get("height", "")
    return not (height.isascii() and height.isdigit()) or int(height) <= _HIGHEST
