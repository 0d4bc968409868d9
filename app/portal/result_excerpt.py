"""Search result snippets: the best passage, shortened around the matches, with highlights."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from index.models import ArticleHit

_ENDS = ".!?。！？\n"


@dataclass(frozen=True)
class ResultRow:
    """One row of a results page."""

    title: str
    url: str
    lang: str
    foreign: str
    heading: str
    category: str
    category_title: str
    passage: Markup
    slug: str
    pinned: bool = False


def marked(text: str, highlights: Sequence[tuple[int, int]], limit: int = 0) -> Markup:
    """`text` escaped, with <mark> around the highlights; truncated to about `limit` characters around the first one."""
    text = text.replace(" | ", " · ")  # table cells; of the same length, so that the highlights still fit
    start, end = _window(text, highlights, limit)
    parts = [Markup("… ")] if start else []
    position = start
    for left, right in sorted(highlights):
        left, right = max(left, position), min(right, end)
        if left >= right:
            continue
        parts += [escape(text[position:left]), Markup("<mark>"), escape(text[left:right]), Markup("</mark>")]
        position = right
    parts.append(escape(text[position:end]))
    if end < len(text):
        parts.append(Markup(" …"))
    return Markup("").join(parts)


def _window(text: str, highlights: Sequence[tuple[int, int]], limit: int) -> tuple[int, int]:
    if not limit or len(text) <= limit * 1.15:
        return 0, len(text)
    first = min((left for left, _ in highlights), default=0)
    start = 0
    if first > limit * 0.6:
        # Starts at the beginning of the match's sentence, unless that is far away.
        start = max((text.rfind(mark, 0, first) + 1 for mark in _ENDS), default=0)
        start = start if first - start < limit * 0.6 else max(0, first - limit // 3)
        while start < first and text[start].isspace():
            start += 1
    end = min(len(text), start + limit)
    if end < len(text):
        space = text.rfind(" ", start + limit // 2, end)
        end = space if space > 0 else end
    return start, end


def paragraphs(text: str, highlights: Sequence[tuple[int, int]]) -> tuple[Markup, ...]:
    """The whole passage, one paragraph per line, with the matches highlighted."""
    found = []
    position = 0
    for line in text.split("\n"):
        end = position + len(line)
        inside = [
            (max(a, position) - position, min(b, end) - position) for a, b in highlights if a < end and b > position
        ]
        if line.strip():
            found.append(marked(line, inside))
        position = end + 1
    return tuple(found)


def blocks(lines: Sequence[Markup]) -> tuple[tuple[str, tuple[Markup, ...]], ...]:
    """The lines grouped for rendering: `("list", items)` for adjacent lines with a dash, else `("text", lines)`."""
    found: list[tuple[str, list[Markup]]] = []
    for line in lines:
        kind, words = ("list", line[2:]) if line.startswith("- ") else ("text", line)
        if found and found[-1][0] == kind:
            found[-1][1].append(words)
        else:
            found.append((kind, [words]))
    return tuple((kind, tuple(words)) for kind, words in found)


def result_of(hit: ArticleHit, url: str, foreign: str, category_title: str, limit: int) -> ResultRow:
    return ResultRow(
        title=hit.title,
        url=url,
        lang=hit.ref.lang,
        foreign=foreign,
        heading=hit.heading if hit.heading != hit.title else "",
        category=hit.category,
        category_title=category_title,
        passage=marked(hit.passage, hit.highlights, limit),
        slug=hit.ref.slug,
        pinned=hit.pinned,
    )
