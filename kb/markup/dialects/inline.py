"""Pure: tags within a line, values, and wiki links, written as this renderer's Markdown."""

import posixpath
import re
from collections.abc import Set
from urllib.parse import quote

from kb.markup.dialects.blocks import kind_of
from kb.markup.dialects.code import CLOSE, OPEN, TAG_CLOSE, TAG_OPEN, Line
from kb.markup.dialects.context import NO_SUCH_FILE, NO_SUCH_PICTURE, Context, Notes
from kb.markup.dialects.names import BADGES, Role
from kb.markup.dialects.tags import TAG, Family, Part, Scanner, Tag
from kb.slugs import slugify

_IN_ADDRESS = re.compile(
    r"(?:\]\(\s{0,3}<?|(?:href|src|url|poster)=[\"']?|^ {0,3}\[[^\]\n]{1,80}\]:\s{1,3})[^\s()\"'<>]*$"
)
_NO_ADDRESS = re.compile(r"(?<!!)\[([^\[\]]{1,300})\]\(\s{0,3}\)")
_WIKI = re.compile(r"(!?)\[\[([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{0,200}))?\]\](?![(\[])")
# Where no letter of a word stands before or behind: Chinese, Japanese and Korean have no space around words.
_CJK = (
    "\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_BEGINS, _ENDS = rf"(?:(?<!\w)|(?<=[{_CJK}]))", rf"(?:(?!\w)|(?=[{_CJK}]))"
# A size, which is no text: `![[cup.png|Green tea|300]]`.
_SIZED = re.compile(r"^(.*?)\s*(?:\||^)\s*\d{1,4}(?:x\d{1,4})?\s*$")
# Links of Sphinx and MyST, whose words or target are code here; and those of DocFX and Antora.
_LINK_ROLE = re.compile(
    rf"(?<!`){_BEGINS}(?:\{{(doc|ref|any|numref|term|download)\}}|:(doc|ref|any|numref|term|download):){OPEN}(\d+){CLOSE}"
)
_OF_ROLE = re.compile(r"`+\s?(?:([^`<>]*?)\s*<([^`<>]+)>|([^`<>]+?))\s?`+")
_XREF = re.compile(
    r"<xref:([^\s<>?]{1,300})(?:\?[^\s<>]{0,300})?>|(?<![A-Za-z0-9_(<])xref:([^\s\[\]<>]{1,300})\[([^\[\]\n]{0,200})\]"
)
_TOC = re.compile(r"\s*(?:\[TOC\]|\[\[_?toc_?\]\]|\{:\s*toc\s*\}|\[\[_TOC_\]\])\s*", re.IGNORECASE)
_SUPERSCRIPT = re.compile(r"(?<=[\w)])\^([\d+\u2212-]{1,4}|[a-z]{1,3})\^(?!\^)")
_SUBSCRIPT = re.compile(r"(?<=[A-Za-z)])(?<!~)~(\d{1,3}[+-]?)~(?!~)")
_KEY = r"(?:[A-Za-z0-9-]{1,20}|\"[^\"\n+]{1,20}\")"
_KEYS = re.compile(rf"(?<!\+){_BEGINS}\+\+({_KEY}(?:\+{_KEY}){{0,5}})\+\+(?!\+){_ENDS}")
_MARK = re.compile(rf"(?<![=!<>]){_BEGINS}==(?![=\s])([^=\n]{{1,300}}?)(?<![\s=])==(?!=){_ENDS}")
_KEY_NAMES = {"ctrl": "Ctrl", "control": "Ctrl", "cmd": "Cmd", "command": "Cmd", "alt": "Alt", "option": "Option",
              "shift": "Shift", "enter": "Enter", "return": "Enter", "esc": "Esc", "escape": "Esc", "del": "Del",
              "delete": "Del", "tab": "Tab", "space": "Space", "backspace": "Backspace", "up": "↑", "arrow-up": "↑",
              "down": "↓", "arrow-down": "↓", "left": "←", "arrow-left": "←", "right": "→", "arrow-right": "→",
              "page-up": "Page Up", "page-down": "Page Down", "windows": "Win", "win": "Win", "plus": "+",
              "caps-lock": "Caps Lock", "print-screen": "Print Screen", "insert": "Ins", "home": "Home", "end": "End",
              }  # fmt: skip
# The anchor of a heading with signs that attribute lists do not take.
_ANCHOR = re.compile(r"(#{1,6}[ \t][^\n]*?)\{#([^\s{}\"]{1,120})\}[ \t]*$")
_PLAIN_ANCHOR = re.compile(r"[\w:-]+")
_LITERAL = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)')\s*(?:\|.*)?", re.DOTALL)
_VARIABLE = re.compile(
    r"(?:variables\.|vars\.|site\.variables\.|site\.data\.variables\.|(?:\$?\.)?(?:Page\.)?[Ss]ite\.Params\.|\$)?"
    r"([\w.-]{1,100})\s*(?:\|.*)?",
    re.DOTALL,
)
# What Hugo's templates know, which no page can mean otherwise.
_OF_HUGO = re.compile(
    r"\$?\.(?:Site|Page|Params|Title|Permalink|RelPermalink|Date|Inner|Get)\b|[Ss]ite\.(?:Params|Title|BaseURL)\b"
)
# The name of a paragraph, an item or, on a line of its own, of what stands above it, as Obsidian has them.
_BLOCK_NAME = re.compile(r"(?:(?<=\S)[ \t]{1,8}|^[ \t>]{0,40})\^([A-Za-z0-9][A-Za-z0-9-]{0,60})[ \t]{0,8}$")
_MADE_NAME = re.compile(r"[0-9a-z]{6}")
_DASH_AFTER_MARK = re.compile(r"^([ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)[-+*][ \t]+(?=\S)")
_EMPTY = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]*)?")
# Attributes of Jekyll's Markdown, and the lines below which they are a paragraph of their own here.
_LIST_OF_ATTRIBUTES = re.compile(r"\s*\{:[^{}\n]*\}\s*")
_TAKES_NONE = re.compile(rf"\s*(?:$|#|\||`|{OPEN})")
_ICON = re.compile(r":(?:material|fontawesome|octicons|simple)-[a-z0-9-]{1,60}:(?:\{[^{}\n]{0,80}\})?")
# Comments of Obsidian, which are nobody's but the author's.
_HIDDEN = re.compile(rf"(?<!%){_BEGINS}%%(?![%A-Za-z0-9_]{{0,3}}%%)([^%\n]{{1,2000}})%%(?!%){_ENDS}")
# What only a site generator's own pages can mean, wherever it stands.
_GENERATORS = {"site", "page", "config", "env", "book", "theme", "macros", "content", "collections", "params", "post",
               "layout", "frontmatter", "props", "forloop", "include", "loop", "toc", "url_for"}  # fmt: skip
_TARGETS = ("url", "src", "href", "to", "link", "relref", "ref")
# What other tools read and nothing here does, by what it looks like: it stays as it is written.
_FOREIGN = {
    "<<< (a file's code)": re.compile(r"^<<<[ \t]+@?[\w./~-]"),
    "::name[…]": re.compile(r"^::[a-z][\w-]{0,40}(?:\[[^\]\n]{0,200}\])?(?:\{[^{}\n]{0,200}\})$"),
    "{role}`…`": re.compile(rf"\{{[a-z][a-z:-]{{1,30}}\}}{OPEN}"),
    "(target)=": re.compile(r"^\([\w-]{1,80}\)=$"),
}
# A picture for light and one for dark screens are one picture.
_SOURCES = ("src", "srcLight", "lightSrc", "light", "srcDark", "darkSrc", "dark")
_PICTURES = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".bmp", ".tif", ".tiff", ".heic",
    ".mp4", ".webm", ".mov", ".ogv", ".mkv", ".mp3", ".wav", ".m4a", ".ogg", ".flac", ".3gp",
)  # fmt: skip


class Inline:
    """Reads the lines of one page, in order."""

    def __init__(
        self, scanner: Scanner, context: Context, notes: Notes, template: bool, linked: Set[str] = frozenset(),
        labels: Set[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.labels = labels  # of the page's own references, which are no names of notes
        self.linked = linked  # the names of blocks that the page links to
        self.scanner, self.context, self.notes = scanner, context, notes
        self.template = template  # the page is written in a template language: what it prints is nobody's text
        self.loops = 0
        self.before = ""  # the line before, as it was
        self.tips: list[str] = []
        self.links: list[str] = []
        self.wiki: dict[str, str | None] = {}
        self.closed = {(tag.family, tag.name) for tag in scanner.tags if tag.part is Part.CLOSE}

    def line(self, line: Line) -> str | None:
        """The line as it is to stand; None if nothing of it is left."""
        text, removed, before = line.text, False, self.before
        self.before = "`" if line.code else line.text
        if line.code:
            return text
        if text.lstrip().startswith("{:") and _LIST_OF_ATTRIBUTES.fullmatch(text) and _TAKES_NONE.match(before):
            return None
        if TAG.search(text):
            looped = self.loops
            text, removed = self._tags(line)
            if removed and not _EMPTY.sub("", text, count=1).strip():
                return None
            if removed and looped and self.loops and self.printed:
                self.notes.removed("{% for %} with what it repeats", line.number)
                return None
            if removed:
                text = _NO_ADDRESS.sub(r"\1", text)
        if ":" in text:
            text = _ICON.sub("", text)
        if "%%" in text:
            text = _HIDDEN.sub(lambda _found: self._hidden(line.number), text)
            if not text.strip(" \t>"):
                return None
        if text == "<--->":  # between the columns of a Hugo theme
            self.notes.removed("<--->", line.number)
            return None
        if ":" + OPEN in text or "}" + OPEN in text:
            text = _LINK_ROLE.sub(self._role_link, text)
        if "xref:" in text:
            text = _XREF.sub(_cross_reference, text)
        if text.startswith(("<<<", "::", "(")) or "}" + OPEN in text:
            for kind, pattern in _FOREIGN.items():
                if pattern.search(text.rstrip()):
                    self.notes.foreign(kind, line.number)
        if "[" in text or "{" in text:
            if _TOC.fullmatch(text):
                return None
            if text.startswith("#") and "{#" in text:
                text = _ANCHOR.sub(_anchor, text)
            if "[[" in text:
                text = _WIKI.sub(lambda found: self._wiki(found, line.number), text)
                if not _EMPTY.sub("", text, count=1).strip():  # a picture that is not there
                    return None
        if "++" in text:
            text = _KEYS.sub(_keys, text)
        if "==" in text:
            text = _MARK.sub(r"<mark>\1</mark>", text)
        if "^" in text:
            text = _BLOCK_NAME.sub(lambda found: self._block_name(found, line.number), text)
            text = _SUPERSCRIPT.sub(r"<sup>\1</sup>", text)
        if "~" in text:
            text = _SUBSCRIPT.sub(r"<sub>\1</sub>", text)
        return text

    def _block_name(self, found: re.Match[str], number: int) -> str:
        """An anchor in place of `^name`; a name that nobody seems to mean is told."""
        name = found[1]
        if name not in self.linked and not _MADE_NAME.fullmatch(name):
            if len(name) < 2 or name.isdecimal():
                return found[0]
            self.notes.removed("^name (of a block)", number)
        return f'{found[0].partition("^")[0].rstrip()}<a id="{slugify(name)}"></a>'

    def _hidden(self, number: int) -> str:
        self.notes.removed("%% comment %%", number)
        return ""

    def _tags(self, line: Line) -> tuple[str, bool]:
        """(the line with what its tags stand for, whether any of them was taken out)."""
        out: list[str] = []
        at, removed, self.printed = 0, False, False
        for found in TAG.finditer(line.text):
            out.append(line.text[at : found.start()])
            at = found.end()
            before = "".join(out[-2:])[-200:]
            value = self._value(self.scanner.tags[int(found[1])], before, line.number)
            removed = removed or not value
            if not value and self._parts_branches(line.text, found):
                value = " / "
            out.append(value)
        out.append(line.text[at:])
        text = "".join(out)
        # The dash between an icon and its words would make a list of them.
        return (_DASH_AFTER_MARK.sub(r"\1", text) if removed else text), removed

    def _parts_branches(self, text: str, found: re.Match[str]) -> bool:
        """Whether an `else` stands between the words of two branches, all of which are shown."""
        if self.scanner.tags[int(found[1])].name not in {"else", "elif", "elsif", "elseif"}:
            return False
        start = text.rfind(TAG_CLOSE, 0, found.start()) + 1
        end = text.find(TAG_OPEN, found.end())
        between, after = text[start : found.start()], text[found.end() : end if end >= 0 else len(text)]
        return bool(start and between.strip() and after.strip()) and _IN_ADDRESS.search(text[: found.start()]) is None

    def _value(self, tag: Tag, before: str, number: int) -> str:
        if tag.family is Family.HTML:
            return tag.attrs["html"]
        if tag.family is Family.COMMENT:
            return ""
        if tag.family is Family.STATEMENT:
            self.notes.removed(f"MDX {tag.name}", number)
            return ""
        if tag.family is Family.VALUE:
            return self._variable(tag, number)
        if tag.family is Family.EXPRESSION:
            if "text" in tag.attrs:
                return self.scanner.shields.put(" ".join(tag.attrs["text"].split()))
            known = self.scanner.module.constants.get(tag.name) or self.context.variables.get(tag.name)
            if known is None:
                self.notes.removed("MDX expression {…}", number)
            return known or ""
        address = _IN_ADDRESS.search(before) is not None
        return self._of_role(tag.role, tag, address, number)

    def _of_role(self, role: Role, tag: Tag, address: bool, number: int) -> str:
        first = tag.args[0] if tag.args else ""
        closing = tag.part is Part.CLOSE
        if role is Role.LOGIC and tag.family is not Family.JSX:
            self._logic(tag, number)
            return ""
        if role is Role.REFERENCE:
            if tag.family is Family.JSX:
                return self._anchor(tag, closing)
            target = first or tag.first("path", "href", "url")
            if not target:
                self.notes.removed(kind_of(tag), number)
            return target
        if role is Role.TOOLTIP:
            return self._tooltip(tag, closing)
        if role is Role.ICON:
            return tag.first("aria-label")
        if role is Role.KEY:
            words = " ".join(tag.args)
            return f"<kbd>{words}</kbd>" if words else "</kbd>" if closing else "<kbd>"
        if role is Role.MATHS:
            return "\\)" if closing else "\\("
        if role is Role.IMAGE and tag.family is not Family.JSX:
            source = tag.first("src", "url") or first
            alt = tag.first("alt", "title", "caption") or (tag.args[-1] if len(tag.args) > 1 else "")
            return source if address else f"![{alt}]({source})"
        if role is Role.IMAGE and tag.first(*_SOURCES):
            return f"![{tag.first('alt', 'title', 'caption')}]({tag.first(*_SOURCES)})"
        if role is Role.FIGURE and tag.first("src"):
            return f"![{tag.first('alt', 'caption', 'title')}]({tag.first('src')})"
        if role is Role.VIDEO:
            return self._video(tag, first, number)
        if role is Role.LINK and closing:
            return self.links.pop() if self.links else ""
        if role is Role.LINK:
            target = tag.first(*_TARGETS)
            if tag.part is Part.OPEN and target and (tag.family, tag.name) in self.closed:
                self.links.append(f"]({target})")
                return "["
            return self._link(tag, first)
        if role is Role.VALUE:
            name = ".".join(part for part in (first, *tag.args[1:]) if part)
            return self._known(name.removeprefix("variables."), tag, number)
        if role is Role.INCLUDE:
            self.notes.removed("include", number, first or tag.first("file", "src", "path"))
            return ""
        if role is Role.UNKNOWN:
            return self._unknown(tag, address, first, number)
        return ""  # a box, tabs and the like within a line: their text stays

    def _unknown(self, tag: Tag, address: bool, first: str, number: int) -> str:
        if tag.part is Part.CLOSE:
            return ""
        if tag.family is Family.JSX:
            if tag.part is Part.SINGLE and tag.name.lower() in BADGES:
                return f"({tag.name.lower()})"
            self.notes.removed(kind_of(tag), number)
            return "" if address or tag.part is not Part.SINGLE else _words_of(tag)
        if tag.name == "@mermaid/diagram" and tag.first("content"):
            source = tag.first("content").replace("\\n", "\n")
            return self.scanner.shields.put(f"```mermaid\n{source}\n```")
        if tag.family is Family.HUGO and f"shortcode.{tag.name}" in self.context.variables:
            return self.context.variables[f"shortcode.{tag.name}"]
        self.notes.removed(kind_of(tag), number)
        if first and (f'"{first}"' in tag.source or f"'{first}'" in tag.source):
            return first
        return "" if address else tag.first("text", "title", "label")

    def _anchor(self, tag: Tag, closing: bool) -> str:
        if closing:
            return self.links.pop() if self.links else ""
        target = tag.first("to", "href", "src")
        if not target:
            self.links.append("")
            return ""
        if tag.part is Part.SINGLE:
            return target
        self.links.append("</a>")
        return f'<a href="{target}">'

    def _tooltip(self, tag: Tag, closing: bool) -> str:
        """The word, and what was hidden behind it in brackets: there is no pointer on paper or on a phone."""
        if closing:
            tip = self.tips.pop() if self.tips else ""
            return f" ({tip})" if tip else ""
        tip = tag.first("tip", "text", "content", "title", "label")
        if tag.part is Part.SINGLE:
            return tip
        self.tips.append(tip)
        return ""

    def _video(self, tag: Tag, first: str, number: int) -> str:
        source = tag.first("src", "id", "url") or first
        title = tag.first("title", "alt")
        if "/" not in source and source:
            name = tag.name.rsplit(".", 1)[-1].lower()
            known = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}
            source = known.get(name, "") + source
        if not source:
            self.notes.removed(kind_of(tag), number)
            return ""
        return f"![{title}]({source})"

    def _link(self, tag: Tag, first: str) -> str:
        target = tag.first(*_TARGETS) or (first if "/" in first else "")
        name = tag.first("name", "text", "title", "caption") or posixpath.basename(target.rstrip("/")) or target
        if not target:
            return name
        video = any(host in target for host in ("youtube.com/watch", "youtu.be/", "vimeo.com/"))
        return f"![{tag.first('title', 'caption')}]({target})" if video else f"[{name}]({target})"

    def _logic(self, tag: Tag, number: int) -> None:
        if tag.name == "for":
            self.loops = max(0, self.loops + (-1 if tag.part is Part.CLOSE else 1))
        if tag.part is not Part.CLOSE:
            self.notes.removed(kind_of(tag), number)

    # Values

    def _variable(self, tag: Tag, number: int) -> str:
        literal = _LITERAL.fullmatch(tag.name)
        if literal:
            return self.scanner.shields.put(literal[1] if literal[1] is not None else literal[2])
        name = _VARIABLE.fullmatch(tag.name)
        return self._known(name[1] if name else "", tag, number)

    def _known(self, name: str, tag: Tag, number: int) -> str:
        self.printed = True
        plain = name.removeprefix("variables.")
        of_page = (f"page.{plain}",) if tag.name == "param" else ()
        for key in (*of_page, name, plain, tag.name.strip(), plain.lower()):
            if key in self.context.variables:
                self.printed = False
                return self.context.variables[key]
        if _OF_HUGO.match(tag.name.strip()):
            self.notes.removed("{{ … }}", number)
            return ""
        if tag.family is not Family.VALUE or self.template or name.partition(".")[0] in _GENERATORS:
            self.notes.removed("{{ … }}", number)
            return ""
        self.notes.foreign(f"{{{{ {name or tag.name[:40]} }}}}", number)
        return tag.source

    # Wiki links

    def _wiki(self, found: re.Match[str], number: int) -> str:
        embedded, inside, label = found[1], found[2], found[3]
        if inside[0].isspace() or not any(letter.isalpha() for letter in inside):
            return found[0]
        name, _, heading = inside.partition("#")
        name = name.strip().rstrip("\\")
        if name and name not in self.wiki:
            self.wiki[name] = self.context.find(name)
        path = self.wiki.get(name, "") if name else ""
        if path is None:
            return self._missing(found, name, number)
        here = posixpath.dirname(self.context.path) or "."
        target = quote(posixpath.relpath(path, here)) if path else ""
        if embedded and path.lower().endswith(_PICTURES):
            alt = _alternative(label) or posixpath.splitext(posixpath.basename(name))[0]
            return f"![{alt}]({target})"
        target += f"#{slugify(heading.lstrip('^#'))}" if heading else ""
        if heading.startswith("^"):  # a name nobody would read
            heading = "" if name else heading.lstrip("^").replace("-", " ")
        shown = (label or "").strip() or (f"{name}: {heading}" if name and heading else name or heading)
        return f"[{shown}]({target})"

    def _missing(self, found: re.Match[str], name: str, number: int) -> str:
        """What readers get of a link to a note, or in place of a picture, that is not in the folder: the words."""
        embedded, inside, label = found[1], found[2], found[3]
        before = found.string[max(0, found.start() - 1) : found.start()]
        if before == "[" or inside.casefold() in self.labels:
            return found[0]
        if before.isascii() and before.isalnum():  # an index of an index, of code that nobody has marked as such
            self.notes.foreign("[[…]]", number)
            return found[0]
        is_picture = bool(embedded) and name.lower().endswith(_PICTURES)
        self.notes.foreign(NO_SUCH_PICTURE if is_picture else NO_SUCH_FILE, number, name)
        if self.context.keeps_missing:
            return found[0]
        if is_picture:
            return _alternative(label)
        words = _alternative(label) if embedded else (label or "").strip()
        return words or posixpath.basename(name.rstrip("/")).removesuffix(".md")

    def _role_link(self, found: re.Match[str]) -> str:
        """`{doc}` and the like: a link to a page; what names a heading anywhere in a library is its words alone."""
        inside = _OF_ROLE.fullmatch(self.scanner.shields.of(f"{OPEN}{found[3]}{CLOSE}"))
        if inside is None:
            return found[0]
        words, target = inside[1] or "", (inside[2] or inside[3]).lstrip("~!")
        if (found[1] or found[2]) not in {"doc", "download"}:
            return words or target
        return f"[{words or posixpath.basename(target)}]({quote(target, safe='/#.:%')})"


def _cross_reference(found: re.Match[str]) -> str:
    if found[1]:
        return found[1].removesuffix("%2A").removesuffix("*")
    page, _, heading = found[2].rpartition(":")[2].partition("#")
    page = page.removesuffix(".adoc")
    words = found[3].removesuffix("^").strip() or posixpath.basename(page)
    return f"[{words}]({page}{'#' if heading else ''}{heading})"


def _alternative(label: str | None) -> str:
    """The words of a picture's label, which may be a size as well or instead."""
    label = (label or "").strip()
    sized = _SIZED.match(label)
    return sized[1].strip() if sized else label


def _words_of(tag: Tag) -> str:
    """The words a component was given as attributes, which it would have shown."""
    title = tag.first("title", "headline", "heading", "label")
    text = tag.first("text", "description", "content", "caption", "message", "subtitle")
    target, said = tag.first("href", "link", "to", "url"), tag.first("linkText", "ctaText", "cta", "buttonText")
    linked = f"[{title}]({target})" if target and not said else title
    parts = (f"**{linked}**" if title else "", text, f"[{said}]({target})" if target and said else said)
    return " ".join(part for part in parts if part)


def safe_anchor(name: str) -> str:
    """The name of a heading as an id; as it is where it can be one."""
    return name if _PLAIN_ANCHOR.fullmatch(name) else re.sub(r"[^\w:.]+", "-", name).strip("-")


def _anchor(found: re.Match[str]) -> str:
    if _PLAIN_ANCHOR.fullmatch(found[2]):
        return found[0]
    safe = safe_anchor(found[2])
    return f'{found[1]}{{ id="{safe}" }}' if safe else found[1].rstrip()


def _keys(found: re.Match[str]) -> str:
    return "+".join(f"<kbd>{_key(key)}</kbd>" for key in re.findall(r'"[^"]*"|[^+]+', found[1]))


def _key(name: str) -> str:
    if name[0] == '"':
        return name.strip('"')
    return _KEY_NAMES.get(name.lower(), name.capitalize() if len(name) > 1 else name.upper())
