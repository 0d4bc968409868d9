"""Creating an article from a ticket: a Markdown draft to save to the articles folder or to download; or, where an
article says it already, adding the customer's question to that one."""

from collections.abc import Mapping

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.article_files import QUESTION_MAX, NotAdded, add_questions, not_allowed, write_article
from app.desk.blueprint import bp
from app.desk.ticket_page import ticket_of
from app.web.i18n import current_lang, site_languages
from index.models import ArticleHit, SearchQuery, Verdict
from kb.authoring.scopes import NotAllowed
from kb.errors import ArticleExists, KbError
from kb.models import ArticleRef
from kb.slugs import slugify
from support.agents import article_drafts as drafting
from support.agents.models import Right
from support.intake.forms import many_lines, one_line
from support.tickets.models import Ticket

_SAID_MOST = 3


@bp.get("/t/<reference>/article")
@needs(Right.WRITE)
def article(reference: str) -> Response:
    ticket = ticket_of(reference)
    draft = drafting.draft_of(ticket)
    lang = ticket.lang if ticket.lang in site_languages() else site_languages()[0]
    typed = {
        "lang": lang,
        "category": ticket.category if ticket.category in category_choices() else "",
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
    typed["category"] = request.form.get("new_category", "").strip() or typed["category"]
    action, _colon, about = request.form.get("action", "").partition(":")
    if action == "add":
        return _add_question(ticket, typed, about)
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
        write_article(path, text, author())
    except ArticleExists:
        return _page(ticket, typed, problem=_("There is an article at this address already. Choose another one."))
    except NotAllowed:
        return _page(ticket, typed, problem=not_allowed())
    except OSError:
        problem = _("The file could not be written here. Take it as a download and put it among the articles yourself.")
        return _page(ticket, typed, problem=problem)
    s.desk.note_draft(me(), ticket.reference, shown, "written", s.now())
    return redirect(url_for("desk.ticket", reference=ticket.reference, drafted=shown), 303)


def _page(ticket: Ticket, typed: dict[str, str], problem: str = "") -> Response:
    page = render_template(
        "desk/article.html",
        ticket=ticket,
        typed=typed,
        problem=problem,
        langs=site_languages(),
        categories=category_choices(),
        said=_said_already(typed),
        first_question=next((line.strip() for line in typed["questions"].splitlines() if line.strip()), ""),
    )
    return make_response(page, 422 if problem else 200)


def category_choices() -> dict[str, str]:
    """Address and title of the categories there are, published or not, in the reader's language where it has them."""
    s = services()
    look = s.shelf.latest
    drafted = sorted({one.category for one in look.reading.articles if one.category}) if look else []
    langs = sorted(site_languages(), key=lambda lang: lang == current_lang())
    return {slug: slug for slug in drafted} | {
        category.slug: category.title for lang in langs for category in s.articles.categories(lang)
    }


def _said_already(typed: Mapping[str, str]) -> tuple[ArticleHit, ...]:
    """Articles in the draft's language that seem to answer its questions."""
    s = services()
    texts = [line.strip() for line in typed["questions"].splitlines() if line.strip()][:2] or [typed["title"]]
    found: dict[ArticleRef, ArticleHit] = {}
    for text in filter(None, texts):
        query = SearchQuery(text[:500], typed["lang"], limit=3, language=typed["lang"] or None, looks_for_danger=False)
        result = s.search.search(query, where="desk")
        if result.verdict is not Verdict.ASK_HUMAN:
            found.update({hit.ref: hit for hit in result.plausible_hits if hit.ref not in found})
    return tuple(found.values())[:_SAID_MOST]


def _add_question(ticket: Ticket, typed: dict[str, str], about: str) -> Response:
    """Add the first question to an article's file."""
    s = services()
    lang, _slash, slug = about.partition("/")
    found = s.articles.best((lang,), slug, s.today())
    question = next((one_line(line) for line in typed["questions"].splitlines() if line.strip()), "")[:QUESTION_MAX]
    if found is None or not question:
        problem = _("The article is no longer there, or no question was given.")
        return _page(ticket, typed, problem=problem)
    try:
        waits = add_questions(found, [question], author())
    except NotAdded as problem:
        return _page(ticket, typed, problem=str(problem))
    s.desk.note_draft(
        me(), ticket.reference, found.source, "question suggested" if waits else "question added", s.now()
    )
    done = "suggested" if waits else "question"
    return redirect(url_for("desk.ticket", reference=ticket.reference, done=done, _anchor="main"), 303)
