"""Block rules for markdown-it beside CommonMark's: boxes, tabs, footnotes, abbreviations and lists of definitions.

They are the ones that Python-Markdown and MkDocs taught authors: what belongs to `!!! note` is indented by four.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, html_block, table

from kb.markup import raw_html

# Deeper lists and quotations stay text: each level costs the library a few frames of Python's stack.
DEEPEST = 60
_INDENT = 4

BOX = re.compile(
    r"""(?x) (?P<mark>!!!|\?\?\?\+?) [ ]* (?P<classes>[\w-]+(?:[ ]+[\w-]+)*)? (?:[ ]+["“](?P<title>.*)["”])? [ ]*$"""
)
TAB = re.compile(r"""===[!+]{0,2} [ ]*["“](?P<title>.*)["”] *$""")
_FOOTNOTE = re.compile(r"\[\^([^\]\n]{1,200})\]:")
_ABBREVIATION = re.compile(r"\*\[([^\\\]\n]{1,200})\] ?: *(.*)$")
_DEFINITION = re.compile(r":(?: {1,3}| *\t)(?=\S)")
_MOST_TERMS = 5
_OPEN_FOR_MARKDOWN = re.compile(
    r"<([A-Za-z][\w-]*)\b[^<>]*\smarkdown(?:\s*=\s*[\"']?[\w-]*[\"']?)?(?=[\s>])[^<>]*>\s*$"
)
_AFTER_HTML = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+\S|#{1,6}[ \t]+\S|!\[")
_RAW_TEXT = re.compile(r"<(script|pre|style|textarea)(?=[\s>]|$)", re.I)


def add_blocks(reader: MarkdownIt) -> None:
    """Add the rules of this module to a markdown-it reader."""
    rules = reader.block.ruler
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    rules.before("fence", "box", _box, interrupts)
    rules.before("reference", "footnote_definition", _footnote, {"alt": ["paragraph", "reference"]})
    rules.before("list", "abbreviation", _abbreviation, {"alt": ["paragraph", "reference"]})
    rules.before("lheading", "definition_list", _definition_list)
    rules.at("table", _table, {"alt": ["paragraph", "reference"]})
    rules.at("html_block", _html, {"alt": ["paragraph", "reference", "blockquote"]})
    for name in ("list", "blockquote"):
        _limit(reader, name)


def _limit(reader: MarkdownIt, name: str) -> None:
    rule = next(one for one in reader.block.ruler.__rules__ if one.name == name)
    unlimited = rule.fn
    rule.fn = lambda state, line, end, silent: state.level < DEEPEST and unlimited(state, line, end, silent)


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _indented_until(state: StateBlock, line: int, end: int, indent: int) -> int:
    """The first line from `line` on that is neither blank nor indented so far; blank lines at the end are left."""
    last = line
    while line < end:
        if not state.isEmpty(line):
            if state.sCount[line] < indent:
                break
            last = line + 1
        line += 1
    return last


def _inside(state: StateBlock, begin: int, end: int, indent: int, kind: str) -> None:
    """Read lines as blocks of their own, whose text begins at a column."""
    before = (state.blkIndent, state.parentType, state.lineMax, state.listIndent, state.tight)
    state.blkIndent, state.parentType, state.lineMax, state.listIndent = indent, kind, end, -1
    state.md.block.tokenize(state, begin, end)
    state.blkIndent, state.parentType, state.lineMax, state.listIndent, state.tight = before


def _box(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    if state.is_code_block(line):
        return False
    text = _text(state, line)
    if not text.startswith(("!!!", "???", "===")):
        return False
    found = (TAB if text[0] == "=" else BOX).match(text)
    if not found or (text[0] != "=" and not (found["classes"] or found["title"])):
        return False
    if silent:
        return True
    indent = state.sCount[line] + _INDENT
    last = _indented_until(state, line + 1, end, indent)
    kind = "tab" if text[0] == "=" else "box"
    token = state.push(f"{kind}_open", "div", 1)
    token.meta = found.groupdict()
    if last > line + 1:
        _inside(state, line + 1, last, indent, kind)
    state.push(f"{kind}_close", "div", -1)
    state.line = max(last, line + 1)
    return True


def _footnote(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    if state.is_code_block(line) or state.env.get("in_footnotes"):
        return False
    found = _FOOTNOTE.match(_text(state, line))
    if not found:
        return False
    if silent:
        return True
    base = state.blkIndent
    last = line + 1
    while last < end and not state.isEmpty(last) and state.sCount[last] >= base:
        if state.sCount[last] < base + _INDENT and _ends_paragraph(state, last, end):
            break  # a definition's own lines may hang, what follows may not
        last += 1
    last = max(last, _indented_until(state, last, end, base + _INDENT))
    lines = [_text(state, line)[found.end() :].strip()]
    rest = state.getLines(line + 1, last, base, False)
    lines += [one[_INDENT:] if one.startswith(" " * _INDENT) else one.lstrip("\t") for one in rest.split("\n")]
    state.env["footnotes"][found[1]] = "\n".join(lines if rest else lines[:1]).strip("\n")
    state.line = last
    return True


def _ends_paragraph(state: StateBlock, line: int, end: int) -> bool:
    before, state.parentType = state.parentType, "paragraph"
    ends = any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("paragraph"))
    state.parentType = before
    return ends


def _abbreviation(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    if state.is_code_block(line):
        return False
    found = _ABBREVIATION.match(_text(state, line))
    if not found or not found[1].strip() or not found[2].strip():
        return False
    if not silent:
        state.env["abbreviations"][found[1].strip()] = found[2].strip()
        state.line = line + 1
    return True


def _is_definition(state: StateBlock, line: int) -> bool:
    return not state.is_code_block(line) and bool(_DEFINITION.match(_text(state, line)))


def _terms(state: StateBlock, line: int, end: int) -> int:
    """The line of the first definition below the terms that begin at `line`; -1 if none follows."""
    at = line
    while at < end and at - line <= _MOST_TERMS and not state.isEmpty(at) and state.sCount[at] >= state.blkIndent:
        if at > line and _is_definition(state, at):
            return at
        at += 1
    after = at + 1
    follows_blank = line + 1 == at < end and state.isEmpty(at) and after < end and not state.isEmpty(after)
    if follows_blank and state.sCount[after] >= state.blkIndent and _is_definition(state, after):
        return after
    return -1


def _definition_list(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    if silent or state.is_code_block(line) or state.level >= DEEPEST:
        return False
    first = _terms(state, line, end)
    if first < 0 or _is_definition(state, line):
        return False
    state.push("dl_open", "dl", 1)
    while first >= 0:
        for at in range(line, first):
            if not state.isEmpty(at):
                state.push("dt_open", "dt", 1)
                inline = state.push("inline", "", 0)
                inline.content, inline.children = _text(state, at).strip(), []
                state.push("dt_close", "dt", -1)
        line = first
        while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
            if not _is_definition(state, line):
                break
            line = _definition(state, line, end)
            following = state.skipEmptyLines(line)
            if following < end and state.sCount[following] >= state.blkIndent and _is_definition(state, following):
                line = following
        following = state.skipEmptyLines(line)
        first = -1
        if following < end and state.sCount[following] >= state.blkIndent and not state.is_code_block(following):
            first = _terms(state, following, end)
            if first >= 0 and not _ends_paragraph(state, following, end):
                line = following
            else:
                first = -1
    state.push("dl_close", "dl", -1)
    state.line = line
    return True


def _definition(state: StateBlock, line: int, end: int) -> int:
    loose = state.isEmpty(line - 1)
    found = _DEFINITION.match(_text(state, line))
    marker = len(found[0].expandtabs(_INDENT)) if found else 1
    base = state.blkIndent
    last = line + 1
    while last < end and not state.isEmpty(last) and state.sCount[last] >= base and not _is_definition(state, last):
        if state.sCount[last] < base + _INDENT and _ends_paragraph(state, last, end):
            break
        last += 1
    last = max(last, _indented_until(state, last, end, base + _INDENT))
    opened = state.push("dd_open", "dd", 1)
    opened.meta = {"loose": loose}
    shift, count, begin = state.tShift[line], state.sCount[line], len(state.tokens)
    state.tShift[line] += len(found[0]) if found else 1
    state.sCount[line] += marker
    indent = min(state.sCount[line], base + _INDENT)
    _inside(state, line, last, indent, "definition")
    state.tShift[line], state.sCount[line] = shift, count
    if not loose and len(state.tokens) > begin and state.tokens[begin].type == "paragraph_open":
        # Both or neither: after it stand its text and its end.
        state.tokens[begin].hidden = state.tokens[begin + 2].hidden = True
    state.push("dd_close", "dd", -1)
    return max(state.line, line + 1)


def _html(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """CommonMark's HTML blocks, less those that would show nothing of what they hold, or take the rest of the text."""
    text = _text(state, line)
    if not text.startswith("<") or state.is_code_block(line):
        return False
    if text[1:2] not in {"!", "?"} and not raw_html.is_element(text):
        return False
    if not _is_closed(state, line, text):
        return False
    opened = _OPEN_FOR_MARKDOWN.match(text)
    if not opened:
        return html_block(state, line, end, silent) and (silent or _ended_early(state, line))
    if not silent:
        token = state.push("html_block", "", 0)
        token.content = text
        state.line = line + 1
    return True


def _ended_early(state: StateBlock, line: int) -> bool:
    """End an HTML block where all its elements are closed and a list, a heading or a picture comes on the next line.

    CommonMark goes on to the next blank line, Python-Markdown and MDX end here: their authors' items would be no items.
    """
    depth = 0
    for at in range(line, state.line - 1):
        text = _text(state, at)
        if at == line and _RAW_TEXT.match(text):
            return True
        depth += raw_html.opened_by(text)
        if depth <= 0 and text.rstrip().endswith(">") and _AFTER_HTML.match(_text(state, at + 1)):
            token = state.tokens[-1]
            token.content = state.getLines(line, at + 1, state.blkIndent, True)
            token.map = [line, at + 1]
            state.line = at + 1
            break
    return True


def _is_closed(state: StateBlock, line: int, text: str) -> bool:
    found = _RAW_TEXT.match(text)
    hidden = (end for begin, end in raw_html.HIDDEN.items() if text.startswith(begin))
    needed = f"</{found[1].lower()}>" if found else next(hidden, "")
    if not needed:
        return True
    ends: dict[str, int] = state.env.setdefault("last_ends", {})
    if needed not in ends:
        ends[needed] = state.src.lower().rfind(needed.lower())
    return ends[needed] > state.bMarks[line]


def _table(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """GitHub's tables, but a row keeps the cells that a `|` in its code would push out of the table."""
    begin = len(state.tokens)
    if not table(state, line, end, silent) and not (
        _with_full_delimiters(state, line, end) and table(state, line, end, silent)
    ):
        return False
    if silent:
        return True
    made = state.tokens[begin:]
    columns = sum(token.type == "th_open" for token in made)
    for at, token in enumerate(made):
        if token.type != "tr_open" or not token.map or token.map[0] == line:
            continue
        text = _text(state, token.map[0])
        if "`" not in text:
            continue
        cells = _cells(text)
        if len(cells) <= columns < _PIPE.sub("", text.strip().strip("|")).count("|") + 1:
            inlines = [one for one in made[at : at + 3 * columns + 1] if one.type == "inline"]
            for inline, cell in zip(inlines, cells + [""] * columns, strict=False):
                inline.content = cell
    return True


def _with_full_delimiters(state: StateBlock, line: int, end: int) -> bool:
    """Fill an empty cell of the row below the headings, `| | --- |`, which Python-Markdown takes for a delimiter."""
    if line + 1 >= end or "|" not in _text(state, line):
        return False
    text = _text(state, line + 1)
    if not text.startswith("|") or "--" not in text or not set(text) <= set("|-: \t"):
        return False
    filled = _EMPTY_CELL.sub("-", text)
    # The text is copied for each, so there is an end to it.
    if len(filled) != len(text) or filled == text or state.env.get("filled", 0) >= _MOST_FILLED:
        return False
    state.env["filled"] = state.env.get("filled", 0) + 1
    begin = state.bMarks[line + 1] + state.tShift[line + 1]
    state.src = state.src[:begin] + filled + state.src[begin + len(text) :]
    return True


_EMPTY_CELL = re.compile(r"(?<=\|)[ \t](?=[ \t]*\|)")
_MOST_FILLED = 40
_PIPE = re.compile(r"\\\|")
_TICKS = re.compile(r"`+|\\\||\|")


def _cells(row: str) -> list[str]:
    """The cells of a row; a `|` between backticks is code."""
    marks = list(_TICKS.finditer(row.strip()))
    following: dict[str, int] = {}  # where each length of a run of backticks comes next
    ends: list[int] = []
    for at in range(len(marks) - 1, -1, -1):
        ends.append(following.get(marks[at][0], -1))
        if marks[at][0][0] == "`":
            following[marks[at][0]] = at
    ends.reverse()
    row = row.strip()
    cells, begin, at = [], 0, 0
    while at < len(marks):
        mark = marks[at]
        if mark[0] == "|":
            cells.append(row[begin : mark.start()])
            begin = mark.end()
        at = ends[at] if mark[0][0] == "`" and ends[at] > 0 else at
        at += 1
    cells.append(row[begin:])
    if row.startswith("|"):
        cells.pop(0)
    if cells and not cells[-1].strip():
        cells.pop()
    return [_PIPE.sub("|", cell).strip() for cell in cells]
