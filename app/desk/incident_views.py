"""Managing incidents: shown on every page and mailed to subscribers."""

from collections.abc import Callable

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.web.i18n import site_languages
from core.events import emit
from support.agents.models import Right
from support.incidents import service as incidents
from support.incidents.models import Incident, IncidentStage, UnknownIncident
from support.intake.forms import many_lines, one_line

_TITLE_MAX, _TEXT_MAX = 200, 2_000


@bp.get("/incidents", endpoint="incidents")
@needs(Right.ANSWER)
def overview() -> Response:
    return _page(done=request.args.get("done", ""))


@bp.post("/incidents")
@needs(Right.ANSWER)
def open_incident() -> Response:
    """Open an incident. The site's default language is required, the others are optional."""
    s = services()
    titles, texts = _typed("title", _TITLE_MAX, one_line), _typed("text", _TEXT_MAX, many_lines)
    if not titles or not texts:
        return _page(problem=_("An incident needs a title and a text, in at least one language."), code=422)
    _record(incidents.open_incident(s.engine, titles, texts, s.now()), "opened")
    return redirect(url_for("desk.incidents", done="said"), 303)


@bp.post("/incidents/<reference>")
@needs(Right.ANSWER)
def update_incident(reference: str) -> Response:
    """Post an update, or resolve the incident."""
    s = services()
    texts = _typed("text", _TEXT_MAX, many_lines)
    stage = request.form.get("stage", "")
    if not texts or stage not in set(IncidentStage):
        return _page(problem=_("Write the update in at least one language."), code=422)
    try:
        changed = incidents.update_incident(s.engine, reference, IncidentStage(stage), texts, s.now())
    except UnknownIncident:
        return _page(problem=_("This incident is over."), code=409)
    _record(changed, "updated")
    return redirect(url_for("desk.incidents", done="said"), 303)


def _record(incident: Incident, what: str) -> None:
    emit("incident_changed", reference=incident.reference, stage=incident.stage.value)
    services().desk.note_incident(me(), incident.reference, what, services().now())


def _typed(name: str, most: int, tidy: Callable[[str], str]) -> dict[str, str]:
    found = {lang: tidy(request.form.get(f"{name}.{lang}", ""))[:most] for lang in site_languages()}
    return {lang: text for lang, text in found.items() if text}


def _page(*, problem: str = "", done: str = "", code: int = 200) -> Response:
    s = services()
    page = render_template(
        "desk/incidents.html",
        found=incidents.recent_incidents(s.engine, s.now() - incidents.RECENT),
        stages=IncidentStage,
        langs=site_languages(),
        typed=request.form,
        problem=problem,
        done=done,
        title_max=_TITLE_MAX,
        text_max=_TEXT_MAX,
    )
    return make_response(page, code)
