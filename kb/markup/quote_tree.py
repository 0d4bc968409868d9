"""The elements of a quotation, as they are aligned with an article (kb/markup/quote.py) and cut (kb/markup/excerpt.py).

Pure. HTML that comes in is sanitised, or a stored quotation. Only attributes that a quotation may have are written.
"""

import re
from dataclasses import dataclass, field
from html import escape, unescape

# The element around each sentence of a stored quotation. The sanitiser lets none through, and none is ever shown.
SENTENCE = "sentence"
BEGIN, END = f"<{SENTENCE}>", f"</{SENTENCE}>"
# What was a sentence, where it is no longer delimited.
AS_STORED = "as-stored"
# A tag, with all of its sentence if it begins one (which ends before another begins); or a text.
_INSIDE = rf"[^<]*+(?:<(?!/?{SENTENCE}>)[^<]*+)*+"
_PART = re.compile(rf"<(/?)([a-z][a-z0-9]*)([^<>]*)>(?:(?<={BEGIN})({_INSIDE}){END})?|([^<]+)|<")
_ANY_TAG = re.compile(r"<[^<>]*>")
_WIDE = re.compile("[\u2e80-\uffef]")
_ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
VOID = frozenset("br hr img input col wbr source track".split())  # noqa: SIM905
_BLOCKS = frozenset(
    "p div blockquote ul ol li dl dt dd table thead tbody tfoot tr td th caption pre figure figcaption details"  # noqa: SIM905
    " summary".split()
)
# A title that is shown with any part of what it stands above, and never without.
_TITLE_CLASSES = frozenset({"admonition-title", "tabbed-title", "quote-title"})
_KEPT_ATTRIBUTES = frozenset(
    "class lang dir title href rel align colspan rowspan scope start value type datetime tabindex".split()  # noqa: SIM905
)


# What walks through a tree calls itself; no article that somebody wrote by hand is nested a tenth as deeply.
_DEEPEST = 100


@dataclass(eq=False, slots=True)
class Node:
    """An element, or a text (`tag` is ''). `first` and `last` delimit its letters in the article's squeezed text.
    `struck` is one that its author has struck out, or that holds nothing else."""

    tag: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    first: int = 0
    last: int = 0
    number: int = 0
    struck: bool = False

    def without_children(self) -> "Node":
        return Node(self.tag, self.text, dict(self.attributes), [], self.first, self.last, self.number, self.struck)

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())

    @property
    def is_block(self) -> bool:
        return self.tag in _BLOCKS


def tree_of(html: str) -> Node:
    """The elements of sanitised HTML, in which every `<` and every quote that is text is escaped. A sentence has its
    HTML as its text. Of elements that are nested too deeply there is only what they hold."""
    top = Node("")
    path = [top]
    too_deep: list[str] = []
    for closing, tag, attributes, sentence, text in _PART.findall(html):
        if sentence:
            # As it is stored: nothing inside a sentence is cut or changed.
            path[-1].children.append(Node(SENTENCE, sentence))
        elif not tag:
            words = text or "<"
            path[-1].children.append(Node("", unescape(words) if "&" in words else words))
        elif closing and tag in too_deep[-1:]:
            too_deep.pop()
        elif closing:
            for depth in range(len(path) - 1, 0, -1):
                if path[depth].tag == tag:
                    del path[depth:]
                    break
        elif len(path) > _DEEPEST and tag not in VOID:
            too_deep.append(tag)
        else:
            node = Node(tag)
            if attributes:
                node.attributes = {
                    name: unescape(value) if "&" in value else value for name, value in _ATTRIBUTE.findall(attributes)
                }
            if tag == "a" and "href" not in node.attributes:
                continue  # an anchor, or a link that leads nowhere: what it holds is text
            if tag == "li":
                own = node.attributes.get("value", "")
                node.number = int(own) if own.isascii() and own.isdigit() else _next_number(path[-1])
            path[-1].children.append(node)
            if tag not in VOID:
                path.append(node)
    return top


def _next_number(parent: Node) -> int:
    before = next((child.number for child in reversed(parent.children) if child.tag == "li"), None)
    start = parent.attributes.get("start", "")
    return before + 1 if before is not None else int(start) if start.isascii() and start.isdigit() else 1


def text_of(node: Node) -> str:
    return node.text if not node.tag and not node.children else "".join(map(text_of, node.children))


def text_of_html(html: str) -> str:
    """The text of a sentence as it is stored."""
    text = _ANY_TAG.sub("", html) if "<" in html else html
    return unescape(text) if "&" in text else text


def length_of_html(html: str) -> int:
    """The letters of a sentence as it is stored; wide ones count twice."""
    text = text_of_html(html)
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def is_head(node: Node, child: Node) -> bool:
    """Whether a child is shown with any part of its parent: the title of a box or a tab, the headings of a table."""
    is_title = not _TITLE_CLASSES.isdisjoint(child.classes)
    return is_title or (node.tag, child.tag) in {("table", "thead"), ("details", "summary")}


def is_space(node: Node) -> bool:
    return not node.tag and not node.children and not node.text.strip()


def lifted(node: Node) -> Node:
    """A list without the marks of items of which nothing but a list is left, which takes their place. Mutates it."""
    if node.tag != "ul":
        return node
    items = [child for child in node.children if not is_space(child)]
    if len(items) == 1 and (inner := _only_list(items[0])):
        return inner
    children: list[Node] = []
    for child in node.children:
        inner = _only_list(child)
        children += inner.children if inner and inner.tag == "ul" else [child]
    node.children = children
    return node


def _only_list(item: Node) -> Node | None:
    inside = [child for child in item.children if not is_space(child)]
    return inside[0] if item.tag == "li" and len(inside) == 1 and inside[0].tag in {"ul", "ol"} else None


def renumbered(node: Node) -> Node:
    """A list that counts as its article does, whatever of it is left. Mutates the node and its items."""
    if node.tag == "ol":
        first = next((child.number for child in node.children if child.tag == "li"), 1)
        node.attributes.pop("start", None)
        if first != 1:
            node.attributes["start"] = str(first)
        for child in node.children:
            if child.tag == "li":
                child.attributes.pop("value", None)
                if child.number != first:
                    child.attributes["value"] = str(child.number)  # a step before it is nothing but a picture
                first = child.number + 1
    return node


def opening(node: Node) -> str:
    if node.tag == "details":
        return "<details open>"
    if not node.attributes:
        return f"<{node.tag}>"
    kept = [f' {name}="{escape(value)}"' for name, value in node.attributes.items() if name in _KEPT_ATTRIBUTES]
    return f"<{node.tag}{''.join(kept)}>"


def html_of(node: Node) -> str:
    if not node.tag:
        return escape(node.text, quote=False) if not node.children else "".join(map(html_of, node.children))
    if node.tag == SENTENCE:
        return f"{BEGIN}{node.text}{END}"
    if node.tag == AS_STORED:
        return node.text
    if node.tag in VOID:
        return f"<{node.tag}>"
    return f"{opening(node)}{''.join(map(html_of, node.children))}</{node.tag}>"
