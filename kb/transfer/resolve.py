"""Where the links and pictures of a source lead: to another of its articles, one of its files, or elsewhere."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from kb.transfer.models import Draft, Material

_PAGE = re.compile(r"\.(md|mdx|markdown|html?)$", re.I)
_INDEX = re.compile(r"(^|/)(index|readme|_index)$", re.I)


class To(StrEnum):
    ARTICLE = "article"
    FILE = "file"
    ELSEWHERE = "elsewhere"  # another site, a mail address, a place on the same page
    OLD_SITE = "old site"  # a page of the old site that is not among the articles
    MOVED = "moved"  # the old site led on to another one
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Target:
    """`name` is an article's id, a file's path, or the address to write; `tail` its `#fragment`."""

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
        self._addresses: dict[str, str] = {}
        for draft in material.drafts:
            for place in (draft.path, _PAGE.sub("", draft.path)):
                self._paths.setdefault(place.lower(), draft.id)
            for address in (draft.address, *draft.old):
                if address:
                    self._addresses.setdefault(normal(_path(address)), draft.id)
        # A path of many records (one JSON file) names none of them.
        shared = [draft.path.lower() for draft in material.drafts]
        if len(shared) != len(set(shared)):
            self._paths = {}
        self._files = {path.lower(): path for path in material.files}
        self._file_addresses = {path.lower(): file for path, file in material.file_addresses.items()}
        self._by_name: dict[str, list[str]] = {}
        for path in material.files:
            self._by_name.setdefault(posixpath.basename(path).lower(), []).append(path)
        self._redirects = {normal(old): new for old, new in material.redirects.items()}

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
            or (self._material.base and host == urlsplit(self._material.base).hostname)
        )
        if not path:
            return Target(To.ELSEWHERE) if not own or not host else Target(To.OLD_SITE, target)
        if kind != "image" and own and (found := self._article(path, draft, absolute=bool(host))):
            return Target(To.ARTICLE, self._in_language_of(found, draft), tail)
        if own and (onward := self._onward(path, draft, absolute=bool(host))):
            return Target(To.MOVED, onward)
        if file := self._file(path, draft, "" if own else host):
            return Target(To.FILE, file, tail)
        if host or target.startswith("//"):
            return Target(To.ELSEWHERE)
        if kind == "image" or not self._material.base:
            return Target(To.NOWHERE)
        if path.startswith("/"):
            site = urlsplit(self._material.base)
            return Target(To.OLD_SITE, f"{site.scheme}://{site.netloc}{target}")
        return Target(To.NOWHERE)

    def _in_language_of(self, number: str, draft: Draft) -> str:
        """The translation of an article in the language of the one that links to it."""
        return self._by_key.get((self._drafts[number].key, draft.lang), number)

    def _article(self, path: str, draft: Draft, *, absolute: bool) -> str:
        for place in () if absolute else self._places(path, draft):
            plain = place.rstrip("/")
            for name in (plain, f"{plain}.md", f"{plain}.mdx", f"{plain}/index.md", f"{plain}/index.mdx",
                         f"{plain}/readme.md",
                         f"{plain}/_index.md", _PAGE.sub("", plain)):  # fmt: skip
                if found := self._paths.get(name.lower()):
                    return found
        for address in self._routes(path, draft, absolute=absolute):
            for _ in range(5):
                if found := self._addresses.get(normal(address)):
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
