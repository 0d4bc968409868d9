"""Pure: whether Markdown could keep the library busy out of all proportion to its length.

Readers of Markdown look ahead from each mark to the end of its block, so that some thousand brackets in one paragraph
can take them minutes. What this calls costly is converted in a process that can be ended (`core/ended_process.py`); all
else has so few marks to a block that the square of them does not matter.
"""

import re

_MARKS = re.compile(r"[\[\]()<>*_`~!&@|]")
_MARKS_MOST, _LINES_MOST = 400, 300  # in one block
_BLOCK = re.compile(r"\n[ \t>]*\n")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){20,}")
_UNCLOSED_MOST = 50
# Elements that are left open lie within one another, and each more takes as long as all before it.
_OPENED = re.compile(r"<(?!(?:area|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)[a-z]", re.IGNORECASE)
_CLOSED = re.compile(r"</[a-z]|/>", re.IGNORECASE)
_OPEN_MOST = 300
_DEEP = re.compile(r"(?m)^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])){12}")
_INDENTED = re.compile(r"(?m)^[ \t]{80}")


def with_fewer_blank_lines(text: str) -> str:
    """The text with no more blank lines in a row than anybody means; the library compares each with all after it."""
    return _BLANK_LINES.sub("\n" * 20, text)


def is_costly(text: str) -> bool:
    """Whether it has a block of very many marks or lines, tags or elements that never end, or is nested very deeply."""
    if len(text) < _MARKS_MOST // 4:
        return False
    unclosed = abs(text.count("<") - text.count(">")) > _UNCLOSED_MOST and text.count("<") > _UNCLOSED_MOST
    if unclosed or text.count("<!") > _UNCLOSED_MOST or _DEEP.search(text) or _INDENTED.search(text):
        return True
    opened = sum(1 for _ in _OPENED.finditer(text))
    if opened > _OPEN_MOST and opened - sum(1 for _ in _CLOSED.finditer(text)) > _OPEN_MOST:
        return True
    return any(
        block.count("\n") > _LINES_MOST or sum(1 for _ in _MARKS.finditer(block)) > _MARKS_MOST
        for block in _BLOCK.split(text)
    )
