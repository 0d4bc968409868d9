"""Content gaps: what customers asked in vain, by topic; beginning an article in their words, or giving the words to the
article that should have answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk import charts
from app.desk.access import author, me, needs
from app.desk.article_files import QUESTION_MAX, NotAdded, add_questions, not_allowed, write_article
from app.desk.article_views import category_choices
from app.desk.blueprint import bp
from app.desk.insight_tables import Cell, Section, as_csv
from app.desk.insight_views import insight_tabs
from app.web.i18n import current_lang, listed, site_languages
from core.numbers import whole_number
from core.texts.languages import sentence_gap
from insight.topics.asked import text_of
from insight.topics.models import Cause, Status, Topic
from insight.topics.repository import weeks_of
from insight.topics.service import shown_days
from kb.authoring.scopes import NotAllowed
from kb.errors import ArticleExists, KbError
from kb.models import Article, ArticleRef
from kb.slugs import slugify
from support.agents import article_drafts as drafting
from support.agents.models import Right
from support.intake.forms import one_line

_AT_A_TIME = 50
_QUESTIONS_OF_A_DRAFT = 12
_TO_DO = (Status.OPEN, Status.REOPENED)


@dataclass(frozen=True)
class DraftPart:
    """What a draft in one language would be. `lang` is one the site is published in."""

    lang: str
    title: str
    slug: str
    questions: str
    chosen: bool = True


@bp.get("/insight/gaps")
@needs(Right.WRITE)
def gaps() -> Response:
    s = services()
    first, last = shown_days(s.now().date())
    wanted = request.args.get("show", "")
    wanted = wanted if wanted in {one.value for one in Status} else ""
    listed = [one for one in s.topics.topics(first, last) if _is_shown(one, wanted)]
    pages = max(1, -(-len(listed) // _AT_A_TIME))
    page = min(max(whole_number(request.args.get("page", "")) or 1, 1), pages)
    shown = listed[(page - 1) * _AT_A_TIME : page * _AT_A_TIME]
    body = render_template(
        "desk/gaps.html",
        rows=[(one, *one.title(_read()), charts.columns(_weeks_name(one), [[n] for n in one.weeks])) for one in shown],
        wanted=wanted,
        choices=[("", _("To do")), *((one.value, status_name(one)) for one in Status if one not in _TO_DO)],
        page_number=page,
        pages=pages,
        first=first,
        last=last,
        tabs=insight_tabs(),
        cause_name=cause_name,
        status_name=status_name,
        topic_url=topic_url,
        on_or_off=s.settings.insight,
    )
    return make_response(body)


@bp.get("/insight/gaps.csv")
@needs(Right.WRITE)
def gaps_csv() -> Response:
    s = services()
    first, last = shown_days(s.now().date())
    wanted = request.args.get("show", "")
    wanted = wanted if wanted in {one.value for one in Status} else ""
    columns = (
        _("Asked about"), _("Language"), _("Times"), _("Contacts"), _("Why"), _("Nearest article"), _("Status"),
        *(f"{_('Week')} {monday.isoformat()}" for monday in weeks_of(first, last)),
    )  # fmt: skip
    rows = []
    for one in s.topics.topics(first, last):
        if not _is_shown(one, wanted):
            continue
        lang, title = one.title(_read())
        nearest = f"{one.nearest.lang}/{one.nearest.slug}" if one.nearest else ""
        facts: list[str | int] = [title, lang, one.size, one.tickets, cause_name(one.cause), nearest]
        rows.append(tuple(Cell(fact) for fact in [*facts, status_name(one.status), *one.weeks]))
    return as_csv(Section("gaps", _("Content gaps"), columns, tuple(rows)), "content-gaps")


def _is_shown(topic: Topic, wanted: str) -> bool:
    if wanted:
        return topic.status.value == wanted
    return topic.status in _TO_DO and bool(topic.size)


@bp.get("/insight/gaps/<int:number>")
@needs(Right.WRITE)
def gap(number: int) -> Response:
    topic = _topic(number)
    if topic.id != number:
        return redirect(url_for("desk.gap", number=topic.id))
    return _page(topic, _parts(topic), "")


@bp.post("/insight/gaps/<int:number>")
@needs(Right.WRITE)
def change_gap(number: int) -> Response:
    topic = _topic(number)
    action = request.form.get("action", "")
    if action in {"ignore", "heed"}:
        services().topics.ignore(topic.id, ignored=action == "ignore")
        return redirect(url_for("desk.gap", number=topic.id), 303)
    if action == "draft":
        return _draft(topic)
    if action == "add":
        return _add(topic)
    abort(400)


def _topic(number: int) -> Topic:
    s = services()
    found = s.topics.topic(number, *shown_days(s.now().date()))
    if found is None:
        abort(404)
    return found


def _read() -> list[str]:
    """Languages in the order in which a title is looked for: the reader's, then those of the site."""
    return [current_lang(), *site_languages()]


def _page(topic: Topic, parts: Sequence[DraftPart], problem: str, category: str = "") -> Response:
    s = services()
    first, last = shown_days(s.now().date())
    lang, title = topic.title(_read())
    nearest = s.articles.get(topic.nearest) if topic.nearest else None
    nearest = _translations(topic).get(current_lang(), nearest)
    page = render_template(
        "desk/gap.html",
        topic=topic,
        title=title,
        title_lang=lang,
        nearest=nearest,
        written_for=s.articles.get(topic.article) if topic.article else None,
        taught=_taught(topic),
        parts=parts,
        problem=problem,
        category=category or (nearest.category if nearest else ""),
        categories=category_choices(),
        first=first,
        last=last,
        weeks=list(zip(weeks_of(first, last), topic.weeks, strict=True)),
        busiest=max(topic.weeks, default=0) or 1,
        cause_name=cause_name,
        status_name=status_name,
        topic_url=topic_url,
        text_of=text_of,
        tabs=insight_tabs(),
        done=request.args.get("done", ""),
        written=request.args.getlist("file"),
    )
    return make_response(page, 422 if problem else 200)


def topic_url(topic: int, first: date, last: date, start: date | None, **more: Any) -> str:
    """Where the events behind a topic's figure are: of these days, or of the week of them that starts then."""
    if start is not None:
        first, last = max(first, start), min(last, start + timedelta(days=6))
    about: dict[str, Any] = {"topic": topic, "from": first.isoformat(), "to": last.isoformat(), **more}
    return url_for("desk.insight_events", **about)


def _weeks_name(topic: Topic) -> str:
    return _("Asked by week: %(counts)s", counts=listed(map(str, topic.weeks)))


# ---- an article in the customers' words


def _parts(topic: Topic) -> list[DraftPart]:
    """A draft in each language the site has and customers asked in, those asked most first; without those in which the
    nearest article can be read already, where it is only missing in others."""
    there = set(_translations(topic)) if topic.cause is Cause.OTHER_LANGUAGE else set()
    asked: dict[str, list[str]] = {}
    for one in topic.questions:
        lang = _site_language(one.lang)
        if lang and lang not in there and len(asked.setdefault(lang, [])) < _QUESTIONS_OF_A_DRAFT:
            asked[lang].append(one_line(one.text)[:QUESTION_MAX])
    parts: list[DraftPart] = []
    for lang, questions in asked.items():
        title = one_line(topic.titles.get(lang, questions[0]))[:QUESTION_MAX]
        fallback = parts[0].slug if parts else f"topic-{topic.id}"
        parts.append(DraftPart(lang, title[:1].upper() + title[1:], slugify(title) or fallback, "\n".join(questions)))
    return parts


def _site_language(lang: str) -> str:
    """The language of the site a question in this one is answered in; '' for none."""
    known = site_languages()
    return lang if lang in known else next((one for one in known if one.split("-")[0] == lang.split("-")[0]), "")


def _translations(topic: Topic) -> Mapping[str, Article]:
    """The nearest article in each language that has it."""
    s = services()
    nearest = s.articles.get(topic.nearest) if topic.nearest else None
    return {one.lang: one for one in s.articles.by_key(nearest.key, s.today())} if nearest else {}


def _typed() -> list[DraftPart]:
    form = request.form
    return [
        DraftPart(
            lang, one_line(form.get(f"title-{lang}", ""))[:QUESTION_MAX], one_line(form.get(f"slug-{lang}", "")),
            form.get(f"questions-{lang}", ""), f"lang-{lang}" in form,
        )
        for lang in site_languages()
        if f"title-{lang}" in form
    ]  # fmt: skip


def _draft(topic: Topic) -> Response:
    """Write a draft in each chosen language: the first is what the others translate. No file is ever overwritten."""
    s = services()
    typed = _typed()
    category = request.form.get("new_category", "").strip() or request.form.get("category", "")
    parts = [one for one in typed if one.chosen and one.title]
    if not parts:
        return _page(topic, typed, _("Choose at least one language, with a title."), category)
    # Of an article that only lacks a language, the draft is a translation; its own draft is the first one's.
    origin = next(iter(_translations(topic).values()), None) if topic.cause is Cause.OTHER_LANGUAGE else None
    key = origin.key if origin else ""
    files: list[tuple[Path, str]] = []
    try:
        for one in parts:
            name = "/".join((one.lang, one_line(category), one.slug))
            questions = tuple(filter(None, (one_line(line)[:QUESTION_MAX] for line in one.questions.splitlines())))
            files.append(
                drafting.markdown(s.settings.kb_dir, name, one.title, questions, "", "", s.today(), translation_of=key)
            )
            key = key or files[0][0].stem
    except ArticleExists:
        problem = _("There is an article at this address already. Choose another one.")
        return _page(topic, typed, problem, category)
    except KbError:
        problem = _("Language, topic and address are needed, in letters and hyphens, to make a file name of them.")
        return _page(topic, typed, problem, category)
    written: list[str] = []
    for path, text in files:
        try:
            shown = write_article(path, text, author())
        except (OSError, ArticleExists, NotAllowed) as error:
            problem = _("The file could not be written here. Put it among the articles yourself.")
            if isinstance(error, NotAllowed):
                problem = not_allowed()
            if isinstance(error, ArticleExists):
                problem = _("There is an article at this address already. Choose another one.")
            if written:
                problem += sentence_gap(current_lang()) + _("Written already: %(files)s", files=listed(written))
            return _page(topic, typed, problem, category)
        written.append(shown)
        s.desk.note_draft(me(), "", written[-1], f"written for gap {topic.id}", s.now())
    s.topics.acted(topic.id, ArticleRef(parts[0].lang, files[0][0].stem), s.now().date())
    return redirect(url_for("desk.gap", number=topic.id, done="drafted", file=written), 303)


# ---- the words for an article that is there


def _taught(topic: Topic) -> list[tuple[Article, list[str]]]:
    """The nearest article in each language customers asked in, with the questions it does not have yet."""
    found: dict[str, tuple[Article, list[str]]] = {}
    articles = _translations(topic)
    for one in topic.questions:
        article = articles.get(_site_language(one.lang))
        if article is None:
            continue
        words = found.setdefault(article.lang, (article, []))[1]
        known = {question.casefold() for question in (*article.questions, *words)}
        if len(words) < _QUESTIONS_OF_A_DRAFT and one.text.casefold() not in known:
            words.append(one_line(one.text)[:QUESTION_MAX])
    return [(article, words) for article, words in found.values() if words]


def _add(topic: Topic) -> Response:
    """Add the chosen questions to the article that should have answered, each to that of its language."""
    s = services()
    changed: list[str] = []
    suggested = False
    for article, words in _taught(topic):
        chosen = [one for one in request.form.getlist(f"words-{article.lang}") if one in words]
        if not chosen:
            continue
        try:
            waits = add_questions(article, chosen, author())
        except NotAdded as problem:
            told = f"{article.source}: {problem}"
            if changed:
                told += sentence_gap(current_lang()) + _("Written already: %(files)s", files=listed(changed))
            return _page(topic, _parts(topic), told)
        changed.append(article.source)
        suggested = suggested or waits
        how = "suggested" if waits else "added"
        s.desk.note_draft(me(), "", article.source, f"questions {how} for gap {topic.id}", s.now())
    if not changed or topic.nearest is None:
        return _page(topic, _parts(topic), _("Choose at least one question."))
    s.topics.acted(topic.id, topic.nearest, s.now().date())
    done = "suggested" if suggested else "added"
    return redirect(url_for("desk.gap", number=topic.id, done=done, file=changed), 303)


# ---- words


def cause_name(cause: Cause) -> str:
    return {
        Cause.NO_ARTICLE: _("No article answers it"),
        Cause.NOT_FOUND: _("The article was not found"),
        Cause.NOT_OPENED: _("Shown, but not opened"),
        Cause.DID_NOT_HELP: _("Read, but it did not help"),
        Cause.OTHER_LANGUAGE: _("Only in another language"),
    }[cause]


def status_name(status: Status) -> str:
    return {
        Status.OPEN: _("To do"),
        Status.DRAFTED: _("Article begun"),
        Status.CLOSED: _("Demand halved"),
        Status.REOPENED: _("Asked again"),
        Status.IGNORED: _("Ignored"),
    }[status]
