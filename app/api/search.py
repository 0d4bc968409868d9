"""Search, autocomplete, and article suggestions for a message being written (ticket deflection)."""

from dataclasses import replace

from flask import Response, jsonify

from app.api.blueprint import bp
from app.current import services
from app.web import request_input, visits
from app.web.ratelimit import limit
from app.web.search_json import search_json
from index.models import Degraded, SearchQuery, SearchResult
from index.query.autocomplete import suggestions

RESULTS_MAX = 50
# The same number of results as a results page of the portal.
PAGE = 10
_SUGGESTIONS = 5
_MESSAGE_SEARCHED = 1000


@bp.get("/search")
@limit("search")
def search() -> Response:
    text = request_input.parameter("q", request_input.QUESTION_MAX)
    if not text.strip():
        raise request_input.missing("q")
    query = SearchQuery(
        text=text,
        lang=_language_parameter(),
        limit=request_input.number_parameter("limit", 10, 1, RESULTS_MAX),
        category=request_input.parameter("category", 100) or None,
        audience=request_input.parameter("audience", 100) or None,
        language=_language_parameter("language"),
        as_typed=request_input.flag_parameter("as_typed"),
    )
    result = services().search.search(query, where="api.search")
    _record("search", query, result)
    return jsonify(search_json(query, result))


@bp.get("/suggest")
@limit("suggest")
def suggest_while_typing() -> Response:
    """Autocomplete: a subset of the results page's first hits for the same text, so that nothing else is suggested."""
    text = request_input.parameter("q", request_input.QUESTION_MAX)
    if not text.strip():
        raise request_input.missing("q")
    query = SearchQuery(text=text, lang=_language_parameter(), limit=PAGE)
    result = services().search.search(query, where="api.typing")
    return jsonify(search_json(query, replace(result, hits=suggestions(result, _SUGGESTIONS))))


@bp.post("/suggest")
@limit("suggest")
def suggest() -> Response:
    body = request_input.json_body()
    subject = request_input.text_field(body, "subject", request_input.QUESTION_MAX)
    message = request_input.text_field(body, "message")
    request_input.text_field(body, "page_url", 2000)
    lang = request_input.language_field(body)
    # Only the beginning of a message is searched: what follows is history, signatures and thanks.
    text = f"{subject.strip()}\n{message.strip()[:_MESSAGE_SEARCHED]}".strip()
    if not text:
        raise request_input.missing("subject or message")
    query = SearchQuery(text=text, lang=lang, limit=_SUGGESTIONS)
    result = services().search.search(query, where="api.suggest")
    _record("suggestions_shown", query, result)
    return jsonify(search_json(query, result))


def _record(name: str, query: SearchQuery, result: SearchResult) -> None:
    if result.degraded is Degraded.LIMITED:
        return
    visits.record_search(
        name, query.text, str(result.verdict), result.hits,
        confidence=result.confidence if name == "search" else None,
        degraded=str(result.degraded) if result.degraded and name == "search" else None, lang=query.lang or result.lang,
    )  # fmt: skip


def _language_parameter(name: str = "lang") -> str | None:
    tag = request_input.parameter(name, 100)
    return request_input.language(tag) if tag else None
