"""Pure: puts everything that is code behind placeholders, so that nothing reads it as markup.

Fenced and indented code, spans of code, comments, `<pre>`, `<code>`, `<script>` and `<style>` are such. Indentation
stays in front of the placeholder: what holds the code may be moved to another column as a whole.
"""

import re
import string
from collections import defaultdict
from dataclasses import dataclass

from kb.markup.dialects.context import Notes

OPEN, CLOSE = "\ue000", "\ue001"
TAG_OPEN, TAG_CLOSE = "\ue002", "\ue003"

_TERMINAL = re.compile(r"<div[^<>\n]{0,200}\b(termy)\b|<!--[ \t]{0,9}termynal", re.IGNORECASE)
_ANY_FENCE = re.compile(r"[ \t>]{0,40}(`{3,}|~{3,})")
_COLOURING = re.compile(r"</?(?:span|font|b|u|i|em|strong)\b[^<>\n]{0,300}>", re.IGNORECASE)
_PRIVATE = re.compile("[\ue000-\ue003]")
_SHIELD = re.compile("\ue000(\\d+)\ue001")
_FENCE = re.compile(r"([ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})?)(`{3,}|~{3,})([^\n]*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}")
_OPENS = re.compile(r'[ \t]*(?:!!!|\?\?\?|={3}[+!]* +"|\[\^[^\]\n]{1,80}\]:|:[ \t]|/{3,}|:{3,}|\{[%{]|</?[A-Za-z])')
_ENDS_SPAN = re.compile(r"[ \t>]*(?:$|#|\||[-*+][ \t]|\d{1,9}[.)][ \t])")
_TICKS = re.compile(r"(\\?)(`+)")
_RAW = re.compile(r"<!--|<(pre|code|script|style)(?=[\s>])", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(?:\\|([{}=+~^:/%<\[!?-]))")
_WIDTH = 4
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # keeps places, as str.lower does not


@dataclass(slots=True)
class Line:
    """One line of a page and its number in the article's body; `code` when it stands inside of a fence."""

    text: str
    number: int
    code: bool = False


class Shields:
    """The texts behind placeholders."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def put(self, text: str) -> str:
        self.texts.append(text)
        return f"{OPEN}{len(self.texts) - 1}{CLOSE}"

    def of(self, text: str, depth: int = 0) -> str:
        """The text with what is behind its placeholders."""
        if OPEN not in text or depth > 8:  # a comment may hold code, and code a character of placeholders
            return text
        return _SHIELD.sub(lambda found: self.of(self.texts[int(found[1])], depth + 1), text)


def indent_of(text: str) -> int:
    width = 0
    for letter in text:
        if letter == " ":
            width += 1
        elif letter == "\t":
            width += _WIDTH - width % _WIDTH
        else:
            break
    return width


def shielded(text: str, shields: Shields, indented: bool = True) -> list[Line]:
    """The lines of a text with its code behind placeholders. `indented` is False for MDX, which has no such code."""
    if _PRIVATE.search(text):
        text = _PRIVATE.sub(lambda found: shields.put(found[0]), text)
    lines = [Line(line, number) for number, line in enumerate(text.split("\n"), 1)]
    _shield_fences(lines, shields)
    if indented:
        _shield_indented(lines, shields)
    _shield_spans(lines, shields)
    return _shield_raw(lines, shields)


def _shield_fences(lines: list[Line], shields: Shields) -> None:
    mark, quoted = "", False
    for line in lines:
        found = _FENCE.match(line.text)
        if mark and quoted and not line.text.lstrip().startswith(">"):
            mark = ""
        if not mark:
            if found and not (found[2][0] == "`" and "`" in found[3]):
                mark, quoted = found[2], ">" in found[1]
                line.text = found[1] + shields.put(line.text[found.end(1) :])
            continue
        line.code = True
        ends = found is not None and found[2].startswith(mark) and not found[3].strip()
        start = len(line.text) - len(line.text.lstrip(" \t>" if quoted else " \t"))
        if start < len(line.text):
            line.text = line.text[:start] + shields.put(line.text[start:])
        if ends:
            mark = ""


def _shield_indented(lines: list[Line], shields: Shields) -> None:
    levels: list[int] = []  # where the content of each open item or box begins
    after_blank, in_code = True, False
    anywhere = False  # inside of something in which indentation means nothing
    for line in lines:
        if line.code or line.text.lstrip(" \t>").startswith(OPEN):
            after_blank = in_code = False
            continue
        if not line.text.strip():
            after_blank = True
            continue
        column = indent_of(line.text)
        if not column and after_blank:
            anywhere = False
        needed = max(levels[-1] if levels else 0, _WIDTH * len(levels)) + _WIDTH
        if column >= needed and (after_blank or in_code) and not anywhere:
            start = len(line.text) - len(line.text.lstrip(" \t"))
            line.text = line.text[:start] + shields.put(line.text[start:])
            in_code, after_blank = True, False
            continue
        in_code = False
        while levels and after_blank and column < levels[-1] and column < _WIDTH * len(levels):
            levels.pop()
        item = _ITEM.match(line.text)
        if item:
            while levels and column < levels[-1] and column < _WIDTH * len(levels):
                levels.pop()
            levels.append(item.end())
        elif _OPENS.match(line.text):
            first = line.text.lstrip()[:3]
            if first in {"!!!", "???", "==="} or first[:2] in {"[^", ": ", ":\t"}:
                while levels and column < levels[-1] and column < _WIDTH * len(levels):
                    levels.pop()
                levels.append(column + _WIDTH)
            else:
                anywhere = True
        after_blank = False


def _shield_spans(lines: list[Line], shields: Shields) -> None:
    start = 0
    for end in range(len(lines) + 1):
        if end < len(lines) and not lines[end].code and not (end > start and _ENDS_SPAN.match(lines[end].text)):
            continue
        _shield_spans_of(lines[start:end], shields)
        start = end


def _shield_spans_of(block: list[Line], shields: Shields) -> None:
    """Put spans of code of one paragraph behind placeholders, each line's part on its own."""
    if not any("`" in line.text for line in block):
        return
    if any(line.code for line in block):
        block = [line for line in block if not line.code]
    text = "\n".join(line.text for line in block)
    by_length: dict[int, list[int]] = defaultdict(list)
    runs = list(_TICKS.finditer(text))
    for run in reversed(runs):
        by_length[len(run[2])].append(run.start(2))
    out: list[str] = []
    at = 0
    for run in runs:
        length, first = len(run[2]), run.start(2)
        places = by_length[length]
        while places and places[-1] <= first:
            places.pop()
        if first < at or run[1] or not places:
            continue
        end = places.pop() + length
        out.append(text[at:first])
        out.append("\n".join(shields.put(part) for part in text[first:end].split("\n")))
        at = end
    out.append(text[at:])
    for line, new in zip(block, "".join(out).split("\n"), strict=True):
        line.text = new


def _shield_raw(lines: list[Line], shields: Shields) -> list[Line]:
    """Put comments and raw text elements behind placeholders, each line's part on its own."""
    text = "\n".join(line.text for line in lines)
    if "<" not in text:
        return lines
    lower = text.translate(_LOWER)
    last = {end: lower.rfind(end) for end in ("-->", "</pre>", "</code>", "</script>", "</style>")}
    out: list[str] = []
    at, found = 0, _RAW.search(text)
    while found:
        end_mark = f"</{found[1].lower()}>" if found[1] else "-->"
        if last[end_mark] < found.end():
            found = _RAW.search(text, found.end())
            continue
        end = lower.index(end_mark, found.end()) + len(end_mark)
        out.append(text[at : found.start()])
        for number, part in enumerate(text[found.start() : end].split("\n")):
            space = part[: len(part) - len(part.lstrip())]
            out.append(("\n" if number else "") + space + (shields.put(part[len(space) :]) if part.strip() else ""))
        at = end
        found = _RAW.search(text, at)
    out.append(text[at:])
    for line, new in zip(lines, "".join(out).split("\n"), strict=True):
        line.text = new
    return lines


def shield_escapes(lines: list[Line], shields: Shields) -> None:
    """Put what is escaped by a backslash behind placeholders, where it is what a dialect begins with."""
    for line in lines:
        if not line.code and "\\" in line.text:
            line.text = _ESCAPED.sub(lambda found: shields.put(found[0]) if found[1] else found[0], line.text)


def plain_terminals(text: str, notes: Notes) -> str:
    """Blocks of code that termynal plays as a terminal, without the tags that colour them there."""
    if not _TERMINAL.search(text):
        return text
    lines = text.split("\n")
    inside, fence = "", ""
    for number, line in enumerate(lines, 1):
        mark = _ANY_FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence, inside = "", inside if inside == "div" else ""
                continue
            lines[number - 1] = plain = _COLOURING.sub("", line)
            if plain != line:
                notes.removed("A tag that colours a terminal", number)
        elif inside and mark:
            fence = mark[1]
        elif found := _TERMINAL.search(line):
            inside = "div" if found[1] else "comment"
        elif "</div" in line:
            inside = ""
    return "\n".join(lines)
