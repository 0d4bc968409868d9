"""Pure: the order and the groups of pages, as the tools' own files say them."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

_DEEPEST = 12
_TITLE_MOST = 1000


@dataclass(frozen=True)
class NavEntry:
    """A page of a navigation: its path below the content folder, without suffix, and the labels above it."""

    page: str
    labels: tuple[str, ...] = ()
    title: str = ""


def plain_text(markdown: str) -> str:
    """A line of Markdown without its marks, for a title; no title has more than a thousand characters."""
    markdown = markdown[:_TITLE_MOST]
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    text = re.sub(r"(\*\*|__|``?|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w))", "", text)
    return " ".join(re.sub(r"\\([!-/:-@[-`{-~])", r"\1", text).split())


def page_name(target: str) -> str:
    """A page as navs name it: without suffix, fragment and leading slash; an index page keeps its name."""
    try:
        path = unquote(urlsplit(target.strip()).path)
    except ValueError:
        return ""
    path = posixpath.normpath(path.strip("/")) if path.strip("/") else ""
    return re.sub(r"\.(md|mdx|markdown|html)$", "", path)


def of_mkdocs(
    nav: Any, labels: tuple[str, ...] = (), depth: int = 0, title_of: Callable[[str], str] = lambda page: ""
) -> Iterator[NavEntry]:
    """`nav:` of mkdocs.yml: a list of paths, of {title: path} and of {section: list}. A section without a title has
    that of its first page, which `title_of` tells."""
    for item in nav if isinstance(nav, list) and depth < _DEEPEST else ():
        if isinstance(item, str):
            yield NavEntry(page_name(item), labels)
        elif isinstance(item, dict):
            for title, below in item.items():
                if isinstance(below, str):
                    if "://" not in below:
                        yield NavEntry(page_name(below), labels, plain_text(str(title)))
                else:
                    name = _label(str(title))
                    if not name and isinstance(below, list) and below and isinstance(below[0], str):
                        name = title_of(below[0])
                    yield from of_mkdocs(below, (*labels, name) if name else labels, depth + 1, title_of)


def _label(text: str) -> str:
    return " ".join(plain_text(unescape(re.sub(r"&nbsp;?", " ", text))).split())


def of_docusaurus(items: Any, labels: tuple[str, ...] = (), depth: int = 0) -> Iterator[NavEntry]:
    """One sidebar: a list of ids and of {type, …}, or {label: list}."""
    if depth >= _DEEPEST:
        return
    if isinstance(items, dict) and "type" not in items:
        for label, below in items.items():
            yield from of_docusaurus(below, (*labels, _label(label)), depth + 1)
        return
    for item in items if isinstance(items, list) else ():
        if isinstance(item, str):
            yield NavEntry(item, labels)
        elif isinstance(item, dict) and item.get("type") in {"doc", "ref"} and isinstance(item.get("id"), str):
            yield NavEntry(item["id"], labels, str(item.get("label", "")))
        elif isinstance(item, dict) and item.get("type") == "category":
            inner = (*labels, _label(str(item.get("label", "")))) if item.get("label") else labels
            link = item.get("link")
            if isinstance(link, dict) and isinstance(link.get("id"), str):
                yield NavEntry(link["id"], inner)
            yield from of_docusaurus(item.get("items"), inner, depth + 1)
        elif isinstance(item, dict) and "type" not in item:
            yield from of_docusaurus(item, labels, depth + 1)


_MINTLIFY_LISTS = ("languages", "versions", "tabs", "anchors", "dropdowns", "products", "groups", "pages", "menu")
_MINTLIFY_NAMES = ("group", "tab", "anchor", "dropdown", "product", "item")


def of_mintlify(node: Any, labels: tuple[str, ...] = (), depth: int = 0) -> Iterator[NavEntry]:
    """`navigation` of docs.json (an object) or of mint.json (a list of groups)."""
    if depth >= _DEEPEST:
        return
    if isinstance(node, str):
        yield NavEntry(page_name(node), labels)
    elif isinstance(node, list):
        for item in node:
            yield from of_mintlify(item, labels, depth + 1)
    elif isinstance(node, dict):
        name = next((node[key] for key in _MINTLIFY_NAMES if isinstance(node.get(key), str)), "")
        inner = (*labels, _label(name)) if name else labels
        if isinstance(node.get("root"), str):
            yield NavEntry(page_name(node["root"]), inner)
        for key in _MINTLIFY_LISTS:
            yield from of_mintlify(node.get(key), inner, depth + 1)


_SUMMARY_LINE = re.compile(r"^(\s*)[*+-]\s+\[((?:[^\]\\]|\\.)*)\]\(\s*<?([^)>\s]*)>?[^)]*\)")
_SUMMARY_PLAIN = re.compile(r"^(\s*)[*+-]\s+([^\[].*)$")


def of_gitbook(summary: str) -> Iterator[NavEntry]:
    """SUMMARY.md: headings are groups, and pages below a page make a group of it."""
    lines = summary.split("\n")
    rows: list[tuple[int, str, str]] = []
    for line in lines:
        if found := re.match(r"^##+\s+(.*)$", line):
            rows.append((-1, _label(found[1]), ""))
        elif found := _SUMMARY_LINE.match(line):
            rows.append((len(found[1].expandtabs(4)), _label(found[2]), found[3]))
        elif found := _SUMMARY_PLAIN.match(line):
            rows.append((len(found[1].expandtabs(4)), _label(found[2]), ""))
    section: tuple[str, ...] = ()
    above: list[tuple[int, str]] = []
    for number, (indent, title, target) in enumerate(rows):
        if indent < 0:
            section, above = ((title,) if title else ()), []
            continue
        while above and above[-1][0] >= indent:
            above.pop()
        labels = (*section, *(name for _, name in above))
        parent = number + 1 < len(rows) and rows[number + 1][0] > indent
        if parent:
            above.append((indent, title))
            labels = (*labels, title)
        if target and "://" not in target:
            yield NavEntry(page_name(target), labels, title)


def of_links(node: Any, labels: tuple[str, ...] = (), depth: int = 0) -> Iterator[NavEntry]:
    """Navigation in YAML as Jekyll and Eleventy sites keep it: nested {title|text, url, children|items|…}."""
    if depth >= _DEEPEST:
        return
    if isinstance(node, list):
        for item in node:
            yield from of_links(item, labels, depth + 1)
    elif isinstance(node, dict):
        name = next((str(node[k]) for k in ("title", "text", "label", "name") if isinstance(node.get(k), str)), "")
        target = next((str(node[k]) for k in ("url", "href", "link", "path", "main-file-path", "page", "slug")
                       if isinstance(node.get(k), str)), "")  # fmt: skip
        children = [node[k] for k in ("children", "items", "pages", "subitems", "subfolderitems", "links",
                                      "folderitems",
                                      "docs", "nav") if isinstance(node.get(k), list)]  # fmt: skip
        label = _label(name)
        inner = (*labels, label) if children and label else labels
        if target and "://" not in target and "#" not in target:
            yield NavEntry(page_name(target), inner, label)
        for below in children:
            yield from of_links(below, inner, depth + 1)
        if not name and not target and not children:
            for key, below in node.items():
                if isinstance(below, list):
                    yield from of_links(below, labels if depth == 0 else (*labels, _label(str(key))), depth + 1)


def data_of_script(text: str) -> Any:
    """The object a JavaScript file exports, if it is plain data: literals, lists, objects. Raises ValueError."""
    found = re.search(r"(?m)(?:module\.exports\s*=|export\s+default|const\s+sidebars\b[^=]*=)\s*(?=[\[{])", text)
    if found is None:
        raise ValueError("it exports no plain object")
    value, _ = _Script(text, found.end()).value(0)
    return value


class _Script:
    """A reader of JavaScript's object literals; anything that has to be run is a ValueError."""

    _SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*[\s\S]*?\*/)*")
    _NAME = re.compile(r"[A-Za-z_$][\w$]*")
    _NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
    _STRING = re.compile(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\$]|\\.|\$(?!\{))*)`")
    _WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at = text, at

    def _skip(self) -> str:
        found = self._SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def _wrong(self) -> ValueError:
        return ValueError(f"line {self.text.count(chr(10), 0, self.at) + 1} is code rather than data")

    def value(self, depth: int) -> tuple[Any, int]:
        if depth > 40:
            raise ValueError("it is nested too deeply")
        mark = self._skip()
        if mark == "{":
            return self._object(depth), self.at
        if mark == "[":
            return self._list(depth), self.at
        if found := self._STRING.match(self.text, self.at):
            self.at = found.end()
            inner = next(part for part in found.groups() if part is not None)
            return re.sub(r"\\(.)", r"\1", inner), self.at
        if found := self._NUMBER.match(self.text, self.at):
            self.at = found.end()
            return float(found[0]), self.at
        found = self._NAME.match(self.text, self.at)
        if found and found[0] in self._WORDS:
            self.at = found.end()
            return self._WORDS[found[0]], self.at
        raise self._wrong()

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self.at += 1
        while (mark := self._skip()) != "}":
            if found := self._STRING.match(self.text, self.at):
                key = next(part for part in found.groups() if part is not None)
            elif found := self._NAME.match(self.text, self.at):
                key = found[0]
            else:
                raise self._wrong()
            self.at = found.end()
            if self._skip() != ":":
                raise self._wrong()
            self.at += 1
            made[key], _ = self.value(depth + 1)
            mark = self._skip()
            if mark == ",":
                self.at += 1
            elif mark != "}":
                raise self._wrong()
        self.at += 1
        return made

    def _list(self, depth: int) -> list[Any]:
        made: list[Any] = []
        self.at += 1
        while (mark := self._skip()) != "]":
            made.append(self.value(depth + 1)[0])
            mark = self._skip()
            if mark == ",":
                self.at += 1
            elif mark != "]":
                raise self._wrong()
        self.at += 1
        return made
