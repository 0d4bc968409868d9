"""Pure: boxes, tabs, steps, cards and whatever else holds lines, written as this renderer's Markdown.

What opens something is put on a stack; where it is closed, its lines go to what holds it, moved to the column they
need there. Nothing that is opened and never closed loses its lines.
"""

import re
from collections import Counter, deque
from dataclasses import dataclass, field

from kb.markup.dialects.code import OPEN, Line, Shields, indent_of
from kb.markup.dialects.context import FROM_SOURCE_CODE, Notes
from kb.markup.dialects.names import BOXES_OF_A_KIND, Role, box_kind, container_kind
from kb.markup.dialects.tags import TAG, Family, Part, Scanner, Tag
from kb.markup.dialects.titles import word

_DEEPEST = 12
_NO_HEADING = 6  # before the first one, any heading ends what nothing closes
_WIDTH = 4
_PREFIX = re.compile(r"[ \t]*(?:>[ \t]?){0,20}(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})?[ \t]*")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_COLONS = re.compile(r"([ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})?)(:{3,})[ \t]*([^\n]*)")
_SLASHES = re.compile(r"([ \t>]*)(/{3,})[ \t]*(?:([A-Za-z][\w-]*)[ \t]*(?:\|([^\n]*))?)?$")
_DIRECTIVE = re.compile(r"\{?\.?([^\W\d_][\w-]*)\}?")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(?:(=+)|-{2,})[ \t]*$")
_COLONS_AFTER_TEXT = re.compile(r"(.*\S)[ \t]+(:{3,})[ \t]*$")
_TITLE = re.compile(r"\btitle=\"([^\"\n]{1,500})\"")
_LEADING_TITLE = re.compile(r"[ \t]*\[([^\[\]\n]*)\][ \t]*(?:\{[^{}\n]*\})?")
_LEADING_ATTRIBUTES = re.compile(r"[ \t]*\{[^{}\n]{0,200}\}")
_IN_BRACKETS = re.compile(r"[ \t]*\[([^\n]*)\][ \t]*(\{[^{}\n]*\})?[ \t]*$")
_ATTRIBUTES = re.compile(r"\{[^{}\n]{0,200}\}[ \t]*$")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w]*(?:\.[\w]+)+$")
# What a generator of reference pages is told, below its line.
_FIELD = re.compile(r"(?: {4}|\t)[ \t]*:[\w-]{1,40}:(?:[ \t]|$)")
_OPTION = re.compile(r"[ \t]{2,}([\w-]+):[ \t]*([^\n]*)$")
_CLASS_OF_NEXT = re.compile(r"\{:\s{0,3}\.([a-z]{1,20})(-title)?\s{0,3}\}\s*$")
_QUOTED = re.compile(r"([\w-]{1,40})=\"([^\"\n]{0,2000})\"")
_VALUE = re.compile(r"(?<!\S)[\w-]{1,40}=[^\s\"]{0,200}(?!\S)")
_TITLED = re.compile(r"(?:title|filename|file|label|name)=(?:\"([^\"]*)\"|'([^']*)'|(\S+))|\[([^\[\]]{0,200})\]")
_FENCE_INFO = re.compile(r"(`{3,}|~{3,})[ \t]*(\S*)[ \t]*([^\n]*)$")
_BLOCK_ROLES = {
    Role.BOX, Role.FOLD, Role.TABS, Role.TAB, Role.STEPS, Role.STEP, Role.CARD, Role.FIGURE, Role.CODES, Role.FIELD,
    Role.UPDATE, Role.GROUP, Role.COMMENT, Role.CODE,
}  # fmt: skip
# What stands behind the name of others is shown above what they hold.
_SHOWS_TITLE = {Role.BOX, Role.FOLD, Role.TAB, Role.STEP, Role.CARD, Role.UPDATE}
_CLASS = re.compile(r"[\w-]*[\d-][\w-]*")
_DIRECTIVE_ROLES = {
    "details": Role.FOLD, "dropdown": Role.FOLD, "spoiler": Role.FOLD, "collapse": Role.FOLD, "toggle": Role.FOLD,
    "code-group": Role.CODES, "tabs": Role.TABS, "tab-set": Role.TABS, "tab": Role.TAB, "tab-item": Role.TAB,
    "steps": Role.STEPS, "step": Role.STEP, "card": Role.CARD, "cards": Role.GROUP, "grid": Role.GROUP,
    "center": Role.GROUP, "left": Role.GROUP, "right": Role.GROUP, "column": Role.GROUP, "columns": Role.GROUP,
    "row": Role.GROUP, "caption": Role.FIGURE, "figure-caption": Role.FIGURE, "v-pre": Role.GROUP, "raw": Role.GROUP,
    "html": Role.GROUP, "div": Role.GROUP, "admonition": Role.BOX, "accordion": Role.FOLD,
}  # fmt: skip


@dataclass
class Frame:
    """Something that was opened. `first` stands before its first line (perhaps the mark of a list), `prefix` after."""

    role: Role
    name: str = ""
    family: str = ""
    kind: str = ""
    title: str = ""
    tag: Tag | None = None
    first: str = ""
    prefix: str = ""
    number: int = 1
    width: int = 0  # of the colons or slashes it was opened with
    count: int = 0
    level: int = 0  # of the heading it stands below, where nothing closes it; else 0
    written: str = ""
    lines: list[Line] = field(default_factory=list)


class Blocks:
    """Reads the lines of one page."""

    def __init__(self, scanner: Scanner, notes: Notes, lang: str) -> None:
        self.scanner, self.notes, self.lang = scanner, notes, lang
        self.shields: Shields = scanner.shields
        self.stack: list[Frame] = [Frame(Role.GROUP)]
        self.open: Counter[tuple[str, str]] = Counter()
        self.to_come: Counter[tuple[str, str]] = Counter()
        self.slashes_to_come: Counter[int] = Counter()
        self.colons_to_come = 0
        self.unclosed: set[int] = set()  # the ids of lines that open a container nothing closes
        self.level = _NO_HEADING  # of the heading that the line being read stands below
        self.hidden: deque[int] = deque()  # the places of lines of `%%`

    def read(self, lines: list[Line]) -> list[Line]:
        self._count(lines)
        self.hidden.extend(place for place, line in enumerate(lines) if line.text == "%%" and not line.code)
        i = 0
        while i < len(lines):
            self._end_unclosed(lines, i)
            i = self._line(lines, i)
        while len(self.stack) > 1:
            self._close()
        return self.stack[0].lines

    def _end_unclosed(self, lines: list[Line], i: int) -> None:
        """End a container that nothing closes where what it stands in ends: before the next heading that is not below
        its own, and at the end of its list item or quotation. Other tools let it take in the rest of the page."""
        line = lines[i]
        level = 0 if line.code else _level_of(lines, i)
        if self.unclosed:
            for depth, frame in enumerate(self.stack):
                if frame.level and (0 < level <= frame.level or (not line.code and _is_outside(frame, lines, i))):
                    while len(self.stack) > depth:
                        self._close()
                    break
        self.level = level or self.level

    def _count(self, lines: list[Line]) -> None:
        opened: list[tuple[int, int]] = []  # (the width of its colons, the id of its line)
        unclosed: list[tuple[int, int]] = []
        for line in lines:
            if line.code:
                continue
            for found in TAG.finditer(line.text):
                tag = self.scanner.tags[int(found[1])]
                if tag.part is Part.CLOSE:
                    self.to_come[tag.family, tag.name] += 1
            slashes = _SLASHES.match(line.text)
            if slashes and not slashes[3]:
                self.slashes_to_come[len(slashes[2])] += 1
            colons = _COLONS.match(line.text)
            if colons is None:
                continue
            width, rest = len(colons[2]), colons[3].strip()
            if not rest:
                self.colons_to_come += 1
                place = _closed_by(width, [one for one, _ in opened])
                unclosed += opened[place + 1 :] if place is not None else []
                opened = opened[:place]
            elif not rest.endswith(":::") and _DIRECTIVE.match(rest) and not _IDENTIFIER.match(rest):
                opened.append((width, id(line)))
        self.unclosed = {line for _, line in (*unclosed, *opened)}

    # One line

    def _line(self, lines: list[Line], i: int) -> int:
        """Read the line at a place; returns the place of the next one to read."""
        line = lines[i]
        if line.code:
            self.stack[-1].lines.append(line)
            return i + 1
        text = line.text.lstrip(" \t>")
        if ":::" in text:
            colons = _COLONS.match(line.text)
            if colons:
                return self._colons(lines, i, colons)
            # It ends the container that no line of its own ends.
            ended = _COLONS_AFTER_TEXT.match(line.text)
            if ended and any(frame.level for frame in self.stack):
                self._line([Line(ended[1], line.number)], 0)
                self._close_directive("colons", len(ended[2]), line)
                return i + 1
        if text.startswith("///"):
            slashes = _SLASHES.match(line.text.rstrip())
            if slashes:
                return self._slashes(lines, i, slashes)
        if text == "%%" and self.hidden:
            return self._hidden(lines, i)
        if text in {"* TOC", "- TOC", "1. TOC"} and i + 1 < len(lines) and lines[i + 1].text.startswith("{:toc"):
            return i + 2
        if text.startswith("{:"):
            marked = _CLASS_OF_NEXT.match(text)
            if marked and box_kind(marked[1]) and (i == 0 or not lines[i - 1].text.strip()):
                return self._marked_block(lines, i, marked)
        if TAG.search(line.text):
            self._tagged(line)
        else:
            self.stack[-1].lines.append(line)
        return i + 1

    def _hidden(self, lines: list[Line], i: int) -> int:
        """Lines between two of `%%`, which Obsidian shows to nobody."""
        while self.hidden and self.hidden[0] <= i:
            self.hidden.popleft()
        if not self.hidden:
            self.stack[-1].lines.append(lines[i])
            return i + 1
        self.notes.removed("%% comment %%", lines[i].number)
        return self.hidden.popleft() + 1

    def _marked_block(self, lines: list[Line], i: int, marked: re.Match[str]) -> int:
        """`{: .note }` above a paragraph or a quotation, as Jekyll's themes have boxes."""
        end = i + 1
        while end < len(lines) and lines[end].text.strip():
            end += 1
        body = [Line(_unquoted(line.text, 1), line.number, line.code) for line in lines[i + 1 : end]]
        if not body or len(self.stack) > _DEEPEST:
            return i + 1
        title = body.pop(0).text.strip() if marked[2] else ""
        frame = Frame(Role.BOX, "", "marked", box_kind(marked[1]), title, number=lines[i].number)
        self.stack.append(frame)
        self.open["marked", ""] += 1
        depth, place = len(self.stack), 0
        while place < len(body):
            place = self._line(body, place)
        while len(self.stack) >= depth:
            self._close()
        return end

    def _tagged(self, line: Line) -> None:
        """A line with tags: those of blocks get lines of their own."""
        prefix = _PREFIX.match(line.text)[0]  # type: ignore[index]
        rest = line.text[len(prefix) :]
        if rest.startswith("|") or prefix + rest == "":
            self.stack[-1].lines.append(line)
            return
        later = re.sub(r"[^\s>]", " ", prefix)
        alone = not TAG.sub("", rest).strip()
        buffer, at, now = "", 0, prefix
        for found in TAG.finditer(rest):
            tag = self.scanner.tags[int(found[1])]
            buffer += rest[at : found.start()]
            at = found.end()
            if not self._is_block(tag, alone):
                buffer += found[0]
                continue
            if buffer.strip():
                self.stack[-1].lines.append(Line(now + buffer, line.number))
                now = later
            buffer = ""
            if tag.part is Part.CLOSE:
                self._close_tag(tag)
            else:
                self._open_tag(tag, now, later, line.number)
                now = later
        buffer += rest[at:]
        if buffer.strip():
            self.stack[-1].lines.append(Line(now + buffer.lstrip() if now is later else now + buffer, line.number))

    def _is_block(self, tag: Tag, alone: bool) -> bool:
        if tag.family not in {Family.JSX, Family.LIQUID, Family.HUGO}:
            return False
        key = (tag.family, tag.name)
        if tag.part is Part.CLOSE:
            self.to_come[key] -= 1
            return self.open[key] > 0
        if len(self.stack) > _DEEPEST:
            return False
        role = tag.role
        closes = tag.part is Part.OPEN and self.to_come[key] > self.open[key]
        if role in _BLOCK_ROLES:
            return closes or (tag.part is Part.SINGLE and tag.family is Family.JSX)
        if role is Role.LINK:
            return closes and tag.name in {"content-ref", "embed"}
        return role is Role.UNKNOWN and alone and closes

    def _open_tag(self, tag: Tag, first: str, prefix: str, number: int) -> None:
        role = tag.role
        frame = Frame(role, tag.name, tag.family, tag=tag, first=first, prefix=prefix, number=number)
        if role is Role.UNKNOWN:
            self.notes.removed(kind_of(tag), number)
        frame.title = self._title(tag, role)
        if role is Role.BOX:
            given = (tag.first("style", "type", "kind", "variant", "context", "color", "class", "status"), *tag.args)
            name = tag.name.rsplit(".", 1)[-1].lower()
            frame.kind = box_kind(*given) or BOXES_OF_A_KIND.get(name) or box_kind(name) or "note"
        self._push(frame)
        if tag.part is Part.SINGLE:
            self._close()

    def _title(self, tag: Tag, role: Role) -> str:
        title = tag.first("title", "label", "name", "tabname", "header", "heading", "summary", "tabtitle")
        if title or role not in {Role.BOX, Role.FOLD, Role.TAB, Role.CARD, Role.STEP}:
            return title
        if role is Role.TAB and not tag.args:
            return tag.first("value", "lang", "language", "id")
        words = [arg for arg in tag.args if arg and not (role is Role.BOX and box_kind(arg))]
        if role is Role.BOX and tag.name == "alert":  # further words of an alert say how it looks
            return words[0] if words and tag.args[0] == words[0] else ""
        return words[0] if words else tag.first("text") if role is not Role.BOX else ""

    def _push(self, frame: Frame) -> None:
        self.open[frame.family, frame.name] += 1
        self.stack.append(frame)

    def _close_tag(self, tag: Tag) -> None:
        while len(self.stack) > 1:
            frame = self.stack[-1]
            self._close()
            if (frame.family, frame.name) == (tag.family, tag.name):
                return

    # Colons and slashes

    def _colons(self, lines: list[Line], i: int, found: re.Match[str]) -> int:
        line, width, rest = lines[i], len(found[2]), found[3].strip()
        if not rest:
            self.colons_to_come -= 1
            self._close_directive("colons", width, line)
            return i + 1
        named = _DIRECTIVE.match(rest)
        if rest.endswith(":::"):
            return self._one_line(line, rest, found[1], i)
        if named is None or (not rest.startswith("{") and rest[named.end() : named.end() + 1] == "."):
            named = None if named is None or not _IDENTIFIER.match(rest) else named
            if named is not None and found[1].strip(" \t") == "":
                return self._reference(lines, i)
            self.stack[-1].lines.append(line)
            return i + 1
        name = named[1].lower()
        role = _role_of_container(name)
        if role is Role.UNKNOWN and i + 1 < len(lines) and _FIELD.match(lines[i + 1].text):
            return self._reference(lines, i)
        if role is Role.UNKNOWN and (
            self.colons_to_come <= self.open["colons", ""] or not _one_word(rest[named.end() :])
        ):
            self.notes.foreign(f"::: {name}", line.number)
            self.stack[-1].lines.append(line)
            return i + 1
        title = rest[named.end() :]
        in_brackets, in_quotes = _IN_BRACKETS.match(title), _TITLE.search(title)
        title = (
            in_brackets[1] if in_brackets else in_quotes[1] if in_quotes else _ATTRIBUTES.sub("", title).strip("} \t")
        )
        if role is Role.UNKNOWN and not name.isascii():
            # A word for readers, as no tool's names are.
            role, title = Role.BOX, f"{named[1]} {title}"
        elif role is Role.UNKNOWN:
            self.notes.removed(f"::: {name}", line.number)
        prefix = re.sub(r"[^\s>]", " ", found[1])
        frame = Frame(
            role, "", "colons", container_kind(name) or "note", title.strip(), None, found[1], prefix, line.number,
            width, level=self.level if id(line) in self.unclosed else 0, written=f"::: {name}",
        )  # fmt: skip
        if len(self.stack) > _DEEPEST:
            if frame.title:
                self.stack[-1].lines.append(Line(found[1] + frame.title, line.number))
            return i + 1
        self._push(frame)
        return i + 1

    def _one_line(self, line: Line, rest: str, prefix: str, i: int) -> int:
        """A container that ends on its line: `:::note words:::`, and `:::image source="…" alt-text="…":::` of DocFX."""
        inner = rest.rstrip(":").rstrip()
        given = {found[1]: found[2] for found in _QUOTED.finditer(inner)}
        named = _DIRECTIVE.match(inner)
        name = named[1].lower() if named else ""
        if name == "image" and given.get("source"):
            image = f"{prefix}![{given.get('alt-text', '')}]({given['source']})"
            self.stack[-1].lines.append(Line(image, line.number))
            return i + 1
        role = _role_of_container(name)
        body = inner[named.end() :] if named else inner
        attributes = _LEADING_ATTRIBUTES.match(body)
        body = body[attributes.end() :] if attributes else body
        titled = _LEADING_TITLE.match(body)
        title, body = (titled[1].strip(), body[titled.end() :]) if titled else (given.get("title", ""), body)
        body = _VALUE.sub("", _QUOTED.sub("", body))
        if role is Role.UNKNOWN:  # DocFX has words that are not translated in `text="…"`
            body = f"{given.get('text', '')} {body}"
        body = body.strip()
        if role is Role.FOLD and not title:
            title, body = body, ""
        if role is Role.UNKNOWN and named and not name.isascii():
            role, title = Role.BOX, title or named[1]
        elif role is Role.UNKNOWN and name not in {"row", "column", "image-end", "zone"}:
            self.notes.removed(f"::: {name}".rstrip(), line.number)
        if not (title or body) or len(self.stack) > _DEEPEST:
            if title or body:
                self.stack[-1].lines.append(Line(f"{prefix}{title} {body}".rstrip(), line.number))
            return i + 1
        later = re.sub(r"[^\s>]", " ", prefix)
        self._push(Frame(role, "", "colons", container_kind(name) or "note", title, None, prefix, later, line.number))
        if body:
            self.stack[-1].lines.append(Line(later + body, line.number))
        self._close()
        return i + 1

    def _reference(self, lines: list[Line], i: int) -> int:
        """`::: package.name`, which another tool fills from source code, and its options."""
        self.notes.removed(FROM_SOURCE_CODE, lines[i].number)
        i += 1
        while i < len(lines) and indent_of(lines[i].text) >= _WIDTH and lines[i].text.strip():
            i += 1
        return i

    def _slashes(self, lines: list[Line], i: int, found: re.Match[str]) -> int:
        line, width, name = lines[i], len(found[2]), found[3]
        if not name:
            self.slashes_to_come[width] -= 1
            self._close_directive("slashes", width, line)
            return i + 1
        role = _DIRECTIVE_ROLES.get(name.lower(), Role.BOX if box_kind(name) else Role.UNKNOWN)
        opened = sum(frame.family == "slashes" and frame.width == width for frame in self.stack)
        if role is Role.UNKNOWN or self.slashes_to_come[width] <= opened or len(self.stack) > _DEEPEST:
            self.stack[-1].lines.append(line)
            return i + 1
        frame = Frame(
            role, "", "slashes", box_kind(name) or "note", (found[4] or "").strip(), None, found[1], found[1],
            line.number, width,
        )  # fmt: skip
        i += 1
        while i < len(lines) and not lines[i].code:
            option = _OPTION.match(lines[i].text)
            if option is None:
                break
            if option[1] == "type":
                frame.kind = box_kind(option[2].strip()) or frame.kind
            elif option[1] == "open":
                frame.count = 1
            i += 1
        self._push(frame)
        return i

    def _close_directive(self, family: str, width: int, line: Line) -> None:
        depths = [depth for depth, frame in enumerate(self.stack) if frame.family == family]
        widths = [self.stack[depth].width for depth in depths]
        place = _closed_by(width, widths, exactly=family == "slashes")
        if place is not None:
            self.stack[depths[place]].level = 0
            while len(self.stack) > depths[place]:
                self._close()
            return
        if family == "slashes":
            self.stack[-1].lines.append(line)
        else:
            self.notes.removed("::: that closes nothing", line.number)

    # What is closed

    def _close(self) -> None:
        frame = self.stack.pop()
        self.open[frame.family, frame.name] -= 1
        holder = self.stack[-1]
        if frame.level:
            self.notes.unclosed(frame.written, frame.number)
        if frame.role is Role.COMMENT:
            return
        made = self._made(frame, holder, _body(frame))
        if not made:
            return
        if holder.lines and holder.lines[-1].text.strip(" \t>"):
            holder.lines.append(Line(frame.prefix.rstrip(), frame.number))
        out = [Line(_joined(frame.first if not i else frame.prefix, line.text), line.number, line.code)
               for i, line in enumerate(made)]  # fmt: skip
        holder.lines += out
        holder.lines.append(Line(frame.prefix.rstrip(), out[-1].number))

    def _made(self, frame: Frame, holder: Frame, body: list[Line]) -> list[Line]:
        made = self._inside(frame, holder, body)
        if frame.family not in {"colons", "slashes"} or frame.role in _SHOWS_TITLE or not _is_words(frame.title):
            return made
        head = Line(f"**{frame.title}**", frame.number)
        return [head, Line("", frame.number), *made] if made else [head]

    def _inside(self, frame: Frame, holder: Frame, body: list[Line]) -> list[Line]:
        tag, number, role = frame.tag or Tag(Family.JSX, Part.OPEN, frame.name), frame.number, frame.role
        title = _quoted(frame.title)
        if role is Role.BOX:
            head = f'!!! {frame.kind} "{title}"' if title else f"!!! {frame.kind}"
            return [Line(head, number), *_moved(body)]
        if role is Role.FOLD:
            opened = frame.count or "defaultOpen" in tag.attrs or "open" in tag.attrs
            head = f'???{"+" if opened else ""} "{title or word("details", self.lang)}"'
            return [Line(head, number), *_moved(body)]
        if role is Role.TAB:
            holder.count += 1
            items = (holder.tag.first("items", "titles") if holder.tag else "").split(",")
            title = title or (_quoted(items[holder.count - 1].strip()) if holder.count <= len(items) else "")
            return [Line(f'=== "{title or holder.count}"', number), Line("", number), *_moved(body)]
        if role is Role.STEP:
            holder.count += 1
            if not title and body and not body[0].code:
                return [Line(f"{holder.count}. {body[0].text}", body[0].number), *_moved(body[1:])]
            return [Line(f"{holder.count}. **{title}**", number), Line("", number), *_moved(body)]
        if role is Role.CARD:
            return self._card(frame, tag, body)
        if role is Role.FIELD:
            return [Line(self._field(tag), number), Line("", number), *_moved(body)]
        if role is Role.UPDATE:
            about = tag.first("description")
            heads = [Line(f"## {frame.title or tag.first('date') or about}", number), Line("", number)]
            if frame.title and about:
                heads += [Line(about, number), Line("", number)]
            return [*heads, *body]
        if role is Role.FIGURE:
            return _figure(frame, tag, body)
        if role is Role.CODES:
            return self._codes(tag, body, number)
        if role is Role.CODE:
            language = next(iter(tag.args), "")
            return self._fence(language, body, number)
        if role is Role.LINK and not body:
            address = tag.first("url") or next(iter(tag.args), "")
            return [Line(f"[{address}]({address})", number)] if address else []
        return body

    def _card(self, frame: Frame, tag: Tag, body: list[Line]) -> list[Line]:
        href = tag.first("href", "link", "url", "to")
        title = frame.title or href
        head = f"**[{title}]({href})**" if href else f"**{title}**"
        if not title:
            return body
        about = tag.first("subtitle", "description")
        lines = [Line(f"- {head}", frame.number), Line("", frame.number)]
        if about and not body:
            body = [Line(about, frame.number)]
        return [*lines, *_moved(body)]

    def _field(self, tag: Tag) -> str:
        name = tag.first("name", "path", "query", "header", "body")
        about = [tag.first("type")] if tag.first("type") else []
        about += [word(key, self.lang) for key in ("required", "deprecated")
                  if key in tag.attrs and tag.attrs[key] != "false"]  # fmt: skip
        if tag.first("default"):
            about.append(f"{word('default', self.lang)} `{tag.first('default')}`")
        return f"- **`{name}`**" + (f" ({', '.join(about)})" if about else "")

    def _codes(self, tag: Tag, body: list[Line], number: int) -> list[Line]:
        starts = [i for i, line in enumerate(body) if self._info(line, body[i + 1 : i + 2])]
        if not starts:
            return self._fence(tag.first("language", "lang"), body, number) if body else []
        if len(starts) < 2:
            title = tag.first("title", "filename")
            return [Line(f"**{title}**", number), Line("", number), *body] if title else body
        out = list(body[: starts[0]])
        for order, (start, end) in enumerate(zip(starts, [*starts[1:], len(body)], strict=True), 1):
            language, rest = self._info(body[start], body[start + 1 : start + 2]) or ("", "")
            titled = _TITLED.search(rest)
            title = next((group for group in titled.groups() if group), "") if titled else rest.strip()
            block = body[start:end]
            while block and not block[-1].text.strip():
                block.pop()
            out.append(Line(f'=== "{_quoted(title or language or str(order))}"', body[start].number))
            out += [Line("", body[start].number), *_moved(block), Line("", block[-1].number)]
        return out

    def _info(self, line: Line, after: list[Line]) -> tuple[str, str] | None:
        """(language, the rest) of the line that opens a fence; None for any other line."""
        if line.code or not line.text.lstrip().startswith(OPEN) or not after or not after[0].code:
            return None
        found = _FENCE_INFO.match(self.shields.of(line.text.strip()))
        return (found[2], found[3]) if found else None

    def _fence(self, language: str, body: list[Line], number: int) -> list[Line]:
        """The lines as code, as they were written."""
        text = "\n".join(line.text for line in body)
        text = TAG.sub(lambda found: self._source(self.scanner.tags[int(found[1])], number), text)
        text = self.shields.of(text).strip("\n")
        if not text.strip():
            return []
        ticks = max((len(run) for run in re.findall(r"`+", text)), default=0)
        mark = "`" * max(3, ticks + 1)
        lines = [Line(mark + language, number)]
        for i, line in enumerate(text.split("\n")):
            at = body[min(i, len(body) - 1)].number
            lines.append(Line(self.shields.put(line) if line.strip() else "", at, code=True))
        return [Line(self.shields.put(lines[0].text), number), *lines[1:],
                Line(self.shields.put(mark), lines[-1].number, code=True)]  # fmt: skip

    def _source(self, tag: Tag, number: int) -> str:
        """A tag within code as it was written; of an expression what it says, if that can be told."""
        if tag.family is not Family.EXPRESSION:
            return tag.source
        if "text" not in tag.attrs:
            self.notes.removed("MDX expression {…}", number)
        return tag.attrs.get("text", "")


def kind_of(tag: Tag) -> str:
    """How a finding names a tag."""
    if tag.family is Family.JSX:
        return f"<{tag.name}>"
    if tag.family is Family.LIQUID:
        return f"{{% {tag.name} %}}"
    if tag.family is Family.HUGO:
        return f"{{{{< {tag.name} >}}}}"
    return {Family.VALUE: "{{ … }}", Family.STATEMENT: tag.name}.get(tag.family, "{…}")


def _figure(frame: Frame, tag: Tag, body: list[Line]) -> list[Line]:
    number, lines = frame.number, list(body)
    source = tag.first("src", "image")
    if source:
        alt = tag.first("alt", "caption", "title") or (tag.args[1] if len(tag.args) > 1 else "")
        lines = [Line(f"![{alt}]({source})", number), *lines]
    caption = tag.first("caption")
    if caption:
        lines += [Line("", number), Line(f"*{caption}*", number)]
    return lines


def _closed_by(width: int, widths: list[int], exactly: bool = False) -> int | None:
    """Which of the open containers of these widths, outermost first, a line of so many colons closes, with all inside
    of it: the innermost of the same width, else the innermost of all if that has fewer."""
    for place in range(len(widths) - 1, -1, -1):
        if widths[place] == width:
            return place
        if widths[place] > width and not exactly:
            return None
    return len(widths) - 1 if widths and not exactly else None


def _level_of(lines: list[Line], i: int) -> int:
    """The level of the heading that a line is; 0 if it is none."""
    text = lines[i].text
    if heading := _HEADING.match(text):
        return len(heading[1])
    begins = i == 0 or not lines[i - 1].text.strip()
    if not begins or not text.strip() or i + 1 == len(lines) or lines[i + 1].code or indent_of(text) >= _WIDTH:
        return 0
    underline = _UNDERLINE.match(lines[i + 1].text)
    return 0 if underline is None or text.lstrip()[0] in "|>-*+" else 1 if underline[1] else 2


def _is_outside(frame: Frame, lines: list[Line], i: int) -> bool:
    """Whether a line stands outside of the list item or the quotation that a container was opened in."""
    text = lines[i].text
    if ">" in frame.prefix:
        return not text.lstrip().startswith(">")
    if not frame.prefix or not text.strip() or indent_of(text) >= indent_of(frame.prefix):
        return False
    return i == 0 or not lines[i - 1].text.strip() or _ITEM.match(text) is not None


def _is_words(title: str) -> bool:
    """Whether what stands behind the name of a container is for readers, and no value or class."""
    return bool(title) and "=" not in title and not _CLASS.fullmatch(title)


def _role_of_container(name: str) -> Role:
    return _DIRECTIVE_ROLES.get(name, Role.BOX if container_kind(name) else Role.UNKNOWN)


def _one_word(rest: str) -> bool:
    return not rest or rest[0] in " \t[{}"


def _quoted(title: str) -> str:
    """A title that may stand between quotation marks."""
    plain = " ".join(title.split())
    return plain.replace('"', "”") if plain.count('"') % 2 else re.sub(r'"([^"]*)"', "“\\1”", plain)


def _body(frame: Frame) -> list[Line]:
    """The lines of a frame without its prefix and their common indentation."""
    lines = frame.lines
    quotes = frame.prefix.count(">")
    if quotes:
        lines = [Line(_unquoted(line.text, quotes), line.number, line.code) for line in lines]
    first, last = 0, len(lines)
    while first < last and not lines[first].text.strip():
        first += 1
    while last > first and not lines[last - 1].text.strip():
        last -= 1
    lines = lines[first:last]
    columns = [indent_of(line.text) for line in lines if line.text.strip() and not line.code]
    common = min(columns, default=0)
    return [Line(_dedented(line.text, common), line.number, line.code) for line in lines]


def _unquoted(text: str, quotes: int) -> str:
    for _ in range(quotes):
        stripped = text.lstrip(" \t")
        if not stripped.startswith(">"):
            break
        text = stripped[1:].removeprefix(" ")
    return text


def _dedented(text: str, columns: int) -> str:
    if not text.strip():
        return ""
    here = indent_of(text)
    return " " * (here - min(here, columns)) + text.lstrip(" \t")


def _moved(lines: list[Line]) -> list[Line]:
    return [Line(" " * _WIDTH + line.text if line.text else "", line.number, line.code) for line in lines]


def _joined(prefix: str, text: str) -> str:
    return prefix + text if text else prefix.rstrip()
