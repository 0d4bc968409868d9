"""Pure: HTML elements of MDX pages, written so that the Markdown in them is read.

In MDX an element ends where its tag is closed, and what stands in it is Markdown at any indentation. In CommonMark HTML
goes on to the next blank line, and Markdown in it begins behind one, at the margin. So blank lines are put in between.
"""

import re

from kb.markup.dialects.code import OPEN, Line, indent_of

_HOLDERS = {"div", "td", "th", "li", "details", "section", "center", "figure", "article", "aside", "main"}
_BLOCK = (
    "div|table|thead|tbody|tfoot|tr|td|th|ul|ol|li|details|summary|section|center|figure|figcaption|article|aside|main|p"
    "|video|iframe|h[1-6]|dl|dt|dd"
)
_BEGINS = re.compile(rf"[ \t]*</?(?:{_BLOCK})(?=[\s>/])[^<>]{{0,2000}}>", re.IGNORECASE)
_ANY = re.compile(rf"<(/?)({_BLOCK})(?=[\s>/])[^<>]{{0,2000}}>", re.IGNORECASE)
_WHOLE = re.compile(r"[ \t]*(<(div|td|th|li|center)(?:\s[^<>]{0,500})?>)([^\n]{1,20000})(</\2>)[ \t]*$", re.IGNORECASE)
_MARKDOWN = re.compile(rf"\]\(|\*\*|__|{OPEN}|(?<!\w)[*_]\w")


def separated(lines: list[Line]) -> list[Line]:
    """The lines with blank ones around what HTML elements hold."""
    if not any(_BEGINS.match(line.text) for line in lines):
        return lines
    out: list[Line] = []
    inside: list[str] = []  # names of the elements that are open
    margin = shift = 0
    after_html = False
    for line in lines:
        if line.code:
            out.append(Line(_at(line.text, max(0, indent_of(line.text) - shift)), line.number, True))
            continue
        if not line.text.strip():
            out.append(line)
            after_html, shift = False, 0
            continue
        if not _BEGINS.match(line.text):
            text = line.text
            if after_html and (not inside or inside[-1] in _HOLDERS):
                out.append(Line("", line.number))
                shift = max(0, indent_of(text) - margin) if inside else 0
            if inside:
                text = _at(text, max(margin, indent_of(text) - shift))
            out.append(Line(text, line.number))
            after_html = False
            continue
        if not inside:
            margin = indent_of(line.text)
        elif not after_html and out and out[-1].text.strip() and inside[-1] in _HOLDERS:
            out.append(Line("", line.number))
        out += _parted(line, margin)
        for found in _ANY.finditer(line.text):
            name = found[2].lower()
            if not found[1] and not found[0].endswith("/>"):
                inside.append(name)
            elif found[1] and name in inside:
                del inside[len(inside) - 1 - inside[::-1].index(name) :]
        del inside[200:]
        after_html, shift = True, 0
    return out


def _parted(line: Line, margin: int) -> list[Line]:
    """The line; one element with Markdown in it as its tags and the text between them."""
    whole = _WHOLE.match(line.text)
    if whole is None or _ANY.search(whole[3]) or not _MARKDOWN.search(whole[3]):
        return [Line(_at(line.text, margin), line.number)]
    parts = (whole[1], "", whole[3].strip(), "", whole[4])
    return [Line(_at(part, margin) if part else "", line.number) for part in parts]


def _at(text: str, column: int) -> str:
    return " " * column + text.lstrip(" \t")
