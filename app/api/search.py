"""Searching for a visitor who types a question, and suggesting to one who writes to the team."""

from dataclasses import replace
from typing import Any

from flask import Response, jsonify, request, url_for

from app import i18n
from app.api import incoming
from app.api.blueprint import bp
from app.ratelimit import limit
from app.services import services
from index.prefix import suggested
from index.types import ArticleHit, SearchQuery, SearchResult

RESULTS_MAX = 50
# As many results as a page of the portal has.
PAGE = 10
_SUGGESTIONS = 5
_MESSAGE_SEARCHED = 1000


@bp.get("/search")
@limit("search")
def search() -> Response:
    text = incoming.parameter("q", incoming.QUESTION_MAX)
    if not text.strip():
        raise incoming.missing("q")
    query = SearchQuery(
        text=text,
        lang=_language_parameter(),
        limit=incoming.number_parameter("limit", 10, 1, RESULTS_MAX),
        category=incoming.parameter("category", 100) or None,
        audience=incoming.parameter("audience", 100) or None,
        language=_language_parameter("language"),
        as_typed=incoming.flag_parameter("as_typed"),
    )
    return jsonify(search_json(query, services().search.search(query, where="api.search")))


@bp.get("/suggest")
@limit("suggest")
def suggest_while_typing() -> Response:
    """The first results of the page for the same text, or fewer: nothing is suggested that the page does not have."""
    text = incoming.parameter("q", incoming.QUESTION_MAX)
    if not text.strip():
        raise incoming.missing("q")
    query = SearchQuery(text=text, lang=_language_parameter(), limit=PAGE)
    result = services().search.search(query, where="api.typing")
    return jsonify(search_json(query, replace(result, hits=suggested(result, _SUGGESTIONS))))


@bp.post("/suggest")
@limit("suggest")
def suggest() -> Response:
    body = incoming.json_body()
    subject = incoming.text_field(body, "subject", incoming.QUESTION_MAX)
    message = incoming.text_field(body, "message")
    incoming.text_field(body, "page_url", 2000)
    lang = incoming.language_field(body)
    # The first lines of a message say what it is about; what follows is history, signatures and thanks.
    text = f"{subject.strip()}\n{message.strip()[:_MESSAGE_SEARCHED]}".strip()
    if not text:
        raise incoming.missing("subject or message")
    query = SearchQuery(text=text, lang=lang, limit=_SUGGESTIONS)
    return jsonify(search_json(query, services().search.search(query, where="api.suggest")))


def _language_parameter(name: str = "lang") -> str | None:
    tag = incoming.parameter(name, 100)
    return incoming.language(tag) if tag else None


def search_json(query: SearchQuery, result: SearchResult) -> dict[str, Any]:
    """A result as the API gives it; the pages' scripts read the same.

    `lang` is the reader's language if it was given, else the one the question was taken to be in.
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


def article_url(lang: str, slug: str) -> str:
    """The full address of an article: on the public address if one is set, else on the host that was asked.

    An article in a language the interface is not offered in has its page below one that is.
    """
    below = lang if lang in i18n.site_languages() else i18n.current_lang()
    base = services().settings.base_url or request.host_url.rstrip("/")
    return base + url_for("portal.article", lang=below, slug=slug)
