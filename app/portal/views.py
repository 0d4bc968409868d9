"""Views of the public help centre. Each view parses, calls a service, renders."""

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import abort, g, redirect, render_template, request, send_file, send_from_directory, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.container import Services
from app.current import services
from app.portal import article_page, browsing, result_excerpt, structured_data
from app.portal.blueprint import bp
from app.web import channels, errors, i18n, ratelimit, visits
from app.web.addresses import absolute, with_base
from app.web.quotation import SHORT
from app.web.urgent import urgent_box
from core.database.remembered import or_without
from core.events import emit
from core.texts import languages
from index.models import Degraded, SearchQuery, SearchResult, Verdict
from insight.feedback import Reason
from kb.models import Article, ArticleRef, Category
from kb.published_files import ARTICLES, DOWNLOADS, STATIC, has_served_name
from kb.source.inside import may_be_read

QUERY_MAX = 500
_RESULTS = 10
_MORE_RESULTS = 30
_SHOWN_BEFORE_A_PERSON = 5

# Served file types. The second group is served as attachment (download), so that nothing in it runs on this origin.


@dataclass(frozen=True)
class SearchPage:
    """The view model of the results page. `likely` of the rows, the first ones, are shown without being asked for; with
    `has_more` there may be others behind the rows."""

    result: SearchResult
    rows: tuple[result_excerpt.ResultRow, ...]
    likely: int
    has_more: bool
    notice: str


@bp.app_context_processor
def _for_every_template() -> dict[str, Any]:
    return {
        "absolute": absolute,
        "open_graph_locale": structured_data.open_graph_locale,
        "channels": channels.channels,
        "urgent_box": urgent_box,
        "opening_hours": channels.opening_hours,
        "words_of_address": words_of_address,
        "articles_near_address": articles_near_address,
    }


@bp.after_request
def _conditional(response: Response) -> Response:
    """Conditional GET: sets an ETag and responds 304 when the browser's copy is current."""
    if request.method in {"GET", "HEAD"} and response.status_code == 200 and not response.is_streamed:
        response.add_etag()
        response.headers.setdefault("Cache-Control", "no-cache")
        response.make_conditional(request)
    return response


@bp.after_app_request
def _long_lived_assets(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@bp.app_errorhandler(404)
def _moved_or_missing(error: NotFound) -> Any:
    """Redirect an article's alias (old address) to it; any other path is a 404."""
    problem = errors.problem_of(error)
    if request.method in {"GET", "HEAD"} and not request.path.startswith("/api/"):
        try:
            ref = services().articles.by_alias(request.path)
        except SQLAlchemyError as failure:  # nobody handles errors of an error handler
            if _is_of_ours():
                return errors.respond(problem)
            return errors.respond(errors.unavailable(failure))
        if ref is not None:
            return redirect(browsing.article_url(ref, ref.lang), 301)
    return errors.respond(problem)


def _is_of_ours() -> bool:
    """Whether the address is one of a kind that no article ever had, such as a file's."""
    return request.url_rule is not None and request.endpoint not in {"portal.article", "portal.category"}


@bp.get("/")
def root() -> Response:
    response = redirect(url_for("portal.home", lang=i18n.current_lang()))
    response.vary.add("Accept-Language")
    return response


@bp.get("/<tag:lang>/")
def home(lang: str) -> str:
    own = services()
    known = or_without(lambda: browsing.category_listings(own, lang), None)
    category_listings = known or ()
    useful = or_without(lambda: browsing.most_useful(own, lang, category_listings), ())
    return render_template(
        "portal/home.html",
        category_listings=category_listings,
        topics_unknown=known is None,
        useful=useful,
        latest=browsing.latest(category_listings, useful),
        index_missing=not _can_search(own),
        structured=structured_data.website(lang),
    )


@bp.get("/<lang>/search")
def search(lang: str) -> str:
    own = services()
    question = " ".join(request.args.get("q", "").replace("\0", " ").split())[:QUERY_MAX]
    nothing: dict[str, Category] = {}
    # Results are in memory: what is around them is left out where the database does not answer.
    known = or_without(lambda: browsing.categories(own, lang), nothing)
    wanted = request.args.get("category", "")
    category = wanted if wanted in known or (wanted and known is nothing) else None
    language = request.args.get("language", "")
    language = language if language in or_without(own.articles.languages, i18n.site_languages()) else ""
    if not question:
        return render_template("portal/search.html", q="", found=None, category_listings=_topics(own, lang))
    ratelimit.check("search")
    more = "more" in request.args
    query = SearchQuery(
        question,
        lang,
        _MORE_RESULTS if more else _RESULTS,
        category,
        audience=request.args.get("audience", "")[:100] or None,
        language=language or None,
        as_typed="typed" in request.args,
    )
    found = find(own, query, lang)
    result = found.result
    recorded = ""
    if not more and result.degraded is not Degraded.LIMITED:
        recorded = visits.record_search(
            "search", question, str(result.verdict), result.hits,
            confidence=result.confidence, degraded=str(result.degraded) if result.degraded else None, lang=lang,
        )  # fmt: skip
    return render_template(
        "portal/search.html",
        q=question,
        recorded=recorded,
        found=found,
        verdict=str(found.result.verdict),
        filters=browsing.filters(known, (row.category for row in found.rows), category),
        category=category,
        languages=_languages_of(found, language),
        language=language,
        shown=len(found.rows) if more else found.likely,
        more=more,
        did_you_mean=found.result.did_you_mean,
        human_url=i18n.contact_url(q=question),
        category_listings=() if found.rows else _topics(own, lang),
    )


def _topics(own: Services, lang: str) -> tuple[browsing.CategoryListing, ...]:
    return or_without(lambda: browsing.category_listings(own, lang), ())


def _languages_of(found: SearchPage, chosen: str) -> list[tuple[str, str]]:
    """The options of the language filter: the languages of the results, when there are several."""
    tags = dict.fromkeys((*([chosen] if chosen else []), *(row.lang for row in found.rows)))
    return [(tag, i18n.language_name(tag)) for tag in tags] if len(tags) > 1 or chosen else []


def find(own: Services, query: SearchQuery, lang: str) -> SearchPage:
    """Search; `notice` explains a degraded result."""
    result = own.search.search(query, where="portal")
    described: dict[str, Category] = or_without(lambda: browsing.categories(own, lang), {})
    titles = {slug: c.title for slug, c in described.items()}
    rows = tuple(
        result_excerpt.result_of(
            hit,
            browsing.article_url(hit.ref, lang, hit.anchor),
            lang if hit.ref.lang in languages.fallbacks(lang) else hit.ref.lang,
            browsing.foreign_name(hit.ref.lang, lang),
            titles.get(hit.category, ""),
            0 if place == 0 and result.verdict is Verdict.ANSWER else SHORT,
        )
        for place, hit in enumerate(result.hits)
    )
    likely = min(result.plausible or len(rows), len(rows))
    if result.verdict is Verdict.ASK_HUMAN:
        likely = min(likely, _SHOWN_BEFORE_A_PERSON)
    return SearchPage(result, rows, likely, likely < len(rows) or len(rows) == query.limit, _notice(result.degraded))


def _notice(degraded: Degraded | None) -> str:
    if degraded is Degraded.NO_INDEX:
        return str(_("Search is not available at the moment. You can browse the topics or talk to a human."))
    if degraded is Degraded.LIMITED:
        return f"{_('Too many requests.')} {_('Please wait a moment and try again.')}"
    if degraded is Degraded.DEADLINE:
        return str(_("Search is very busy and may have missed something. Please try again in a moment."))
    # While articles are being embedded all are found, so nothing is said of it.
    if degraded not in (None, Degraded.INDEXING):
        return str(
            _("Search is running in a simpler mode, so it finds matching words only. Try other words if it misses.")
        )
    return ""


def _can_search(own: Services) -> bool:
    return bool(own.live.available)


@bp.get("/<lang>/c/<path:category>")
def category(lang: str, category: str) -> Any:
    own = services()
    listings = browsing.category_listings(own, lang)
    listing = browsing.find_listing(listings, category)
    if listing is None and (moved := browsing.moved_category(own, lang, category)):
        return redirect(moved, 301)
    listing = listing or browsing.untranslated_category(own, lang, category)
    if listing is None:
        abort(404)
    crumbs = [(i18n_home(), url_for("portal.home", lang=lang))]
    crumbs += browsing.category_crumbs(browsing.categories(own, lang), lang, category)
    if crumbs[-1][1] != listing.url:
        crumbs.append((listing.category.title, listing.url))
    above = browsing.find_listing(listings, category.rpartition("/")[0])
    beside = above.children if above else listings
    return render_template(
        "portal/category.html",
        listing=listing,
        others=[s for s in beside if s is not listing and s.category.slug != category],
        crumbs=crumbs,
        structured=structured_data.breadcrumbs(crumbs),
    )


@bp.get("/a/<slug>")
def article_in_any_language(slug: str) -> Response:
    """Redirect a link without a language to the reader's language."""
    response = redirect(url_for("portal.article", lang=i18n.current_lang(), slug=slug))
    response.vary.add("Accept-Language")
    return response


@bp.get("/<lang>/a/<slug>")
def article(lang: str, slug: str) -> Any:
    own = services()
    found = _article(own, lang, slug)
    if found.ref != ArticleRef(lang, slug) and (moved := _moved(own, lang, slug)):
        return redirect(browsing.article_url(moved, lang), 301)
    refs = browsing.translations(own, found.key)
    urls = {
        tag: url_for("portal.article", lang=tag, slug=ref.slug)
        for tag, ref in refs.items()
        if tag in i18n.site_languages()
    }
    # Fallbacks apply below every language, so the language switch offers all of them.
    slugs = {tag: refs[tag].slug for tag in refs}
    g.translations = {
        tag: urls.get(tag) or url_for("portal.article", lang=tag, slug=slugs.get(found.lang, found.slug))
        for tag in i18n.site_languages()
    }
    every = browsing.categories(own, lang)
    described = every.get(found.category)
    crumbs = [(i18n_home(), url_for("portal.home", lang=lang))]
    crumbs += browsing.category_crumbs(every, lang, found.category)
    own_url = url_for(
        "portal.article", lang=found.lang if found.lang in i18n.site_languages() else lang, slug=found.slug
    )
    body = with_base(_with_own_links(found, lang), request.script_root)
    return render_template(
        "portal/article.html",
        article=found,
        body=article_page.with_reading_aids(body, _("Link to this section"), _("Table")),
        contents=article_page.table_of_contents(found),
        minutes=article_page.minutes_of(found),
        foreign=browsing.foreign_name(found.lang, lang),
        readable=found.lang in languages.fallbacks(lang),
        translations=[(tag, url) for tag, url in urls.items() if tag != found.lang],
        newer=own.translations.newer_source(found, lambda: own.articles.by_key(found.key, own.today())),
        article_url=lambda one, anchor="": browsing.article_url(one.ref, one.lang, anchor),
        alternates=urls,
        canonical_path=own_url,
        related=_related(own, found, lang),
        crumbs=crumbs,
        category_title=described.title if described else "",
        thanks=request.args.get("feedback", ""),
        reasons=_reasons(),
        human_url=i18n.contact_url(slug=found.slug),
        structured=structured_data.article(found, absolute(own_url), [*crumbs, (found.title, own_url)]),
    )


def _moved(own: Services, lang: str, slug: str) -> ArticleRef | None:
    """The article that had this address, where none has it now. A translation with that slug is not it."""
    ref = own.articles.by_alias(request.path) or own.articles.moved(ArticleRef(lang, slug), own.today())
    return ref if ref and own.articles.visible([ref], own.today()) and ref.slug != slug else None


def _article(own: Services, lang: str, slug: str) -> Article:
    found = own.articles.best(browsing.reading_order(lang, own), slug, own.today())
    if found is None:
        abort(404)
    return found


def _with_own_links(found: Article, reader: str) -> str:
    """The article's HTML; in one of the other Chinese script, links are rewritten to the reader's own language."""
    if found.lang == reader or found.lang not in languages.fallbacks(reader):
        return found.html
    return found.html.replace(f'href="/{found.lang}/a/', f'href="/{reader}/a/')


def _related(own: Services, found: Article, reader: str, limit: int = 4) -> tuple[browsing.ArticleListing, ...]:
    """Related articles by similarity; without search, those of the same category."""
    listed = {entry.ref: entry for entry in browsing.entries(own, reader)}
    near = [listed[hit.ref] for hit in own.search.related(found.ref, limit * 2) if hit.ref in listed]
    near += [entry for entry in listed.values() if entry.category == found.category]
    return browsing.distinct(entry for entry in near if entry.key != found.key)[:limit]


def i18n_home() -> str:
    return str(_("Help centre"))


def _reasons() -> list[tuple[str, str]]:
    return [
        (Reason.UNCLEAR, _("It is hard to follow")),
        (Reason.INCOMPLETE, _("Something is missing")),
        (Reason.WRONG, _("It did not work for me")),
        (Reason.OUTDATED, _("It is out of date")),
        (Reason.OTHER_QUESTION, _("It answers another question")),
        (Reason.OTHER, _("Something else")),
    ]


@bp.post("/<lang>/a/<slug>/feedback")
def feedback(lang: str, slug: str) -> Response:
    ratelimit.check("feedback")
    own = services()
    found = _article(own, lang, slug)
    helpful = request.form.get("helpful") == "yes"
    given = request.form.get("reason", "")
    reason = Reason(given) if given in set(Reason) and not helpful else Reason.UNSET
    own.feedback.record(found.ref, helpful, own.now(), reason, request.form.get("comment", "") if not helpful else "")
    emit("feedback_received", lang=found.lang, slug=found.slug, helpful=helpful)
    visits.visit_of_form()
    told = {"lang": found.lang, "slug": found.slug, "helpful": helpful, "reason": str(reason)}
    visits.record("vote", told, lang=lang, category=found.category)
    vote = "yes" if helpful else "no"
    return redirect(url_for("portal.article", lang=lang, slug=slug, feedback=vote, _anchor="feedback"), 303)


@bp.get("/kb-files/<path:path>")
def kb_file(path: str) -> Response:
    """Serve an image or attachment of the articles folder; no other file of it."""
    return _served(ARTICLES, services().settings.kb_dir, path)


@bp.get("/kb-static/<path:path>")
def kb_static_file(path: str) -> Response:
    """Serve an image or attachment of the folder in the setting kb_static_dir; no other file of it."""
    own = services()
    folder = own.settings.kb_static_dir
    if folder is None and own.serves_own_folder:
        abort(404)
    folder = folder or own.settings.kb_dir
    return _served(STATIC, folder, path)


def _served(root: str, folder: Path, path: str) -> Response:
    download = path.rsplit(".", 1)[-1].lower() in DOWNLOADS
    if not has_served_name(path):
        abort(404)
    if services().serves_own_folder:
        if not may_be_read(folder, path):
            abort(404)
        response = send_from_directory(folder, path, as_attachment=download, max_age=300)
    else:
        kept = services().published_files.find(root, path)
        if kept is None:
            abort(404)
        name = path.rpartition("/")[2]
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = send_file(kept, kind, as_attachment=download, download_name=name, max_age=300)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # An SVG opened by itself is a document: it may not run anything or fetch anything.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # the widget shows articles on other sites' pages
    return response


def words_of_address() -> str:
    return article_page.words_of_path(request.path)


def articles_near_address(limit: int = 4) -> list[browsing.ArticleListing]:
    """Articles for the words of a URL that was not found. Never raises, as the error page calls it."""
    own = services()
    reader = i18n.current_lang()
    words = words_of_address()
    if not words:
        return []
    query = SearchQuery(words, reader, limit, looks_for_danger=False)
    hits = own.search.search(query, where="portal.not_found").plausible_hits
    if not hits:
        return []
    listed = {entry.ref: entry for entry in or_without(lambda: browsing.entries(own, reader), ())}
    return [listed[hit.ref] for hit in hits if hit.ref in listed]
