"""The order that MkDocs' plug-ins awesome-pages and awesome-nav read from each folder: `.pages` and `.nav.yml`."""

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from kb.source.paths import humanise
from kb.transfer.category_files import described
from kb.transfer.navs import NavPage, page_name
from kb.transfer.trees import INDEX_NAMES, PAGE_SUFFIXES

_NAMES = (".nav.yml", ".pages")
_DEEPEST = 12


def pages_in_order(docs: Path) -> list[NavPage]:
    """All pages, in the order of these files and then by name; [] if there are none."""
    has_any = any(file.is_file() for name in _NAMES for file in docs.rglob(name))
    return list(_Folder(docs, docs, (), 0).pages()) if has_any else []


class _Folder:
    def __init__(self, docs: Path, folder: Path, labels: tuple[str, ...], depth: int) -> None:
        self.docs, self.folder, self.labels, self.depth = docs, folder, labels, depth
        self.settings = described(folder, _NAMES)
        inside = sorted(folder.iterdir(), key=lambda path: (path.stem.lower() not in INDEX_NAMES, path.name))
        self.waiting = [path for path in inside if not path.name.startswith(".") and not path.is_symlink() and (
            path.is_dir() or path.suffix.lower() in PAGE_SUFFIXES)]  # fmt: skip
        if self.settings.get("order") == "desc":
            self.waiting.reverse()

    def pages(self) -> Iterator[NavPage]:
        listed = self.settings.get("nav", self.settings.get("arrange"))
        named = list(_targets(listed))
        self.named = {path for path in self.waiting if path.relative_to(self.folder).as_posix() in named}
        yield from self._listed(listed, self.labels)
        yield from self._rest("*", self.labels)

    def _listed(self, items: Any, labels: tuple[str, ...], depth: int = 0) -> Iterator[NavPage]:
        for item in items if isinstance(items, list) and depth < _DEEPEST else ():
            for title, target in item.items() if isinstance(item, dict) else (("", item),):
                if isinstance(target, list):
                    yield from self._listed(target, (*labels, str(title)), depth + 1)
                elif isinstance(target, str) and (target.startswith("...") or "*" in target):
                    yield from self._rest("*" if target.startswith("...") else target, labels)
                elif isinstance(target, str) and "://" not in target:
                    place = posixpath.normpath(target.strip("/"))
                    path = self.folder / place
                    if ".." not in place.split("/") and path.exists():
                        yield from self._one(path, labels, str(title))

    def _rest(self, pattern: str, labels: tuple[str, ...]) -> Iterator[NavPage]:
        for path in [path for path in self.waiting if path not in self.named and fnmatch(path.name, pattern)]:
            yield from self._one(path, labels)

    def _one(self, path: Path, labels: tuple[str, ...], title: str = "") -> Iterator[NavPage]:
        if path in self.waiting:
            self.waiting.remove(path)
        if path.is_file():
            yield NavPage(page_name(path.relative_to(self.docs).as_posix()), labels, title)
        elif self.depth < _DEEPEST:
            below = _Folder(self.docs, path, labels, self.depth + 1)
            label = title or str(below.settings.get("title") or humanise(path.name))
            below.labels = (*labels, label)
            yield from below.pages()


def _targets(items: Any, depth: int = 0) -> Iterator[str]:
    """What a list names, so that a star in it does not stand for it too."""
    for item in items if isinstance(items, list) and depth < _DEEPEST else ():
        for target in item.values() if isinstance(item, dict) else (item,):
            if isinstance(target, str):
                yield posixpath.normpath(target.strip("/"))
            else:
                yield from _targets(target, depth + 1)
