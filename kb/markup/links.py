"""Resolves links and images of articles, and reports broken ones."""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from kb.markup.media import FILE_SUFFIXES
from kb.models import ArticleRef

# File types that are served from the articles folder; no other file in it is.
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"})
ATTACHMENT_SUFFIXES = frozenset({".pdf", ".txt", ".csv", ".zip", ".docx", ".xlsx", ".odt", ".ods", ".vtt", ".mp3"})
SERVED_SUFFIXES = IMAGE_SUFFIXES | ATTACHMENT_SUFFIXES | FILE_SUFFIXES
FILES_PREFIX = "/kb-files/"

_SITE_ARTICLE = re.compile(r"^/([A-Za-z]{2,3}(?:-[A-Za-z]{4})?)/a/([^/]+?)(?:\.md)?$")


@dataclass(frozen=True)
class Link:
    """A link as written (`target`) and as published (`href`, None when it is broken).

    `ref` is the article it leads to; `fragment` the heading; `own_page` a heading of the same article.
    """

    target: str
    href: str | None
    ref: ArticleRef | None = None
    fragment: str = ""
    external: bool = False
    own_page: bool = False


@dataclass(frozen=True)
class Image:
    """An image or local video as written and as published; `href` is None when there is no such file."""

    target: str
    href: str | None
    alt: str = ""
    remote: bool = False
    is_video: bool = False
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class LinkTargets:
    """Possible link targets in the folder: `articles` by path below it, `files` that may be served, sizes on demand."""

    articles: Mapping[str, ArticleRef]
    files: frozenset[str]
    size_of: Callable[[str], tuple[int, int] | None]
    # What the page's text took from the folder (`kb/source/folder_texts.py`): the answer to a lookup of another kind.
    of_texts: Callable[[tuple[str, str]], object] = lambda lookup: None

    @property
    def refs(self) -> frozenset[ArticleRef]:
        return frozenset(self.articles.values())


# A question about the folder: about an article, a file or a picture's size, and the path.
Lookup = tuple[str, str]


def answer(places: LinkTargets, lookup: Lookup) -> object:
    """The answer to one of a Resolver's recorded lookups. A cached page is valid while all its answers are the same."""
    kind, path = lookup
    if kind in {"text", "wiki"}:
        return places.of_texts(lookup)
    if kind == "article":
        return places.articles.get(path)
    return places.size_of(path) if kind == "size" else path in places.files


class Resolver:
    """Resolves the references of one article (at `path` below the folder). `lookups` records lookups and answers."""

    def __init__(self, path: str, places: LinkTargets) -> None:
        self._folder = posixpath.dirname(path)
        self._places = places
        self.lookups: dict[Lookup, object] = {}

    def _lookup(self, kind: str, path: str) -> Any:
        found = self.lookups[kind, path] = answer(self._places, (kind, path))
        return found

    def link(self, target: str) -> Link:
        try:
            parts = urlsplit(target)
        except ValueError:
            return Link(target, None)
        if parts.scheme or parts.netloc:
            return Link(target, target, external=parts.scheme in {"http", "https"} or bool(parts.netloc))
        fragment = unquote(parts.fragment)
        if not parts.path:
            return Link(target, target or None, fragment=fragment, own_page=bool(fragment))
        if parts.path.startswith("/"):
            found = _SITE_ARTICLE.match(unquote(parts.path))
            return Link(target, target, ref=ArticleRef(found[1], found[2]) if found else None, fragment=fragment)
        return self._relative(target, unquote(parts.path), fragment)

    def image(self, target: str, alt: str) -> Image:
        try:
            parts = urlsplit(target)
        except ValueError:
            return Image(target, None, alt)
        if parts.scheme or parts.netloc:
            return Image(target, target, alt, remote=True)
        if parts.path.startswith("/"):
            inside = unquote(parts.path).removeprefix(FILES_PREFIX)
            known = not parts.path.startswith(FILES_PREFIX) or self._lookup("file", inside)
            return Image(target, target if known else None, alt)
        path = self._joined(unquote(parts.path))
        suffix = posixpath.splitext(path)[1].lower()
        if not self._lookup("file", path) or suffix not in IMAGE_SUFFIXES | FILE_SUFFIXES | {".vtt"}:
            return Image(target, None, alt)
        video = suffix in FILE_SUFFIXES
        size = None if video or suffix == ".vtt" else self._lookup("size", path)
        return Image(target, _file_address(path), alt, is_video=video, size=size)

    def _relative(self, target: str, path: str, fragment: str) -> Link:
        full = self._joined(path)
        # Docusaurus and Hugo authors leave the suffix away, or link to the folder of an index page.
        for candidate in (full, f"{full}.md", f"{full}/index.md", f"{full}/_index.md"):
            ref = self._lookup("article", candidate)
            if ref:
                anchor = f"#{quote(fragment)}" if fragment else ""
                return Link(target, f"/{ref.lang}/a/{quote(ref.slug)}{anchor}", ref=ref, fragment=fragment)
        if self._lookup("file", full) and posixpath.splitext(full)[1].lower() in SERVED_SUFFIXES:
            return Link(target, _file_address(full))
        return Link(target, None, fragment=fragment)

    def _joined(self, path: str) -> str:
        """The normalised path below the folder; one outside it begins with `..` and is never found."""
        return posixpath.normpath(posixpath.join(self._folder, path))


def _file_address(path: str) -> str:
    return FILES_PREFIX + quote(path)
