"""Cross-origin resource sharing (CORS): only for the configured origins of a site.

A cross-origin request carries the site's key as `?site=`. Key and origin must match; else it is refused before anything
is done. Nothing private depends on this: no cookie is read, and a customer's data is authorised by a signed token. The
widget sends only simple requests, without preflight; where a browser does send one, it caches the response for two
hours.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_babel import gettext as _

from app.current import services, sites
from app.web import ratelimit
from app.web.errors import Problem
from core.events import emit
from support.intake.sites import Site

# Endpoints for cross-origin requests. All others are for this site's own pages and for programs.
SHARED = frozenset(
    {
        "api.search",
        "api.suggest",
        "api.suggest_while_typing",
        "api.article",
        "api.incidents_now",
        "api.challenge",
        "api.feedback",
        "api.events",
        "tickets_api.create_ticket",
        "embed_forms.form",
        "embed_sites.site",
        "embed_sites.suggestions",
        "embed_sites.requests",
        "embed_own.own",
        "embed_own.conversation",
        "embed_own.answer",
    }
)
_METHODS = "GET, HEAD, POST"
_HEADERS = "Content-Type, Idempotency-Key, Accept-Language"
_REMEMBERED_SECONDS = 7200  # the most that Chromium keeps
_READABLE = "Retry-After, X-Request-Id"


def register(app: Flask) -> None:
    """Register the origin check of the shared endpoints and their CORS headers."""
    app.before_request(_let_in)
    app.after_request(_mark)


def _let_in() -> Response | None:
    if request.endpoint not in SHARED:
        return None
    key = (request.view_args or {}).get("key", request.args.get("site", ""))
    if not key:
        return None
    site = sites().get(key)
    if site is None:
        raise Problem(
            404,
            "unknown_site",
            _("There is no site with this key."),
            _("Compare the key in the page with the key in the settings."),
        )
    origin = request.headers.get("Origin", "")
    if origin and not _is_own(origin):
        if not site.admits(origin):
            emit("origin_refused", site=site.key)
            raise Problem(
                403,
                "origin_not_allowed",
                _("This page is not one of the site's."),
                _("Add its origin to the site in the settings."),
            )
        g.cors_origin = origin
    if request.method == "OPTIONS":
        return _preflight()
    g.site = site
    _count(site)
    return None


def _is_own(origin: str) -> bool:
    """Whether the Origin is our own: browsers send the header with every POST, also same-origin."""
    # Either scheme: behind a proxy that terminates TLS we get HTTP. A page of the other scheme cannot read anything.
    own = (f"https://{request.host}", f"http://{request.host}")
    public = urlsplit(services().settings.base_url)
    return origin in own or origin == f"{public.scheme}://{public.netloc}"


def _preflight() -> Response | None:
    if "cors_origin" not in g or "Access-Control-Request-Method" not in request.headers:
        return None  # a plain OPTIONS: the framework says which methods there are
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Allow-Headers"] = _HEADERS
    response.headers["Access-Control-Max-Age"] = str(_REMEMBERED_SECONDS)
    response.vary.update(("Access-Control-Request-Method", "Access-Control-Request-Headers"))
    return response


def _count(site: Site) -> None:
    """Rate limit per site, so that one site's traffic cannot starve the others. Each address is limited in addition."""
    per_minute = site.requests_per_minute
    ratelimit.check_shared(f"site {site.key}", ratelimit.Limit(burst=max(20, per_minute // 3), per_minute=per_minute))


def _mark(response: Response) -> Response:
    if request.endpoint not in SHARED:
        return response
    response.vary.add("Origin")  # whoever asks: a shared cache must not give one page's answer to another's
    if "cors_origin" in g:
        response.headers["Access-Control-Allow-Origin"] = g.cors_origin
        response.headers["Access-Control-Expose-Headers"] = _READABLE
    return response
