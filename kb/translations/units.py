"""Pure: the pieces of an article that a translator gets, and the article again with what came back.

A unit is a block of text: the title, the summary, a heading, a paragraph, an item of a list, a cell of a table. What
lies between them (marks of blocks, code, tables' pipes, HTML) is not handed out and stays byte for byte; inside of a
unit, what must not change (code, addresses, tags, values) is told apart from words. Whatever is not understood with
certainty is no unit: it stays as it is.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kb.authoring.header_form import split
from kb.source import frontmatter

# Of a target, the characters that are taken: nothing sensible is many times as long as its source.
_LONGEST = 4_000
_GROWTH = 10

_BOX = re.compile(r"([ \t]{0,40})(?:!!!|\?\?\?\+?|===)[ \t]+[^\n]{0,300}")
_BOX_TITLE = re.compile(r'"([^"\n]{1,200})"[ \t]*$')
# Lines that are another tool's marks and nothing else.
_MARK_LINE = re.compile(
    r"[ \t]*(?::{3,}[^\n]{0,200}|\{%[^\n]{0,300}%\}|\{\{[^\n]{0,300}\}\}|</?[A-Za-z][^<>\n]{0,500}>"
    r"|(?:import|export)[ \t][^\n]{0,300})[ \t]*"
)
_FENCE = re.compile(r"[ \t>]{0,20}(?:[-*+]|\d{1,9}[.)])?[ \t]{0,4}(`{3,}|~{3,})")
# A line in a paragraph that is more than the next words of it.
_OWN_LINE = re.compile(r"(?::[ \t]|\||~[ \t]|\{|\[\^|\*\[|=|\+)")
_MEANING = re.compile(r"[:~][ \t]+")
_HASHES = re.compile(r"#{1,6}[ \t]+")
_PROTECTED = re.compile(
    r"""``[^\n]{1,500}?``|`[^`\n]{1,500}`"""  # code
    r"""|!\[|\]\((?:[^()\s]|\([^()\s]{0,300}\)){0,1000}(?:[ \t]+"[^"\n]{0,300}")?\)|\]\[[^\[\]\n]{0,200}\]"""
    r"""|\[\^[^\[\]\s]{1,50}\]:?|</?[A-Za-z][^<>\n]{0,500}>|<https?://[^<>\s]{1,1000}>|https?://[^\s<>()\[\]`]{1,1000}"""
    r"""|\{\{[^{}\n]{0,300}\}\}|\{%[^{}\n]{0,300}%\}|\{[:#.][^{}\n]{0,300}\}|&(?:[A-Za-z]{2,20}|\#\w{1,8});"""
    r"""|\*{2,3}|~~|=="""  # emphasis, which a translation may do without
)
_FORMAT = frozenset({"**", "***", "~~", "=="})
# What at the beginning of a paragraph would make something else of it.
_BLOCK = re.compile(r"(?:#{1,6}(?=\s|$)|[-+*>](?=\s|$)|(\d{1,9})([.)])(?=\s|$)|[=~|:!?]{2,}|```)")
_PARAGRAPHS = frozenset({"paragraph", "item", "quote"})
_NEW_LINE = re.compile(r"[ \t]{0,100}\n\s{0,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Span:
    """A stretch of a unit's text. `protected` is markup that must come back as it is; one that is `format`, such as
    the stars of bold, may be left out."""

    text: str
    protected: bool = False
    format: bool = False


@dataclass(frozen=True)
class Unit:
    """`text` is the source as one line of Markdown. `start` and `end` are its place in the body, -1 in the header."""

    id: str
    kind: str
    text: str
    start: int = -1
    end: int = -1

    @property
    def spans(self) -> tuple[Span, ...]:
        return spans_of(self.text)


@dataclass(frozen=True)
class Damage:
    """Why a target was not taken: empty, placeholders, long, characters, structure; or left for later: copied (the
    source's text, marked as not translated), segments (a part is not translated), fuzzy, place (the
    translation has none for it). `text` is the unit's."""

    unit: str
    code: str
    text: str = ""


def units_of(text: str) -> list[Unit]:
    """The units of a file, in their order."""
    return list(_units_of(text))


# One article's source and translation are asked for several times in a row.
@lru_cache(maxsize=8)
def _units_of(text: str) -> tuple[Unit, ...]:
    fields = frontmatter.read(text, "").fields
    found = [(kind, value, -1, -1) for kind, value in (("title", fields.title), ("summary", fields.summary)) if value]
    body = split(text).body
    found += sorted(_in_body(body), key=lambda one: one[2])
    seen: Counter[str] = Counter()
    made = []
    for kind, words, start, end in found:
        digest = hashlib.blake2b(f"{kind}\0{words}".encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        seen[digest] += 1
        made.append(Unit(f"u{digest}-{seen[digest]}", kind, words, start, end))
    return tuple(made)


def spans_of(text: str) -> tuple[Span, ...]:
    """The text in stretches that make it up again."""
    made, at = [], 0
    for found in _PROTECTED.finditer(text):
        if found.start() > at:
            made.append(Span(text[at : found.start()]))
        made.append(Span(found[0], protected=True, format=found[0] in _FORMAT))
        at = found.end()
    if at < len(text):
        made.append(Span(text[at:]))
    return tuple(made)


def has_words(unit: Unit) -> bool:
    """Whether there is anything to translate in it."""
    return any(char.isalpha() for span in unit.spans if not span.protected for char in span.text)


def problem_with(unit: Unit, target: str) -> Damage | None:
    """What keeps this text from standing in place of the unit."""
    if len(target) > max(_LONGEST, _GROWTH * len(unit.text)):
        return Damage(unit.id, "long", unit.text)
    if _CONTROL.search(target):
        return Damage(unit.id, "characters", unit.text)
    if not target.strip():
        return Damage(unit.id, "empty", unit.text)
    was, now = _formats(unit.text), _formats(target)
    if _kept(unit.text) != _kept(target) or any((n - was[mark]) % 2 for mark, n in now.items()):
        return Damage(unit.id, "placeholders", unit.text)
    # Where the source begins like a block and is none, so may its translation.
    free = unit.kind not in _PARAGRAPHS or _BLOCK.match(unit.text)
    if unit.start >= 0 and not _is_one_block(("x " if free else "") + as_block(unit, target)):
        return Damage(unit.id, "structure", unit.text)
    return None


def rebuilt(body: str, units: Sequence[Unit], targets: Mapping[str, str]) -> str:
    """The body with these targets in place of their units; without any it is the same, byte for byte."""
    made, at = [], 0
    for unit in sorted((one for one in units if one.start >= 0), key=lambda one: one.start):
        target = targets.get(unit.id)
        if target is None or target == unit.text:
            continue
        made += [body[at : unit.start], as_block(unit, target)]
        at = unit.end
    return "".join([*made, body[at:]])


def _kept(text: str) -> Counter[str]:
    return Counter(span.text for span in spans_of(text) if span.protected and not span.format)


def _formats(text: str) -> Counter[str]:
    return Counter(span.text for span in spans_of(text) if span.format)


def as_block(unit: Unit, target: str) -> str:
    """A target as one line that begins nothing new."""
    line = _NEW_LINE.sub(" ", target.strip())
    if unit.kind == "cell":
        line = re.sub(r"(?<!\\)\|", r"\\|", line)
    if unit.kind in _PARAGRAPHS and not _BLOCK.match(unit.text):
        line = (
            _BLOCK.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[0]}", line, count=1)
            if _BLOCK.match(line)
            else line
        )
    return line


@cache
def _parser() -> MarkdownIt:
    # Only blocks: what stands inside of them is told apart here.
    return MarkdownIt("commonmark").enable("table").disable("inline")


def _is_one_block(line: str) -> bool:
    kinds = [token.type for token in _parser().parse(line)]
    return kinds == ["paragraph_open", "inline", "paragraph_close"] or not _parser().parse(line)


_Found = tuple[str, str, int, int]


def _in_body(body: str) -> Iterator[_Found]:
    lines, at = [], 0
    for line in body.split("\n"):
        lines.append((line, at))
        at += len(line) + 1
    yield from _in_lines(lines, 0)


def _in_lines(lines: list[tuple[str, int]], depth: int) -> Iterator[_Found]:
    """`lines` are texts with the place of each in the body."""
    shown = [text for text, _at in lines]
    fence, number = "", 0
    while number < len(lines):
        text, at = lines[number]
        mark = _FENCE.match(text)
        if fence:
            if mark and mark[1].startswith(fence) and not text[mark.end() :].strip():
                fence = ""
        elif mark:
            fence = mark[1]
        elif (box := _BOX.fullmatch(text)) and depth < 8 and not set(text.strip()) <= {"="}:
            title = _BOX_TITLE.search(text)
            if title:
                yield "title of a box", title[1], at + title.start(1), at + title.end(1)
            end = _end_of_box(lines, number + 1, len(box[1]) + 4)
            inner = len(box[1]) + 4
            yield from _in_lines([(t[inner:], a + min(inner, len(t))) for t, a in lines[number + 1 : end]], depth + 1)
            for inside in range(number, end):
                shown[inside] = ""
            number = end
            continue
        elif _MARK_LINE.fullmatch(text):
            shown[number] = ""
        number += 1
    yield from _in_markdown(shown, lines)


def _end_of_box(lines: list[tuple[str, int]], start: int, indent: int) -> int:
    end = number = start
    while number < len(lines):
        text = lines[number][0]
        if text.strip():
            if text[:indent].strip():
                break
            end = number + 1
        number += 1
    return end


def _in_markdown(shown: list[str], lines: list[tuple[str, int]]) -> Iterator[_Found]:
    tokens = _parser().parse("\n".join(shown))
    stack: list[str] = []
    cells: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.nesting == 1:
            stack.append(token.type.removesuffix("_open"))
        elif token.nesting == -1:
            stack.pop()
        elif token.type == "inline" and token.map:
            yield from _of_inline(token, tokens[place - 1], stack, shown, lines, cells)


def _of_inline(
    token: Token, before: Token, stack: Sequence[str], shown: list[str], lines: list[tuple[str, int]],
    cells: dict[int, int],
) -> Iterator[_Found]:  # fmt: skip
    assert token.map is not None  # noqa: S101 - asked by the caller
    first, kind = token.map[0], stack[-1] if stack else ""
    if kind in {"td", "th"}:
        yield from _cell(token.content, first, shown, lines, cells)
        return
    if kind == "heading":
        mark = _HASHES.search(shown[first]) if before.markup.startswith("#") else None
        column = shown[first].find(token.content, mark.end() if mark else 0)
        if "\n" not in token.content and column >= 0 and token.content:
            start = lines[first][1] + column
            yield "heading", token.content, start, start + len(token.content)
        return
    if kind != "paragraph":
        return
    kind = "item" if "list_item" in stack else "quote" if "blockquote" in stack else "paragraph"
    pieces: list[tuple[str, int, int]] = []
    for offset, text in enumerate(token.content.split("\n")):
        number = first + offset
        line = shown[number].rstrip("\r") if number < len(shown) else ""
        column = len(line) - len(text)
        if line[column:] != text or column < 0:
            column = len(line.rstrip()) - len(text)
            if column < 0 or line[column : column + len(text)] != text:
                yield from _joined(pieces, kind)
                return  # a tab, or something else that was read otherwise
        start = lines[number][1] + column
        words = text.strip()
        lead = len(text) - len(text.lstrip())
        breaks = text.endswith(("  ", "\\"))
        words = words[:-1].rstrip() if breaks and words.endswith("\\") else words
        own_line = bool(_OWN_LINE.match(words))
        if pieces and own_line:
            yield from _joined(pieces, kind)
            pieces = []
        if meaning := _MEANING.match(words):  # of a term in a list of definitions
            lead, words = lead + meaning.end(), words[meaning.end() :]
        if words:
            pieces.append((words, start + lead, start + lead + len(words)))
        if breaks or own_line:
            yield from _joined(pieces, kind)
            pieces = []
    yield from _joined(pieces, kind)


def _joined(pieces: Sequence[tuple[str, int, int]], kind: str) -> Iterator[_Found]:
    if pieces:
        yield kind, " ".join(piece[0] for piece in pieces), pieces[0][1], pieces[-1][2]


def _cell(
    content: str, number: int, shown: list[str], lines: list[tuple[str, int]], cells: dict[int, int]
) -> Iterator[_Found]:
    line, begin = shown[number], cells.get(number, 0)
    for text in dict.fromkeys((content, content.replace("|", "\\|"))):
        column = line.find(text, begin)
        if text and column >= 0:
            cells[number] = column + len(text)
            start = lines[number][1] + column
            yield "cell", text, start, start + len(text)
            return
