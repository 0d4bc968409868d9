"""HTML of strangers, read once from the beginning to the end: in time that grows as the text does, whatever it holds.

The standard library's HTMLParser looks to the end of the text for each tag that is never closed, so that 20 kB of
`<a <a <a` keep it for half a minute. This reader has its methods and no more of HTML than tells tags from text; it is
no sanitiser.
"""

import re
from html import unescape

_NAME = re.compile(r"[A-Za-z][^\s/>]{0,100}")
_IN_A_TAG = re.compile(r"[>\"']")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_CRUDE_TAG = re.compile(r"<[^<>]*>")
# Their contents are no markup, up to their own end.
_RAW = {"script", "style", "textarea", "title", "xmp"}


class LinearParser:
    """Calls `handle_starttag`, `handle_endtag` and `handle_data` as HTMLParser does. Give it the whole text at once."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens; `attrs` are as written, in order."""

    def handle_endtag(self, tag: str) -> None:
        """A tag that closes."""

    def handle_data(self, data: str) -> None:
        """Text between tags, character references resolved."""

    def feed(self, text: str) -> None:
        ends = _Ends(text)
        lower = text.lower() if len(text.lower()) == len(text) else text
        at = 0
        while at < len(text):
            start = text.find("<", at)
            if start < 0:
                start = len(text)
            if start > at:
                self.handle_data(unescape(text[at:start]))
            if start == len(text):
                return
            at = self._markup(text, lower, start, ends)
            if at < 0:  # a tag without an end: what stands in it was meant to be read
                rest = text[start:]
                self.handle_data(unescape(_CRUDE_TAG.sub(" ", rest)))
                return

    def _markup(self, text: str, lower: str, start: int, ends: "_Ends") -> int:
        """Handle what begins at the `<`; where to go on, -1 for a tag that never ends."""
        if text.startswith("<!--", start):
            end = ends.after("-->", start + 4)
            return end if end >= 0 else self._as_text(start)
        closing = text.startswith("</", start)
        name = _NAME.match(text, start + 1 + closing)
        if not name:
            if text.startswith(("<!", "<?", "</"), start):
                end = ends.after(">", start)
                return end if end >= 0 else self._as_text(start)
            return self._as_text(start)
        end = _end_of_tag(text, name.end(), ends)
        if end < 0:
            return -1
        tag = name[0].lower()
        if closing:
            self.handle_endtag(tag)
            return end
        inside = text[name.end() : end - 1]
        self.handle_starttag(
            tag,
            [
                (found[1].lower(), None if found.lastindex == 1 else unescape(found[2] or found[3] or found[4] or ""))
                for found in _ATTRIBUTE.finditer(inside)
            ],
        )
        if tag in _RAW:
            close = ends.before(f"</{tag}", end, lower)
            if close > end:
                self.handle_data(text[end:close])
                return close
        return end

    def _as_text(self, start: int) -> int:
        self.handle_data("<")
        return start + 1


def _end_of_tag(text: str, at: int, ends: "_Ends") -> int:
    """Past the `>` of the tag; one between quotation marks is none, where these are closed."""
    while True:
        found = _IN_A_TAG.search(text, at)
        if not found:
            return -1
        at = found.end()
        if found[0] == ">":
            return at
        if text[found.start() - 1] == "=" or text[found.start() - 1].isspace():
            closed = ends.after(found[0], at)
            at = closed if closed >= 0 else at


class _Ends:
    """Finds marks ahead; what is not found once is not looked for again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._missing: set[str] = set()

    def after(self, mark: str, start: int) -> int:
        """Past the next mark from `start` on, -1 when there is none."""
        found = self.before(mark, start, self._text)
        return found + len(mark) if found >= 0 else -1

    def before(self, mark: str, start: int, text: str) -> int:
        if mark in self._missing:
            return -1
        found = text.find(mark, start)
        if found < 0:
            self._missing.add(mark)
        return found
