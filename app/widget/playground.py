"""The widget playground: configure, preview, and copy the embed code.

Open to everybody in development; in production to authors and administrators of the desk. The preview is a separate
page in a frame, under our own strict content security policy.
"""

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from app.current import services, sites
from app.web import channels, security, staff_cookie
from app.web.addresses import public_base
from app.web.errors import Problem
from app.web.i18n import current_lang, language_name
from app.widget.files import releases
from app.widget.snippet import Choice, read_choice, script, words
from support.agents.models import Right, Step
from support.intake.sites import Site

_PARTS = frozenset({"locale", "mode", "own_accent", "accent", "position", "launcher_text", "launcher_icon"})

bp = Blueprint("playground", __name__, url_prefix="/widget")


@bp.before_request
def _for_operators() -> None:
    s = services()
    if not s.settings.production:
        return
    session = s.desk.accounts.session(staff_cookie.token(), s.now()) if staff_cookie.token() else None
    if session is None or session.step is not Step.FULL:
        raise Problem(
            401,
            "signed_out",
            _("This page is for the people who run this help centre."),
            _("Sign in at the desk, then open it again."),
        )
    if not session.user.may(Right.WRITE):
        raise Problem(
            403,
            "desk_right",
            _("Your account may not do this."),
            _("Ask somebody who manages the desk to give you the role for it."),
        )


@bp.get("/playground")
def playground() -> Response:
    """The options, the preview, and the embed code."""
    site, choice = _requested_site()
    base = public_base()
    source = f"{base}/" if urlsplit(base).path else base  # a path without a slash at its end is one file
    shown = {**choice.attributes(), **_fallbacks(site, base)}
    newest = releases().newest()
    pinned = releases().hashed(newest, "loader.js") if newest else None
    chosen = {name: value for name, value in request.args.items() if name in _PARTS} | {"site": site.key}
    page = render_template(
        "embed/playground.html",
        sites=[(key, one.name.in_language(current_lang())) for key, one in sites().items()],
        site=site,
        choice=choice,
        words=words(),
        languages=[(tag, language_name(tag)) for tag in site.languages],
        accent=choice.accent or site.theme.accent or "#0c5a52",
        preview_url=f"{url_for('playground.preview')}?{urlencode({**chosen, 'lang': current_lang()})}",
        built=bool(newest),
        loader=script(f"{base}/widget.js", shown),
        pinned=script(f"{base}/widget/{newest}/loader.js", shown, pinned.integrity) if pinned else "",
        policy=f"script-src {source}; connect-src {source}; img-src {source}",
    )
    return _private(make_response(page), frames="'self'", ancestors="'none'")


@bp.get("/preview")
def preview() -> Response:
    """A sample shop page with the configured widget."""
    _site, choice = _requested_site()
    page = render_template("embed/preview.html", attributes=choice.attributes())
    response = _private(make_response(page), frames="'none'", ancestors="'self'")
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _requested_site() -> tuple[Site, Choice]:
    """The requested site, else the first, with its valid options."""
    every = sites()
    if not every:
        raise Problem(
            404,
            "unknown_site",
            _("There is no site yet that may use the widget."),
            _("Add one to the settings; docs/embed/server.md shows how."),
        )
    site = every.get(request.args.get("site", "")) or next(iter(every.values()))
    return site, read_choice(request.args.to_dict(), site)


def _fallbacks(site: Site, base: str) -> dict[str, str]:
    """The contact channels for when the server is unreachable; they must be inlined in the page."""
    kinds = {one.kind: one.value for one in channels.channels() if not site.channels or one.kind in site.channels}
    given = {"data-email": kinds.get("email", ""), "data-phone": kinds.get("phone", "")}
    return {name: value for name, value in given.items() if value} | {"data-contact-url": f"{base}/contact"}


def _private(response: Response, *, frames: str, ancestors: str) -> Response:
    policy = security.POLICY.format(frames=frames).replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
