"""Where the links and pictures of a source lead: to another of its articles, one of its files, or elsewhere."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from core.network.domain_names import split_url
from kb.transfer.links import targets
from kb.transfer.models import Draft, Material

_PAGE = re.compile(r"\.(md|mdx|markdown|html?)$", re.I)
_INDEX = re.compile(r"(^|/)(index|readme|_index)$", re.I)
_NUMBER = re.compile(r"(^|/)\d{1,3}\s*[-_.]+\s*(?=[^\W\d_])")
_NUMBERED = re.compile(r"/(sections|categories|collections|folders)/(\w+?)(?:-[^/]*)?/?$")
_PREFIX_MOST = 3
_PREFIX_LEAST = 2


class To(StrEnum):
    ARTICLE = "article"
    FILE = "file"
    CATEGORY = "category"
    ELSEWHERE = "elsewhere"  # another site, a mail address, a place on the same page
    OLD_SITE = "old site"  # a page of the old site that is not among the articles
    MOVED = "moved"  # the old site led on to another one
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Target:
    """`name` is an article's id, a file's path, a category's folders with slashes, or the address to write; `tail` its
    `#fragment`."""

    to: To
    name: str = ""
    tail: str = ""


def normal(address: str) -> str:
    """An address of the old site in one form: small letters, no suffix, no slash at its end."""
    path = "/" + _PAGE.sub("", address.strip().strip("/")).lower()
    return _INDEX.sub("", path).rstrip("/") or "/"


class Resolver:
    """Resolves the targets of one source."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._drafts = {draft.id: draft for draft in material.drafts}
        self._by_key = {(draft.key, draft.lang): draft.id for draft in reversed(material.drafts)}
        self._paths: dict[str, str] = {}
        # Without the numbers that give an order; tools leave them off their addresses.
        self._numberless: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        for draft in material.drafts:
            for place in (draft.path, _PAGE.sub("", draft.path)):
                self._paths.setdefault(place.lower(), draft.id)
            numberless = _NUMBER.sub(r"\1", _PAGE.sub("", draft.path))
            if numberless != _PAGE.sub("", draft.path):
                self._numberless.setdefault(numberless.lower(), draft.id)
            for address in (draft.address, *draft.old):
                if address:
                    self._addresses.setdefault(normal(_path(address)), draft.id)
        # A path of many records (one JSON file) names none of them.
        shared = [draft.path.lower() for draft in material.drafts]
        if len(shared) != len(set(shared)):
            self._paths, self._numberless = {}, {}
        self._files = {path.lower(): path for path in material.files}
        self._file_addresses = {path.lower(): file for path, file in material.file_addresses.items()}
        self._by_name: dict[str, list[str]] = {}
        for path in material.files:
            self._by_name.setdefault(posixpath.basename(path).lower(), []).append(path)
        self._redirects = {normal(old): new for old, new in material.redirects.items()}
        self._categories = {normal(path): folders for path, folders in material.categories.items()}
        self._prefixes: tuple[str, ...] = ()
        self._prefixes = self._site_prefixes()

    def _site_prefixes(self) -> tuple[str, ...]:
        """What stands before the paths of the source in links that begin with a slash, where the site lay in a folder.

        The path of the site's address and the source's own name are tried first; others have to lead to more than one
        page, and more often to one than not.
        """
        hits: Counter[str] = Counter()
        tries: Counter[str] = Counter()
        for draft in self._material.drafts:
            seen = {t for t, kind, _ in targets(draft.body) if kind != "image"} if "/" in draft.body else set()
            for target in seen:
                path = unquote(target.partition("#")[0].partition("?")[0])
                parts = path.strip("/").split("/")
                if not path.startswith("/") or path.startswith("//") or len(parts) < 2:
                    continue
                if self._article(path, draft, absolute=False) or self._file(path, draft, ""):
                    continue
                for depth in range(1, min(len(parts), _PREFIX_MOST + 1)):
                    prefix = "/" + "/".join(parts[:depth])
                    tries[prefix] += 1
                    rest = path[len(prefix) :]
                    hits[prefix] += bool(self._article(rest, draft, absolute=False) or self._file(rest, draft, ""))
        known = [f"/{name}" for name in self._material.names_of_root if name]
        if (site := _path(self._material.base).strip("/")) and "://" in self._material.base:
            known.insert(0, f"/{site}")
        found = [p for p, count in hits.most_common() if count >= _PREFIX_LEAST and count * 2 > tries[p]]
        return tuple(dict.fromkeys([*known, *found]))

    def _below_prefixes(self, path: str) -> Iterator[str]:
        for prefix in self._prefixes:
            if path.lower().startswith(f"{prefix.lower()}/") and path[len(prefix) :].strip("/"):
                yield path[len(prefix) :]

    def find(self, target: str, draft: Draft, kind: str) -> Target:
        target = target.strip()
        try:
            parts = urlsplit(target)
            host = (parts.hostname or "").lower()
        except ValueError:
            return Target(To.ELSEWHERE)
        if parts.scheme not in {"", "http", "https"} or target.startswith(("{", "<")):
            return Target(To.ELSEWHERE)
        path, tail = unquote(parts.path), f"#{parts.fragment}" if parts.fragment else ""
        own = (
            not host
            or host in self._material.hosts
            or (self._material.base and host == split_url(self._material.base).hostname)
        )
        if own and kind != "image" and (found := self._by_query(parts.query)):
            return Target(To.ARTICLE, self._in_language_of(found, draft), tail)
        if not path:
            return Target(To.ELSEWHERE) if not own or not host else Target(To.OLD_SITE, target)
        if kind != "image" and own and (found := self._article(path, draft, absolute=bool(host))):
            return Target(To.ARTICLE, self._in_language_of(found, draft), tail)
        if own and (onward := self._onward(path, draft, absolute=bool(host))):
            return Target(To.MOVED, onward)
        if file := self._file(path, draft, "" if own else host):
            return Target(To.FILE, file, tail)
        for inner in self._below_prefixes(path) if own else ():
            if kind != "image" and (found := self._article(inner, draft, absolute=bool(host))):
                return Target(To.ARTICLE, self._in_language_of(found, draft), tail)
            if file := self._file(inner, draft, ""):
                return Target(To.FILE, file, tail)
        if own and kind != "image" and (folders := self._category(path)):
            return Target(To.CATEGORY, "/".join(folders))
        if host or target.startswith("//"):
            # The front page of the site is no page of anything that was brought in.
            lost = own and kind == "link" and (path.strip("/") or parts.query)
            return Target(To.OLD_SITE, target) if lost else Target(To.ELSEWHERE)
        if kind == "image" or not self._material.base:
            return Target(To.NOWHERE)
        if path.startswith("/"):
            site = split_url(self._material.base)
            return Target(To.OLD_SITE, f"{site.scheme}://{site.netloc}{target}")
        return Target(To.NOWHERE)

    def _by_query(self, query: str) -> str:
        queries = self._material.queries
        return next((queries[part] for part in query.split("&") if part in queries), "") if query else ""

    def _category(self, path: str) -> tuple[str, ...]:
        found = self._categories.get(normal(path))
        numbered = _NUMBERED.search(path)
        return found or (self._material.categories.get(f"{numbered[1]}/{numbered[2]}", ()) if numbered else ())

    def _in_language_of(self, number: str, draft: Draft) -> str:
        """The translation of an article in the language of the one that links to it."""
        return self._by_key.get((self._drafts[number].key, draft.lang), number)

    def _article(self, path: str, draft: Draft, *, absolute: bool) -> str:
        for place in () if absolute else self._places(path, draft):
            plain = place.rstrip("/")
            for name in (plain, f"{plain}.md", f"{plain}.mdx", f"{plain}/index.md", f"{plain}/index.mdx",
                         f"{plain}/readme.md",
                         f"{plain}/_index.md", _PAGE.sub("", plain)):  # fmt: skip
                if found := self._paths.get(name.lower()) or self._numberless.get(name.lower()):
                    return found
        # The file of a page was found by its path: `README.md` beside one is no other name of it.
        is_file = bool(_PAGE.search(path)) and not absolute
        for address in self._routes(path, draft, absolute=absolute):
            for _ in range(5):
                found = self._addresses.get(normal(address))
                if found and not (is_file and found == draft.id):
                    return found
                onward = self._redirects.get(normal(address))
                if onward is None:
                    break
                address = _path(onward)
        return ""

    def _onward(self, path: str, draft: Draft, *, absolute: bool) -> str:
        found = (self._redirects.get(normal(address), "") for address in self._routes(path, draft, absolute=absolute))
        return next((url for url in found if url.startswith(("http://", "https://"))), "")

    def _places(self, path: str, draft: Draft) -> Iterator[str]:
        """Where a link may lead as a path below the source."""
        if not path.startswith("/"):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(draft.path), path))
        for folder in (*self._material.content, *self._material.static, ""):
            yield posixpath.normpath(posixpath.join(folder, path.lstrip("/")))

    def _routes(self, path: str, draft: Draft, *, absolute: bool) -> Iterator[str]:
        """Where a link may lead as an address of the old site."""
        prefix = self._material.prefix
        if path.startswith("/"):
            yield path
            if prefix and path.startswith(f"{prefix}/"):
                yield path[len(prefix) :]
            first = f"/{draft.address.strip('/').partition('/')[0]}"
            if len(first) > 1 and not absolute:
                yield first + path
            return
        own = draft.address or "/"
        yield posixpath.normpath(posixpath.join(own.rstrip("/") + "/", path))
        yield posixpath.normpath(posixpath.join(posixpath.dirname(own.rstrip("/")) or "/", path))

    def _file(self, path: str, draft: Draft, host: str) -> str:
        if found := self._file_addresses.get(path.lower()):
            return found
        number = re.search(r"/article_attachments/(\d+)", path)
        if number and (found := self._file_addresses.get(f"/hc/article_attachments/{number[1]}")):
            return found
        if not host:
            places = list(self._places(path, draft))
            if not path.startswith("/") and draft.address:
                places.append(posixpath.normpath(posixpath.join(draft.address, path)).lstrip("/"))
            prefix = self._material.prefix
            if prefix and path.startswith(f"{prefix}/"):
                places += list(self._places(path[len(prefix) :], draft))
            for place in places:
                if found := self._files.get(place.lower()):
                    return found
        return self._by_end(path, host, draft)

    def _by_end(self, path: str, host: str, draft: Draft) -> str:
        """A file whose path ends as an address does; by its name alone only where tools name files so."""
        found = self._by_name.get(posixpath.basename(path).lower(), [])
        parts = [part for part in path.lower().split("/") if part not in {"", ".", ".."}]
        best = max(found, key=lambda file: _common_end(file.lower().split("/"), parts), default="")
        ends = [
            f for f in found if _common_end(f.lower().split("/"), parts) == _common_end(best.lower().split("/"), parts)
        ]
        if not best or len(ends) > 1:
            return ""
        by_name = self._material.kind in _FILES_BY_NAME
        return best if by_name or (_common_end(best.lower().split("/"), parts) > 1 and not host) else ""


_FILES_BY_NAME = frozenset(
    {"obsidian", "zendesk", "intercom", "helpscout", "freshdesk", "wordpress", "html", "confluence"}
)


def _common_end(one: list[str], other: list[str]) -> int:
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count


def _path(address: str) -> str:
    try:
        return unquote(urlsplit(address).path)
    except ValueError:
        return address
