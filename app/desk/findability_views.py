"""The findability board: where the questions of articles find them, what publishes broke, which articles compete; and
the words with which customers reached an article, for its questions."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk import charts
from app.desk.access import author, me, needs
from app.desk.article_files import NotAdded, add_questions
from app.desk.blueprint import bp
from app.desk.insight_tables import Cell, Section, as_csv
from app.desk.insight_views import insight_tabs
from app.web.i18n import language_name, listed, site_languages
from core.numbers import whole_number
from core.texts.languages import UnknownLanguage, canonical
from insight.findability.models import Change, Effect, Place, Question
from kb.models import Article, ArticleRef
from support.agents.models import Right

_AT_A_TIME = 50
_RUNS, _PAIRS, _OFFERS, _CHANGES = 30, 25, 50, 100
_SHOWN = ("", "found", "lost", "rivals", "broken", "mended")
_EFFECTS = ("broken", "mended")


@bp.get("/insight/findability")
@needs(Right.WRITE)
def findability() -> Response:
    s, asked = services(), _asked()
    articles = _articles(asked)
    places = _places(articles, asked)
    pages = max(1, -(-len(places) // _AT_A_TIME))
    page = min(max(whole_number(request.args.get("page", "")) or 1, 1), pages)
    runs = s.findability.repository.runs(1)
    everything = s.articles.published(s.today())
    body = render_template(
        "desk/findability.html",
        sections=(
            _questions(places[(page - 1) * _AT_A_TIME : page * _AT_A_TIME], articles),
            _history(), _rivalry(articles), _offered(articles),
        ),
        last=runs[0] if runs else None,
        asked=asked,
        choices=[(name, show_name(name)) for name in _SHOWN],
        languages=[(tag, language_name(tag)) for tag in site_languages()],
        categories=sorted({one.category for one in everything}),
        owners=sorted({one.owner for one in everything if one.owner}),
        page_number=page,
        pages=pages,
        tabs=insight_tabs(),
    )  # fmt: skip
    return make_response(body)


@bp.get("/insight/findability/<section>.csv")
@needs(Right.WRITE)
def findability_csv(section: str) -> Response:
    asked = _asked()
    articles = _articles(asked)
    drawn: dict[str, Callable[[], Section]] = {
        "questions": lambda: _questions(_places(articles, asked), articles), "history": _history,
        "rivals": lambda: _rivalry(articles), "offered": lambda: _offered(articles),
    }  # fmt: skip
    draw = drawn.get(section)
    if draw is None:
        abort(404)
    return as_csv(draw(), f"findability-{section}")


def _asked() -> dict[str, str]:
    """The filters of the address; what makes no sense there is left out."""
    try:
        lang = canonical(request.args["lang_of"]) if request.args.get("lang_of") else ""
    except UnknownLanguage:
        lang = ""
    show = request.args.get("show", "")
    found = {
        "show": show if show in _SHOWN else "", "lang_of": lang, "category": request.args.get("category", "")[:100],
        "owner": request.args.get("owner", "")[:100], "of": request.args.get("of", "")[:300],
        "rival": request.args.get("rival", "")[:300],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _articles(asked: Mapping[str, str]) -> dict[ArticleRef, Article]:
    s = services()
    return {
        one.ref: one
        for one in s.articles.published(s.today())
        if asked.get("lang_of", one.lang) == one.lang
        and f"{one.category}/".startswith(f"{asked['category']}/" if "category" in asked else "")
        and asked.get("owner", one.owner) == one.owner
    }


def _places(articles: Mapping[ArticleRef, Article], asked: Mapping[str, str]) -> list[tuple[Question, Place]]:
    """The measured questions of these articles that the address asks for, the worst first."""
    s = services()
    show = asked.get("show", "")
    changed: set[Question] = set()
    if show in {"broken", "mended"}:
        last = s.findability.repository.last_run()
        changes = s.findability.repository.changes(last.id) if last else []
        changed = {one.question for one in changes if one.effect.value == show}
    found = [
        (question, place)
        for question, place in s.findability.repository.places().items()
        if question.ref in articles
        and (show != "lost" or not place.found)
        and (show != "found" or place.found)
        and asked.get("of", f"{question.lang}/{question.slug}") == f"{question.lang}/{question.slug}"
        and ("rival" not in asked or asked["rival"] in {f"{ref.lang}/{ref.slug}" for ref in place.rivals})
        and (show != "rivals" or place.rivals)
        and (show not in {"broken", "mended"} or question in changed)
    ]
    return sorted(found, key=lambda one: ((-one[1].standing[0], -one[1].standing[1]), one[0]))


def _article_cell(ref: ArticleRef, articles: Mapping[ArticleRef, Article]) -> Cell:
    there = ref in articles or services().articles.get(ref) is not None
    return Cell(
        f"{ref.lang}/{ref.slug}",
        url_for("desk.findability_of", lang=ref.lang, slug=ref.slug) if there else "",
    )


def _questions(places: Sequence[tuple[Question, Place]], articles: Mapping[ArticleRef, Article]) -> Section:
    rows = tuple(
        (
            Cell(question.text, lang=question.lang), _article_cell(question.ref, articles), Cell(place_words(place)),
            Cell(verdict_word(place.verdict)), Cell(listed(f"{ref.lang}/{ref.slug}" for ref in place.rivals)),
            Cell(place.since or ""),
        )
        for question, place in places
    )  # fmt: skip
    columns = (
        _("Question"), _("Article"), _("Place"), _("Search would say"), _("Above or beside it"), _("Since revision"),
    )  # fmt: skip
    return Section("questions", _("Questions of articles"), columns, rows)


def _history() -> Section:
    runs = services().findability.repository.runs(_RUNS)
    rows = tuple(
        (
            Cell(one.revision), Cell(format_datetime(one.at, "short")),
            *(Cell(count, url_for("desk.findability", show=show) if one is runs[0] else "")
              for show, count in ((None, one.questions), ("found", one.found))),
            *(
                Cell(count, url_for("desk.findability_change", run=one.id, effect=effect) if count else "")
                for effect, count in (("broken", one.broken), ("mended", one.mended))
            ),
        )
        for one in runs
    )  # fmt: skip
    words = (_("Found"), _("Not found"))
    chart = charts.columns(_("By publish"), [[one.found, one.questions - one.found] for one in reversed(runs)])
    columns = (_("Revision"), _("Tried"), _("Questions"), _("Found"), _("Broken"), _("Mended"))
    return Section("history", _("By publish"), columns, rows, chart, words)


def _rivalry(articles: Mapping[ArticleRef, Article]) -> Section:
    """Which article stands above or beside which, and for how many questions."""
    pairs: Counter[tuple[ArticleRef, ArticleRef]] = Counter()
    for question, place in services().findability.repository.places().items():
        if question.ref in articles:
            pairs.update((question.ref, rival) for rival in place.rivals)
    ranked = sorted(pairs.items(), key=lambda one: (-one[1], one[0]))[:_PAIRS]
    rows = tuple(
        (
            _article_cell(ref, articles),
            _article_cell(rival, articles),
            Cell(count, url_for("desk.findability", of=f"{ref.lang}/{ref.slug}", rival=f"{rival.lang}/{rival.slug}")),
        )
        for (ref, rival), count in ranked
    )
    return Section("rivals", _("Articles that compete"), (_("Article"), _("Above or beside it"), _("Questions")), rows)


def _offer(ref: ArticleRef, count: int) -> Cell:
    """A figure of words that led to an article; its page has each of them with its own."""
    return Cell(count, url_for("desk.findability_of", lang=ref.lang, slug=ref.slug, _anchor="add-title"))


def _offered(articles: Mapping[ArticleRef, Article]) -> Section:
    s = services()
    found = s.findability.offered(list(articles.values()), s.today()) if articles else {}
    ranked = sorted(found.items(), key=lambda one: (-sum(words.opened for words in one[1]), one[0]))[:_OFFERS]
    rows = tuple(
        (
            _article_cell(ref, articles), _offer(ref, len(words)), Cell(words[0].text, lang=ref.lang),
            _offer(ref, sum(one.opened for one in words)), _offer(ref, sum(one.confirmed for one in words)),
        )
        for ref, words in ranked
    )  # fmt: skip
    columns = (_("Article"), _("Questions"), _("The first of them"), _("Visits"), _("Solved it"))
    note = _("What customers searched for and then read this article. Its page adds the words to its questions.")
    return Section("offered", _("Customers' words that led to an article"), columns, rows, note=note)


# ---- one publish


@bp.get("/insight/findability/publish/<int:run>")
@needs(Right.WRITE)
def findability_change(run: int) -> Response:
    """What a publish changed for questions, what broke first."""
    changes = services().findability.repository.changes(run)
    effect = request.args.get("effect", "")
    if effect in _EFFECTS:
        changes = [one for one in changes if one.effect.value == effect]
    changes = changes[:_CHANGES]
    if not changes:
        abort(404)
    title = _("Revision %(number)s", number=changes[0].revision)
    body = render_template(
        "desk/findability_change.html", title=title, section=_changes(title, changes), tabs=insight_tabs()
    )
    return make_response(body)


def _changes(title: str, changes: Sequence[Change], *, of_one: bool = False) -> Section:
    rows = tuple(
        (
            Cell(change.question.text, lang=change.question.lang),
            Cell(change.revision) if of_one else _article_cell(change.question.ref, {}),
            Cell(effect_name(change.effect)),
            Cell(_place_and_verdict(change.was)), Cell(_place_and_verdict(change.now)),
        )
        for change in changes
    )  # fmt: skip
    second = _("Revision") if of_one else _("Article")
    return Section("changes", title, (_("Question"), second, _("Effect"), _("Before"), _("After")), rows)


# ---- one article


@bp.get("/insight/findability/<lang>/<slug>")
@needs(Right.WRITE)
def findability_of(lang: str, slug: str) -> Response:
    return _article_page(_article(lang, slug), "")


@bp.post("/insight/findability/<lang>/<slug>")
@needs(Right.WRITE)
def add_reached(lang: str, slug: str) -> Response:
    """Add the chosen words of customers to the questions of the article's file."""
    s, article = services(), _article(lang, slug)
    offered = [one.text for one in s.findability.offered([article], s.today()).get(article.ref, ())]
    chosen = [one for one in request.form.getlist("words") if one in offered]
    if not chosen:
        return _article_page(article, _("Choose at least one question."))
    try:
        waits = add_questions(article, chosen, author())
    except NotAdded as problem:
        return _article_page(article, f"{article.source}: {problem}")
    how = "suggested" if waits else "added"
    s.desk.note_draft(me(), "", article.source, f"questions {how} in customers' words", s.now())
    return redirect(url_for("desk.findability_of", lang=lang, slug=slug, done=how), 303)


def _article(lang: str, slug: str) -> Article:
    article = services().articles.get(ArticleRef(lang, slug))
    if article is None:
        abort(404)
    return article


def _article_page(article: Article, problem: str) -> Response:
    s = services()
    places = list(s.findability.repository.places(article.ref).items())
    page = render_template(
        "desk/findability_article.html",
        article=article,
        sections=(
            _questions(places, {article.ref: article}),
            _changes(_("By publish"), s.findability.repository.history(article.ref), of_one=True),
        ),
        offered=s.findability.offered([article], s.today()).get(article.ref, ()),
        untried=[one for one in article.questions if Question(article.lang, article.slug, one) not in dict(places)],
        problem=problem,
        done=request.args.get("done", ""),
        tabs=insight_tabs(),
    )
    return make_response(page, 422 if problem else 200)


# ---- words


def place_words(place: Place) -> str:
    return str(place.rank) if place.rank else _("Not found")


def _place_and_verdict(place: Place | None) -> str:
    return f"{place_words(place)} · {verdict_word(place.verdict)}" if place else "–"


def verdict_word(verdict: str) -> str:
    words: dict[str, Any] = {
        "answer": _("Answer shown"), "suggest": _("Suggested"), "ask_human": _("Asked for a human"),
    }  # fmt: skip
    return str(words.get(verdict, verdict))


def effect_name(effect: Effect) -> str:
    return {
        Effect.BROKEN: _("Broken"), Effect.MENDED: _("Mended"), Effect.LOWER: _("Lower"), Effect.HIGHER: _("Higher"),
        Effect.NEW: _("New question"), Effect.GONE: _("No longer asked"),
    }[effect]  # fmt: skip


def show_name(name: str) -> str:
    return {
        "": _("All"), "found": _("Among the first three"), "lost": _("Not among the first three"),
        "rivals": _("Others compete"),
        "broken": _("Broken by the last publish"), "mended": _("Mended by the last publish"),
    }[name]  # fmt: skip
