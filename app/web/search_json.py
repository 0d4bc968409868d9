"""JSON serialisation of search results, for the API, the pages' scripts and the widget."""

from typing import Any

from flask import request, url_for

from app.current import services
from app.web import i18n
from app.web.urgent import urgent_box
from index.models import ArticleHit, SearchQuery, SearchResult, UrgentMatch


def search_json(query: SearchQuery, result: SearchResult) -> dict[str, Any]:
    """Serialise a search result.

    `lang` is the reader's language if it was given, else the detected language of the query.
    """
    return {
        "query": query.text,
        "lang": query.lang or result.lang,
        "verdict": str(result.verdict),
        "confidence": None if result.confidence is None else round(result.confidence, 4),
        "degraded": None if result.degraded is None else str(result.degraded),
        "did_you_mean": result.did_you_mean,
        "corrected": result.corrected,
        "unmatched": list(result.unmatched),
        "urgent": urgent_json(result.urgent, query.lang or result.lang),
        "results": [hit_json(hit) for hit in result.hits],
        "took_ms": round(result.took_ms, 1),
    }


def hit_json(hit: ArticleHit) -> dict[str, Any]:
    return {
        "slug": hit.ref.slug,
        "lang": hit.ref.lang,
        "title": hit.title,
        "url": article_url(hit.ref.lang, hit.ref.slug),
        "anchor": hit.anchor,
        "passage": hit.passage,
        "highlights": [list(span) for span in hit.highlights],
        "score": round(hit.score, 4),
        "category": hit.category,
        "pinned": hit.pinned,
    }


def urgent_json(found: UrgentMatch | None, reader: str) -> dict[str, Any] | None:
    """Serialise an urgent message, its channel in the reader's language."""
    if found is None:
        return None
    i18n.use_lang(reader)
    box = urgent_box(found)
    if box is None:
        return None
    article = channel = None
    if box.article is not None:
        ref = box.article
        article = {
            "slug": ref.slug,
            "lang": ref.lang,
            "title": box.article_title,
            "url": article_url(ref.lang, ref.slug),
        }
    if box.channel is not None:
        way = box.channel
        href = _base() + way.href if way.href.startswith("/") else way.href
        channel = {"kind": way.kind, "label": way.label, "value": way.value, "href": href, "hours": way.hours}
    return {"lang": box.lang, "title": box.title, "text": box.text, "article": article, "channel": channel}


def _base() -> str:
    return services().settings.base_url or request.host_url.rstrip("/")


def article_url(lang: str, slug: str) -> str:
    """The absolute URL of an article: on the public base URL if one is set, else on the request's host.

    An article in a language the interface is not offered in has its page below one that is.
    """
    below = lang if lang in i18n.site_languages() else i18n.current_lang()
    return _base() + url_for("portal.article", lang=below, slug=slug)
