"""The text of another tool's page in the Markdown of this product: boxes, tabs and includes in our words."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kb.findings import Finding
from kb.markup.dialects.context import FROM_SOURCE_CODE, Context
from kb.markup.dialects.reader import clean_words, read_dialects
from kb.transfer.foreign_headers import load_yaml

_FILE_MOST = 512 * 1024
_DATA_MOST = 200
_DATA = re.compile(r"\{%-?\s*(?:data|indented_data_reference)\s+(reusables|variables)\.([\w.-]{1,200})[^%\n]{0,100}%\}")


@dataclass(frozen=True)
class Canonical:
    """`numbers` has the line of the page's body for each line of the text. `generated` is whether a part that another
    tool makes from source code did not come along."""

    text: str
    findings: tuple[Finding, ...] = ()
    numbers: tuple[int, ...] = ()
    generated: bool = False


class Canonicaliser:
    """Reads the pages of one source. `bases` are folders that includes are looked for in, beside the page's own."""

    def __init__(self, root: Path, bases: Sequence[str], variables: Mapping[str, str]) -> None:
        self._root, self._bases, self._variables = root, bases, dict(variables)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._data = cache(self._read_data)

    def know(self, paths: Sequence[str]) -> None:
        """The files wiki links may name."""
        for path in paths:
            name = posixpath.basename(path)
            for key in {
                name.lower(),
                posixpath.splitext(name)[0].lower() if name.endswith((".md", ".mdx")) else name.lower(),
            }:
                self._by_name[key].append(path)

    def page(self, text: str, path: str, line: int, lang: str, header: Mapping[str, Any]) -> Canonical:
        text = self._with_data(text)
        variables = {**self._variables, **{f"page.{k}": v for k, v in header.items() if isinstance(v, str)}}
        context = Context(path, lang, variables, self._read, lambda name: self._find(name, path), keeps_missing=True)
        reading = read_dialects(text, context)
        findings = tuple(note.finding(path, line) for note in reading.notes)
        generated = any(note.kind == FROM_SOURCE_CODE for note in reading.notes)
        return Canonical(reading.text, findings, reading.numbers, generated)

    def words(self, text: str, path: str, lang: str) -> str:
        """A title or summary without tags of templates."""
        return clean_words(text, Context(path, lang, self._variables, keeps_missing=True))[0] or text

    def _read(self, path: str) -> str | None:
        for place in (path, *(f"{base}/{path}" for base in self._bases if base)):
            file = self._root / place
            if ".." in place.split("/") or not file.is_file() or not may_be_read_here(self._root, place):
                continue
            try:
                if file.stat().st_size <= _FILE_MOST:
                    return file.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError, ValueError):
                continue
        return None

    def _find(self, name: str, path: str) -> str | None:
        wanted = name.strip().strip("/").lower()
        found = self._by_name.get(posixpath.basename(wanted), [])
        near = [p for p in found if posixpath.splitext(p)[0].lower().endswith(wanted) or p.lower().endswith(wanted)]
        here = posixpath.dirname(path)
        return min(near, key=lambda p: (posixpath.dirname(p) != here, len(p), p), default=None)

    def _with_data(self, text: str) -> str:
        """GitHub Docs keeps words that recur in data/reusables and data/variables."""
        for _ in range(3):  # a reusable text may name variables
            count = 0

            def put(found: re.Match[str]) -> str:
                nonlocal count
                count += 1
                value = self._data(found[1], found[2]) if count <= _DATA_MOST else None
                return found[0] if value is None else value

            made = _DATA.sub(put, text)
            if made == text:
                break
            text = made
        return text

    def _read_data(self, kind: str, name: str) -> str | None:
        if kind == "reusables":
            found = self._read("data/reusables/" + name.replace(".", "/") + ".md")
            return found.strip() if found is not None else None
        file, _, rest = name.partition(".")
        text = self._read(f"data/variables/{file}.yml")
        try:
            data = load_yaml(text) if text else None
        except yaml.YAMLError:
            return None
        for part in rest.split("."):
            data = data.get(part) if isinstance(data, dict) else None
        return str(data) if isinstance(data, str | int) else None


def may_be_read_here(root: Path, path: str) -> bool:
    """Whether a file lies in the source, also behind links; tools' own hidden folders count as part of it."""
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a link that leads to itself, a name no file can have
        return False


def flat_variables(data: Any, prefix: str = "", depth: int = 0) -> dict[str, str]:
    """The texts and numbers of nested settings by their dotted names."""
    made: dict[str, str] = {}
    for key, value in data.items() if isinstance(data, dict) and depth < 6 else ():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            made[f"{prefix}{key}"] = str(value)
        else:
            made |= flat_variables(value, f"{prefix}{key}.", depth + 1)
    return made
