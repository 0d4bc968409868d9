"""Search, autocomplete, and article suggestions for a message being written (ticket deflection)."""

from dataclasses import replace

from flask import Response, jsonify

from app.api.blueprint import bp
from app.current import services
from app.web import request_input, visits
from app.web.ratelimit import limit
from app.web.search_json import search_json
from index.models import Degraded, SearchQuery, SearchResult, Verdict
from index.query.autocomplete import suggestions
from index.query.danger_sentences import sentences

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
    text = request_input.parameter("q", request_input.QUESTION_MAX)
    if not text.strip():
        raise request_input.missing("q")
    query = SearchQuery(text=text, lang=_language_parameter())
    return jsonify(search_json(query, _while_typing(query)))


@bp.post("/suggest")
@limit("suggest")
def suggest() -> Response:
    body = request_input.json_body()
    subject = request_input.text_field(body, "subject", request_input.QUESTION_MAX)
    message = request_input.text_field(body, "message")
    request_input.text_field(body, "page_url", 2000)
    lang = request_input.language_field(body)
    typed = body.get("q")
    if typed is not None:
        typed = request_input.text_field(body, "q", request_input.QUESTION_MAX).strip()
    raised_by = request_input.text_field(body, "raised_by")
    written = f"{subject.strip()}\n{message.strip()}".strip()
    # Only the beginning of a message is searched: what follows is history, signatures and thanks, and maybe danger.
    text = f"{subject.strip()}\n{message.strip()[:_MESSAGE_SEARCHED]}".strip() if typed is None else typed
    if typed is None and not written:
        raise request_input.missing("subject or message")
    query = SearchQuery(text=text, lang=lang, limit=_SUGGESTIONS, message=written, raised_by=raised_by)
    if typed is None:
        result = services().search.search(query, where="api.suggest")
        # A list beside a form has no “more”, and each of its articles reads as an answer.
        result = replace(result, hits=result.plausible_hits)
        _record("suggestions_shown", query, result)
    else:
        result = _while_typing(query)
    return jsonify({**search_json(query, result), "raised_by": _sentence(query, result)})


def _sentence(query: SearchQuery, result: SearchResult) -> str:
    """The sentence of a message that raised its urgent message, '' without one."""
    number = result.urgent.sentence if result.urgent else None
    written = sentences(query.danger_in) if number is not None else []
    return written[number] if number is not None and number < len(written) else ""


def _while_typing(query: SearchQuery) -> SearchResult:
    """A subset of the results page's first hits for the same text, so that nothing else is suggested. Nobody counts it,
    and where nothing is to be searched, nobody may say that nothing was found."""
    result = services().search.search(replace(query, limit=PAGE), where="api.typing")
    if not query.text:
        return replace(result, verdict=Verdict.SUGGEST)
    return replace(result, hits=suggestions(result, _SUGGESTIONS))


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
