"""Pure: finds the tags of templates (Liquid, Nunjucks, Jinja, Hugo) and of MDX in text whose code is behind
placeholders, and puts each of them behind a placeholder too, also where it is written over several lines."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kb.markup.dialects.code import CLOSE as CODE_CLOSE
from kb.markup.dialects.code import OPEN, TAG_CLOSE, TAG_OPEN, Line, Shields
from kb.markup.dialects.names import Role, is_known, role_of

TAG = re.compile(f"{TAG_OPEN}(\\d+){TAG_CLOSE}")

_LONGEST = 4_000
_START = re.compile(r"<(?=/?[A-Za-z>])|\{")
_NAME = re.compile(r"[A-Za-z][\w.:-]*")
_ATTRIBUTE = re.compile(r"[\w:@.-]+")
_SPACE = re.compile(r"\s*")
_BARE = re.compile(r"[^\s<>{}\"'`=]+")
_ARGUMENT = re.compile(r"""([\w-]+)\s{0,3}[=:]\s{0,3}("[^"]*"|'[^']*'|[^\s,]+)|"([^"]*)"|'([^']*)'|([^\s,]+)""")
_WORD = re.compile(r"@?[\w.#/-]+")
_ATTRIBUTE_LIST = re.compile(r"\{:?\s*(?:[#.:][\w-]|[\w-]+=)[^{}\n]*\}")
_STRING = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|`([^`$]*)`)\s*""")
_STRINGS = re.compile(r"\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'")
_QUOTED = re.compile(r"\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'")
_BRACKETS = re.compile(r"\\[{}]|[{}]|(?:(?<=[:(\[,{=?+])|(?<=[:(\[,{=?+] ))(?:\"[^\"\n]{1,500}\"|'[^'\n]{1,500}')")
_CALL = re.compile(r"""\s*[\w.$]+\(\s*["'`]([^"'`]*)["'`]\s*\)(?:\.default)?\s*""")
_SITE_CALL = re.compile(r"\s*useBaseUrl\(")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w.$]*")
_VOID = {"img", "br", "hr", "input", "source", "track", "wbr", "col", "link", "meta", "area", "embed"}
_RENAMED = {"className": "class", "htmlFor": "for", "colSpan": "colspan", "rowSpan": "rowspan", "srcSet": "srcset",
            "autoPlay": "autoplay", "allowFullScreen": "allowfullscreen", "playsInline": "playsinline"}  # fmt: skip
_IMPORT = re.compile(
    r"import\s+(?:(?P<names>[\w*{}\s,$]{1,500}?)\s+from\s+)?[\"'](?P<path>[^\"'\n]{1,300})[\"'];?[ \t]*$", re.MULTILINE
)
# What may stand before a component that has its line to itself; behind the mark of an item it needs more than a name.
_MARGIN = re.compile(r"[ \t>]*((?:[-*+]|\d{1,9}[.)])[ \t]+)?")
# In Markdown that is no MDX: no sentence begins like this.
_SCRIPT = re.compile(
    r"export\s+(?:(?:const|let|var)\s+(?:\w+|\{[^{}\n]{1,200}\})(?:\s*:[^=\n]{1,200})?\s*=(?!=)|default\s+(?:async\s+)?function\b"
    r"|(?:async\s+)?function\s+\w+\s*\(|default\s+(?:\{|\w+;?\s*$))"
)
_TWO_WORDS = re.compile(r"[A-Z][a-z0-9]{1,40}[A-Z][a-z]")
_END_RAW = re.compile(r"\{%-?\s{0,3}endraw\s{0,3}-?%\}")
_LONGEST_RAW = 50_000
_TEMPLATE = re.compile(r"(?<!\\)\{(?=[{%])")
# What mdBook's preprocessors read, as tags of the names we know: `{{#tab name="Linux"}}`, `{{#include file}}`.
_PREPROCESSED = re.compile(
    r"#(end)?(tabs?|include|rustdoc_include|playground|playpen|title|template)(?:\s+([^\n]{0,300}))?$"
)
_CLOSED_ALONE = re.compile(r"^[ \t]*</([A-Z][\w.]*)>[ \t]*$", re.MULTILINE)
_ENDS_STATEMENT = (";", "'", '"', "`", "}", ")", "]", CODE_CLOSE)
_EXPORT = re.compile(r"export\s+(?:default\b|const\b|let\b|var\b|function\b|async\b|class\b|\{|\*)")
_CONSTANT = re.compile(r"export\s+const\s+(\w+)\s*=\s*[\"'`]([^\"'`\n]*)[\"'`];?\s*$")
_DEFAULT_NAME = re.compile(r"\s*(\w+)")
_MDX_SIGN = re.compile(r"<[a-z][\w-]*(?:\s[^<>]{0,300})?\s[\w-]+=\{|\sclassName=")


class Family(StrEnum):
    JSX = "component"
    HTML = "html"
    LIQUID = "template tag"
    HUGO = "shortcode"
    VALUE = "variable"
    EXPRESSION = "expression"
    COMMENT = "comment"
    STATEMENT = "statement"


class Part(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    SINGLE = "single"


@dataclass(frozen=True)
class Tag:
    """`args` are the values without a name, `attrs` those with one. `lines` is how many line ends it runs over."""

    family: Family
    part: Part
    name: str
    args: tuple[str, ...] = ()
    attrs: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    lines: int = 0

    @property
    def role(self) -> Role:
        """What the tag stands for. Of what templates have of their own, components have links only."""
        role = role_of(self.name)
        if self.family is not Family.JSX:
            return role
        if role is Role.REFERENCE:
            return role if self.name in {"Link", "NavLink"} else Role.UNKNOWN
        return Role.UNKNOWN if role in {Role.LOGIC, Role.COMMENT, Role.VALUE} else role

    def first(self, *names: str) -> str:
        """The first of these attributes that is set."""
        return next((self.attrs[name] for name in names if self.attrs.get(name)), "")


@dataclass
class Module:
    """What a page imports and exports."""

    imports: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)


class _Places:
    """Where a needle stands next, asked for ever later places."""

    def __init__(self, text: str, needle: str) -> None:
        self._text, self._needle, self._at = text, needle, 0
        self._at = text.find(needle)

    def after(self, start: int) -> int:
        if self._at != -1 and self._at < start:
            self._at = self._text.find(self._needle, start)
        return self._at


class Scanner:
    """Reads tags of one text after the other into `tags`; a placeholder holds the place in it."""

    def __init__(self, shields: Shields) -> None:
        self.shields = shields
        self.tags: list[Tag] = []
        self.module = Module()

    def scan(self, lines: list[Line], mdx: bool, blocks: bool = True) -> tuple[list[Line], bool]:
        """The lines with tags behind placeholders, and whether the text is MDX (which `mdx` says already).

        `blocks` is False for what is one line anyhow: there a component of its own line is no sign of one."""
        text = "\n".join(line.text for line in lines)
        if "<" not in text and "{" not in text and "import" not in text and "export" not in text:
            return lines, mdx
        mdx = mdx or _is_mdx(text)
        made = _Scan(text, self, mdx, blocks).run()
        out: list[Line] = []
        source = 0
        for written in made.split("\n"):
            over = sum(self.tags[int(found[1])].lines for found in TAG.finditer(written))
            first = lines[min(source, len(lines) - 1)]
            out.append(Line(written, first.number, first.code))
            source += 1 + over
        return out, mdx

    def put(self, tag: Tag) -> str:
        self.tags.append(tag)
        return f"{TAG_OPEN}{len(self.tags) - 1}{TAG_CLOSE}"


def _is_mdx(text: str) -> bool:
    if "import" in text and any(
        _at_line_start(text, found.start()) and found["names"] for found in _IMPORT.finditer(text)
    ):
        return True
    return ("={" in text or "className=" in text) and _MDX_SIGN.search(text) is not None


def _at_line_start(text: str, place: int) -> bool:
    return place == 0 or text[place - 1] == "\n"


class _Scan:
    def __init__(self, text: str, scanner: Scanner, mdx: bool, blocks: bool) -> None:
        self.text, self.scanner, self.mdx, self.blocks = text, scanner, mdx, blocks
        self.done = 0  # where the last tag ends
        self.opened: Counter[str] = Counter()  # components nobody knows, in Markdown that is no MDX
        self.ends = {end: _Places(text, end) for end in ("%}", "}}", "#}", "*/}", ">}}", "%}}", "{%", "{{")}
        self.braces = _matching(text)
        # An opening tag is only one where something closes it: `<Card> number` in a sentence is none.
        self.closed = _closing(text)
        self.alone = set(_CLOSED_ALONE.findall(text))
        self.raw_ends: list[tuple[int, int]] | None = None
        self.out: list[str] = []

    def run(self) -> str:
        stated = self._statements() if self.mdx or self.blocks else self.text
        if stated != self.text:
            self.text = stated
            self.ends = {end: _Places(self.text, end) for end in self.ends}
            self.braces = _matching(self.text)
            self.closed = _closing(self.text)
        text, at = self.text, 0
        found = _START.search(text)
        while found:
            place = found.start()
            end, tag = self._tag(place)
            if tag is None:
                found = _START.search(text, max(end, place + 1))
                continue
            self.out.append(text[at:place])
            self.out.append(tag if isinstance(tag, str) else self.scanner.put(tag))
            at = self.done = end
            found = _START.search(text, at)
        self.out.append(text[at:])
        return "".join(self.out)

    # MDX statements

    def _statements(self) -> str:
        """The text without its imports and exports, which stand at the beginning of a line and end at a blank one."""
        text = self.text
        if "import" not in text and "export" not in text:
            return text
        out: list[str] = []
        lines = text.split("\n")
        ends: dict[int, int] | None = None
        exported = _EXPORT if self.mdx else _SCRIPT
        i = 0
        while i < len(lines):
            line = lines[i]
            imported = self.mdx and line.startswith("import") and line[6:7] in {" ", "{", '"', "'"}
            if not (imported or (line.startswith("export") and exported.match(line))):
                out.append(line)
                i += 1
                continue
            if ends is None:
                ends = _statement_ends([self.scanner.shields.of(each) for each in lines])
            # Brackets nobody closes hold what stands up to the next blank line.
            balanced = ends.get(i, -1)
            end, statement = i, list[str]()
            while end < len(lines) and (end <= balanced or lines[end].strip()) and not (imported and end - i > 40):
                goes_on = lines[end].startswith((" ", "\t", ".", "+"))
                if end > max(i, balanced) and not goes_on and statement[-1].rstrip().endswith(_ENDS_STATEMENT):
                    break
                statement.append(lines[end])
                end += 1
            whole = "\n".join(statement)
            found = _IMPORT.match(whole) if imported else None
            if imported and found is None:
                out.append(line)
                i += 1
                continue
            if found:
                self._import(found)
            else:
                constant = _CONSTANT.match(whole)
                if constant:
                    self.scanner.module.constants[constant[1]] = constant[2]
            name = "import" if imported else "export"
            tag = Tag(Family.STATEMENT, Part.SINGLE, name, source=line[:80], lines=len(statement) - 1)
            out.append(self.scanner.put(tag))
            i = end
        return "\n".join(out)

    def _import(self, found: re.Match[str]) -> None:
        name = _DEFAULT_NAME.match(found["names"] or "")
        if name:
            self.scanner.module.imports[name[1]] = found["path"]

    # Tags

    def _tag(self, place: int) -> tuple[int, Tag | str | None]:
        """(where it ends, the tag or the text that stands for it, None if there is none) for what begins at a place."""
        text = self.text
        if place and text[place - 1] == "\\":
            return place + 1, None
        if text[place] == "<":
            return self._element(place)
        two, three = text[place : place + 2], text[place : place + 3]
        if two == "{%":
            return self._liquid(place)
        if three in {"{{<", "{{%"} and not (self.mdx and three == "{{<"):
            return self._hugo(place)
        if two == "{{":
            return self._value(place)
        if two == "{#" and text[place + 2 : place + 3].isspace():
            return self._until(place, "#}")
        if three == "{/*":
            return self._until(place, "*/}")
        if two in {"{*", "{!"}:
            return self._inclusion(place)
        return self._expression(place) if self.mdx else (place + 1, None)

    def _until(self, place: int, mark: str) -> tuple[int, Tag | None]:
        end = self.ends[mark].after(place + 2)
        if end < 0:
            return place + 1, None
        end += len(mark)
        return end, Tag(Family.COMMENT, Part.SINGLE, "comment", lines=self.text.count("\n", place, end))

    def _inside(self, place: int, opening: str, closing: str) -> tuple[int, str] | None:
        """(where it ends, what stands inside) for what stands between two marks."""
        start = place + len(opening)
        end = self.ends[closing].after(start)
        if end < 0 or end - place > _LONGEST:
            return None
        again = self.ends[opening[:2]].after(start)
        if -1 < again < end:
            return None
        return end + len(closing), self.text[start:end]

    def _liquid(self, place: int) -> tuple[int, Tag | str | None]:
        found = self._inside(place, "{%", "%}")
        if found is None:
            return place + 1, None
        end, inner = found
        words = _WORD.match(inner.lstrip(" \t\n-+~")) if inner.strip() else None
        if words is None:
            return place + 1, None
        name = words[0].lower()
        rest = inner.lstrip(" \t\n-+~")[words.end() :].rstrip(" \t\n-+~")
        lines = self.text.count("\n", place, end)
        if name == "raw":
            return self._verbatim(end)
        args, attrs = _arguments(rest)
        part = Part.OPEN
        if name.startswith("end") and len(name) > len("end"):
            part, name = Part.CLOSE, name[3:]
        elif name.startswith("/"):  # as Markdoc has it
            part, name = Part.CLOSE, name[1:]
        elif rest.endswith("/"):
            part = Part.SINGLE
            args, attrs = _arguments(rest[:-1])
        return end, Tag(Family.LIQUID, part, name, args, attrs, self.text[place:end], lines)

    def _verbatim(self, start: int) -> tuple[int, Tag | str | None]:
        """What stands between `{% raw %}` and `{% endraw %}` is text, as written."""
        if self.raw_ends is None:
            self.raw_ends = [found.span() for found in _END_RAW.finditer(self.text)]
        place = bisect_left(self.raw_ends, (start, 0))
        if place == len(self.raw_ends) or self.raw_ends[place][1] > start + _LONGEST_RAW:
            return start, Tag(Family.LIQUID, Part.SINGLE, "raw", source="{% raw %}")
        first, last = self.raw_ends[place]
        parts = [self._literal(part) for part in self.text[start:first].split("\n")]
        return last, "\n".join(parts)

    def _literal(self, part: str) -> str:
        kept = part.lstrip()
        if not kept or kept.startswith(OPEN):
            return part
        return part[: len(part) - len(kept)] + self.scanner.shields.put(_TEMPLATE.sub(r"\\\g<0>", kept))

    def _hugo(self, place: int) -> tuple[int, Tag | str | None]:
        opening = self.text[place : place + 3]
        found = self._inside(place, opening, ">}}" if opening == "{{<" else "%}}")
        if found is None:
            return place + 1, None
        end, inner = found
        if inner.startswith("/*") and inner.endswith("*/"):  # how Hugo's own pages show a shortcode
            shown = f"\\{opening}{inner[2:-2]}{opening[2].replace('<', '>')}}}}}"
            return end, self.scanner.shields.put(shown) + "\n" * self.text.count("\n", place, end)
        inner = inner.strip()
        closing, single = inner.startswith("/"), inner.endswith("/")
        words = _WORD.match(inner.strip("/ "))
        if words is None:
            return place + 1, None
        args, attrs = _arguments(inner.strip("/ ")[words.end() :])
        part = Part.CLOSE if closing else Part.SINGLE if single else Part.OPEN
        lines = self.text.count("\n", place, end)
        return end, Tag(Family.HUGO, part, words[0].lower(), args, attrs, self.text[place:end], lines)

    def _value(self, place: int) -> tuple[int, Tag | str | None]:
        found = self._inside(place, "{{", "}}")
        if found is None:
            return self._expression(place) if self.mdx else (place + 1, None)
        end, inner = found
        if "\n\n" in inner or not inner.strip():
            return place + 1, None
        if inner.startswith("{") and self.text.startswith("}", end):  # as Handlebars prints without escaping
            end, inner = end + 1, inner[1:]
        name = inner.strip(" \t\n-~")
        if place and self.text[place - 1] == "$" and "\n" not in inner:  # of GitHub's actions, and nothing of a page's
            return end, self.scanner.shields.put(f"\\{self.text[place:end]}")
        lines = self.text.count("\n", place, end)
        if name.startswith("#") and (found_tag := _PREPROCESSED.match(name)):
            return end, _preprocessed(found_tag, self.text[place:end], lines)
        return end, Tag(Family.VALUE, Part.SINGLE, name, source=self.text[place:end], lines=lines)

    def _inclusion(self, place: int) -> tuple[int, Tag | None]:
        """`{* file *}` and `{! file !}`, on a line of their own."""
        start, end = self.text.rfind("\n", max(0, place - 100), place) + 1, self.text.find("\n", place, place + 400)
        end = end if end >= 0 else min(len(self.text), place + 400)
        line = self.text[place:end].rstrip()
        mark = line[1]
        alone = not self.text[start:place].strip(" \t>") and (start or place < 100)
        if not alone or not line.endswith(f"{mark}}}") or len(line) < 5:
            return place + 1, None
        path = line[2:-2].split()
        if not path:
            return place + 1, None
        tag = Tag(
            Family.LIQUID, Part.SINGLE, "include", (path[0].strip("\"'"),), {"code": "yes"} if mark == "*" else {}, line
        )
        return place + len(line), tag

    def _expression(self, place: int) -> tuple[int, Tag | str | None]:
        end = self.braces.get(place, -1)
        if end < 0 or end - place > _LONGEST or _ATTRIBUTE_LIST.match(self.text, place):
            return place + 1, None
        inner = self.text[place + 1 : end]
        lines = self.text.count("\n", place, end)
        if inner.strip().startswith("/*"):
            return end + 1, Tag(Family.COMMENT, Part.SINGLE, "comment", lines=lines)
        string = _STRING.fullmatch(inner)
        if string and not lines:
            return end + 1, next(text for text in string.groups() if text is not None)
        name = inner.strip()
        shown = self.scanner.shields.of(name)
        string = _STRING.fullmatch(shown)
        if string:
            said = next(text for text in string.groups() if text is not None)
            if not lines:
                return end + 1, self.scanner.shields.put(said)
            return end + 1, Tag(Family.EXPRESSION, Part.SINGLE, "`…`", (), {"text": said}, "", lines)
        return end + 1, Tag(Family.EXPRESSION, Part.SINGLE, name[:200], source=f"{{{name[:200]}}}", lines=lines)

    def _element(self, place: int) -> tuple[int, Tag | str | None]:
        text = self.text
        if text.startswith(("<>", "</>"), place):
            if not self.mdx:
                return place + 1, None
            return text.index(">", place) + 1, ""
        closing = text[place + 1] == "/"
        name = _NAME.match(text, place + 1 + closing)
        if name is None:
            return place + 1, None
        component = name[0][0].isupper()
        if not component and not self.mdx:
            return place + 1, None
        known = not component or self.mdx or is_known(name[0])
        if closing:
            end = _SPACE.match(text, name.end()).end()  # type: ignore[union-attr]
            if not component or text[end : end + 1] != ">" or name[0] not in self.closed:
                return place + 1, None
            if not known and not self.opened[name[0]]:
                return place + 1, None
            self.opened[name[0]] -= not known
            lines = text.count("\n", place, end)
            return end + 1, Tag(Family.JSX, Part.CLOSE, name[0], source=f"</{name[0]}>", lines=lines)
        read = self._attributes(name.end())
        if read is None:
            return place + 1, None
        end, attrs, single, foreign = read
        lines = text.count("\n", place, end)
        if component:
            if not single and self.closed.get(name[0], -1) < place:
                return place + 1, None
            if not known:
                if not (foreign or (self.blocks and self._is_alone(place, end, name[0], single, bool(attrs)))):
                    return place + 1, None
                self.opened[name[0]] += not single
            part = Part.SINGLE if single else Part.OPEN
            return end, Tag(Family.JSX, part, name[0], (), attrs, f"<{name[0]}>", lines)
        if not (foreign or lines or (single and name[0] not in _VOID)):
            return place + 1, None
        html = _html(name[0], attrs, single)
        return end, Tag(Family.HTML, Part.SINGLE, name[0], (), {"html": html}, html, lines)

    def _is_alone(self, place: int, end: int, name: str, single: bool, more: bool) -> bool:
        """Whether a component has its line or, with what it holds, its paragraph to itself: in Markdown that is no MDX
        that tells it from a word between angle brackets."""
        text = self.text
        if not single and (_TWO_WORDS.match(name) or name in self.alone):
            # A pair within a line: of a name no sentence has, or one that has lines of its own elsewhere.
            last = text.find(f"</{name}>", end, end + 2_000)
            if last >= 0 and "\n" not in text[end:last]:
                return True
        start = text.rfind("\n", max(0, place - 200), place) + 1
        if place - start > 200 or (not start and place > 200):
            return False
        before = _MARGIN.fullmatch(text, max(start, self.done), place)
        if before is None or (before[1] and single and not more):
            return False
        stop = text.find("\n", end, end + 2_000)
        rest = text[end : stop if stop >= 0 else end + 2_000].strip()
        if not rest or rest.startswith("<"):
            return True
        closing = f"</{name}>"
        last = -1 if single else text.find(closing, end, end + 2_000)
        if last < 0:
            return False
        return rest.endswith(closing) or (
            "\n\n" not in text[end:last] and text[last + len(closing) : last + len(closing) + 1] in {"", "\n"}
        )

    def _attributes(self, at: int) -> tuple[int, dict[str, str], bool, bool] | None:
        """(end, attributes, whether it closes itself, whether any is no HTML) from behind a tag's name."""
        text, attrs, foreign = self.text, dict[str, str](), False
        for _ in range(60):
            at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
            if text.startswith("/>", at):
                return at + 2, attrs, True, foreign
            if text.startswith(">", at):
                return at + 1, attrs, False, foreign
            if text.startswith("{", at):
                end = self.braces.get(at, -1)
                if end < 0:
                    return None
                at, foreign = end + 1, True
                continue
            name = _ATTRIBUTE.match(text, at)
            if name is None:
                return None
            at = name.end()
            if not text.startswith("=", at):
                attrs[name[0]] = ""
                continue
            mark = text[at + 1 : at + 2]
            if mark in {'"', "'"}:
                end = text.find(mark, at + 2, at + 2 + _LONGEST)
                if end < 0:
                    return None
                attrs[name[0]], at = text[at + 2 : end], end + 1
            elif mark == "{":
                end = self.braces.get(at + 1, -1)
                if end < 0:
                    return None
                foreign = True
                value = self._constant(text[at + 2 : end][:_LONGEST])
                if value is not None:
                    attrs[name[0]] = value
                at = end + 1
            else:
                bare = _BARE.match(text, at + 1)
                if bare is None:
                    return None
                attrs[name[0]], at = bare[0], bare.end()
            foreign = foreign or name[0] in _RENAMED
        return None

    def _constant(self, inner: str) -> str | None:
        """The value of an attribute's expression, where it is one that can be told without running it."""
        shown = self.scanner.shields.of(inner)
        string = _STRING.fullmatch(shown)
        if string:
            return next(text for text in string.groups() if text is not None)
        call = _CALL.fullmatch(shown)
        if call:
            return f"/{call[1].lstrip('/')}" if _SITE_CALL.match(shown) and "://" not in call[1] else call[1]
        if inner.lstrip().startswith("["):
            return ",".join(part[1:-1] for part in _STRINGS.findall(shown)) or None
        name = _IDENTIFIER.fullmatch(inner.strip())
        if name:
            module = self.scanner.module
            return module.constants.get(name[0], module.imports.get(name[0]))
        return None


def _html(name: str, attrs: Mapping[str, str], single: bool) -> str:
    written = "".join(
        f' {_RENAMED.get(key, key)}="{value.replace(chr(34), "&quot;")}"' if value else f" {_RENAMED.get(key, key)}"
        for key, value in attrs.items()
        if not key.startswith("on")
    )
    closing = f"</{name}>" if single and name not in _VOID else ""
    return " ".join(f"<{name}{written}>{closing}".split("\n"))


def _arguments(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    args, attrs = [], {}
    for found in _ARGUMENT.finditer(text[:1_000]):
        if found[1]:
            attrs[found[1].lower()] = found[2][1:-1] if found[2][0] in "\"'" and len(found[2]) > 1 else found[2]
        else:
            args.append(next((group for group in found.groups()[2:] if group is not None), ""))
    return tuple(args), attrs


def _preprocessed(found: re.Match[str], source: str, lines: int) -> Tag:
    args, attrs = _arguments(found[3] or "")
    if found[2].startswith("tab"):
        part = Part.CLOSE if found[1] else Part.OPEN
        return Tag(Family.LIQUID, part, found[2], args, attrs, source, lines)
    if found[2] in {"title", "template"}:
        return Tag(Family.LIQUID, Part.SINGLE, found[2], (), {}, source, lines)
    code = {} if found[2] == "include" else {"code": "yes"}
    return Tag(Family.LIQUID, Part.SINGLE, "include", args[:1], code, source, lines)


def _closing(text: str) -> dict[str, int]:
    """The components that are closed anywhere, and where for the last time."""
    return {found[1]: found.start() for found in re.finditer(r"</([A-Z][\w.]*)\s*>", text)}


def _statement_ends(lines: list[str]) -> dict[int, int]:
    """By line: the first one from there on in which all brackets that it opened are closed again."""
    depth, ends = 0, dict[int, int]()
    waiting: list[tuple[int, int]] = []  # (how deep it was before the line, the line), ever deeper
    for number, line in enumerate(lines):
        waiting.append((depth, number))
        plain = _QUOTED.sub("", line) if "'" in line or '"' in line else line
        depth += sum(plain.count(mark) for mark in "{([") - sum(plain.count(mark) for mark in "})]")
        while waiting and depth <= waiting[-1][0]:
            ends[waiting.pop()[1]] = number
    return ends


def _matching(text: str) -> dict[int, int]:
    """Where each curly bracket is closed; what stands in the strings of a script is matched for itself."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for mark in _BRACKETS.finditer(text):
        if mark[0] == "{":
            opened.append(mark.start())
        elif mark[0] == "}":
            if opened:
                found[opened.pop()] = mark.start()
        elif len(mark[0]) > 2 and ("{" in mark[0] or "}" in mark[0]):
            inner: list[int] = []
            for place in re.finditer("[{}]", mark[0]):
                if place[0] == "{":
                    inner.append(mark.start() + place.start())
                elif inner:
                    found[inner.pop()] = mark.start() + place.start()
    return found
