"""Pure: Markdown without its comments, which are for authors: a page does not show them, so nothing else may."""

import re
from bisect import bisect_right

_FENCE = re.compile(r"[ >]*(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
# A link definition that is no link is the comment of Markdown itself: `[//]: # (for authors)`.
_DEFINITION = re.compile(r" {0,3}\[[^\[\]\n]{0,80}\]: {0,4}(?:#|<>)(?: {1,4}[\"'(][^\n]*)?")


def without_comments(text: str) -> str:
    """The text less `<!-- … -->` and `[//]: # (…)`, except in fenced blocks and spans of code, which show them."""
    out: list[str] = []
    fence, in_comment = "", False
    last_end = text.rfind("-->")  # what is never closed is no comment: pages show it
    after = 0
    for line in text.split("\n"):
        before, after = after, after + len(line) + 1
        opened = None if in_comment else _FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not line[opened.end() :].strip():
                fence = ""
            out.append(line)
        elif opened:
            fence = opened[1]
            out.append(line)
        else:
            kept, still = _line(line, in_comment, last_end - before)
            commented = in_comment or len(kept) < len(line)
            in_comment = still
            if not (commented and not kept.strip()) and not _DEFINITION.fullmatch(kept):
                out.append(kept.rstrip() if commented else kept)
    return "\n".join(out)


def _line(line: str, in_comment: bool, last_end: int) -> tuple[str, bool]:
    """(what is left of a line outside of fences, whether a comment is still open at its end). `last_end` is where the
    text's last comment ends, from the beginning of this line."""
    if not in_comment and "<!--" not in line:
        return line, False
    runs: dict[int, list[int]] = {}
    for run in _TICKS.finditer(line):
        runs.setdefault(len(run[0]), []).append(run.start())
    kept: list[str] = []
    at = 0
    while at < len(line):
        if in_comment:
            end = line.find("-->", at)
            if end < 0:
                break
            in_comment, at = False, end + 3
            continue
        start = line.find("<!--", at)
        if start + 2 > last_end:
            start = -1
        tick = _TICKS.search(line, at, start if start >= 0 else len(line))
        if start < 0:
            kept.append(line[at:])
            break
        if tick:
            of_its_length = runs.get(len(tick[0]), [])
            place = bisect_right(of_its_length, tick.start())
            end = of_its_length[place] + len(tick[0]) if place < len(of_its_length) else tick.end()
            kept.append(line[at:end])
            at = end
            continue
        kept.append(line[at:start])
        in_comment, at = True, start + 2  # `<!-->` and `<!--->` are whole comments
    return "".join(kept), in_comment
