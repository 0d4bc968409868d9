"""JSON serialisation of search results, for the API, the pages' scripts and the widget."""

from typing import Any

from flask import url_for

from app.web import i18n
from app.web.addresses import absolute, public_base, unprefixed
from app.web.quotation import SHORT, quoted
from app.web.urgent import urgent_box
from index.models import ArticleHit, SearchQuery, SearchResult, UrgentMatch
from support.tickets.models import UrgentNotice


def search_json(query: SearchQuery, result: SearchResult) -> dict[str, Any]:
    """Serialise a search result.

    `lang` is the reader's language if it was given, else the detected language of the query.
    """
    return {
        "query": query.text,
        "lang": query.lang or result.lang,
        "verdict": str(result.verdict),
        "confidence": None if result.confidence is None else round(result.confidence, 4),
        "first_confidence": None if result.first_confidence is None else round(result.first_confidence, 4),
        "degraded": None if result.degraded is None else str(result.degraded),
        "did_you_mean": result.did_you_mean,
        "corrected": result.corrected,
        "unmatched": list(result.unmatched),
        "plausible": min(result.plausible, len(result.hits)),
        "urgent": urgent_json(result.urgent, query.lang or result.lang),
        "results": [hit_json(hit, 0 if place == 0 else SHORT) for place, hit in enumerate(result.hits)],
        "took_ms": round(result.took_ms, 1),
    }


def hit_json(hit: ArticleHit, budget: int = SHORT) -> dict[str, Any]:
    """A hit, quoted in about `budget` letters (0: the whole passage)."""
    base = public_base()
    url = article_url(hit.ref.lang, hit.ref.slug, base)
    quotation = quoted(hit, url, budget, base=base)
    return {
        "slug": hit.ref.slug,
        "lang": hit.ref.lang,
        "title": hit.title,
        "url": url,
        "anchor": hit.anchor,
        "heading": hit.heading,
        "passage": hit.passage,
        "highlights": [list(span) for span in hit.highlights],
        "highlight": None if hit.highlight is None else list(hit.highlight),
        "answer_html": str(quotation.html),
        "cut": quotation.cut,
        "score": round(hit.score, 4),
        "category": hit.category,
        "pinned": hit.pinned,
    }


def urgent_json(found: UrgentMatch | UrgentNotice | None, reader: str) -> dict[str, Any] | None:
    """Serialise an urgent message, as it is shown to a reader of `reader`."""
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
        href = absolute(way.href) if way.href.startswith("/") else way.href
        channel = {"kind": way.kind, "label": way.label, "value": way.value, "href": href, "hours": way.hours}
    return {"lang": box.lang, "title": box.title, "text": box.text, "article": article, "channel": channel}


def article_url(lang: str, slug: str, base: str | None = None) -> str:
    """The absolute URL of an article: on the public base URL if one is set, else on the request's host; `base` is that,
    where it is known already.

    An article in a language the interface is not offered in has its page below one that is.
    """
    below = lang if lang in i18n.site_languages() else i18n.current_lang()
    address = url_for("portal.article", lang=below, slug=slug)
    return absolute(address) if base is None else base + unprefixed(address)
