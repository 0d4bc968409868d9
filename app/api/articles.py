"""GET /api/v1/articles/…: one published article as JSON."""

from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext as _

from app.api.blueprint import bp
from app.current import current_site, services
from app.web import request_input
from app.web.addresses import public_base, with_base
from app.web.errors import Problem
from app.web.ratelimit import limit
from app.web.search_json import article_url
from core.texts.languages import fallbacks
from kb.models import Article


@bp.get("/articles/<lang>/<slug>")
@limit("search")
def article(lang: str, slug: str) -> Response:
    found = visible_article(request_input.language(lang), slug)
    return jsonify(
        {
            "slug": found.slug,
            "lang": found.lang,
            "key": found.key,
            "title": found.title,
            "summary": found.summary,
            "category": found.category,
            "categories": _categories(found, lang),
            "tags": list(found.tags),
            "updated": found.updated.isoformat() if found.updated else None,
            "url": article_url(found.lang, found.slug),
            "html": _html(found),
            "sections": [
                {"anchor": s.anchor, "heading": s.heading, "level": s.level, "text": s.text} for s in found.sections
            ],
            "translations": [
                {"lang": other.lang, "slug": other.slug, "url": article_url(other.lang, other.slug)}
                for other in services().articles.by_key(found.key, services().today())
                if other.ref != found.ref
            ],
            "translation_outdated": _outdated(found),
        }
    )


def _outdated(found: Article) -> dict[str, Any] | None:
    """Where a translation's source is newer by much, and under which headings; None where it is not."""
    own = services()
    newer = own.translations.newer_source(found, lambda: own.articles.by_key(found.key, own.today()))
    if newer is None:
        return None
    source = newer.source
    return {
        "since": newer.since.isoformat(),
        "source": {"lang": source.lang, "slug": source.slug, "url": article_url(source.lang, source.slug)},
        "sections": [{"anchor": one.anchor, "heading": one.heading} for one in newer.sections],
    }


def _categories(found: Article, lang: str) -> list[dict[str, str]]:
    """The category and those it is in, the outermost first."""
    described: dict[str, str] = {}
    for tag in dict.fromkeys((*fallbacks(lang), found.lang)):
        for category in services().articles.categories(tag):
            described.setdefault(category.slug, category.title)
    parts = found.category.split("/")
    slugs = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return [{"slug": slug, "title": described[slug]} for slug in slugs if slug in described]


def _html(found: Article) -> str:
    """The HTML with absolute URLs of images and links when the request comes from a page of another site."""
    return with_base(found.html, request.script_root if current_site() is None else public_base())


def visible_article(lang: str, slug: str) -> Article:
    """The visible article of that slug for a reader of `lang`, in fallback languages too; else a 404."""
    found = services().articles.best(fallbacks(lang), slug, services().today())
    if found is None:
        raise Problem(
            404,
            "article_not_found",
            _("There is no such article, or it is not published."),
            _("Search for it; its address may have changed."),
        )
    return found
