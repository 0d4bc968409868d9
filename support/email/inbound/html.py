"""HTML mail to plain text, without I/O; quotations are marked by `>` as in plain mails."""

from html.parser import HTMLParser

_LINES = {"p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "section"}
_SILENT = {"script", "style", "head", "title", "template", "noscript"}
_MOST_MARKUP = 2_000_000


class _TextExtractor(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._depth = 0
        self._quoted: list[int] = [0]
        self._silent: list[str] = []

    def _break(self) -> None:
        self.lines.append("")
        self._quoted.append(self._depth)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "blockquote":
            self._depth = min(self._depth + 1, 20)
            self._break()
        elif tag in _LINES:
            self._break()
            if tag == "li":
                self.lines[-1] = "- "
        elif tag == "body":
            self._silent.clear()  # a head that is never closed

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag == "blockquote":
            self._depth = max(0, self._depth - 1)
            self._break()
        elif tag in _LINES and tag != "br":
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.lines[-1] += data.replace("\n", " ")

    def text(self) -> str:
        out: list[str] = []
        for depth, line in zip(self._quoted, self.lines, strict=True):
            words = " ".join(line.split())
            shown = f"{'> ' * depth}{words}".rstrip() if words else ""
            if shown or (out and out[-1]):
                out.append(shown)
        return "\n".join(out).strip()


def words_of(markup: str) -> str:
    """The visible text, one line for each block. Styles, scripts and comments are skipped."""
    parser = _TextExtractor()
    try:
        parser.feed(markup[:_MOST_MARKUP])
        parser.close()
    except (AssertionError, ValueError):  # raised by the parser for malformed markup such as `<![x`
        pass
    return parser.text()
