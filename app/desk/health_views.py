"""One page of what articles want looking after: dates, links, orphans, near twins, pictures, questions; and twins that
become one. Each row leads to where it is mended."""

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import format_date, format_datetime, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk import reminders
from app.desk.access import author, me, needs
from app.desk.authoring_views import only_here
from app.desk.blueprint import bp
from app.desk.findability_views import place_words
from app.desk.insight_tables import Cell, Section, as_csv
from app.desk.insight_views import stop_page
from app.desk.library_views import contact_forms, folder_page
from app.web.i18n import language_name, reworded
from core.numbers import whole_number
from insight.report import Filters, reports
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.header_form import HeaderKept
from kb.authoring.models import ChangedMeanwhile
from kb.authoring.shelf import Look
from kb.authoring.twin_merge import merged, parts_to_choose
from kb.external_links.models import ExternalLink, Outcome
from kb.external_links.service import links_in
from kb.models import Article, ArticleRef
from kb.upkeep import Due, dates, unlinked
from support.agents.models import Right
from support.intake.forms import one_line

_EACH, _AT_A_TIME = 10, 50
_FILTERS = ("kind", "language", "category", "owner")
_READ_DAYS = timedelta(days=90)
_LINK_CODES = frozenset({"broken-link", "broken-anchor", "link-hidden", "link-language", "form-unknown",
                         "form-choice-unknown", "missing-image"})  # fmt: skip
_PICTURE_CODES = frozenset({"no-alt"})


@dataclass(frozen=True)
class Item:
    """One thing to look after. `more` are links besides the one to the editor."""

    article: Article
    what: str
    url: str
    more: str = ""


@dataclass(frozen=True)
class Kind:
    name: str
    title: str
    items: Sequence[Item]
    note: str = ""


@bp.get("/articles/health")
@needs(Right.WRITE)
def articles_health() -> Response:
    s = services()
    wanted = _wanted()
    look = s.shelf.look(s.today(), contact_forms()) if s.serves_own_folder else None
    kinds = [_narrowed(kind, wanted) for kind in _kinds(look)] if look else []
    shown = [kind for kind in kinds if wanted["kind"] in {"", kind.name}]
    most = _AT_A_TIME if wanted["kind"] else _EACH
    longest = max((len(kind.items) for kind in shown), default=0)
    pages = max(1, -(-longest // most)) if wanted["kind"] else 1
    page = min(max(whole_number(request.args.get("page", "")) or 1, 1), pages)
    asked = {name: value for name, value in wanted.items() if value}
    begin = (page - 1) * most
    return folder_page(
        "desk/health.html",
        look,
        kinds=kinds,
        sections=[(_section(kind, kind.items[begin : begin + most]), len(kind.items), kind.note) for kind in shown],
        wanted=wanted,
        choices=_choices(look) if look else {},
        here=lambda **changed: url_for("desk.articles_health", **{**asked, **changed}),
        csv=lambda name: url_for("desk.articles_health_csv", **{**asked, "kind": name}),
        each=most,
        page_number=page,
        pages=pages,
    )


@bp.get("/articles/health.csv")
@needs(Right.WRITE)
def articles_health_csv() -> Response:
    only_here()
    s, wanted = services(), _wanted()
    look = s.shelf.look(s.today(), contact_forms(), 30.0)
    if look is None:
        abort(503)
    found = next((kind for kind in _kinds(look, 30.0) if kind.name == wanted["kind"]), None)
    if found is None:
        abort(404)
    kind = _narrowed(found, wanted)
    return as_csv(_section(kind, kind.items, paths=True), f"articles-{kind.name}")


@bp.route("/articles/reminders/<token>", methods=("GET", "POST"))
@needs(None)
def reminders_stop(token: str) -> Response:
    """End the reminders for the address that got this link: after a button was pressed, since programs open links; at
    once for the POST of a mail program (RFC 8058)."""
    return stop_page(reminders, token, _("Reminders about articles"))


@bp.get("/articles/twins")
@needs(Right.WRITE)
def article_twins() -> Response:
    """Two articles side by side, to make them one."""
    only_here()
    kept, other = _two()
    return _twins_page(kept, other)


@bp.post("/articles/twins")
@needs(Right.PUBLISH)
def merge_twins() -> Response:
    """One article takes over what was chosen, and the address; the other becomes a draft."""
    s = services()
    only_here()
    kept, other = _two()
    if not author().may_publish_at(s.authoring.spot(kept.source), s.authoring.spot(other.source)):
        abort(403)
    try:
        texts = s.authoring.open(kept.source, s.now()), s.authoring.open(other.source, s.now())
        given = [request.form.get("version", ""), request.form.get("version_other", "")]
        if [one.version for one in texts] != given:
            return _twins_page(kept, other, _("One of the articles was changed meanwhile. Look at both again."), 409)
        look = s.shelf.look(s.today(), contact_forms(), 30.0)
        slugs = {one.slug for one in look.reading.articles if one.lang == other.lang} if look else set()
        folders = posixpath.dirname(kept.source), posixpath.dirname(other.source)
        chosen = [n for n in map(whole_number, request.form.getlist("part")) if n is not None]
        made = merged(
            texts[0].text, texts[1].text, other.ref, chosen, slugs, names="names" in request.form, folders=folders
        )
        reason = _("Merged with %(path)s", path=other.source)
        outcomes = [
            s.authoring.save(kept.source, made.kept, texts[0].version, author(), reason, s.now()),
            s.authoring.save(other.source, made.retired, texts[1].version, author(), reason, s.now()),
        ]
    except HeaderKept as failure:
        words = _("The field “%(name)s” is written in a way that cannot be changed here.", name=failure.name)
        return _twins_page(kept, other, words, 422)
    except (CannotEdit, NoSuchArticle):
        words = _("The file could not be written. Your text is still here; try again, or tell whoever runs this site.")
        return _twins_page(kept, other, words, 422)
    if any(isinstance(one, ChangedMeanwhile) for one in outcomes):
        return _twins_page(kept, other, _("One of the articles was changed meanwhile. Look at both again."), 409)
    for one in (kept, other):
        s.desk.note_article(me(), "article_merged", one.source, s.now())
    return redirect(url_for("desk.edit_article", path=kept.source, done="saved"), 303)


def _twins_page(kept: Article, other: Article, problem: str = "", code: int = 200) -> Response:
    s = services()
    try:
        text, text_other = s.authoring.open(kept.source, s.now()), s.authoring.open(other.source, s.now())
    except (CannotEdit, NoSuchArticle):
        abort(404)
    page = render_template(
        "desk/twins.html",
        kept=kept,
        other=other,
        version=text.version,
        version_other=text_other.version,
        parts=list(enumerate(parts_to_choose(text_other.text))),
        own_parts=parts_to_choose(text.text),
        address=f"/{other.lang}/a/{other.slug}",
        problem=problem,
    )
    return make_response(page, code)


def _two() -> tuple[Article, Article]:
    """The article that stays and the other one, by their files. 404 unless both are there, in one language."""
    s = services()
    look = s.shelf.look(s.today(), contact_forms(), 30.0)
    articles = {one.source: one for one in look.reading.articles} if look else {}
    kept, other = (articles.get(request.values.get(name, "")) for name in ("keep", "drop"))
    if kept is None or other is None or kept.ref == other.ref or kept.lang != other.lang:
        abort(404)
    if not kept.visible_on(s.today()):  # its visitors would be led to nothing
        abort(404)
    return kept, other


def _wanted() -> dict[str, str]:
    return {name: one_line(request.args.get(name, ""))[:200] for name in _FILTERS}


def _narrowed(kind: Kind, wanted: Mapping[str, str]) -> Kind:
    exact: dict[str, Callable[[Article], str]] = {
        "language": lambda one: one.lang, "category": lambda one: one.category, "owner": lambda one: one.owner,
    }  # fmt: skip
    items = [
        one
        for one in kind.items
        if all(not wanted[name] or of(one.article) == wanted[name] for name, of in exact.items())
    ]
    return Kind(kind.name, kind.title, items, kind.note)


def _section(kind: Kind, items: Iterable[Item], *, paths: bool = False) -> Section:
    rows = tuple(
        (
            Cell(one.article.title, url_for("desk.edit_article", path=one.article.source), one.article.lang),
            *((Cell(one.article.source),) if paths else ()),
            Cell(language_name(one.article.lang)), Cell(one.article.category), Cell(one.article.owner),
            Cell(one.what, one.url), Cell(one.more),
        )
        for one in items
    )  # fmt: skip
    file = (_("File"),) if paths else ()
    columns = (_("Article"), *file, _("Language"), _("Topic"), _("Owner"), _("What"), _("Since or by"))
    return Section(kind.name, kind.title, columns, rows)


def _kinds(look: Look, wait: float = 0.5) -> list[Kind]:
    s = services()
    articles = {one.source: one for one in look.reading.articles}
    refs = {one.ref: one for one in look.reading.articles}
    due = dates(look.reading.articles, s.today())
    reviews = [one for one in due if one.due in {Due.REVIEW_DUE, Due.REVIEW_SOON}]
    expiries = [one for one in due if one.due in {Due.EXPIRED, Due.EXPIRES_SOON}]

    def dated(found: Sequence[Any]) -> list[Item]:
        return [Item(one.article, due_words(one.due), _edit(one.article), format_date(one.day)) for one in found]

    return [
        Kind("reviews", _("Reviews"), dated(reviews)),
        Kind("expiry", _("Expiry"), dated(expiries)),
        Kind("links", _("Links within the help centre"), _found(look, articles, _LINK_CODES)),
        Kind("external", _("Links to other sites"), _external(look), _external_note()),
        Kind(
            "orphans", _("Orphans"), _orphans(look), _("Nothing links to them, and nobody has read them for 90 days.")
        ),
        _twins(refs, wait),
        Kind("pictures", _("Pictures without a description"), _found(look, articles, _PICTURE_CODES)),
        Kind("questions", _("Questions that do not find their article"), _questions(refs)),
    ]


def due_words(due: Due) -> str:
    return {
        Due.REVIEW_DUE: _("Review is due"),
        Due.REVIEW_SOON: _("Review is due soon"),
        Due.EXPIRED: _("Expired: readers do not see it"),
        Due.EXPIRES_SOON: _("Expires soon"),
    }[due]


def _edit(article: Article) -> str:
    return url_for("desk.edit_article", path=article.source)


def _found(look: Look, articles: Mapping[str, Article], codes: frozenset[str]) -> list[Item]:
    return [
        Item(articles[path], reworded(one.message), _edit(articles[path]), _("Line %(number)s", number=one.line))
        for path, findings in look.findings.items()
        if path in articles
        for one in findings
        if one.code in codes
    ]


def _external(look: Look) -> list[Item]:
    s = services()
    links = {url: one for url, one in s.external_links.every().items() if one.broken}
    if not links:
        return []
    found = []
    for source in look.reading.sources:
        if source.article.visible_on(s.today()) and any(link.external for link in source.page.links):
            for url in links_in(source.article.html):
                if url in links:
                    one = links[url]
                    since = format_datetime(one.failing_since, "short") if one.failing_since else ""
                    found.append(Item(source.article, f"{url} ({failure_words(one)})", _edit(source.article), since))
    return found


def failure_words(one: ExternalLink) -> str:
    if one.outcome is Outcome.GONE:
        return _("no such page, %(status)s", status=one.status)
    if one.status:
        return _("server error, %(status)s", status=one.status)
    return _("no answer")


def _external_note() -> str:
    s = services()
    if s.settings.check_links == "off":
        return _("They are not tried: the setting check_links is off.")
    every = s.external_links.every().values()
    asked = sum(one.checked_at is not None for one in every)
    return ngettext(
        "%(asked)s of %(num)s link was tried. One that failed again and again for days counts as broken.",
        "%(asked)s of %(num)s links were tried. Those that failed again and again for days count as broken.",
        len(every), asked=asked,
    )  # fmt: skip


def _orphans(look: Look) -> list[Item]:
    s = services()
    alone = unlinked(look.reading.sources, s.today())
    if not alone or s.settings.insight == "off":
        return [Item(one, _("No article links to it"), _edit(one)) for one in alone if one.exclude]
    filters = Filters(s.today() - _READ_DAYS, s.today())
    with reports(s.engine, filters, s.now()) as (now, _before):
        read = now.totals("read")["read"]
    first = s.today() - _READ_DAYS
    return [
        Item(one, _("No article links to it, nobody read it"), _edit(one))
        for one in alone
        # A new one has had no time to be found.
        if not read[f"{one.lang}/{one.slug}"] and not (one.publish_date and one.publish_date > first)
    ]


def _twins(refs: Mapping[ArticleRef, Article], wait: float) -> Kind:
    found, pairs = list[Item](), services().twins.pairs(wait)
    if pairs is None:
        note = _("The articles are being compared. Load this page again in a moment.")
        return Kind("twins", _("Near twins"), found, note)
    for pair in pairs:
        one, other = refs.get(pair.one), refs.get(pair.other)
        if one is None or other is None or not other.visible_on(services().today()):
            continue
        url = url_for("desk.article_twins", keep=one.source, drop=other.source)
        found.append(Item(one, _("Merge with “%(title)s”", title=other.title), url))
    return Kind("twins", _("Near twins"), found, _("Two articles that say nearly the same share their readers."))


def _questions(refs: Mapping[ArticleRef, Article]) -> list[Item]:
    return [
        Item(
            refs[question.ref], question.text,
            url_for("desk.findability_of", lang=question.ref.lang, slug=question.ref.slug), place_words(place),
        )
        for question, place in services().findability.repository.places().items()
        if question.ref in refs and not place.found
    ]  # fmt: skip


def _choices(look: Look) -> dict[str, list[tuple[str, str]]]:
    articles = look.reading.articles
    return {
        "language": [(one, language_name(one)) for one in sorted({article.lang for article in articles})],
        "category": [(one, one) for one in sorted({article.category for article in articles})],
        "owner": [(one, one) for one in sorted({article.owner for article in articles if article.owner})],
    }
