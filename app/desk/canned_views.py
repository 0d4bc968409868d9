"""Managing canned replies."""

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.web.i18n import site_languages
from core.numbers import whole_number
from support.agents import canned
from support.agents.models import Right
from support.intake.forms import many_lines, one_line


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
    if not name or not body or len(name) > canned.NAME_MAX or len(body) > canned.TEXT_MAX:
        problem = _("A reply needs a name and a text, of at most %(name)s and %(text)s characters.",
                    name=canned.NAME_MAX, text=canned.TEXT_MAX)  # fmt: skip
        return _page(edit=raw_id or "new", problem=problem, typed=values.to_dict(), code=422)
    s.desk.save_canned(me(), canned_id, name, lang if lang in site_languages() else "", body, s.now())
    return redirect(url_for("desk.canned_replies", done="saved"), 303)


def _page(
    *, edit: str = "", done: str = "", problem: str = "", typed: dict[str, str] | None = None, code: int = 200
) -> Response:
    found = services().desk.canned_replies()
    chosen = next((c for c in found if str(c.id) == edit), None)
    page = render_template(
        "desk/canned.html",
        canned=found,
        edit=edit if chosen or edit == "new" else "",
        chosen=chosen,
        typed=typed,
        problem=problem,
        done=done,
        words=canned.WORDS,
        langs=site_languages(),
        name_max=canned.NAME_MAX,
        text_max=canned.TEXT_MAX,
    )
    return make_response(page, code)
