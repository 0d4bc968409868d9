"""Creating an article from a ticket: a Markdown draft to save to the articles folder or to download."""

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.desk.ticket_page import ticket_of
from app.web.i18n import site_languages
from kb.errors import ArticleExists, KbError
from kb.slugs import slugify
from support.agents import article_drafts as drafting
from support.agents.models import Right
from support.intake.forms import many_lines, one_line
from support.tickets.models import Ticket


@bp.get("/t/<reference>/article")
@needs(Right.WRITE)
def article(reference: str) -> Response:
    ticket = ticket_of(reference)
    draft = drafting.draft_of(ticket)
    lang = ticket.lang if ticket.lang in site_languages() else site_languages()[0]
    typed = {
        "lang": lang,
        "category": ticket.category or "",
        "title": draft.title,
        "slug": slugify(draft.title) or ticket.reference.lower(),
        "questions": "\n".join(draft.questions),
        "text": draft.body,
    }
    return _page(ticket, typed)


@bp.post("/t/<reference>/article")
@needs(Right.WRITE)
def save_article(reference: str) -> Response:
    """Save the draft, or return it as a download. An existing article is never overwritten."""
    s = services()
    ticket = ticket_of(reference)
    typed = {name: request.form.get(name, "") for name in ("lang", "category", "title", "slug", "questions", "text")}
    name = "/".join(one_line(typed[part]) for part in ("lang", "category", "slug"))
    questions = tuple(filter(None, (one_line(line) for line in typed["questions"].splitlines())))
    try:
        path, text = drafting.markdown(
            s.settings.kb_dir, name, one_line(typed["title"]), questions, many_lines(typed["text"]), ticket.team,
            s.today(),
        )  # fmt: skip
    except ArticleExists:
        return _page(ticket, typed, problem=_("There is an article at this address already. Choose another one."))
    except KbError:
        problem = _("Language, topic and address are needed, in letters and hyphens, to make a file name of them.")
        return _page(ticket, typed, problem=problem)
    shown = path.relative_to(s.settings.kb_dir).as_posix()
    if request.form.get("action") == "download":
        s.desk.note_draft(me(), ticket.reference, shown, "downloaded", s.now())
        response = make_response(text)
        response.headers["Content-Type"] = "text/markdown; charset=utf-8"
        response.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
        return response
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        problem = _("The file could not be written here. Take it as a download and put it among the articles yourself.")
        return _page(ticket, typed, problem=problem)
    s.desk.note_draft(me(), ticket.reference, shown, "written", s.now())
    return redirect(url_for("desk.ticket", reference=ticket.reference, drafted=shown), 303)


def _page(ticket: Ticket, typed: dict[str, str], problem: str = "") -> Response:
    s = services()
    known = sorted({category.slug for lang in site_languages() for category in s.articles.categories(lang)})
    page = render_template(
        "desk/article.html", ticket=ticket, typed=typed, problem=problem, langs=site_languages(), categories=known
    )
    return make_response(page, 422 if problem else 200)
