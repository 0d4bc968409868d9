"""Administration of the desk: accounts, audit log, export."""

from collections.abc import Iterator

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.account_views import common_password_words, password_rule
from app.desk.article_views import category_choices
from app.desk.blueprint import bp
from app.web.errors import Problem
from app.web.i18n import site_languages
from core.numbers import whole_number
from kb.authoring.scopes import Scope, scope_of
from support.agents.export import export_lines
from support.agents.models import BadAccount, Right, Role, User
from support.agents.queue import Filters

_PER_PAGE = 100


@bp.get("/users")
@needs(Right.MANAGE)
def users() -> Response:
    return _users(done=request.args.get("done", ""))


@bp.post("/users")
@needs(Right.MANAGE)
def create_user() -> Response:
    s = services()
    try:
        s.desk.accounts.create(
            request.form.get("login", ""),
            request.form.get("name", ""),
            request.form.get("password", ""),
            _roles(),
            me().login,
            s.now(),
        )
    except BadAccount as bad:
        return _users(problem=_why(bad), typed=request.form.to_dict(), code=422)
    return redirect(url_for("desk.users", done="created"), 303)


@bp.post("/users/<int:user_id>")
@needs(Right.MANAGE)
def change_user(user_id: int) -> Response:
    """Change roles, deactivate or reactivate, set a password, end sessions, remove two-factor authentication."""
    s = services()
    user = _user(user_id)
    action = request.form.get("action", "")
    try:
        if action == "change":
            disabled = request.form.get("disabled") == "yes"
            scopes = (_scope("write"), _scope("publish")) if "write_categories" in request.form else None
            s.desk.accounts.change(user, me().login, s.now(), roles=_roles(), disabled=disabled, scopes=scopes)
        elif action == "password":
            s.desk.accounts.set_password(user, request.form.get("password", ""), me().login, s.now())
        elif action == "sessions":
            s.desk.accounts.end_sessions(user, me().login, s.now())
        elif action == "factor":
            s.desk.accounts.drop_totp(user, me().login, s.now())
    except BadAccount as bad:
        return _users(problem=_why(bad), code=422)
    return redirect(url_for("desk.users", done="changed"), 303)


def _roles() -> tuple[Role, ...]:
    return tuple(Role(role) for role in request.form.getlist("roles") if role in set(Role))


def _scope(right: str) -> Scope:
    """Where a right to articles is to hold, as the form says it: topics with commas or line breaks between them."""
    form = request.form
    typed = form.get(f"{right}_categories", "")[:2000].replace("，", ",").replace("、", ",").replace("،", ",")
    known = site_languages()
    return scope_of(
        [one for one in form.getlist(f"{right}_languages") if one in known],
        [" ".join(one.split()) for one in typed.replace("\n", ",").split(",")],
    )


def _user(user_id: int) -> User:
    user = services().desk.accounts.by_id(user_id)
    if user is None:
        raise Problem(404, "not_found", _("There is no such account."), _("Go back to the list of people."))
    return user


def _why(bad: BadAccount) -> str:
    return {
        "login": _("The address to sign in with must be an e-mail address."),
        "taken": _("There is an account with this address already."),
        "password": password_rule(),
        "common_password": common_password_words(),
        "roles": _("Choose at least one role."),
        "last_admin": _("Somebody has to manage the desk: this is the last account that may."),
    }[bad.code]


def _users(*, problem: str = "", done: str = "", typed: dict[str, str] | None = None, code: int = 200) -> Response:
    page = render_template(
        "desk/users.html", users=services().desk.accounts.all(), roles=Role, problem=problem, done=done,
        typed=typed or {}, langs=site_languages(), categories=category_choices(), admin=Role.ADMIN,
        writers={Role.AUTHOR, Role.EDITOR},
    )  # fmt: skip
    return make_response(page, code)


@bp.get("/audit")
@needs(Right.MANAGE)
def audit_log() -> Response:
    s = services()
    wanted = {name: request.args.get(name, "").strip()[:254] for name in ("login", "reference", "action")}
    wanted["login"], wanted["reference"] = wanted["login"].lower(), wanted["reference"].upper()
    before = request.args.get("before", "")
    found, actions = s.desk.audit_log(**wanted, before=whole_number(before) or 0, limit=_PER_PAGE + 1)
    more = found[_PER_PAGE - 1][0] if len(found) > _PER_PAGE else 0
    page = render_template(
        "desk/audit.html", entries=[entry for _id, entry in found[:_PER_PAGE]], more=more, wanted=wanted,
        actions=actions,
    )  # fmt: skip
    return make_response(page)


@bp.get("/export.csv")
@needs(Right.MANAGE)
def export() -> Response:
    """The tickets of a queue view as CSV, sent while it is read."""
    s = services()
    filters, login = Filters.read(request.args, me().id), me().login

    def noted() -> Iterator[str]:
        lines = -1  # the header is no ticket
        try:
            for line in export_lines(s.engine, filters, s.now()):
                yield line
                lines += 1
        finally:  # also where the download was broken off: what was sent was seen
            s.desk.note_export(login, max(0, lines), s.now())

    response = Response(noted(), mimetype="text/csv")
    name = f"tickets-{s.today().isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
