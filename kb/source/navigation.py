"""Reads the order of articles and the names of categories from files other tools keep them in, where those are data.

MkDocs' `mkdocs.yml` (`nav:`) and `.pages`, Docusaurus' `sidebars.json` (and a `sidebars.js` that is one object of
plain values), Mintlify's `docs.json` and `mint.json`, GitBook's `SUMMARY.md`, Docsify's `_sidebar.md`, Nextra's
`_meta.json`, DocFX' `toc.yml`, and lists of the same form as `_sidebar.yml`. Code is never run; what cannot be read is
a warning, and the articles keep the order they have without it.
"""

import json
import posixpath
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from core.network.domain_names import split_url
from core.texts.said import Said, said
from kb.findings import Finding, warning
from kb.source.inside import is_file, may_be_read
from kb.source.nav_entries import NavEntry, label, of_data, of_list, of_mkdocs
from kb.source.paths import FOLDER_PAGES, language_of, slug_of
from kb.source.script_data import data_of_script
from kb.source.yaml_nesting import refuse_deep

# By precedence: the first that says where an article or category stands is believed.
_WHOLE_SITE = (
    "sidebars.json", "sidebars.js", "sidebars.ts", "docs.json", "mint.json", "mkdocs.yml", "mkdocs.yaml", "SUMMARY.md",
    "_sidebar.yml", "_sidebar.yaml", "_sidebar.json", "_sidebar.md", "toc.yml", "toc.yaml",
)  # fmt: skip
# Where the articles folder is the `docs` of a project, its configuration lies above; lists of links do not.
_ABOVE = tuple(name for name in _WHOLE_SITE if name.startswith(("sidebars", "docs", "mint", "mkdocs")))
_OF_A_FOLDER = (".pages", "_meta.json", "_meta.yml", "_meta.yaml")
NAVIGATION_FILES = frozenset((*_WHOLE_SITE, *_OF_A_FOLDER))
_MAX_BYTES = 512 * 1024
_SUFFIX = re.compile(r"\.(?:mdx?|markdown|html?)$", re.IGNORECASE)


@dataclass(frozen=True)
class Navigation:
    """`positions` by key (see `key_of`) of articles and categories.

    `titles` of categories are by language tag ('' where the file is not in the folder of one) and key, `page_titles` of
    articles likewise. `entries` are those of the first file that was read, `source`.
    """

    positions: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    page_titles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    entries: tuple[NavEntry, ...] = ()
    source: str = ""
    problems: tuple[Finding, ...] = ()


def is_navigation(path: str) -> bool:
    """Whether the file at this path below the articles folder is read for the order of others."""
    *folders, name = path.split("/")
    if name not in NAVIGATION_FILES:
        return False
    return name in _OF_A_FOLDER or (not folders or (len(folders) == 1 and bool(language_of(folders[0]))))


def key_of(path: str) -> str:
    """What a path is compared by: without language folder, numbers and suffix, as slugs. The page of a folder and the
    folder itself have one key, which is also the category's slug."""
    parts = [part for part in _SUFFIX.sub("", path).split("/") if part not in {"", "."}]
    if len(parts) > 1 and language_of(parts[0]):
        parts = parts[1:]
    if len(parts) > 1 and parts[-1].lower() in FOLDER_PAGES:
        parts = parts[:-1]
    return "/".join(slug_of(part) or part for part in parts)


def read_navigation(folder: Path, found: Sequence[str], articles: Collection[str]) -> Navigation:
    """The navigation of the folder. `found` are the paths for which `is_navigation` holds, `articles` those of all
    article files."""
    above = [name for name in _ABOVE if is_file(folder.parent / name)]
    if not found and not above:
        return Navigation()
    keys: dict[str, None] = dict.fromkeys(key_of(path) for path in articles)
    for key in list(keys):
        while "/" in key:
            key = key.rpartition("/")[0]
            keys.setdefault(key)
    reader = _Reader(folder, keys)
    whole = sorted((path for path in found if path.rsplit("/", 1)[-1] in _WHOLE_SITE), key=_precedence)
    for path in whole:
        reader.read(folder / path, path)
    if not reader.entries:
        for name in above:
            if not (folder.parent / name).is_symlink():
                reader.read(folder.parent / name, "", is_above=True)
    for path in sorted(path for path in found if path.rsplit("/", 1)[-1] in _OF_A_FOLDER):
        reader.read(folder / path, path)
    named = Counter((lang, title) for (lang, _), title in reader.titles.items())
    # Mintlify's groups “Getting started” stand in several parts of a site; such a title names none of them.
    titles = {place: title for place, title in reader.titles.items() if named[place[0], title] == 1}
    return Navigation(
        reader.positions, titles, reader.page_titles, tuple(reader.entries), reader.source, tuple(reader.problems)
    )


def _precedence(path: str) -> tuple[int, int, str]:
    return path.count("/"), _WHOLE_SITE.index(path.rsplit("/", 1)[-1]), path


class _Reader:
    def __init__(self, folder: Path, keys: Mapping[str, None]) -> None:
        self._folder, self._keys = folder, keys
        self.positions: dict[str, int] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.page_titles: dict[tuple[str, str], str] = {}
        self.entries: list[NavEntry] = []
        self.source = ""
        self.problems: list[Finding] = []

    def read(self, file: Path, path: str, *, is_above: bool = False) -> None:
        # A hidden name is no file an article may lead to, but this one may be read where it lies.
        checked = posixpath.dirname(path) if file.name == ".pages" and not file.is_symlink() else path
        if checked and not may_be_read(self._folder, checked):
            return
        try:
            if file.stat().st_size > _MAX_BYTES:
                raise ValueError(said("it is larger than 512 kB"))
            text = file.read_text(encoding="utf-8")
            data = _parsed(file.name, text)
        except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError) as problem:
            if path and not file.name.endswith((".js", ".ts")):
                reason = getattr(problem, "problem", None) or _first_line(problem)
                message = said("The order of articles could not be read from it: %(reason)s.", reason=reason)
                self.problems.append(warning(path, 1, "navigation-unread", message))
            elif path:
                message = said("The order of articles is code here, not plain values, and was not read.")
                self.problems.append(warning(path, 1, "navigation-unread", message))
            return
        base = posixpath.dirname(path)
        lang = language_of(base.split("/")[0]) if base else ""
        if file.name in _OF_A_FOLDER:
            self._of_a_folder(file.name, data, base, lang)
            return
        if file.name.startswith("mkdocs") and isinstance(data, dict):
            docs_dir = str(data.get("docs_dir") or "docs").strip("./")
            if is_above and (file.parent / docs_dir).resolve() != self._folder.resolve():
                return
            data = tuple(of_mkdocs(data.get("nav")))
        elif file.name in {"docs.json", "mint.json"} and isinstance(data, dict):
            data = data.get("navigation")
        elif file.name.startswith("sidebars") and isinstance(data, dict):
            data = list(data.values())  # the names of sidebars are no titles
        entries = data if isinstance(data, tuple) else tuple(of_data(data))
        if not entries:
            return
        if not self.entries:
            self.entries, self.source = list(entries), path or file.name
        self._walk(entries, base, lang, len(self.positions))

    def _walk(self, entries: Sequence[NavEntry], base: str, lang: str, number: int) -> int:
        for entry in entries:
            key = self._key(entry.target, base)
            if key is not None:
                number += 1
                self.positions.setdefault(key, number)
                if entry.title:
                    self.page_titles.setdefault((lang, key), label(entry.title))
            if entry.entries:
                self._name_category(entry, base, lang)
                number = self._walk(entry.entries, base, lang, number)
        return number

    def _name_category(self, group: NavEntry, base: str, lang: str) -> None:
        """The title of a group names the category all its own pages lie in."""
        places = set()
        for entry in group.entries:
            key = self._key(entry.target, base)
            if key is not None and not entry.entries:
                is_folder = any(other.startswith(f"{key}/") for other in self._keys)
                places.add(key if is_folder else key.rpartition("/")[0])
        if len(places) == 1 and group.title and (category := places.pop()):
            self.titles.setdefault((lang, category), label(group.title))

    def _key(self, target: str, base: str) -> str | None:
        """The key of a target, if there is such an article or folder."""
        target = target.split("#")[0]
        if not target or split_url(target).scheme:
            return None
        path = posixpath.normpath(posixpath.join(base, target.lstrip("/")))
        for candidate in (path, f"docs/{target.lstrip('/')}"):
            key = key_of(candidate)
            if key in self._keys:
                return key
        return None

    def _of_a_folder(self, name: str, data: Any, base: str, lang: str) -> None:
        if not isinstance(data, dict):
            return
        own = key_of(base) if base and base != lang and not language_of(base) else ""
        if name == ".pages":
            if isinstance(data.get("title"), str) and own:
                self.titles.setdefault((lang, own), data["title"])
            listed = data.get("nav") or data.get("arrange")
            names = [(e.target or e.title, e.title) for e in of_mkdocs(listed)] if isinstance(listed, list) else []
        else:
            names = [
                (str(key), value if isinstance(value, str) else str(value.get("title") or ""))
                for key, value in data.items()
                if isinstance(value, str | dict) and key != "*"
            ]
        for number, (child, title) in enumerate(names, 1):
            key = self._key(child, base)
            if key is None:
                continue
            self.positions.setdefault(key, number)
            if title and any(other.startswith(f"{key}/") for other in self._keys):
                self.titles.setdefault((lang, key), title)


class _Loader(yaml.SafeLoader):
    """Reads values only: what other tools mark as code (`!!python/name:…`, `!ENV`) is nothing."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)


def _parsed(name: str, text: str) -> Any:
    if name.endswith(".md"):
        return tuple(of_list(text))
    if name.endswith((".js", ".ts")):
        return data_of_script(text)
    if name.endswith(".json"):
        refuse_deep(text[: 256 * 1024])
        return json.loads(text)
    refuse_deep(text)
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def _first_line(problem: Exception) -> str:
    words = problem.args[0] if problem.args else ""
    return words if isinstance(words, Said) else str(problem).partition("\n")[0]
