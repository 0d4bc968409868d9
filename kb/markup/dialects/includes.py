"""Puts the text of other files of the folder in the place where a page includes them.

Bounded: so many files, so many characters, so deep, and no file in itself.
"""

import posixpath
import re

from kb.markup.dialects.code import Line, Shields, shield_escapes, shielded
from kb.markup.dialects.context import Context, Notes
from kb.markup.dialects.names import Role
from kb.markup.dialects.tags import TAG, Family, Part, Scanner, Tag

_MOST_FILES, _MOST_CHARACTERS, _DEEPEST = 200, 500_000, 8
_SNIPPET = re.compile(r"([ \t>]*)-{1,2}8<-{1,2}[ \t]+[\"']?([^\"'\s]{1,300})[\"']?[ \t]*$")
_DOCFX = re.compile(r"([ \t>]*)\[!INCLUDE\s{0,3}\[[^\]\n]{0,200}\]\s{0,3}\(([^()\s]{1,300})\)\][ \t]*$", re.IGNORECASE)
_EMBED = re.compile(r"([ \t>]*)!\[\[([^\[\]|#\n]{1,200})(?:#([^\[\]|\n]{1,200}))?\]\][ \t]*$")
_PREFIX = re.compile(r"[ \t>]*")
_LINK = re.compile(r"(\]\()(?![a-z][a-z0-9+.-]{1,20}:|[/#])([^()\s]{1,300})")
_MARKDOWN = (".md", ".mdx", ".markdown", ".txt")
_FOLDERS = ("", "_includes", "_snippets", "snippets", "includes", "_partials")
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t#]*$")


class Includer:
    """Reads the inclusions of one page."""

    def __init__(self, scanner: Scanner, context: Context, notes: Notes) -> None:
        self.scanner, self.context, self.notes = scanner, context, notes
        self.shields: Shields = scanner.shields
        self.files = self.characters = 0
        self.mdx = False

    def prepared(self, text: str, mdx: bool) -> list[Line]:
        """The lines of a text with code and tags behind placeholders."""
        lines = shielded(text, self.shields, indented=not mdx)
        shield_escapes(lines, self.shields)
        lines, is_mdx = self.scanner.scan(lines, mdx)
        self.mdx = self.mdx or is_mdx
        return lines

    def expanded(self, lines: list[Line], path: str, above: tuple[str, ...] = ()) -> list[Line]:
        """The lines of the file at a path, with what they include."""
        out: list[Line] = []
        for line in lines:
            wanted = None if line.code else self._inclusion(line)
            if wanted is None:
                out.append(line)
                continue
            prefix, target, options = wanted
            out += self._included(line, prefix, target, options, path, above)
        return out

    def _inclusion(self, line: Line) -> tuple[str, str, str] | None:
        """(what stands before it, the file, 'code', 'rebase' or a heading) of a line that includes a file."""
        text = line.text
        if "8<-" in text and (found := _SNIPPET.match(text)):
            return found[1], found[2], ""
        if "[!" in text and (found := _DOCFX.match(text)):
            return found[1], found[2], "rebase"
        if "![[" in text and (found := _EMBED.match(text)):
            path = self.context.find(found[2].strip())
            if path and path.lower().endswith((".md", ".mdx")):
                return found[1], f"/{path}", f"#{found[3] or ''}"
            return None
        found = TAG.search(text)
        if found is None or TAG.sub("", text, count=1).strip(" \t>"):
            return None
        tag = self.scanner.tags[int(found[1])]
        target, options = self._target(tag)
        return (_PREFIX.match(text)[0], target, options) if target else None  # type: ignore[index]

    def _target(self, tag: Tag) -> tuple[str, str]:
        if tag.family is Family.JSX:
            imported = self.scanner.module.imports.get(tag.name, "")
            if imported.endswith((".md", ".mdx")) and tag.part is Part.SINGLE:
                return imported, "rebase"
            return (tag.first("file", "src"), "") if tag.name == "Snippet" else ("", "")
        if tag.family in {Family.LIQUID, Family.HUGO} and tag.role is Role.INCLUDE:
            target = next(iter(tag.args), "") or tag.first("file", "src", "path")
            return target, "code" if "code" in tag.attrs else "rebase" if tag.name == "include-markdown" else ""
        return "", ""

    def _included(
        self, line: Line, prefix: str, target: str, options: str, path: str, above: tuple[str, ...]
    ) -> list[Line]:
        name, _, part = target.partition(":") if "://" not in target else (target, "", "")
        found, text = self._read(name, path)
        if text is None:
            self.notes.removed("include", line.number, name[:80])
            return []
        if found in (path, *above) or len(above) >= _DEEPEST:
            self.notes.removed("include in itself", line.number, name[:80])
            return []
        self.files += 1
        self.characters += len(text)
        if self.files > _MOST_FILES or self.characters > _MOST_CHARACTERS:
            self.notes.removed("include beyond what one page may hold", line.number)
            return []
        text = _part_of(_without_header(text), part)
        if options == "code" or not found.lower().endswith(_MARKDOWN):
            language = posixpath.splitext(found)[1].lstrip(".")
            if language in {"html", "njk", "liquid", "j2", "hbs"}:  # a template of the site's, no text of the page
                self.notes.removed("include", line.number, name[:80])
                return []
            text = f"```{language}\n{text.rstrip()}\n```"
        lines = self.prepared(text, found.endswith(".mdx"))
        for each in lines:
            each.number = line.number  # what is found in it is found where it is included
        if options.startswith("#"):
            if options.startswith("#^"):
                lines = _block_named(lines, options[2:].strip())
            else:
                lines = _below_heading(lines, options[1:]) if len(options) > 1 else lines
        if options == "rebase" or options.startswith("#"):
            for each in lines:
                each.text = each.text if each.code else _LINK.sub(lambda m: m[1] + _moved(m[2], found, path), each.text)
        lines = self.expanded(lines, found, (path, *above))
        return [Line(prefix + each.text if each.text.strip() else each.text, line.number, each.code) for each in lines]

    def _read(self, name: str, path: str) -> tuple[str, str | None]:
        """(the path below the folder, the text) of the file a page at a path includes; None if it may not be read."""
        here = posixpath.dirname(path)
        plain = name.removeprefix("@site/").removeprefix("~/").lstrip("/")
        places = [] if name.startswith(("/", "@site/", "~/")) else [posixpath.join(here, name)]
        places += [posixpath.join(folder, plain) for folder in _FOLDERS]
        for place in dict.fromkeys(posixpath.normpath(place) for place in places):
            if place.startswith("..") or place.startswith("/") or "\0" in place:
                continue
            for suffix in ("", ".md", ".mdx") if not posixpath.splitext(place)[1] else ("",):
                text = self.context.read(place + suffix)
                if text is not None:
                    return place + suffix, text.replace("\r\n", "\n")
        return "", None


def _without_header(text: str) -> str:
    if not text.startswith("---\n"):
        return text
    end = text.find("\n---\n", 3)
    return text[end + 5 :] if end >= 0 else text


def _part_of(text: str, part: str) -> str:
    """The named or numbered part of a snippet's file."""
    if not part:
        return text
    lines = text.split("\n")
    numbers = part.split(":")
    if all(number.isdecimal() and len(number) < 7 for number in numbers if number):
        first = int(numbers[0] or 1)
        last = int(numbers[1]) if len(numbers) > 1 and numbers[1] else len(lines)
        return "\n".join(lines[max(0, first - 1) : last])
    start = next((i for i, line in enumerate(lines) if f"[start:{part}]" in line), None)
    end = next((i for i, line in enumerate(lines) if f"[end:{part}]" in line), len(lines))
    return text if start is None else "\n".join(lines[start + 1 : end])


def _below_heading(lines: list[Line], wanted: str) -> list[Line]:
    """The lines of the section with a heading; all of them if there is none."""
    words, out, level = wanted.strip().casefold(), list[Line](), 0
    for line in lines:
        found = None if line.code else _HEADING.match(line.text)
        if found and level and len(found[1]) <= level:
            break
        if found and not level and found[2].strip().casefold() == words:
            level = len(found[1])
        if level:
            out.append(line)
    return out or lines


def _block_named(lines: list[Line], name: str) -> list[Line]:
    """The paragraph, item or table that `^name` stands behind or below; all lines if it stands nowhere."""
    mark = f"^{name}"
    at = next((i for i, line in enumerate(lines) if not line.code and line.text.rstrip().endswith(mark)), -1)
    if at < 0:
        return lines
    last = at
    own = lines[at].text.rstrip().removesuffix(mark).rstrip()
    if not own.strip(" >"):  # on a line of its own
        last -= 1
        while last >= 0 and not lines[last].text.strip():
            last -= 1
        own = lines[last].text if last >= 0 else ""
    first = last
    while first > 0 and lines[first - 1].text.strip() and not (last == at and _ITEM.match(lines[first].text)):
        first -= 1
    return [*lines[first:last], Line(own, lines[max(last, 0)].number, lines[max(last, 0)].code)]


def _moved(target: str, from_path: str, to_path: str) -> str:
    """A relative link of one file as it is in another one."""
    there = posixpath.normpath(posixpath.join(posixpath.dirname(from_path), target))
    return posixpath.relpath(there, posixpath.dirname(to_path) or ".")
