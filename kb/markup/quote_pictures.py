"""Pure: what a quotation says of pictures, none of which it shows: the names of small ones that a sentence needs.

"Click ![gear](gear.svg) and choose Save" says nothing without its picture; a screenshot below a step only repeats it.
"""

import re
from collections.abc import Iterator

from kb.markup.quote_tree import Node

# A picture that is higher (in pixels) than a line of text or two is none of its sentence, and a name that is longer
# (in letters) describes what is to be seen.
_HIGHEST, _LONGEST = 64, 40
# As much is read around a picture as tells whether a sentence goes on there.
_NEAR = 200
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", ":", "：")
_WORD = re.compile(r"\w")
_CELLS = frozenset({"td", "th"})


def name_pictures(node: Node) -> None:
    """Puts the name of a picture that a sentence needs in its place, and leaves out all others. Mutates the tree."""
    line: list[Node] = []
    for leaf in (*_leaves(node), None):
        if leaf is None or leaf.tag == "br":
            if any(one.tag == "img" for one in line):
                _name(line, node.tag in _CELLS)
            line = []
        else:
            line.append(leaf)


def _leaves(node: Node) -> Iterator[Node | None]:
    """The texts, pictures and line breaks of an element; None where a block begins or ends, those inside done."""
    for child in node.children:
        if child.is_block:
            name_pictures(child)
            yield None
        elif child.tag in {"", "img", "br"} and not child.children:
            yield child
        else:
            yield from _leaves(child)


def _name(line: list[Node], is_cell: bool) -> None:
    said = "".join(leaf.text for leaf in line)
    is_alone, at = not said.strip(), 0
    for place, leaf in enumerate(line):
        if leaf.tag != "img":
            at += len(leaf.text)
            continue
        before, after = said[max(0, at - _NEAR) : at], said[at : at + _NEAR]
        name = leaf.attributes.get("alt", "").strip()
        is_named = 0 < len(name) <= _LONGEST and _is_small(leaf) and (is_cell if is_alone else _is_amid(before, after))
        leaf.tag, leaf.attributes = ("em", {}) if is_named else ("", {})
        if not is_named:
            continue
        leaf.children = [Node("", name, first=leaf.first, last=leaf.first)]
        # Where nothing stood between picture and word.
        if before[-1:].strip() and not line[place - 1].tag:
            line[place - 1].text += " "
        if _WORD.match(after) and not line[place + 1].tag:
            line[place + 1].text = f" {line[place + 1].text}"


def _is_amid(before: str, after: str) -> bool:
    """Whether a sentence goes on around a picture, which is not on a line of its own."""
    said = before.rstrip()
    is_own_line = before.rstrip(" ").endswith("\n") and after.lstrip(" ").startswith("\n")
    return bool(said) and not said.endswith(_SENTENCE_ENDS) and bool(after.strip()) and not is_own_line


def _is_small(picture: Node) -> bool:
    height = picture.attributes.get("height", "")
    return not (height.isascii() and height.isdigit()) or int(height) <= _HIGHEST
