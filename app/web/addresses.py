"""Addresses of this help centre, which may lie below a path of its host (`https://example.org/help`).

`url_for` begins with that path, SCRIPT_NAME in WSGI's words; `request.path` and stored addresses (`/en/a/…`) do not.
The path comes from `base_url`, from a server that sets SCRIPT_NAME, or from a trusted proxy's X-Forwarded-Prefix. The
header is believed only where it says what `base_url` says, or while that is empty: many proxies pass a visitor's own
through, and it would come back in every link.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from flask import current_app, request

from app.settings.schema import Settings
from app.web.hosts import without_empty_port
from core.events import emit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,99}){1,8}")
_TAG = re.compile(r"<[a-z][^<>]*>")  # in sanitised HTML a `<` that is text is written `&lt;`
_ADDRESS = re.compile(r'(\s(?:src|href|poster)=")(?=/(?!/))')


def public_base() -> str:
    """What every absolute address begins with, without a slash at its end: `base_url`, else what the request says."""
    base = str(current_app.extensions["signpost"].settings.base_url)
    if not base:
        return request.root_url.rstrip("/")
    return base if urlsplit(base).path else base + request.script_root


def absolute(address: str) -> str:
    """The absolute address of a path that `url_for` made."""
    return public_base() + unprefixed(address)


def unprefixed(address: str) -> str:
    """A path of `url_for` as it is stored: without what the help centre lies below."""
    return address.removeprefix(request.script_root)


def within(path: str) -> str:
    """A path as it is stored, such as `/en/`, as a link of this answer."""
    return request.script_root + path


def here() -> str:
    """This page, with its query, as a link."""
    return within(request.full_path if request.query_string else request.path)


def with_base(html: str, base: str) -> str:
    """An article's HTML, its addresses that begin at the top moved below `base`: a path, or for pages of other origins
    an absolute one."""
    return _TAG.sub(lambda tag: _ADDRESS.sub(lambda found: found[1] + base, tag[0]), html) if base else html


class BelowPath:
    """Sets SCRIPT_NAME, and takes it off the path where a proxy has left it on. The first to see the Host that a
    trusted proxy named."""

    def __init__(self, wsgi_app: "WSGIApplication", settings: Settings) -> None:
        self._wsgi_app = wsgi_app
        # WSGI has paths decoded, as bytes in latin-1.
        self._configured = unquote_to_bytes(urlsplit(settings.base_url).path.rstrip("/")).decode("latin-1")
        self._any = not settings.base_url
        self._hops = settings.trusted_proxies
        self._told = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        without_empty_port(environ)
        given = environ.get("SCRIPT_NAME", "").rstrip("/")
        if given:
            if given != self._configured and not self._any and not self._told:
                self._told = True
                emit("sub_path_differs")
            environ["SCRIPT_NAME"] = given
        elif prefix := self._forwarded(environ) or self._configured:
            path = environ.get("PATH_INFO", "")
            environ["SCRIPT_NAME"] = prefix
            if path == prefix or path.startswith(prefix + "/"):
                environ["PATH_INFO"] = path[len(prefix) :]
        return self._wsgi_app(environ, start_response)

    def _forwarded(self, environ: "WSGIEnvironment") -> str:
        if not self._hops or not self._any:
            return ""
        values = environ.get("HTTP_X_FORWARDED_PREFIX", "").split(",")
        prefix = values[-self._hops].strip().rstrip("/") if len(values) >= self._hops else ""
        return prefix if _PREFIX.fullmatch(prefix) else ""
