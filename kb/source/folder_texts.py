"""What articles may take from the folder besides pictures: included texts, files a wiki link names, and variables.

`_variables.yml` at the top of the folder, or in the folder of a language, which goes first there, gives names and
values for `{{ name }}`. Nothing outside of the folder is read, and no file that is very large.
"""

import os
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from core.texts.said import said
from kb.findings import Finding, error
from kb.markup.dialects.context import Context
from kb.markup.dialects.reader import clean_words
from kb.markup.links import Lookup
from kb.source.frontmatter import Header
from kb.source.inside import is_file, may_be_read, outside
from kb.source.paths import language_of
from kb.source.yaml_nesting import refuse_deep
from kb.source.yaml_nodes import repeated

VARIABLES = "_variables.yml"
TEXT, WIKI = "text", "wiki"
_MOST_TEXT = 256 * 1024
_MOST_VARIABLES = 64 * 1024
_MOST_NAMES = 2_000


@dataclass
class FolderTexts:
    """`variables` are the values of each language ('' for those of all), `paths` the files wiki links may name."""

    folder: Path
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: tuple[Finding, ...] = ()
    paths: Iterable[str] = ()
    _named: dict[str, str] | None = None

    def context(self, path: str, lang: str, lookups: dict[Lookup, object] | None = None) -> Context:
        """The folder as the reader of one page sees it; what it asks is noted in `lookups` with its answer."""
        noted = {} if lookups is None else lookups

        def read(wanted: str) -> str | None:
            noted[TEXT, wanted] = self._stamp(wanted)
            return self._read(wanted)

        def find(name: str) -> str | None:
            noted[WIKI, name] = found = self._find(name)
            return found

        return Context(path, lang, self.of(lang), read, find)

    def of(self, lang: str) -> Mapping[str, str]:
        """The variables of a language."""
        return {**self.variables.get("", {}), **self.variables.get(lang, {})}

    def answer(self, lookup: Lookup) -> object:
        """Today's answer to what a page has asked."""
        kind, wanted = lookup
        return self._find(wanted) if kind == WIKI else self._stamp(wanted)

    def _stamp(self, path: str) -> object:
        try:
            found = (self.folder / path).stat()
        except (OSError, ValueError):
            return None
        return found.st_mtime_ns, found.st_size

    def _read(self, path: str) -> str | None:
        file = self.folder / path
        try:
            if not file.is_file() or not may_be_read(self.folder, path) or file.stat().st_size > _MOST_TEXT:
                return None
            return file.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None

    def _find(self, name: str) -> str | None:
        if self._named is None:
            self._named = {}
            # The shorter path first, as in Obsidian: what lies at the top is what is meant.
            for path in sorted(self.paths, key=lambda path: (path.count("/"), path)):
                lower = path.casefold()
                for known in (lower, posixpath.splitext(lower)[0]):
                    for part in (known, posixpath.basename(known)):
                        self._named.setdefault(part, path)
        return self._named.get(name.strip().strip("/").casefold())


def read_texts(folder: Path, paths: Iterable[str]) -> FolderTexts:
    """The texts of a folder, with its variables."""
    variables: dict[str, dict[str, str]] = {}
    problems: list[Finding] = []
    with os.scandir(folder) as entries:
        languages = sorted(entry.name for entry in entries if language_of(entry.name) and entry.is_dir())
    for lang, path in [("", VARIABLES), *((language_of(name), f"{name}/{VARIABLES}") for name in languages)]:
        if not is_file(folder / path):
            continue
        refused = outside(folder, path)
        problems += refused
        if not refused:
            read, wrong = _variables(folder / path, path)
            variables[lang] = read
            problems += wrong
    return FolderTexts(folder, variables, tuple(problems), paths)


def _variables(file: Path, path: str) -> tuple[dict[str, str], list[Finding]]:
    try:
        text = file.read_text(encoding="utf-8")
        if len(text) > _MOST_VARIABLES:
            return {}, [error(path, 1, "variables-yaml", said("The file is larger than 64 kB."))]
        refuse_deep(text)
        twice = [
            error(path, line, "variables-repeated", message)
            for line, message in repeated(yaml.compose(text, yaml.SafeLoader))
        ]
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as wrong:
        mark = getattr(wrong, "problem_mark", None)
        reason = getattr(wrong, "problem", None) or said("it cannot be read")
        return {}, [
            error(
                path,
                mark.line + 1 if mark else 1,
                "variables-yaml",
                said("Not valid YAML here: %(reason)s.", reason=reason),
            )
        ]
    if content is None:
        return {}, []
    if not isinstance(content, dict):
        return {}, [error(path, 1, "variables-yaml", said("It must hold `name: value` lines."))]
    found: dict[str, str] = {}
    _flatten(content, "", found)
    return found, twice


def _flatten(content: Mapping[Any, Any], prefix: str, into: dict[str, str]) -> None:
    for name, value in content.items():
        if len(into) >= _MOST_NAMES:
            return
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{name}.", into)
        elif isinstance(value, bool):
            into[f"{prefix}{name}"] = "true" if value else "false"
        elif value is not None and not isinstance(value, list):
            into[f"{prefix}{name}"] = " ".join(str(value).split())


def with_clean_words(header: Header, path: str, context: Context) -> tuple[Header, tuple[Finding, ...]]:
    """The header without tags of templates in its title, summary and questions; the same one if there are none."""
    fields, found = header.fields, list[Finding]()

    def clean(text: str, *keys: str) -> str:
        made, notes = clean_words(text, context)
        line = next((header.lines[key] for key in keys if key in header.lines), 1)
        found.extend(note.finding(path, line) for note in notes)
        return made

    title = clean(fields.title, "title")
    summary = clean(fields.summary, "summary", "description")
    questions = tuple(made for made in (clean(text, "questions") for text in fields.questions) if made)
    if (title, summary, questions) == (fields.title, fields.summary, fields.questions):
        return header, tuple(found)
    return replace(header, fields=replace(fields, title=title, summary=summary, questions=questions)), tuple(found)
