"""Security headers, content security policy, CSRF protection, request ids and proxy headers.

The content security policy allows no inline script or style at all: data for scripts goes into `data-` attributes.
CSRF protection works without a cookie or token: browsers send Sec-Fetch-Site and Origin, and a page of another site
cannot forge either.
"""

import secrets
import time
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Response, g, request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from app.settings.schema import Settings
from app.web.errors import Problem
from app.web.hosts import OwnHosts
from core.events import emit, request_id
from kb.markup.media import frame_sources

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
_ANY_HOST = {"health.healthz", "health.readyz"}
# Requested too often, by machines, to be logged.
_UNLOGGED = {"static", "health.healthz", "health.readyz"}


def register(app: Flask, settings: Settings) -> None:
    """Register the checks of every request and the headers of every response of `app`."""
    own_hosts = OwnHosts(settings)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    @app.before_request
    def _begin() -> None:
        g.started = time.perf_counter()
        request_id.set(secrets.token_hex(6))

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
