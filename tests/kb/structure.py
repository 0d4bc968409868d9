"""HTML as its structure: what two renderers must agree on, whatever whitespace, wrappers and classes they write."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

_VOID = {"br", "hr", "img", "input", "col", "wbr", "source", "track"}
_COMPARED = {"href", "src", "alt", "title", "start", "align", "checked"}
_BLOCKS = {"p", "div", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td",
           "pre", "hr", "br", "h1", "h2", "h3", "h4", "h5", "h6", "details", "summary"}  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n]+")


class _Structure(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text: list[str] = []
        self.pre = 0
        self.wrappers: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "div":
            self.wrappers.append(given.get("class") == "highlight")
            if self.wrappers[-1]:
                return
        if tag == "span" and self.pre:
            return
        self.flush()
        self.pre += tag == "pre"
        kept = [
            f"{name}={unquote(value or '') if name in {'href', 'src'} else value or ''}"
            for name, value in sorted(given.items())
            if name in _COMPARED
        ]
        self.found.append(" ".join(["<" + {"s": "del"}.get(tag, tag), *kept]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self.wrappers and self.wrappers.pop():
            return
        if (tag == "span" and self.pre) or tag in _VOID:
            return
        self.flush()
        self.pre -= tag == "pre"
        self.found.append("</" + {"s": "del"}.get(tag, tag))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def flush(self) -> None:
        text = "".join(self.text)
        self.text = []
        if self.pre:
            self.found += [text.rstrip("\n")] if text.strip("\n") else []
        elif text:
            self.found.append(_SPACE.sub(" ", text))


def structure(html: str) -> list[str]:
    """Tags with the attributes that mean something, and texts; spaces beside blocks are none."""
    reader = _Structure()
    reader.feed(html)
    reader.close()
    reader.flush()
    found = reader.found
    kept: list[str] = []
    for at, one in enumerate(found):
        if not one.startswith("<"):
            if at == 0 or _is_block(found[at - 1]):
                one = one.lstrip(" ")
            if at + 1 == len(found) or _is_block(found[at + 1]):
                one = one.rstrip(" ")
        if one:
            kept.append(one)
    return kept


def _is_block(tag: str) -> bool:
    return tag.startswith("<") and tag.strip("</").split(" ")[0] in _BLOCKS
