"""Pure: marks maths (`$$…$$`, `\\(…\\)`, ```` ```math ````) for the page's reader, and says of a diagram's source what
it is. Of all that is published; what is only to be written out again as Markdown keeps its own form.

The formula travels as text of an element, each of its signs as a numeric entity, so that neither Markdown nor the
sanitiser finds anything in it; `kb/markup/maths.py` makes MathML of it.
"""

import re

from kb.markup.dialects.code import OPEN, Line, Shields, shielded
from kb.markup.dialects.titles import word

_BLOCK = re.compile(r"([ \t>]*)\$\$(.*)$")
_ENDS = re.compile(r"(.*?)\$\$[ \t]*$")
_INLINE = re.compile(r"(?<![A-Za-z0-9])\\\((.{1,500}?)\\\)|\$\$([^$\n]{1,500})\$\$")
# `\(` is how Markdown writes a bracket that is none of its own: maths has signs that sentences do not have.
_FORMULA = re.compile(r"[\\^_=<>+]|^\s*[A-Za-z]\s*$")
_MOST_LINES = 60
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(mermaid|math|latex-math)\b")


def with_figures(text: str, lang: str = "en") -> str:
    """The text with its maths marked and its diagrams named."""
    if "$$" not in text and "\\(" not in text and "mermaid" not in text and "math" not in text:
        return text
    shields = Shields()
    lines = shielded(text, shields)
    out: list[str] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        prefix = line.text[: len(line.text) - len(line.text.lstrip(" \t>"))]
        if not line.code and OPEN in line.text and i + 1 < len(lines) and lines[i + 1].code:
            fence = _FENCE.match(shields.of(line.text[len(prefix) :]))
            if fence and fence[2] == "mermaid":
                out += [f"{prefix}*{word('diagram', lang)}*", prefix.rstrip()]
            elif fence:
                end = _end_of_fence(lines, i + 1)
                inner = "\n".join(shields.of(each.text).strip(" \t>") for each in lines[i + 1 : end])
                out += [prefix.rstrip(), _element("div", prefix, inner), prefix.rstrip()]
                i = end + 1
                continue
        opened = None if line.code or "$$" not in line.text else _BLOCK.match(line.text)
        if opened:
            read = _formula(lines, i, opened, shields)
            if read:
                inner, i = read
                out += [prefix.rstrip(), _element("div", opened[1], inner), prefix.rstrip()]
                continue
        out.append(line.text if line.code else _INLINE.sub(_in_line, line.text))
        i += 1
    return shields.of("\n".join(out))


def _end_of_fence(lines: list[Line], start: int) -> int:
    """The place of the line that closes a fence: the last of its code."""
    end = start
    while end + 1 < len(lines) and lines[end + 1].code:
        end += 1
    return end


def _formula(lines: list[Line], start: int, opened: re.Match[str], shields: Shields) -> tuple[str, int] | None:
    """(the formula that a line begins, the place behind it); None if nothing ends it before a blank line."""
    parts: list[str] = []
    for place in range(start, min(len(lines), start + _MOST_LINES)):
        rest = opened[2] if place == start else lines[place].text
        if place > start and (lines[place].code or not rest.strip(" \t>")):
            return None
        ends = _ENDS.match(rest)
        if ends and (place > start or ends[1].strip()):
            parts.append(ends[1])
            inner = shields.of("\n".join(part.strip(" \t>") for part in parts)).strip()
            return (inner, place + 1) if inner and "$$" not in inner else None
        if "$$" in rest:
            return None
        parts.append(rest)
    return None


def _in_line(found: re.Match[str]) -> str:
    inner = found[1] or found[2]
    # `[link](foo\(and\(bar\))` has brackets, and no formula.
    if OPEN in inner or "\\(" in inner or not _FORMULA.search(inner):
        return found[0]
    if found[2] and (inner[0].isspace() or inner[-1].isspace()):
        return found[0]
    return _element("span", "", inner)


def _element(tag: str, prefix: str, formula: str) -> str:
    written = "".join(sign if sign.isascii() and sign.isalnum() else f"&#{ord(sign)};" for sign in formula.strip())
    return f'{prefix}<{tag} class="maths">{written}</{tag}>'
