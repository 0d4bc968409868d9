"""Lets Python-Markdown read CommonMark: markdown-it tells blocks and inline marks, and this builds the tree.

Python-Markdown's own block processors take a text apart at blank lines, and its inline patterns are regular expressions
one after another; neither can follow the specification (docs/adr/0016-commonmark-through-markdown-it.md). Everything
else stays its own: the tree and its processors (attribute lists, abbreviations, footnotes, task lists), highlighting,
serialisation.
"""

import re
import xml.etree.ElementTree as etree
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import markdown as python_markdown
from markdown.blockparser import BlockParser
from markdown.extensions import Extension
from markdown.extensions.attr_list import AttrListTreeprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE, ETX, STX, AtomicString
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, strikethrough
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from pymdownx.highlight import Highlight

from kb.markup import raw_html
from kb.markup.autolinks import addresses, end_of, scheme_before
from kb.markup.blocks import add_blocks

_CALLOUT = re.compile(r"\[!([\w-]{1,30})(?: *\|[^\]\n]{0,100})?\]([-+])?[ \t]*(.*)$", re.M)
_FIRST_WORD = re.compile(r"\{?[ \t]*\.?([\w#+.-]+)")
_OPTION = re.compile(r"(hl_lines|linenums|title)=(?:\"([^\"]*)\"|'([^']*)')")
_LINES = re.compile(r"\d{1,5}(?:-\d{1,5})?(?:[ \t,]+\d{1,5}(?:-\d{1,5})?)*$")
_MOST_LINES = 5_000
# markdown-it leaves out blocks that are nested more deeply than this, and keeps inline text as it is: `DEEPEST` of
# kb/markup/blocks.py comes before, and keeps the text of blocks as well.
_DEEPER_THAN_BLOCKS_GET = 1_000
_DEEPEST_INLINE = 20
_NAMED = r"#[^\s{}\"'<>]+|\.[\w:-]+|[\w:-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{}]+)"
_WORDS_OF_A_LIST = rf"\{{:?[ ]*((?:{_NAMED})(?:[ ]+(?:{_NAMED}|[\w-]+))*)[ ]*\}}"
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


class CommonMark(Extension):
    """The extension. A `letter` has neither HTML, pictures nor headings, and its line breaks stay line breaks.

    `box_titles` are titles, by language and type, of boxes that have none; the attribute `lang` picks the language and
    may be set between two texts.
    """

    def __init__(self, *, letter: bool = False, box_titles: Mapping[str, Mapping[str, str]] | None = None) -> None:
        super().__init__()
        self.letter = letter
        self.box_titles = box_titles or {}
        self.lang = "en"

    def extendMarkdown(self, md: python_markdown.Markdown) -> None:
        """Replace what reads; called by the library."""
        parser = CommonMarkParser(md, self)
        parser.blockprocessors = md.parser.blockprocessors  # extensions register theirs; none is asked
        md.parser = parser
        md.preprocessors.deregister("html_block")
        md.preprocessors.register(_Characters(md), "normalize_whitespace", 30)
        md.treeprocessors.register(_Inline(md, parser), "inline", 20)
        md.treeprocessors.register(_Ampersands(md), "exact_ampersands", -10)


class StrictAttributes(Extension):
    """Attribute lists, which must name an id, a class or a value: `{id}` in a heading is a word."""

    def extendMarkdown(self, md: python_markdown.Markdown) -> None:
        """Register the processor; called by the library."""
        md.treeprocessors.register(_StrictAttributes(md), "attr_list", 8)


class CommonMarkParser(BlockParser):
    """Reads text by markdown-it's block rules into Python-Markdown's tree, with the inline text still as written."""

    def __init__(self, md: python_markdown.Markdown, extension: CommonMark) -> None:
        super().__init__(md)
        self.extension = extension
        self.reader = _reader(extension.letter)
        self.env: dict[str, Any] = {}

    def parseDocument(self, lines: Iterable[str]) -> etree.ElementTree:
        """The tree of a whole text."""
        self.env = {"footnotes": {}, "abbreviations": {}, "references": {}}
        tree = super().parseDocument(lines)
        for extension in self.md.registeredExtensions:
            if hasattr(extension, "setFootnote"):
                for name, text in self.env["footnotes"].items():
                    extension.setFootnote(name, text)
            if hasattr(extension, "abbrs"):
                extension.abbrs.update(self.env["abbreviations"])
        self.env["in_footnotes"] = True
        return tree

    def parseChunk(self, parent: etree.Element, text: str) -> None:
        """Add a text's blocks to an element."""
        self.env.pop("last_ends", None)
        tokens: list[Token] = []
        self.reader.options["maxNesting"] = _DEEPER_THAN_BLOCKS_GET
        self.reader.block.parse(text, self.reader, self.env, tokens)
        _TreeBuilder(self.md, self.extension, parent).build(tokens)

    def parseBlocks(self, parent: etree.Element, blocks: list[str]) -> None:
        """Add blocks to an element."""
        self.parseChunk(parent, "\n\n".join(blocks))
        blocks.clear()


def _reader(letter: bool) -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": not letter})
    reader.enable(["table", "strikethrough"])
    reader.normalizeLink = lambda url: url  # type: ignore[method-assign] # addresses stay as written; the page resolves
    reader.validateLink = lambda url: True  # type: ignore[method-assign] # the sanitiser takes bad ones out of a link
    rules = reader.inline.ruler
    rules.at("emphasis", _emphasis)
    rules.at("strikethrough", _strikethrough)
    reader.inline.ruler2.at("strikethrough", _strike_out)
    rules.before("link", "address", _address)
    if letter:
        # "#1234 is on its way" and a line of dashes under a name are no headings; nobody indents code in a letter.
        reader.disable(["heading", "lheading", "code", "html_block", "html_inline", "image"])
        rules.before("link", "no_image", _no_image)
    else:
        add_blocks(reader)
        rules.before("link", "footnote_reference", _footnote_reference)
    return reader


class _Characters(Preprocessor):
    """Removes the characters with which the library marks places in a text."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines).replace(STX, "").replace(ETX, "").replace("\0", "\ufffd")
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class _TreeBuilder:
    """Builds the elements of block tokens below a parent."""

    def __init__(self, md: python_markdown.Markdown, extension: CommonMark, parent: etree.Element) -> None:
        self.md, self.extension = md, extension
        self.path = [parent]
        self.quotes: list[str] = []  # the tag of each open quotation, which may be a box

    def build(self, tokens: list[Token]) -> None:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            at += 1
            kind = token.type
            if kind == "inline":
                self.words(token.content)
            elif kind in {"paragraph_open", "paragraph_close"} and token.hidden:
                continue
            elif kind == "fence":
                self.code(token.content, token.info)
            elif kind == "code_block":
                self.code(token.content, "")
            elif kind == "html_block":
                self.raw(raw_html.mended(token.content))
            elif kind == "hr":
                self.add("hr")
            elif kind == "blockquote_open":
                self.quotation(tokens, at)
            elif kind == "box_open":
                self.box(token.meta)
            elif kind == "tab_open":
                self.tab(token.meta["title"])
            elif token.nesting == 1:
                self.open(token)
            elif token.nesting == -1:
                self.path.pop()

    def add(self, tag: str, **attributes: str) -> etree.Element:
        return etree.SubElement(self.path[-1], tag, attributes)

    def open(self, token: Token) -> None:
        element = self.add(token.tag)
        if token.type == "ordered_list_open" and token.attrs.get("start") is not None:
            element.set("start", str(token.attrs["start"]))
        elif token.type in {"th_open", "td_open"} and token.attrs.get("style"):
            element.set("align", str(token.attrs["style"]).rpartition(":")[2])
        self.path.append(element)

    def words(self, content: str) -> None:
        parent = self.path[-1]
        if not len(parent) and not parent.text:
            parent.text = content
        else:
            self.bare(content)

    def bare(self, content: str) -> None:
        """Text beside elements: an element without a tag, which the library writes as its content alone."""
        element = _bare_element()
        element.text, element.tail = content, "\n"
        self.path[-1].append(element)

    def raw(self, html: str) -> None:
        self.bare(AtomicString(self.md.htmlStash.store(html.rstrip("\n"))))

    def code(self, text: str, info: str) -> None:
        if self.extension.letter:
            self.raw(f"<pre><code>{escape(text, quote=False)}</code></pre>")
        else:
            self.raw(_highlighted(self.md, text, info))

    def quotation(self, tokens: list[Token], at: int) -> None:
        callout = None
        if not self.extension.letter and at + 1 < len(tokens) and tokens[at + 1].type == "inline":
            callout = _CALLOUT.match(tokens[at + 1].content)
        if not callout:
            self.path.append(self.add("blockquote"))
            return
        title = callout[3].strip() or self.title(callout[1])
        tag = "details" if callout[2] else "div"
        self.path.append(self.add(tag))
        self.path[-1].set("class", callout[1].lower() if callout[2] else f"admonition {callout[1].lower()}")
        if callout[2] == "+":
            self.path[-1].set("open", "open")
        self.headline(tag, title)
        rest = tokens[at + 1].content[callout.end() :].lstrip("\n")
        if rest:
            tokens[at + 1].content = rest
        else:
            tokens[at].hidden = tokens[at + 2].hidden = True
            tokens[at + 1].type = "nothing"

    def box(self, meta: Mapping[str, str | None]) -> None:
        written = meta["classes"] or ""
        title = meta["title"]
        if title is None and (words := _words_of_title(written.split()[1:])):
            written, title = written.split()[0], words
        classes = written.lower()
        title = title if title is not None else self.title(classes.split()[0])
        folded = (meta["mark"] or "").startswith("?")
        self.path.append(self.add("details" if folded else "div"))
        self.path[-1].set("class", classes if folded else f"admonition {classes}".strip())
        if meta["mark"] == "???+":
            self.path[-1].set("open", "open")
        self.headline("details" if folded else "div", title or (self.title(classes) if folded else ""))

    def headline(self, tag: str, title: str) -> None:
        if title:
            element = self.add("summary") if tag == "details" else self.add("p", **{"class": "admonition-title"})
            element.text = title

    def title(self, kind: str) -> str:
        return self.extension.box_titles.get(self.extension.lang, {}).get(kind.lower()) or kind.capitalize()

    def tab(self, title: str) -> None:
        siblings = self.path[-1]
        if not (len(siblings) and siblings[-1].get("class") == "tabbed-set"):
            self.add("div", **{"class": "tabbed-set"})
        block = etree.SubElement(siblings[-1], "div", {"class": "tabbed-block"})
        etree.SubElement(block, "p", {"class": "tabbed-title"}).text = title
        self.path.append(block)


_LAYOUT = frozenset({"inline", "end", "left", "right", "wide", "full", "highlight", "annotate"})


def _words_of_title(words: list[str]) -> str:
    """What stands behind the kind of a box without quotation marks, unless it is classes as MkDocs has them."""
    others = [word for word in words if word.lower() not in _LAYOUT]
    are_words = len(others) > 1 or any(not word.isascii() or word != word.lower() for word in others)
    return " ".join(words) if are_words else ""


# Of an element that stands for a tag as written: that it opens one.
_OPENS = "opens"


def _bare_element() -> etree.Element:
    """An element without a tag, of which the library writes the content alone."""
    make: Any = etree.Element
    made: etree.Element = make(None)
    return made


def _highlighted(md: python_markdown.Markdown, text: str, info: str) -> str:
    first = _FIRST_WORD.match(info)
    language = first[1] if first else ""
    if language in {"hl_lines", "linenums", "title"}:
        language = ""
    options = {found[1]: found[2] or found[3] or "" for found in _OPTION.finditer(info)} if "=" in info else {}
    if not language and not options:
        return f'<div class="highlight"><pre><span></span><code>{escape(text, quote=False)}</code></pre></div>'
    lines = options.get("hl_lines", "")
    number = options.get("linenums", "").split(" ")[0]
    html: str = Highlight(md, stripnl=False).highlight(
        text, language, "highlight", hl_lines=_numbers(lines) if _LINES.match(lines) else [],
        linestart=int(number) if number.isascii() and number.isdigit() and len(number) < 6 else -1,
        title=options.get("title"),
    )  # fmt: skip
    return html


def _numbers(lines: str) -> list[int]:
    found: list[int] = []
    for part in re.split(r"[ \t,]+", lines):
        first, _, last = part.partition("-")
        found += range(int(first), min(int(last or first), _MOST_LINES) + 1)
    return found


class _Inline(Treeprocessor):
    """Reads the inline text of all elements; replaces the library's own processor of that name."""

    def __init__(self, md: python_markdown.Markdown, parser: CommonMarkParser) -> None:
        super().__init__(md)
        self.parser = parser

    def run(self, root: etree.Element) -> None:
        for element in list(root.iter()):
            if element.text and not isinstance(element.text, AtomicString):
                text, element.text = element.text, None
                children = list(element)
                for child in children:
                    element.remove(child)
                self.read(element, text)
                element.extend(children)
            # Tails are line ends between blocks, or what an extension has written.

    def read(self, parent: etree.Element, text: str) -> None:
        if not _MAY_BE_MARKUP.search(text):
            parent.text = text
            return
        reader = self.parser.reader
        reader.options["maxNesting"] = _DEEPEST_INLINE
        tokens = reader.inline.parse(text, reader, self.parser.env, [])
        _InlineBuilder(self.md, parent, self.parser.extension.letter).build(tokens)


_MAY_BE_MARKUP = re.compile(r"[\\`*_\[\]<>&~!\n]|:/|www\.|@", re.I)


class _InlineBuilder:
    """Builds the elements of inline tokens below a parent."""

    def __init__(self, md: python_markdown.Markdown, parent: etree.Element, breaks: bool) -> None:
        self.md, self.breaks = md, breaks
        self.path = [parent]
        self.run: list[str] = []  # text not yet written
        self.links = 0

    def build(self, tokens: list[Token]) -> None:
        ends = _ends_of_removed(tokens)
        at = 0
        while at < len(tokens):
            token = tokens[at]
            at += 1
            if token.type in {"text", "text_special"}:
                self.run.append(token.content)
            elif token.type == "softbreak" and not self.breaks:
                self.run.append("\n")
            elif token.type == "html_inline":
                at = self.html(token.content, at, ends.get(at - 1))
            elif token.type == "element":
                self.add(token.meta["make"](self.md))
            elif token.nesting == 1:
                element = etree.Element(token.tag if token.tag != "s" else "del")
                for name in ("href", "title"):
                    if name in token.attrs:
                        element.set(name, str(token.attrs[name]))
                self.add(element)
                self.path.append(element)
                self.links += token.type == "link_open"
            elif token.nesting == -1:
                self.flush()
                self.links -= token.type == "link_close"
                self.path.pop()
            else:
                self.leaf(token)
        self.flush()

    def leaf(self, token: Token) -> None:
        if token.type == "code_inline":
            element = etree.Element("code")
            element.text = AtomicString(token.content)
        elif token.type == "image":
            element = etree.Element("img", {"src": str(token.attrs["src"]), "alt": _plain(token.children or [])})
            if token.attrs.get("title"):
                element.set("title", str(token.attrs["title"]))
        elif token.type in {"hardbreak", "softbreak"}:
            element = etree.Element("br")
        else:
            self.run.append(token.content)
            return
        self.add(element)

    def html(self, written: str, after: int, end_of_removed: int | None) -> int:
        """Write one tag; returns the token to go on with: `after` the tag, or after its content if that is left out."""
        name = raw_html.tag_name(written)
        if name == "embed" or written.startswith(tuple(raw_html.HIDDEN)):
            return after
        if name in raw_html.REMOVED_WITH_CONTENT and end_of_removed:
            return end_of_removed
        if name not in raw_html.ELEMENTS or name in raw_html.REMOVED_WITH_CONTENT or written.lower().startswith("<pre"):
            self.run.append(written)
            return after
        self.flush()
        if name == "a":
            self.links = max(0, self.links - 1) if written.startswith("</") else self.links + 1
        element = _bare_element()
        element.text = AtomicString(self.md.htmlStash.store(raw_html.tag(written)))
        if raw_html.opened_by(written) > 0:
            element.set(_OPENS, "")
        self.add(element)
        return after

    def add(self, element: etree.Element) -> None:
        self.flush()
        self.path[-1].append(element)

    def flush(self) -> None:
        text = "".join(self.run)
        self.run = []
        if not text:
            return
        if self.links or ("@" not in text and "ww." not in text.lower()):
            self.write(text)
            return
        begin = 0
        for found in addresses(text):
            self.write(text[begin : found.first])
            link = etree.SubElement(self.path[-1], "a", {"href": found.href})
            link.text = text[found.first : found.last]
            begin = found.last
        self.write(text[begin:])

    def write(self, text: str) -> None:
        parent = self.path[-1]
        if not text:
            return
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text


def _ends_of_removed(tokens: list[Token]) -> dict[int, int]:
    """For each opening tag whose content is no text: the place after its closing tag, where that stands beside it."""
    opened: dict[tuple[str, int], int] = {}
    ends: dict[int, int] = {}
    for at, token in enumerate(tokens):
        if token.nesting == -1:
            opened = {key: place for key, place in opened.items() if key[1] <= token.level}
        elif token.type == "html_inline":
            name = raw_html.tag_name(token.content)
            if name in raw_html.REMOVED_WITH_CONTENT:
                if not token.content.startswith("</"):
                    opened.setdefault((name, token.level), at)
                elif (name, token.level) in opened:
                    ends[opened.pop((name, token.level))] = at + 1
    return ends


def _plain(tokens: list[Token]) -> str:
    """The words of inline tokens, for the text that stands for a picture."""
    words = (
        _plain(token.children or [])
        if token.type == "image"
        else "\n"
        if token.type.endswith("break")
        else token.content
        for token in tokens
        if token.type != "html_inline"
    )
    return "".join(words)


# Rules for markdown-it


def _emphasis(state: StateInline, silent: bool) -> bool:
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    can_open, can_close, length, without_spaces = _flanking(state, marker)
    # `**是****否**` are two, which the specification's rule of three would forbid.
    counted = 2 if length == 4 and without_spaces else length
    for _ in range(length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(Delimiter(ord(marker), counted, len(state.tokens) - 1, -1, can_open, can_close))
    state.pos += length
    return True


_ONE_TILDE = 1  # a marker of its own, so that one tilde never closes what two have opened


def _strikethrough(state: StateInline, silent: bool) -> bool:
    """Two tildes, or one as GitHub has it, but not inside of “10~20 and 30~40”: one stands at the ends of words."""
    if silent or state.src[state.pos] != "~":
        return False
    can_open, can_close, length, _ = _flanking(state, "~")
    if length > 2:
        state.append_pending("~" * length)
    else:
        if length == 1:
            can_open = can_open and _is_edge(state.src[state.pos - 1] if state.pos else " ")
            can_close = can_close and _is_edge(state.src[state.pos + 1] if state.pos + 1 < state.posMax else " ")
        token = state.push("text", "", 0)
        token.content = "~" * length
        marker = ord("~") if length == 2 else _ONE_TILDE
        state.delimiters.append(Delimiter(marker, 0, len(state.tokens) - 1, -1, can_open, can_close))
    state.pos += length
    return True


def _is_edge(letter: str) -> bool:
    return letter.isspace() or not (letter.isalnum() or _CJK.match(letter))


def _strike_out(state: StateInline) -> None:
    strikethrough.postProcess(state)
    for delimiters in (state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)):
        for one in delimiters:
            if one.marker == _ONE_TILDE and one.end >= 0:
                for at, nesting in ((one.token, 1), (delimiters[one.end].token, -1)):
                    token = state.tokens[at]
                    token.type, token.tag, token.content = ("s_open" if nesting == 1 else "s_close"), "s", ""
                    token.nesting = 1 if nesting == 1 else -1


def _flanking(state: StateInline, marker: str) -> tuple[bool, bool, int, bool]:
    """Whether a run of markers can open and close, its length, and whether it stands where words have no spaces.

    As CommonMark has it, except beside Chinese, Japanese and Korean, which put no space around words: there
    `**「重要」**的` is strong, as authors mean it (and as Python-Markdown reads it).
    """
    can_open, can_close, length = state.scanDelims(state.pos, marker != "_")
    if marker != "_":
        end = state.pos + length
        before = state.src[state.pos - 1] if state.pos else " "
        after = state.src[end] if end < state.posMax else " "
        if _CJK.match(before) or _CJK.match(after):
            return can_open or not after.isspace(), can_close or not before.isspace(), length, True
    return can_open, can_close, length, False


def _address(state: StateInline, silent: bool) -> bool:
    colon = state.pos
    if silent or state.src[colon] != ":" or state.linkLevel > 0:
        return False
    scheme = scheme_before(state.src, colon)
    if not scheme or not state.pending.endswith(scheme):
        return False
    last = end_of(state.src, colon + 3, state.posMax)
    if last <= colon + 3:
        return False
    state.pending = state.pending[: -len(scheme)]
    words = state.src[colon - len(scheme) : last].replace("&amp;", "&")
    state.push("link_open", "a", 1).attrs = {"href": words}
    state.push("text", "", 0).content = words
    state.push("link_close", "a", -1)
    state.pos = last
    return True


_REFERENCE = re.compile(r"\[\^([^\]\n]{1,200})\]")


def _footnote_reference(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("[^", state.pos):
        return False
    found = _REFERENCE.match(state.src, state.pos, state.posMax)
    if not found or found[1] not in state.env.get("footnotes", {}):
        return False
    if not silent:
        token = state.push("element", "", 0)
        token.meta = {"make": lambda md: md.inlinePatterns["footnote"].handleMatch(found, state.src)[0]}
    state.pos = found.end()
    return True


def _no_image(state: StateInline, silent: bool) -> bool:
    """In letters, whose pictures would be a third party's: the mark stays text and so does not make a link of them."""
    if not state.src.startswith("![", state.pos):
        return False
    if not silent:
        state.append_pending("![")
    state.pos += 2
    return True


class _StrictAttributes(AttrListTreeprocessor):
    # The library's stubs call these final; the library reads them from the class.
    HEADER_RE = re.compile(rf"[ ]+{_WORDS_OF_A_LIST}[ ]*$")  # type: ignore[misc]
    BLOCK_RE = re.compile(rf"\n[ ]*{_WORDS_OF_A_LIST}[ ]*$")  # type: ignore[misc]
    INLINE_RE = re.compile(rf"^{_WORDS_OF_A_LIST}")  # type: ignore[misc]

    def run(self, doc: etree.Element) -> None:
        """Read the lists, of which none stands at the beginning of an element: `<kbd>{#a}</kbd>` is text."""
        begun = [one for one in doc.iter() if one.get(_OPENS) is not None and (one.tail or "").startswith("{")]
        tails = [one.tail for one in begun]
        for one in begun:
            one.tail = ""
        super().run(doc)
        for one, tail in zip(begun, tails, strict=True):
            one.tail = tail


class _Ampersands(Treeprocessor):
    """Makes the library write each `&` as such, where it would take some for entities: this text has none any more."""

    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.text and "&" in element.text:
                element.text = element.text.replace("&", f"{AMP_SUBSTITUTE}amp;")
            if element.tail and "&" in element.tail:
                element.tail = element.tail.replace("&", f"{AMP_SUBSTITUTE}amp;")
            for name, value in element.items():
                if value and "&" in value:
                    element.set(name, value.replace("&", f"{AMP_SUBSTITUTE}amp;"))
