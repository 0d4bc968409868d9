"""Pure: elements of HTML that an article opens and never closes. In a browser they take in the rest of the page: a fold
hides it, and what is struck out is neither searched nor quoted."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kb.markup.raw_html import ELEMENTS, REMOVED_WITH_CONTENT, VOID

# Their end may be left out, and what follows ends them.
_ENDED_BY_WHAT_FOLLOWS = "p li dt dd rt rp option optgroup tr td th thead tbody tfoot colgroup html head body caption"
_IGNORED = VOID | REMOVED_WITH_CONTENT | set(_ENDED_BY_WHAT_FOLLOWS.split()) | {"iframe"}
_NAMES = "|".join(sorted(ELEMENTS - _IGNORED, key=len, reverse=True))
_OWN_TAG = re.compile(rf"<(/?)({_NAMES})(?=[\s/>])[^<>]{{0,4000}}>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)(?=[\s/>])(?:[^<>\"']|\"[^\"]*\"|'[^']*'){0,4000}>")
_HEADING = re.compile(r"h[1-6]")


def may_be(text: str) -> bool:
    """Whether a text, code in it included, opens some element more often than it closes it."""
    opened: Counter[str] = Counter()
    for slash, name in _OWN_TAG.findall(text):
        opened[name.lower()] += -1 if slash else 1
    return any(number > 0 for number in opened.values())


def found_in(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Of numbered lines without code, the line and the name of each element that is opened and never closed."""
    opened: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in lines:
        for slash, name in _OWN_TAG.findall(text):
            if not slash:
                opened[name.lower()].append(number)
            elif opened[name.lower()]:
                opened[name.lower()].pop()
    return sorted((number, name) for name, numbers in opened.items() for number in numbers)


class _Tag(NamedTuple):
    start: int
    name: str
    is_end: bool


def with_ends(html: str) -> str:
    """HTML in which what is opened and never closed ends with what it stands in, and at the latest before the next
    heading that is not below its own: as a box of Markdown without an end does."""
    tags = [
        _Tag(found.start(), found[2].lower(), bool(found[1]))
        for found in _ANY_TAG.finditer(html)
        if found[2].lower() not in VOID
    ]
    inside, _, left = _ends(tags)
    never = frozenset(number for number in left if tags[number].name not in _IGNORED)
    if not inside and not never:
        return html
    before = _ends(tags, never)[1]
    ends = {**dict.fromkeys(never, len(html)), **before, **inside}
    out, done = [], 0
    # Of those that end at one place the innermost does first.
    for number, where in sorted(ends.items(), key=lambda end: (end[1], -end[0])):
        out += [html[done:where], f"</{tags[number].name}>"]
        done = where
    return "".join([*out, html[done:]])


def _ends(
    tags: Sequence[_Tag], never: frozenset[int] = frozenset()
) -> tuple[dict[int, int], dict[int, int], list[int]]:
    """Of the tags that open something, by their numbers: where those without an end have to end because what they stand
    in does; where those in `never` do because of a heading; and those that are open at the end."""
    stack: list[int] = []
    levels: dict[int, int] = {}
    is_open: Counter[str] = Counter()
    inside: dict[int, int] = {}
    before: dict[int, int] = {}
    may_end_later: defaultdict[str, list[int]] = defaultdict(list)
    level = 6
    for number, tag in enumerate(tags):
        if not tag.is_end:
            if _HEADING.fullmatch(tag.name):
                level = int(tag.name[1])
                while stack and stack[-1] in never and levels[stack[-1]] >= level:
                    before[stack[-1]] = tag.start
                    is_open[tags[stack.pop()].name] -= 1
            levels[number] = level
            stack.append(number)
            is_open[tag.name] += 1
        elif is_open[tag.name]:
            while (name := tags[last := stack.pop()].name) != tag.name:
                is_open[name] -= 1
                if name not in _IGNORED:
                    inside[last] = tag.start
                    may_end_later[name].append(last)
            is_open[name] -= 1
        elif may_end_later[tag.name]:  # `<details>` amid a paragraph, and its end further below
            del inside[may_end_later[tag.name].pop()]
    return inside, before, stack
