"""The widget's own endpoints: a site's configuration, contextual suggestions, and the status of requests sent from this
browser."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, url_for

from app.current import current_site, services
from app.web import i18n, request_input, visits
from app.web.addresses import absolute
from app.web.i18n import current_lang, negotiate, use_lang
from app.web.ratelimit import limit
from app.web.search_json import search_json
from app.widget.files import releases
from app.widget.launcher_config import contact_path, first_words, ways
from app.widget.page_query import page_question
from index.models import SearchQuery, SearchResult, Verdict
from support.intake.sites import Site
from support.tickets.attachments import ENDINGS
from support.tickets.receipts import Receipts

bp = Blueprint("embed_sites", __name__, url_prefix="/api/v1/sites")

SUGGESTIONS = 4
REQUESTS_MAX = 20
_CONFIGURATION_LASTS = timedelta(minutes=1)
_PART_MAX = 500


@bp.get("/<key>")
@limit("suggest")
def site(key: str) -> Response:
    """The site's widget configuration. Public and cacheable: the same for every visitor of a language."""
    s, found = services(), requested_site()
    lang = use_site_language(found)
    body: dict[str, Any] = {
        "site": found.key,
        "name": found.name.in_language(lang),
        "languages": list(found.languages),
        "default_language": found.default_language,
        "lang": lang,
        "form": found.form,
        "theme": found.theme.as_dict(lambda text: text.in_language(lang)),
        "channels": [
            {
                "kind": one.kind,
                "label": one.label,
                "value": one.value,
                "href": one.href,
                "note": one.note,
                "hours": one.hours,
            }
            for one in ways(found)
        ],
        "contact_url": absolute(contact_path(found, lang)),
        "home_url": absolute(url_for("portal.home", lang=lang)),
        "incidents": [one.as_dict(lang) for one in current_app.extensions["signpost.incidents"].now(s)],
        "incidents_url": absolute(url_for("incidents.overview", lang=lang)),
        "words": first_words(lang),
        "strings_url": absolute(url_for("widget.strings", tag=lang)),
        "identity": found.identity,
        "challenge": s.spam.wants_work,
        "attachments": attachments(),
        "version": releases().newest(),
    }
    response = jsonify(body)
    response.headers["Cache-Control"] = f"public, max-age={int(_CONFIGURATION_LASTS.total_seconds())}"
    return response


@bp.get("/<key>/suggestions")
@limit("suggest")
def suggestions(key: str) -> Response:
    """Suggested articles for a host page, from its context; none without one."""
    lang = use_site_language(requested_site())
    parts = {name: request_input.parameter(name, 2000)[:_PART_MAX] for name in ("context", "heading", "title", "url")}
    question = page_question(parts["context"], parts["heading"], parts["title"], parts["url"])
    # Nobody has asked anything yet: a page about danger is no person in danger.
    query = SearchQuery(text=question, lang=lang, limit=SUGGESTIONS, looks_for_danger=False)
    if not question:
        nothing = SearchResult("", lang, Verdict.SUGGEST, None, (), None, 0.0)
        return jsonify(search_json(query, nothing))
    found = services().search.search(query, where="api.page")
    if found.hits:
        visits.record_search("suggestions_shown", "", str(found.verdict), found.hits, lang=lang)
    response = jsonify(search_json(query, found))
    # Kept by the browser that asked only: what it was shown is part of its visit.
    response.headers["Cache-Control"] = "private, max-age=60" if visits.visit_id() else "public, max-age=60"
    return response


@bp.post("/<key>/requests")
@limit("suggest")
def requests(key: str) -> Response:
    """The status of requests, authorised by the tokens that the browser received, never by an email address."""
    use_site_language(requested_site())
    body = request_input.json_body()
    tokens = body.get("tokens")
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise request_input.bad_value("tokens", "must be a list of texts")
    if len(tokens) > REQUESTS_MAX:
        raise request_input.bad_value("tokens", f"must be at most {REQUESTS_MAX}")
    receipts: Receipts = current_app.extensions["signpost.receipts"]
    now = services().now()
    found = receipts.tickets(key, dict.fromkeys(tokens), now)
    persons = {ticket.email.lower() for ticket in found.values()}
    if len(persons) == 1:  # this device keeps what one person sent from it, as they agreed
        visits.recognised(*persons)
    states = [{"token": token, **receipts.state(ticket, current_lang(), now)} for token, ticket in found.items()]
    response = jsonify({"requests": states})
    response.headers["Cache-Control"] = "no-store"
    return response


def requested_site() -> Site:
    """The site of this request, already validated by `app/widget/cors.py`."""
    found = current_site()
    assert found is not None  # noqa: S101  the endpoints here are all among those it looks at
    return found


def use_site_language(found: Site) -> str:
    """Set the response language to the requested one if the site has it, else to the site's; returns it."""
    tag = request_input.parameter("lang", 100)
    wanted = [request_input.language(tag)] if tag else []
    offered = (found.default_language, *found.languages)
    use_lang(negotiate(wanted, tuple(tag for tag in offered if tag in i18n.site_languages())))
    return current_lang()


def attachments() -> dict[str, Any]:
    """The limits for attachments of a message: `types` are the usual endings, others are taken unless `refused`."""
    settings = services().settings
    return {
        "max": settings.attachments_max,
        "max_mb": settings.attachment_max_mb,
        "types": list(ENDINGS),
        "refused": list(settings.attachments_refused),
    }
