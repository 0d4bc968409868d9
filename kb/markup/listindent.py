"""Pure: re-indents list contents from CommonMark style to the four spaces per level that Python-Markdown requires.

Authors indent by the width of the marker (`1. ` is three, `- ` is two). Without this, a picture or a note between two
steps would end the list, and the next step would be number 1 again.
"""

import re

_HAS_LIST = re.compile(r"(?m)^ {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]")
_ITEM = re.compile(r"^ *([-*+]|\d{1,9}[.)])( {1,4}|\t)(?=\S)")
_FENCE = re.compile(r"^ *(`{3,}|~{3,})")
_BLOCK_START = ("#", ">", "|", "```", "~~~", "!!!", "???", "<", "[^")
_TAB = 4


def indent_for_lists(text: str) -> str:
    """The text with four spaces for each list level. Text already indented by four is unchanged."""
    return "\n".join(_Indenter().lines(text.split("\n"))) if _HAS_LIST.search(text) else text


class _Indenter:
    def __init__(self) -> None:
        self.levels: list[int] = []  # for each open item, the column where its content begins, as written
        self.fence = ""
        self.fence_from = self.fence_to = 0
        self.after_blank = False

    def lines(self, lines: list[str]) -> list[str]:
        return [self.line(line) for line in lines]

    def line(self, line: str) -> str:
        stripped = line.lstrip(" ")
        column = len(line) - len(stripped)
        if self.fence:
            return self.inside_fence(line, stripped, column)
        if not stripped:
            self.after_blank = True
            return line
        moved = self.moved(line, stripped, column)
        opened = _FENCE.match(line)
        if opened:
            self.fence, self.fence_from = opened[1], column
            self.fence_to = len(moved) - len(moved.lstrip(" "))
        self.after_blank = False
        return moved

    def inside_fence(self, line: str, stripped: str, column: int) -> str:
        end = stripped.rstrip()
        if end and set(end) == {self.fence[0]} and len(end) >= len(self.fence):
            self.fence = ""
        return " " * self.fence_to + line[min(self.fence_from, column) :] if stripped else line

    def moved(self, line: str, stripped: str, column: int) -> str:
        if not self.levels and column >= _TAB:
            return line  # the body of an admonition, a footnote, a definition or a block of code
        item = _ITEM.match(line)
        if item and not (self.levels and column >= self.levels[-1] + _TAB):
            while self.levels and column < self.levels[-1]:
                self.levels.pop()
            depth = len(self.levels)
            self.levels.append(column + len(item[1]) + len(item[2]))
            return " " * (_TAB * depth) + stripped
        depth = sum(column >= level for level in self.levels)
        if depth:
            if self.after_blank:
                del self.levels[depth:]
            # Eight spaces below `1. ` is code to those who write four a level; keep it where it is.
            extra = column - self.levels[depth - 1]
            if column >= _TAB * depth:
                extra = max(column - _TAB * depth, extra if extra >= _TAB else 0)
            return " " * (_TAB * depth + extra) + stripped
        if self.after_blank or stripped.startswith(_BLOCK_START):
            self.levels = []
        return line
