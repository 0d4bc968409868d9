"""The user's own account: password, two-factor authentication, sessions, language and shortcuts."""

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk import access
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.desk.sign_in_views import wait_words
from app.web.i18n import site_languages
from core.numbers import whole_number
from support.agents.models import BadAccount, Right, SignInThrottled, WrongSignIn
from support.agents.sign_in import passwords


@bp.get("/account")
@needs(Right.READ)
def account() -> Response:
    return _page(done=request.args.get("done", ""))


@bp.post("/account/choices")
@needs(Right.READ)
def choices() -> Response:
    """Save language and shortcuts; redirects back to the page it was sent from."""
    lang = request.form.get("lang")
    services().desk.accounts.choose(
        me(),
        lang=lang if lang in site_languages() else None,
        shortcuts=request.form.get("shortcuts") == "yes" if "shortcuts_shown" in request.form else None,
    )
    return redirect(access.safe_next(request.form.get("next", url_for("desk.account"))), 303)


@bp.post("/account/password")
@needs(Right.READ)
def change_password() -> Response:
    s = services()
    new = request.form.get("new", "")
    problem = _confirmed()
    if not problem and new != request.form.get("again", ""):
        problem = _("The two new passwords are not the same.")
    if not problem:
        try:
            s.desk.accounts.set_password(me(), new, me().login, s.now(), keep=access.session().id)
        except BadAccount as bad:
            problem = common_password_words() if bad.code == "common_password" else password_rule()
    if problem:
        return _page(problem=problem, about="password", code=422)
    return redirect(url_for("desk.account", done="password"), 303)


@bp.post("/account/second-factor")
@needs(Right.READ)
def second_factor() -> Response:
    """Set up, confirm or turn off two-factor authentication (TOTP)."""
    s = services()
    step = request.form.get("step", "")
    if step == "confirm":
        try:
            code = request.form.get("code", "")[:100]
            codes = s.desk.accounts.confirm_totp(me(), code, s.now(), keep=access.session().id)
        except WrongSignIn:
            wrong = _("This code does not belong to the picture. Check the clock of your phone and try the next one.")
            return _page(problem=wrong, about="factor", secret=s.desk.accounts.pending_totp(me()), code=422)
        return make_response(render_template("desk/recovery.html", codes=codes))
    problem = _confirmed()
    if problem:
        return _page(problem=problem, about="factor", code=422)
    if step == "off":
        s.desk.accounts.drop_totp(me(), me().login, s.now())
        return redirect(url_for("desk.account", done="factor"), 303)
    return _page(secret=s.desk.accounts.begin_totp(me()))


@bp.post("/account/sessions")
@needs(Right.READ)
def end_sessions() -> Response:
    s = services()
    one = request.form.get("session", "")
    s.desk.accounts.end_sessions(me(), me().login, s.now(), only=whole_number(one) or 0, but=access.session().id)
    return redirect(url_for("desk.account", done="sessions"), 303)


def _confirmed() -> str:
    """Re-authentication: '' when the current password is right, else a problem; guards against unattended screens."""
    s = services()
    try:
        s.desk.accounts.check_password(
            me(), request.form.get("password", "")[:1_000], request.remote_addr or "", s.now()
        )
    except WrongSignIn:
        return _("This is not your current password.")
    except SignInThrottled as wait:
        return wait_words(wait)
    return ""


def password_rule() -> str:
    return _("A password needs at least %(least)s characters. A few words in a row are good.", least=passwords.SHORTEST)


def common_password_words() -> str:
    return _("This password is one of those that are guessed first. Choose another; a few words in a row are good.")


def _page(*, problem: str = "", about: str = "", done: str = "", secret: str = "", code: int = 200) -> Response:
    s = services()
    picture = ""
    if secret:
        address = passwords.totp_address(secret, me().login, s.settings.site_name)
        import segno

        picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    page = render_template(
        "desk/account.html",
        problem=problem,
        about=about,
        done=done,
        secret=secret,
        picture=picture,
        sessions=s.desk.accounts.sessions(me().id, s.now()),
        this=access.session().id,
        codes_left=s.desk.accounts.recovery_codes_left(me()),
        shortest=passwords.SHORTEST,
    )
    return make_response(page, code)
