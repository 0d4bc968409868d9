"""Pure: the pages of a navigation in order, each with the labels it stands below, as an import wants them.

What the tools' own files say is read in `kb/source/nav_entries.py`.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from kb.source.nav_entries import NavEntry, label


@dataclass(frozen=True)
class NavPage:
    """A page of a navigation: its path below the content folder, without suffix, and the labels above it."""

    page: str
    labels: tuple[str, ...] = ()
    title: str = ""


def page_name(target: str) -> str:
    """A page as navs name it: without suffix, fragment and leading slash; an index page keeps its name."""
    try:
        path = unquote(urlsplit(target.strip()).path)
    except ValueError:
        return ""
    path = posixpath.normpath(path.strip("/")) if path.strip("/") else ""
    return re.sub(r"\.(md|mdx|markdown|html)$", "", path)


def pages_of(
    entries: Iterable[NavEntry], labels: tuple[str, ...] = (), title_of: Callable[[str], str] = lambda target: ""
) -> Iterator[NavPage]:
    """The pages that entries lead to. A page with others below it belongs to the group they make. A group without a
    title has that of its first page, which `title_of` tells."""
    for entry in entries:
        title = label(entry.title)
        inner = labels
        if entry.entries:
            first = entry.entries[0]
            name = title or (title_of(first.target) if not (first.title or first.entries) else "")
            inner = (*labels, name) if name else labels
        if entry.target and "://" not in entry.target and "#" not in entry.target:
            yield NavPage(page_name(entry.target), inner, title)
        yield from pages_of(entry.entries, inner, title_of)
