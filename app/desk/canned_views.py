"""Managing canned replies, and macros: those that also change the ticket."""

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.desk.ticket_page import team_choices
from app.web.i18n import site_languages
from core.numbers import whole_number
from support.agents import canned
from support.agents.macros import MacroActions, read_actions
from support.agents.models import Right
from support.intake.forms import many_lines, one_line
from support.tickets.models import Priority, Stage


@bp.get("/canned")
@needs(Right.READ)
def canned_replies() -> Response:
    return _page(edit=request.args.get("edit", ""), done=request.args.get("done", ""))


@bp.post("/canned")
@needs(Right.WRITE)
def save_canned() -> Response:
    s = services()
    values = request.form
    raw_id = values.get("id", "")
    canned_id = whole_number(raw_id) or 0
    if values.get("action") == "delete":
        s.desk.delete_canned(me(), canned_id, s.now())
        return redirect(url_for("desk.canned_replies", done="deleted"), 303)
    name, body = one_line(values.get("name", "")), many_lines(values.get("text", ""))
    lang = values.get("lang", "")
    actions = MacroActions.of_form(values, dict(team_choices()))
    if not name or not (body or actions) or len(name) > canned.NAME_MAX or len(body) > canned.TEXT_MAX:
        problem = _("A reply needs a name and a text, of at most %(name)s and %(text)s characters.",
                    name=canned.NAME_MAX, text=canned.TEXT_MAX)  # fmt: skip
        return _page(edit=raw_id or "new", problem=problem, typed=values.to_dict(), code=422)
    s.desk.save_canned(
        me(), canned_id, name, lang if lang in site_languages() else "", body, s.now(),
        actions.as_json(),
    )  # fmt: skip
    return redirect(url_for("desk.canned_replies", done="saved"), 303)


def _page(
    *, edit: str = "", done: str = "", problem: str = "", typed: dict[str, str] | None = None, code: int = 200
) -> Response:
    found = services().desk.canned_replies()
    chosen = next((c for c in found if str(c.id) == edit), None)
    teams = team_choices()
    stored = read_actions(chosen.actions if chosen else "", dict(teams))
    page = render_template(
        "desk/canned.html",
        canned=found,
        edit=edit if chosen or edit == "new" else "",
        chosen=chosen,
        typed=typed,
        actions={c.id: read_actions(c.actions, dict(teams)) for c in found},
        chosen_actions=MacroActions.of_form(typed, dict(teams)) if typed else stored,
        teams=teams,
        stages=Stage,
        priorities=Priority,
        problem=problem,
        done=done,
        words=canned.WORDS,
        langs=site_languages(),
        name_max=canned.NAME_MAX,
        text_max=canned.TEXT_MAX,
    )
    return make_response(page, code)
