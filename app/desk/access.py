"""Authentication and authorisation of the desk, run before every view.

A view declares its required right with `needs`; one without a declaration is refused. Forms carry the session's CSRF
token in addition to the origin check that all forms of the site have (app/web/security.py).
"""

import hmac
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.current import services
from app.desk.blueprint import bp
from app.web import addresses, staff_cookie
from app.web.errors import Problem
from app.web.i18n import use_lang
from kb.authoring.models import Author
from support.agents.models import Right, Session, Step, User

View = TypeVar("View", bound=Callable[..., Any])
_SAFE = {"GET", "HEAD", "OPTIONS"}
_HELD_MOST = 100_000


def needs(right: Right | None) -> Callable[[View], View]:
    """Decorator: the right a view requires; None is for views that need no session."""

    def mark(view: View) -> View:
        view.desk_right = right  # type: ignore[attr-defined]
        return view

    return mark


def me() -> User:
    """The signed-in user."""
    return session().user


def author() -> Author:
    """The signed-in user as articles know them, with where they may write and publish."""
    return author_of(me())


def author_of(user: User) -> Author:
    return Author(user.login, user.may(Right.PUBLISH), user.name, user.writes, user.publishes)


def session() -> Session:
    """The user's session. Only in views that need a right."""
    found: Session = g.desk_session
    return found


@bp.before_request
def _check() -> BaseResponse | None:
    view = current_app.view_functions.get(request.endpoint or "")
    right: Right | None = getattr(view, "desk_right", Right.MANAGE)
    s = services()
    found = s.desk.accounts.session(staff_cookie.token(), s.now()) if staff_cookie.token() else None
    g.desk_session = found if found is not None and found.step is Step.FULL else None
    if g.desk_session is not None and found is not None and found.user.lang and "lang" not in request.args:
        use_lang(found.user.lang)
    if right is None:
        return None
    if g.desk_session is None:
        return _sign_in_first()
    if not me().may(right):
        raise Problem(
            403,
            "desk_right",
            _("Your account may not do this."),
            _("Ask somebody who manages the desk to give you the role for it."),
        )
    if request.method not in _SAFE:
        given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), session().csrf.encode()):
            raise Problem(
                403,
                "desk_token",
                _("This form is from an earlier sign-in."),
                _("Go back, load the page again and send the form once more."),
            )
    return None


def _sign_in_first() -> BaseResponse:
    here = addresses.here()
    if request.method in _SAFE:
        # SameSite=Strict: following a link from a mail or chat omits the cookie; a same-site reload sends it.
        if request.headers.get("Sec-Fetch-Site") == "cross-site" and request.headers.get("Sec-Fetch-Dest") in {
            "document",
            None,
        }:
            return make_response(render_template("desk/again.html", here=here))
        return redirect(url_for("desk.sign_in", next=here))
    if request.headers.get("X-CSRF-Token"):
        return make_response({"error": {"code": "signed_out"}}, 401)
    # The submitted form is carried through the sign-in, so that nothing typed is lost when a session has ended.
    fields = {name: values for name, values in request.form.lists() if name != "csrf"}
    held = serialize_form(addresses.within(request.path), fields)
    return make_response(
        render_template("desk/sign_in.html", next=here, held=held, problem=_signed_out()),
        401,
    )


def _signed_out() -> str:
    return _("You were signed out meanwhile. Nothing you wrote is lost: sign in, and send it again.")


def serialize_form(path: str, fields: dict[str, list[str]]) -> str:
    """Serialise submitted fields for a hidden field."""
    text = json.dumps({"path": path, "fields": fields}, ensure_ascii=False)
    return text if len(text) <= _HELD_MOST else ""


def deserialize_form(raw: str) -> tuple[str, dict[str, list[str]]] | None:
    """Deserialise `serialize_form`'s text; None for anything else, since it comes from the browser."""
    try:
        value = json.loads(raw[:_HELD_MOST])
        path = str(value["path"])
        fields = {str(name): [str(v) for v in values] for name, values in value["fields"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return (path, fields) if safe_next(path) == path else None


def safe_next(target: str) -> str:
    """A safe redirect target after sign-in: only pages of the desk (no open redirect)."""
    try:
        parts = urlsplit(target)
    except ValueError:  # an IPv6 address that is none
        return url_for("desk.queue")
    path = parts.path.removeprefix(request.script_root) if parts.path.startswith(request.script_root) else ""
    plain = re.fullmatch(r"/desk(/[\w\-./]*)?", path, re.ASCII) and "//" not in path
    if parts.scheme or parts.netloc or not plain or re.search(r"[\x00-\x20\\]", target):
        return url_for("desk.queue")
    return target


@bp.after_request
def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
