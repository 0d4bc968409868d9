"""Security headers, content security policy, CSRF protection, request ids and proxy headers.

The content security policy allows no inline script or style at all: data for scripts goes into `data-` attributes.
CSRF protection works without a cookie or token: browsers send Sec-Fetch-Site and Origin, and a page of another site
cannot forge either.
"""

import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Response, g, request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from app.settings.schema import Settings
from app.web.addresses import BelowPath
from app.web.errors import Problem
from app.web.hosts import OwnHosts
from core.events import emit, request_id
from core.roles import WEB
from kb.markup.media import frame_sources

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src {frames}",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# The longest question, page and identity the API takes, percent-encoded, fit into this several times.
_QUERY_BYTES, _PARAMETERS_MOST, _PATH_MOST = 64 * 1024, 100, 4_000
_HEADER_BYTES, _HEADERS_MOST = 64 * 1024, 100
_HEADERS_KEPT = {"HTTP_HOST", "HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO",
                 "HTTP_X_FORWARDED_HOST"}  # fmt: skip
_REFUSED = "signpost.refused"
_ANY_HOST = {"health.healthz", "health.readyz", "metrics.metrics"}
# Requested too often, by machines, to be logged.
_UNLOGGED = {"static", "health.healthz", "health.readyz", "metrics.metrics"}


def register(app: Flask, settings: Settings) -> None:
    """Register the checks of every request and the headers of every response of `app`."""
    own_hosts = OwnHosts(settings)
    app.wsgi_app = BelowPath(app.wsgi_app, settings)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    app.wsgi_app = _Bounds(app.wsgi_app)  # type: ignore[method-assign]

    @app.before_request
    def _begin() -> None:
        g.started = time.perf_counter()
        request_id.set(secrets.token_hex(6))

    @app.before_request
    def _bounded() -> None:
        if _REFUSED in request.environ:
            raise _larger(request.environ[_REFUSED])

    @app.before_request
    def _own_host() -> None:
        # Whoever watches over the service asks by address, and these answers are the same for every host.
        if request.endpoint in _ANY_HOST or own_hosts.has(request.host):
            return
        if not request.host:  # the framework's word for a name no host can have
            raise BadRequest
        emit("host_refused")
        raise Problem(
            400,
            "unknown_host",
            _("This help centre does not answer to the name in your request."),
            _("Open it by its usual address. If you run it, set base_url or allowed_hosts."),
        )

    @app.before_request
    def _role() -> None:
        if WEB not in settings.roles and request.endpoint not in _ANY_HOST:
            raise Problem(
                503,
                "no_web_here",
                _("This process does not answer visitors."),
                _("Open the help centre by its usual address. If you run it, see the setting roles."),
            )

    @app.before_request
    def _well_formed() -> None:
        # The framework would put marks in place of bad bytes; a database would refuse NUL with an error of its own.
        raw = request.environ.get("PATH_INFO", "").encode("latin-1") + b"?" + unquote_to_bytes(request.query_string)
        try:
            clean = "\0" not in raw.decode("utf-8")
        except UnicodeDecodeError:
            clean = False
        if not clean:
            raise Problem(
                400,
                "bad_encoding",
                _("The request holds bytes that are not UTF-8, or a NUL character."),
                _("Send text as UTF-8, percent-encoded in addresses."),
            )

    @app.before_request
    def _same_origin() -> None:
        if request.method in _SAFE_METHODS or request.path.startswith("/api/"):
            return
        if _from_another_site():
            emit("cross_site_refused", route=request.url_rule.rule if request.url_rule else "")
            raise Problem(
                403,
                "cross_site",
                _("This form was sent from another site, so we did not accept it."),
                _("Open the page on this site and send it again."),
            )

    @app.after_request
    def _finish(response: Response) -> Response:
        _set_headers(response, settings)
        if request.endpoint not in _UNLOGGED:
            emit(
                "request",
                method=request.method,
                route=request.url_rule.rule if request.url_rule else "",
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            )
        return response


class _Bounds:
    """Sees each request before anybody parses anything of it. What is too much is taken out, so that the error page
    need not read it either, and the status to answer with is left in its place."""

    def __init__(self, wsgi_app: "WSGIApplication") -> None:
        self._wsgi_app = wsgi_app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        query, path = environ.get("QUERY_STRING", ""), environ.get("PATH_INFO", "")
        headers = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
        if len(headers) > _HEADERS_MOST or sum(map(len, headers.values())) > _HEADER_BYTES:
            for name, value in headers.items():
                if name not in _HEADERS_KEPT or len(value) > 1_000:
                    del environ[name]
            environ[_REFUSED] = 431
        elif len(query) > _QUERY_BYTES or query.count("&") >= _PARAMETERS_MOST or len(path) > _PATH_MOST:
            environ[_REFUSED] = 414
        if _REFUSED in environ:
            environ.update(QUERY_STRING="", PATH_INFO=path[:200])
            for name in ("REQUEST_URI", "RAW_URI"):
                environ.pop(name, None)
        return self._wsgi_app(environ, start_response)


def _larger(status: int) -> Problem:
    return Problem(status, "too_large", _("That is larger than we can take."), _("Send less, or smaller files."))


def _from_another_site() -> bool:
    # Sec-Fetch-Site cannot be forged by pages. `none` is user-initiated; without the header (an old browser or a tool)
    # Origin, then Referer are checked. A request with none of them carries no visitor's cookies anyway.
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        return site not in {"same-origin", "none"}
    for name in ("Origin", "Referer"):
        value = request.headers.get(name, "")
        if value:
            try:
                return urlsplit(value).netloc != request.host
            except ValueError:
                return True
    return False


def _set_headers(response: Response, settings: Settings) -> None:
    headers = response.headers
    frames = " ".join(frame_sources(settings.video_hosts)) or "'none'"
    headers.setdefault("Content-Security-Policy", POLICY.format(frames=frames))
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request_id.get():
        headers["X-Request-Id"] = request_id.get()
    if settings.production and request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"


def one_time_key() -> str:
    """A one-time idempotency key for a form, so that submitting it twice has one effect."""
    return secrets.token_urlsafe(18)
