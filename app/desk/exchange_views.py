"""Work for translators at the desk: a file of what is missing or outdated in a language, out and back."""

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.authoring_views import only_here
from app.desk.blueprint import bp
from app.desk.library_views import contact_forms
from app.web.i18n import reworded
from core.texts.languages import UnknownLanguage, canonical
from core.texts.said import said
from kb.authoring.shelf import Look
from kb.translations.exchange import Format, Taken
from kb.translations.models import State
from kb.translations.packages import MOST_BYTES, PackageError
from kb.translations.words import WHAT_TO_DO, shortened
from support.agents.models import Right
from support.intake.forms import one_line


@bp.get("/translations-export")
@needs(Right.WRITE)
def export_translations() -> Response:
    s = services()
    only_here()
    try:
        to = canonical(request.args.get("to", ""))
        form = Format(request.args.get("format", ""))
    except (UnknownLanguage, ValueError):
        abort(400)
    path = request.args.get("path", "")[:500]
    states = list(State) if path else [State.MISSING, State.OUTDATED]
    package = s.exchange.package(_look().reading, to, states, s.now(), [path] if path else ())
    if not package.work:
        return redirect(url_for("desk.translations", to=to, done="nothing"), 303)
    response = make_response(s.exchange.write(package, form))
    response.headers["Content-Type"] = (
        "application/xliff+xml; charset=utf-8" if form is Format.XLIFF else "text/x-gettext-translation; charset=utf-8"
    )
    name = f"translate-{package.source_lang}-{to}.{form.suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.post("/translations-import")
@needs(Right.WRITE)
def import_translations() -> Response:
    """Take back a file; what became of each article."""
    s = services()
    only_here()
    upload = request.files.get("file")
    look = _look()
    problem, outcomes, source_lang = "", [], ""
    try:
        data = upload.stream.read(MOST_BYTES + 1) if upload else b""
        if not data:
            raise PackageError(said("Choose the file that came back."))
        delivery = s.exchange.read(data, look.reading, s.now())
        source_lang = one_line(delivery.source_lang)[:40]
        outcomes = s.exchange.take_back(delivery, look.reading, author(), s.now(), s.today())
    except PackageError as wrong:
        problem = reworded(wrong.why)
    for one in outcomes:
        if one.taken in {Taken.CREATED, Taken.SAVED, Taken.SUGGESTED}:
            s.desk.note_article(me(), "translation_imported", one.written, s.now())
    page = render_template(
        "desk/translations_taken.html",
        problem=problem,
        outcomes=outcomes,
        taken_name=taken_name,
        why=lambda one: reworded(WHAT_TO_DO[one.code]),
        shortened=shortened,
        source_lang=source_lang,
        reworded=reworded,
    )
    return make_response(page, 422 if problem else 200)


def taken_name(taken: Taken) -> str:
    return {
        Taken.CREATED: _("New draft"),
        Taken.SAVED: _("Saved"),
        Taken.SUGGESTED: _("Suggested"),
        Taken.UNCHANGED: _("Nothing new"),
        Taken.REFUSED: _("Not taken"),
    }[taken]


def _look() -> Look:
    look = services().shelf.look(services().today(), contact_forms(), 30.0)
    if look is None:
        abort(503)
    return look
