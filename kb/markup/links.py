"""Resolves links and images of articles, and reports broken ones."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from kb.markup.media import FILE_SUFFIXES
from kb.models import ArticleRef

# File types that are served from the articles folder; no other file in it is.
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"})
ATTACHMENT_SUFFIXES = frozenset({".pdf", ".txt", ".csv", ".zip", ".docx", ".xlsx", ".odt", ".ods", ".vtt", ".mp3"})
SERVED_SUFFIXES = IMAGE_SUFFIXES | ATTACHMENT_SUFFIXES | FILE_SUFFIXES
FILES_PREFIX = "/kb-files/"
# Files of the static folder (setting kb_static_dir), where that lies outside of the articles folder.
STATIC_PREFIX = "/kb-static/"

# Folders at the top of other tools' sites that are no part of their addresses.
_STATIC_FOLDERS = ("static", "public", "src/static", "docs/.vuepress/public")
_PAGE_SUFFIXES = (".md", ".mdx", ".markdown")
_FOLDER_PAGES = ("index.md", "index.mdx", "_index.md", "_index.mdx", "README.md", "readme.md", "README.mdx")
_SITE_PAGE = re.compile(
    r"^/(?:[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?=/|$))?/?"
    r"(?:$|(?:a|c|t|api|kb-files|kb-static|widget|static|embed|desk|\.well-known)/"
    r"|(?:search|contact|incidents|status|desk|feed\.atom|sitemap\.xml|robots\.txt|llms\.txt)(?:/|$))"
)
_SITE_ARTICLE = re.compile(r"^/([A-Za-z]{2,3}(?:-[A-Za-z]{4})?)/a/([^/]+?)(?:\.md)?$")


@dataclass(frozen=True)
class Link:
    """A link as written (`target`) and as published (`href`, None when it is broken).

    `ref` is the article it leads to; `fragment` the heading; `own_page` a heading of the same article. `unknown`: its
    address begins with a slash and is none of this site, as far as can be told; it is left as it is.
    """

    target: str
    href: str | None
    ref: ArticleRef | None = None
    fragment: str = ""
    external: bool = False
    own_page: bool = False
    unknown: bool = False


@dataclass(frozen=True)
class Image:
    """An image or local video as written and as published; `href` is None when there is no such file. `unknown` is as
    in Link."""

    target: str
    href: str | None
    alt: str = ""
    remote: bool = False
    is_video: bool = False
    size: tuple[int, int] | None = None
    unknown: bool = False


@dataclass(frozen=True)
class LinkTargets:
    """Possible link targets in the folder: `articles` by path below it, `files` that may be served, sizes on demand.

    `aliases` are old addresses of articles, `static` the files of another folder that may be served, `categories` the
    pages of folders without an article of their own, `languages` the folders of languages, the default one's first."""

    articles: Mapping[str, ArticleRef]
    files: frozenset[str]
    size_of: Callable[[str], tuple[int, int] | None]
    aliases: Mapping[str, ArticleRef] = field(default_factory=dict)
    static: frozenset[str] = frozenset()
    size_of_static: Callable[[str], tuple[int, int] | None] = lambda path: None
    categories: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    # What the page's text took from the folder (`kb/source/folder_texts.py`): the answer to a lookup of another kind.
    of_texts: Callable[[tuple[str, str]], object] = lambda lookup: None

    @cached_property
    def refs(self) -> frozenset[ArticleRef]:
        return frozenset(self.articles.values())


# A question about the folder: about an article, a file or a picture's size, and the path.
Lookup = tuple[str, str]
# Lookups that LinkTargets' own collections do not answer.
ASKED_OF_THE_DISK = frozenset({"size", "static-size", "text", "wiki"})


def answer(places: LinkTargets, lookup: Lookup) -> object:
    """The answer to one of a Resolver's recorded lookups. A cached page is valid while all its answers are the same."""
    kind, path = lookup
    if kind == "page":
        return _page_at(places.articles, path)
    if kind == "category":
        return places.categories.get(path)
    if kind == "alias":
        return places.aliases.get(path)
    if kind == "static":
        return path in places.static
    if kind in {"text", "wiki"}:
        return places.of_texts(lookup)
    if kind == "article":
        return places.articles.get(path)
    if kind == "static-size":
        return places.size_of_static(path)
    return places.size_of(path) if kind == "size" else path in places.files


def _page_at(articles: Mapping[str, ArticleRef], path: str) -> ArticleRef | None:
    """The article a link to `path` means: authors leave the suffix away, write `.html`, or link to a folder."""
    found = articles.get(path)
    if found:
        return found
    bare = path.removesuffix(".html")
    for suffix in _PAGE_SUFFIXES:
        if found := articles.get(bare + suffix):
            return found
    for name in _FOLDER_PAGES:
        if found := articles.get(f"{bare}/{name}" if bare not in {"", "."} else name):
            return found
    return None


class Resolver:
    """Resolves the references of one article (at `path` below the folder). `lookups` records lookups and answers."""

    def __init__(self, path: str, places: LinkTargets) -> None:
        self._path = path
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
            return self._from_the_top(target, unquote(parts.path), fragment)
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
            if parts.path.startswith(FILES_PREFIX):
                return Image(target, target if self._lookup("file", inside) else None, alt)
            return self._image_from_the_top(target, inside, alt)
        for path in self._readings(unquote(parts.path)):
            if found := self._image_at(target, path, alt):
                return found
        return Image(target, None, alt)

    def _image_at(self, target: str, path: str, alt: str, kind: str = "") -> Image | None:
        suffix = posixpath.splitext(path)[1].lower()
        if suffix not in IMAGE_SUFFIXES | FILE_SUFFIXES | {".vtt"} or not self._lookup(kind or "file", path):
            return None
        video = suffix in FILE_SUFFIXES
        size = None if video or suffix == ".vtt" else self._lookup("static-size" if kind else "size", path)
        prefix = STATIC_PREFIX if kind else FILES_PREFIX
        return Image(target, prefix + quote(path), alt, is_video=video, size=size)

    def _image_from_the_top(self, target: str, path: str, alt: str) -> Image:
        path = posixpath.normpath(path).lstrip("/")
        if found := self._image_at(target, path, alt, "static"):
            return found
        for candidate in self._places_of_files(path):
            if found := self._image_at(target, candidate, alt):
                return found
        # Left as it is: another service of the same host may answer there.
        return Image(target, target, alt, unknown=not _SITE_PAGE.match(f"/{path}"))

    def _tops(self) -> tuple[str, ...]:
        """Folders that may be the top of the site that an address beginning with a slash is written for: the folder of
        articles, those the article is in, and the same of the default language."""
        parts = self._folder.split("/") if self._folder else []
        own = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
        default = [posixpath.join(first, *path.split("/")[1:]) for first in self._default(parts) for path in own]
        return ("", *own, *default)

    def _default(self, parts: Sequence[str]) -> tuple[str, ...]:
        """The folder of the default language, if the article is in that of another one."""
        languages = self._places.languages
        return languages[:1] if parts and parts[0] in languages[1:] else ()

    def _readings(self, path: str) -> Iterator[str]:
        """What a relative path may mean, the likeliest first: from the article's folder; from a folder above, as
        Docusaurus reads `page.md`; the same file of the default language, of which nobody made one here."""
        full = self._joined(path)
        yield full
        if not path.startswith("."):
            above = self._folder
            while above:
                above = posixpath.dirname(above)
                yield posixpath.normpath(posixpath.join(above, path))
        head, _, rest = full.partition("/")
        for default in self._default([head]):
            yield f"{default}/{rest}"

    def _places_of_files(self, path: str) -> Iterator[str]:
        """Where in the folder a file may lie that is addressed from the top of another tool's site."""
        for top in self._tops():
            yield posixpath.join(top, path)
        for folder in _STATIC_FOLDERS:
            yield f"{folder}/{path}"

    def _from_the_top(self, target: str, path: str, fragment: str) -> Link:
        """A link that begins with a slash: an article of this site, an old address, or the place in the folder."""
        anchor = f"#{quote(fragment)}" if fragment else ""
        if alias := self._lookup("alias", "/" + path.strip("/")):
            return Link(target, f"/{alias.lang}/a/{quote(alias.slug)}{anchor}", ref=alias, fragment=fragment)
        found = _SITE_ARTICLE.match(path)
        if found:
            return Link(target, target, ref=ArticleRef(found[1], found[2]), fragment=fragment)
        plain = posixpath.normpath(path).lstrip("/")
        below = plain.partition("/")[2]  # Docusaurus serves the folder it is given below `/docs`
        for candidate in (plain, below) if below else (plain,):
            for top in self._tops() if candidate else ():
                if ref := self._lookup("page", posixpath.join(top, candidate)):
                    return Link(target, f"/{ref.lang}/a/{quote(ref.slug)}{anchor}", ref=ref, fragment=fragment)
        if posixpath.splitext(plain)[1].lower() in SERVED_SUFFIXES:
            if self._lookup("static", plain):
                return Link(target, STATIC_PREFIX + quote(plain))
            for candidate in self._places_of_files(plain):
                if self._lookup("file", candidate):
                    return Link(target, _file_address(candidate))
        for top in self._tops() if plain and not _SITE_PAGE.match(path) else ():
            if category := self._lookup("category", posixpath.join(top, plain)):
                return Link(target, quote(category))
        return Link(target, target, fragment=fragment, unknown=not _SITE_PAGE.match(path))

    def _relative(self, target: str, path: str, fragment: str) -> Link:
        full = self._joined(path)
        ref = next((ref for way in self._readings(path) if (ref := self._lookup("page", way))), None)
        if ref is None and not path.lower().endswith(_PAGE_SUFFIXES):
            # Addresses of MkDocs and others end in a slash, so `../other/` is written as from a folder of its own.
            ref = self._lookup("page", posixpath.normpath(posixpath.join(posixpath.splitext(self._path)[0], path)))
        anchor = f"#{quote(fragment)}" if fragment else ""
        if ref:
            return Link(target, f"/{ref.lang}/a/{quote(ref.slug)}{anchor}", ref=ref, fragment=fragment)
        if posixpath.splitext(full)[1].lower() in SERVED_SUFFIXES:
            for way in self._readings(path):
                if self._lookup("file", way):
                    return Link(target, _file_address(way))
        if category := self._lookup("category", full):
            return Link(target, quote(category))
        if alias := self._lookup("alias", "/" + path.strip("./")):
            return Link(target, f"/{alias.lang}/a/{quote(alias.slug)}{anchor}", ref=alias, fragment=fragment)
        return Link(target, None, fragment=fragment)

    def _joined(self, path: str) -> str:
        """The normalised path below the folder; one outside it begins with `..` and is never found."""
        return posixpath.normpath(posixpath.join(self._folder, path))


def _file_address(path: str) -> str:
    return FILES_PREFIX + quote(path)
