"""Serves the widget's files to any origin: public code, the same for everybody.

The loader is cached for a few minutes, so that upgrades reach pages soon; what it loads has a content hash in its URL
and is cached as immutable.
"""

from flask import Blueprint, Response, current_app, request

from app.widget.asset_releases import File, Releases, with_looks
from app.widget.launcher_config import looks

bp = Blueprint("widget", __name__)

_SOON = "public, max-age=300"
_FOR_EVER = "public, max-age=31536000, immutable"
_MISSING = "/* Signpost: this file is not here. The page works without it. */\n"
_UNBUILT = "/* Signpost: the widget is not built yet; run python -m widget.build on the server. */\n"


def releases() -> Releases:
    found: Releases = current_app.extensions["signpost.widget"]
    return found


@bp.get("/widget.js")
def loader() -> Response:
    """The loader script. Archives the release it belongs to, so that its files stay available after an upgrade."""
    releases().keep()
    file = releases().plain("widget.js")
    return _send(with_looks(file, looks()), _SOON) if file else _without(_UNBUILT, 503)


@bp.get("/widget.mjs")
def module() -> Response:
    """The same as an ES module."""
    releases().keep()
    return _plain("widget.mjs")


@bp.get("/widget/widget.d.ts")
def types() -> Response:
    return _plain("widget.d.ts")


@bp.get("/widget/strings/<tag>.json")
def strings(tag: str) -> Response:
    """The widget's interface texts in one language."""
    file = releases().strings(tag)
    return _send(file, _SOON) if file else _without("{}\n", 404, "application/json")


@bp.get("/widget/<version>/<name>")
def hashed(version: str, name: str) -> Response:
    """A file of one release."""
    file = releases().hashed(version, name)
    return _send(file, _FOR_EVER) if file else _without(_MISSING, 404)


def _plain(name: str) -> Response:
    file = releases().plain(name)
    return _send(file, _SOON) if file else _without(_UNBUILT, 503)


def _send(file: File, cache: str) -> Response:
    # Compressed here: a small help centre has no reverse proxy that would do it.
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(file.packed if packed else file.data, content_type=file.kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = cache
    response.set_etag(f"{file.etag}-gzip" if packed else file.etag)
    response.make_conditional(request)
    return _public(response)


def _without(text: str, status: int, kind: str = "text/javascript; charset=utf-8") -> Response:
    """An error as a script: browsers block other content types for script requests (nosniff)."""
    response = Response(text, status, content_type=kind)
    response.headers["Cache-Control"] = "no-store"
    return _public(response)


def _public(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Timing-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
