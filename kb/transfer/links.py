"""Pure: rewrites the links and pictures of a Markdown text, and leaves code and comments as they are."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from html import unescape

# What is asked for each link: the target as written, "link" or "image", and its line (the first is 0); None leaves it.
Rewrite = Callable[[str, str, int], str | None]

_FENCE = re.compile(r"^[ \t>*+-]*(?:\d+[.)][ \t]+)?(`{3,}|~{3,})(.*)$")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n[ \t]*\n)[\s\S]){1,2000}?(?<!`)\1(?!`)")
_REFERENCE = re.compile(r"(?m)^([ \t]{0,3}\[(?!\^)[^\]\n]{1,300}\]:[ \t]*)(<[^>\n]*>|\S+)")
_TAG = re.compile(r"<(a|img|video|source|track|audio|iframe)\b[^<>]{0,3000}>", re.I)
_ATTRIBUTE = re.compile(r"(\s(?:href|src|poster)\s*=\s*)(\"[^\"]*\"|'[^']*')", re.I)
_TITLE = re.compile(
    r"\s{1,20}(?:\"[^\"]{0,500}\"|'[^']{0,500}'|\([^()]{0,500}\))?\s{0,20}\)|\s{0,20}\)|\s{0,20}[=|{][^)\n]{0,80}\)"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_LABEL_MOST = 3000


def rewrite(text: str, change: Rewrite) -> str:
    """The text with every target replaced that `change` returns another one for."""
    closed = _protected(text)
    starts = [start for start, _ in closed]

    def free(position: int) -> bool:
        at = bisect_right(starts, position) - 1
        return at < 0 or position >= closed[at][1]

    edits: list[tuple[int, int, str]] = []
    lines = [found.start() for found in re.finditer("\n", text)]
    for start, end, target, kind, form in [*_inline(text, free), *_references(text, free), *_attributes(text, free)]:
        changed = change(target, kind, bisect_right(lines, start - 1))
        if changed is not None and changed != target:
            edits.append((start, end, form % changed))
    parts, at = [], 0
    for start, end, written in sorted(edits):
        if start >= at:
            parts += [text[at:start], written]
            at = end
    return "".join([*parts, text[at:]])


def targets(text: str) -> list[tuple[str, str, int]]:
    """Every target as `rewrite` would ask for it."""
    found: list[tuple[str, str, int]] = []
    rewrite(text, lambda target, kind, line: found.append((target, kind, line)))
    return found


def _protected(text: str) -> list[tuple[int, int]]:
    """The spans of code and comments, in order."""
    spans: list[tuple[int, int]] = []
    fence, began, at = "", 0, 0
    for line in text.splitlines(keepends=True):
        found = _FENCE.match(line.rstrip("\n"))
        if not fence and found and not (found[1][0] == "`" and "`" in found[2]):
            fence, began = found[1], at
        elif fence and found and found[1][0] == fence[0] and len(found[1]) >= len(fence) and not found[2].strip():
            spans.append((began, at + len(line)))
            fence = ""
        at += len(line)
    if fence:
        spans.append((began, len(text)))
    fenced, out, at = list(spans), list(spans), 0
    for start, end in [*fenced, (len(text), len(text))]:
        open_text = text[at:start]
        out += [(at + found.start(), at + found.end()) for found in _CODE_SPAN.finditer(open_text)]
        out += [(at + first, at + last) for first, last in _comments(open_text)]
        at = end
    merged: list[tuple[int, int]] = []
    for start, end in sorted(out):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _comments(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        yield start, end + 3
        at = end + 3


def _inline(text: str, free: Callable[[int], bool]) -> Iterator[tuple[int, int, str, str, str]]:
    at = 0
    while (at := text.find("](", at)) >= 0:
        position, at = at, at + 2
        if not free(position) or (
            position and text[position - 1] == "\\" and text[position - 2 : position - 1] != "\\"
        ):
            continue
        start = at
        while start < len(text) and text[start] in " \t":
            start += 1
        end, target = _destination(text, start)
        if end < 0 or not _TITLE.match(text, end):
            continue
        yield start, end, target, _kind(text, position), "%s"


def _destination(text: str, start: int) -> tuple[int, str]:
    if text[start : start + 1] == "<":
        end = text.find(">", start, start + 3000)
        inner = text[start + 1 : end]
        return (-1, "") if end < 0 or "\n" in inner else (end + 1, inner)
    depth, end = 0, start
    while end < len(text) and text[end] not in " \t\n" and end - start < 3000:
        if text[end] == "\\" and end + 1 < len(text) and text[end + 1] in "()\\":
            end += 2
            continue
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth < 0:
            break
        if depth > 32:  # as CommonMark allows to stop
            return -1, ""
        end += 1
    return (end, _ESCAPED.sub(r"\1", text[start:end])) if end > start else (-1, "")


def _kind(text: str, closing: int) -> str:
    depth, at, stop = 0, closing - 1, max(0, closing - _LABEL_MOST)
    while at >= stop:
        if text[at] == "]":
            depth += 1
        elif text[at] == "[":
            if not depth:
                return "image" if at and text[at - 1] == "!" else "link"
            depth -= 1
        at -= 1
    return "link"


def _references(text: str, free: Callable[[int], bool]) -> Iterator[tuple[int, int, str, str, str]]:
    for found in _REFERENCE.finditer(text):
        if free(found.start()):
            yield found.start(2), found.end(2), found[2].strip("<>"), "either", "%s"


def _attributes(text: str, free: Callable[[int], bool]) -> Iterator[tuple[int, int, str, str, str]]:
    for tag in _TAG.finditer(text):
        if not free(tag.start()):
            continue
        kind = "link" if tag[1].lower() in {"a", "iframe"} else "image"
        for found in _ATTRIBUTE.finditer(tag[0]):
            start = tag.start() + found.start(2)
            yield start, tag.start() + found.end(2), unescape(found[2][1:-1].strip()), kind, '"%s"'
