"""HTML mail to plain text, without I/O, in one pass whose time grows with the length of the markup.

What a reader of the mail sees is kept: link targets, numbers of lists, cells of tables, preformatted lines, alternative
texts, struck words (~~like this~~); quotations are marked by `>` as in plain mails. What is never closed swallows
nothing. Own code, because what is maintained loses words or time: inscriptis (2.7) drops the text below an unclosed
`<style>`, runs terms and definitions together and leaves out what stands deeper than 255 elements; the HTML5 parsers in
nh3 and selectolax need time that grows with the square of the depth.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator

_MOST_MARKUP = 2_000_000
_DEEPEST_QUOTE = 20
_PARAGRAPHS = frozenset({"p", "ul", "ol", "dl", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})
_LINES = frozenset(
    {"address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dt", "fieldset", "figcaption",
     "figure", "footer", "form", "header", "hr", "legend", "li", "main", "nav", "option", "section", "summary", "tbody",
     "tfoot", "thead", "title", "tr"}
)  # fmt: skip
_STRUCK = frozenset({"s", "strike", "del"})
# Their text is not for reading; a tag in it shows that the end tag was forgotten.
_RAW = frozenset({"script", "style", "title"})
_CLOSED_BY = {
    name: re.compile(rf"</{name}\b[^>]*>?", re.IGNORECASE) for name in _RAW
}  # fmt: skip
_A_TAG = re.compile(r"</?(?:html|head|body|p|div|span|table|td|br|a|b|script|style|title)\b", re.IGNORECASE)
_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9:._@+-]{0,80}(?=[\s/>])")
_ENDS = re.compile(r"[>\"']")
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(href|alt|start|value|style|class)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"&#(?:[xX][0-9a-fA-F]{7,}|[0-9]{8,});?")
_SPACES = re.compile(r"[ \t\n\r\f\xa0]+")
_STRUCK_STYLE = re.compile(r"text-decoration(?:-line)?\s?:[^;]{0,60}line-through", re.IGNORECASE)
_PRE_STYLE = re.compile(r"white-space\s?:\s?(?:pre|break-spaces)", re.IGNORECASE)
_NO_TARGET = ("#", "cid:", "javascript:", "data:", "about:")


def words_of(markup: str) -> str:
    """The visible text, line by line. Styles, scripts and comments are skipped."""
    words = _TextExtractor()
    for kind, name, value in _tokens(markup[:_MOST_MARKUP]):
        if kind == "text":
            words.write(value)
        elif kind == "open":
            words.open(name, value)
        else:
            words.close(name)
    return words.text()


def _tokens(markup: str) -> Iterator[tuple[str, str, str]]:
    """(`text`, '', characters), (`open`, name, the tag) and (`close`, name, '').

    Linear: where something is not found before the end, it is not looked for again.
    """
    at, end = 0, len(markup)
    no_comment_end = quotes_unclosed = False
    closed: dict[str, tuple[int, int]] = {}  # where the next end tag of raw text stands
    while at < end:
        begins = markup.find("<", at)
        if begins < 0:
            begins = end
        if begins > at:
            yield "text", "", _unescaped(markup[at:begins])
        if begins == end:
            return
        if markup.startswith("<!--", begins):
            ends = -1 if no_comment_end else markup.find("-->", begins + 2)
            no_comment_end = ends < 0
            at = ends + 3 if ends >= 0 else begins + 4
            continue
        named = _NAME.match(markup, begins + 1)
        if named is None and markup[begins + 1 : begins + 2] not in {"!", "?"}:
            yield "text", "", "<"
            at = begins + 1
            continue
        ends = markup.find(">", begins)
        if ends < 0:  # no tag ends any more
            yield "text", "", _unescaped(markup[begins:])
            return
        if named is None:
            at = ends + 1
            continue
        if not quotes_unclosed:
            quoted = _tag_end(markup, named.end(), ends)
            quotes_unclosed = quoted < 0
            ends = quoted if quoted >= 0 else ends
        tag, name = markup[begins + 1 : ends], named[0].lower().strip("/")
        at = ends + 1
        if "@" in name or (":" in name and "//" in tag):  # <ada@example.org> and <https://…>, written without &lt;
            yield "text", "", f"<{tag}>"
        elif named[0].startswith("/"):
            yield "close", name, ""
        elif name in _RAW and not tag.endswith("/"):
            at = _after_raw(markup, name, at, closed)
        else:
            yield "open", name, tag


def _tag_end(markup: str, at: int, otherwise: int) -> int:
    """Where the `>` of a tag stands, past quoted values; `otherwise` when a tag stands in one, whose end was forgotten;
    -1 when one is never closed."""
    while (found := _ENDS.search(markup, at)) is not None:
        if found[0] == ">":
            return found.start()
        at = found.end()
        if markup[max(0, found.start() - 9) : found.start()].rstrip().endswith("="):
            closing = markup.find(found[0], at)
            if closing < 0:
                return -1
            if _A_TAG.search(markup, at, closing):
                return otherwise
            at = closing + 1
    return -1


def _after_raw(markup: str, name: str, at: int, closed: dict[str, tuple[int, int]]) -> int:
    """Where the markup goes on after a style, script or title whose text begins here."""
    start, end = closed.get(name, (-1, -1))
    if start < at and start != len(markup):
        found = _CLOSED_BY[name].search(markup, at)
        start, end = found.span() if found else (len(markup), len(markup))
        closed[name] = (start, end)
    if name == "script" and end > start:
        return end
    tag = _A_TAG.search(markup, at, start)
    if tag is None and end > start:
        return end
    # It was never closed: rules of a style are no words, anything else may be.
    stop = tag.start() if tag else len(markup)
    rules = markup.rfind("}", at, stop)
    return rules + 1 if rules >= 0 else at


def _unescaped(text: str) -> str:
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text


def _attributes(tag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(tag):
        found.setdefault(match[1].lower(), _unescaped(match[2] or match[3] or match[4] or ""))
    return found


def _number(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else otherwise


class _TextExtractor:
    """The lines that are written, with their depth of quotation."""

    def __init__(self) -> None:
        self._lines: list[tuple[int, str]] = []  # depth, words
        self._line: list[str] = []
        self._blank = False  # a paragraph ended: the next line stands apart
        self._space = False  # white space was seen and nothing written since
        self._cell = False  # a cell ended: what follows in this line stands apart
        self._mark = ""  # of a list item that has no words yet
        self._depth = 0
        self._pre = 0
        self._lists: list[int | None] = []
        self._opened: defaultdict[str, list[str]] = defaultdict(list)  # per element: what closing it has to do
        self._link_from = (0, 0)  # where the words of a link begin: line, piece

    def write(self, text: str) -> None:
        if self._pre:
            first, *more = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self._append(first)
            for line in more:
                self._end_line()
                self._append(line)
            return
        pieces = _SPACES.split(text)
        for number, piece in enumerate(pieces):
            if number:
                self._space = True
            if piece:
                if self._space and self._line and not self._cell:
                    self._line.append(" ")
                self._append(piece)

    def _append(self, piece: str) -> None:
        if not piece:
            return
        if self._cell and self._line:
            self._line.append(" | ")
        if self._mark and not self._line:
            self._line.append(self._mark)
            self._mark = ""
        self._cell = self._space = False
        self._line.append(piece)

    def _end_line(self) -> None:
        line = "".join(self._line)
        if self._blank and self._lines and self._lines[-1][1]:
            # Between two depths the blank line belongs to the outer one.
            self._lines.append((min(self._depth_of_line, self._lines[-1][0]), ""))
        self._lines.append((self._depth_of_line, line))
        self._line, self._space, self._cell, self._blank = [], False, False, False

    @property
    def _depth_of_line(self) -> int:
        return min(self._depth, _DEEPEST_QUOTE)

    def _break(self, *, paragraph: bool = False) -> None:
        if self._line:
            self._end_line()
        self._space = self._cell = False
        self._blank = self._blank or paragraph

    def open(self, name: str, tag: str) -> None:
        if name == "br":
            self._end_line()
            return
        if name in _PARAGRAPHS or name in _LINES:
            nested = name in {"ul", "ol"} and self._lists
            self._break(paragraph=name in _PARAGRAPHS and not nested)
        given = _attributes(tag) if "=" in tag else {}
        if name in {"td", "th"}:
            self._cell, self._space = bool(self._line), False
        elif name == "img":
            self.write(f"[{given['alt'].strip()}]" if given.get("alt", "").strip() else "")
        elif name == "hr":
            self._append("_" * 32)
            self._break()
        elif name == "li":
            self._begin_item(given)
        elif name in {"ul", "ol"}:
            self._lists.append(_number(given.get("start"), 1) if name == "ol" else None)
        elif name == "a":
            self.close("a")
            self._opened["a"].append(given.get("href", ""))
            self._link_from = (len(self._lines), len(self._line))
        elif name == "blockquote":
            self._depth += 1
        elif not tag.endswith("/"):
            self._open_styled(name, given.get("style", ""))

    def _open_styled(self, name: str, style: str) -> None:
        does = "~" if name in _STRUCK or (style and _STRUCK_STYLE.search(style)) else ""
        does += "p" if name in {"pre", "textarea"} or (style and _PRE_STYLE.search(style)) else ""
        self._opened[name].append(does)
        if "~" in does:
            self.write("~~")
        if "p" in does:
            self._pre += 1

    def _begin_item(self, given: dict[str, str]) -> None:
        number = self._lists[-1] if self._lists else None
        indent = "  " * min(len(self._lists) - 1, 8) if self._lists else ""
        if number is None:
            self._mark = f"{indent}- "
        else:
            number = _number(given.get("value"), number)
            self._mark = f"{indent}{number}. "
            self._lists[-1] = number + 1

    def close(self, name: str) -> None:
        if name == "blockquote":
            self._break(paragraph=True)
            self._depth = max(0, self._depth - 1)
            return
        if name in {"ul", "ol"}:
            self._break(paragraph=len(self._lists) < 2)
            if self._lists:
                self._lists.pop()
            return
        does = self._opened[name].pop() if self._opened[name] else ""
        if name == "a":
            self._link(does)
            return
        if "~" in does:
            self._line.append("~~")
        if name in _PARAGRAPHS or name in _LINES:
            self._break(paragraph=name in _PARAGRAPHS)
            self._mark = "" if name == "li" else self._mark
        if "p" in does:
            self._pre = max(0, self._pre - 1)

    def _link(self, href: str) -> None:
        """Write where a link leads, unless its words say so."""
        target = "".join(href.split())
        if not target or target.lower().startswith(_NO_TARGET):
            return
        lines, pieces = self._link_from
        words = "".join(self._line[pieces:] if lines == len(self._lines) else self._line).strip(" |[]")
        if _bare(target) == _bare(words):
            return
        if self._line:
            self._line.append(" ")
        self._append(f"<{target[:2_000]}>")
        self._space = False

    def text(self) -> str:
        self._break()
        out: list[str] = []
        for depth, line in self._lines:
            if line.strip() or (out and out[-1].strip("> ")):
                out.append(f"{'> ' * depth}{line}".rstrip())
        return "\n".join(out).strip("\n")


def _bare(address: str) -> str:
    return re.sub(r"^(?:https?://|mailto:|tel:)", "", address.strip().lower()).rstrip("/").replace(" ", "")
