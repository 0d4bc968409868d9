"""Pure: Markdown without its comments, which are for authors: a page does not show them, so nothing else may."""

import re
from bisect import bisect_right
from collections.abc import Mapping

_FENCE = re.compile(r"[ >]*(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
# A link definition that is no link is the comment of Markdown itself: `[//]: # (for authors)`.
_DEFINITION = re.compile(r" {0,3}\[[^\[\]\n]{0,80}\]: {0,4}(?:#|<>)(?: {1,4}[\"'(][^\n]*)?")


# What HTML does not show, by how it begins: comments, processing instructions (`<?php … ?>`), CDATA sections.
_ENDS = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
_BEGIN = re.compile("|".join(map(re.escape, _ENDS)))


def without_comments(text: str) -> str:
    """The text less `<!-- … -->`, `<? … ?>`, `<![CDATA[ … ]]>` and `[//]: # (…)`, except in fenced blocks and spans of
    code, which show them."""
    out: list[str] = []
    fence, end = "", ""  # `end` closes the comment that is open
    last = {closing: text.rfind(closing) for closing in _ENDS.values()}  # never closed is no comment: pages show it
    after = 0
    for line in text.split("\n"):
        before, after = after, after + len(line) + 1
        opened = None if end else _FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not line[opened.end() :].strip():
                fence = ""
            out.append(line)
        elif opened:
            fence = opened[1]
            out.append(line)
        else:
            kept, still = _line(line, end, {closing: at - before for closing, at in last.items()})
            commented = bool(end) or len(kept) < len(line)
            end = still
            if not (commented and not kept.strip()) and not _DEFINITION.fullmatch(kept):
                out.append(kept.rstrip() if commented else kept)
    return "\n".join(out)


def _line(line: str, end: str, last: Mapping[str, int]) -> tuple[str, str]:
    """(what is left of a line outside of fences, what closes the comment that is still open at its end). `last` is
    where the text's last ones of each kind end, from the beginning of this line."""
    if not end and not _BEGIN.search(line):
        return line, ""
    runs: dict[int, list[int]] = {}
    for run in _TICKS.finditer(line):
        runs.setdefault(len(run[0]), []).append(run.start())
    kept: list[str] = []
    at, begin = 0, _BEGIN.search(line)
    while at < len(line):
        if end:
            closed = line.find(end, at)
            if closed < 0:
                break
            at, end = closed + len(end), ""
            continue
        if begin and begin.start() < at:
            begin = _BEGIN.search(line, at)
        tick = _TICKS.search(line, at, begin.start() if begin else len(line))
        if begin is None:
            kept.append(line[at:])
            break
        if tick:
            of_its_length = runs.get(len(tick[0]), [])
            place = bisect_right(of_its_length, tick.start())
            shown = of_its_length[place] + len(tick[0]) if place < len(of_its_length) else tick.end()
            kept.append(line[at:shown])
            at = shown
            continue
        closing = _ENDS[begin[0]]
        # `<!-->` and `<!--->` are whole comments.
        inside = begin.start() + 2 if closing == "-->" else begin.end()
        if inside > last[closing]:
            kept.append(line[at : begin.end()])
            at = begin.end()
            continue
        kept.append(line[at : begin.start()])
        at, end = inside, closing
    return "".join(kept), end
