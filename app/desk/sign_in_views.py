"""Sign-in (password, two-factor authentication) and sign-out."""

import re

from flask import g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.current import services
from app.desk import access
from app.desk.access import needs
from app.desk.blueprint import bp
from app.web import staff_cookie
from core.events import emit
from support.agents.models import FactorUnreadable, Right, Session, SignInThrottled, Step, WrongSignIn


@bp.get("/sign-in")
@needs(None)
def sign_in() -> Response:
    """The sign-in form; a signed-in user is redirected."""
    target = access.safe_next(request.args.get("next", ""))
    if g.desk_session is not None:
        return redirect(target)
    problem = ""
    if staff_cookie.insecure():
        problem = _("This page was opened without HTTPS, so signing in cannot work. Open it with https://.")
    return make_response(render_template("desk/sign_in.html", next=target, held="", problem=problem, login=""))


@bp.post("/sign-in")
@needs(None)
def check_password() -> Response:
    s = services()
    target = access.safe_next(request.form.get("next", ""))
    held = request.form.get("held", "")
    login = request.form.get("login", "")[:254]
    try:
        token, session = s.desk.accounts.sign_in(
            login, request.form.get("password", "")[:1_000], request.remote_addr or "", device(), s.now()
        )
    except WrongSignIn:
        problem = _("The e-mail address or the password is wrong.")
        page = render_template("desk/sign_in.html", next=target, held=held, problem=problem, login=login)
        return make_response(page, 401)
    except SignInThrottled as wait:
        page = render_template("desk/sign_in.html", next=target, held=held, problem=wait_words(wait), login=login)
        response = make_response(page, 429)
        response.headers["Retry-After"] = str(wait.seconds)
        return response
    if session.step is Step.CODE:
        response = make_response(render_template("desk/code.html", next=target, held=held, problem=""))
        staff_cookie.set_cookie(response, token)
        return response
    return _arrive(token, session, target, held)


@bp.post("/sign-in/code")
@needs(None)
def check_code() -> Response:
    s = services()
    target = access.safe_next(request.form.get("next", ""))
    held = request.form.get("held", "")
    try:
        token, session = s.desk.accounts.second_factor(
            staff_cookie.token(), request.form.get("code", "")[:100], request.remote_addr or "", s.now()
        )
    except WrongSignIn:
        if s.desk.accounts.session(staff_cookie.token(), s.now()) is None:
            return redirect(url_for("desk.sign_in", next=target))
        problem = _("This code is not right, or was used before. Wait for the next one.")
        return make_response(render_template("desk/code.html", next=target, held=held, problem=problem), 401)
    except FactorUnreadable:
        emit("second_factor_unreadable")
        problem = _(
            "Codes of your app cannot be checked any more, because this site's key was changed. Use one of your"
            " recovery codes, or ask somebody who manages the desk to take off your second factor."
        )
        return make_response(render_template("desk/code.html", next=target, held=held, problem=problem), 409)
    except SignInThrottled as wait:
        page = render_template("desk/code.html", next=target, held=held, problem=wait_words(wait))
        response = make_response(page, 429)
        response.headers["Retry-After"] = str(wait.seconds)
        return response
    return _arrive(token, session, target, held)


def _arrive(token: str, session: Session, target: str, raw: str) -> Response:
    held = access.deserialize_form(raw) if raw else None
    response: Response
    if held is not None:
        path, fields = held
        g.desk_session = session
        page = render_template("desk/resume.html", path=path, fields=fields)
        response = make_response(page)
    else:
        response = redirect(target, 303)
    staff_cookie.set_cookie(response, token)
    return response


@bp.post("/sign-out")
@needs(Right.READ)
def sign_out() -> Response:
    s = services()
    s.desk.accounts.sign_out(access.session(), s.now())
    response = redirect(url_for("desk.sign_in"), 303)
    staff_cookie.drop_cookie(response)
    return response


def wait_words(wait: SignInThrottled) -> str:
    """A rate limit's waiting time in words, in the reader's language."""
    if wait.seconds < 90:
        return ngettext(
            "Too many attempts. Please wait %(num)s second, then try again.",
            "Too many attempts. Please wait %(num)s seconds, then try again.",
            wait.seconds,
        )
    minutes = -(-wait.seconds // 60)
    return ngettext(
        "Too many attempts. Please wait %(num)s minute, then try again.",
        "Too many attempts. Please wait %(num)s minutes, then try again.",
        minutes,
    )


def device() -> str:
    """Browser and platform from the User-Agent, so that users recognise their sessions."""
    agent = request.headers.get("User-Agent", "")
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((name for mark, name in browsers if re.search(mark, agent)), "")
    system = next((name for mark, name in systems if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or "–"
