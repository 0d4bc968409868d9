"""The part of the description that is about pages of other sites: the widget's own addresses, and `?site=`."""

from typing import Any

from app.api.openapi import _errors, _json, _object, _parameter, _ref, _text
from support.intake.sites import IDENTITY_MODES
from support.tickets.models import State

Schema = dict[str, Any]
_KEY = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,39}$", "description": "A site's public key."}
_FROM = {
    "type": "string",
    "pattern": "^([a-z0-9][a-z0-9_-]{0,39})?$",
    "description": "The key of the site whose page asks from another origin; empty is the same as none.",
}
# What pages of other origins may call with `?site=`.
_SHARED = (
    ("/api/v1/search", "get"),
    ("/api/v1/suggest", "get"),
    ("/api/v1/suggest", "post"),
    ("/api/v1/articles/{lang}/{slug}", "get"),
    ("/api/v1/feedback", "post"),
    ("/api/v1/events", "post"),
    ("/api/v1/tickets", "post"),
    ("/api/v1/incidents", "get"),
    ("/api/v1/forms/{name}", "get"),
)
_REFUSALS = {
    "403": "The page that asks is of no origin the site names",
    "404": "There is no site with this key, or no such thing",
}


def extend(paths: Schema) -> None:
    """Add them to the paths of the description."""
    paths["/api/v1/sites/{key}"] = {"get": _site()}
    paths["/api/v1/sites/{key}/suggestions"] = {"get": _suggestions()}
    paths["/api/v1/sites/{key}/requests"] = {"post": _requests()}
    paths["/api/v1/forms/"] = {"get": _form("firstForm", "The form people come to, as data")}
    paths["/api/v1/forms/{name}"] = {"get": _form("form", "A contact form, as data", named=True)}
    for path, method in _SHARED:
        operation = paths[path][method]
        operation.setdefault("parameters", []).append(_parameter("site", _FROM))
        for status, said in _REFUSALS.items():
            operation["responses"].setdefault(status, _json(said, _ref("Error")))


def _refusals() -> Schema:
    return {status: _json(said, _ref("Error")) for status, said in _REFUSALS.items()}


def _key() -> Schema:
    return _parameter("key", _KEY, required=True, place="path")


def _attachments() -> Schema:
    return _object(
        {
            "max": {"type": "integer", "minimum": 0},
            "max_mb": {"type": "integer", "minimum": 1},
            "types": {"type": "array", "items": {"type": "string"}},
        }
    )


def _site() -> Schema:
    text = {"type": "string"}
    address = {"type": "string", "format": "uri"}
    channel = _object(dict.fromkeys(("kind", "label", "value", "href", "note", "hours"), text))
    body = _object(
        {
            "site": _KEY,
            "name": text,
            "languages": {"type": "array", "items": _ref("Language")},
            "default_language": _ref("Language"),
            "lang": {**_ref("Language"), "description": "The language this answer is in."},
            "form": {"type": "string", "description": "The form of this site; empty: the first."},
            "theme": {"type": "object"},
            "channels": {"type": "array", "items": channel},
            "contact_url": address,
            "home_url": address,
            "incidents": {"type": "array", "items": {"type": "object"}},
            "incidents_url": address,
            "strings_url": address,
            "identity": {"type": "string", "enum": list(IDENTITY_MODES)},
            "challenge": {"type": "boolean", "description": "Whether a solved challenge should come with a ticket."},
            "attachments": _attachments(),
            "version": {"type": "string", "description": "The release of the widget; empty when it is not built."},
        }
    )
    return {
        "operationId": "site",
        "summary": "What a page needs to show the widget",
        "parameters": [_key(), _parameter("lang", _ref("LanguageWish"))],
        "responses": {"200": _json("The same for every visitor", body), **_errors(400, 414, 429), **_refusals()},
    }


def _suggestions() -> Schema:
    about = [_parameter(name, _text(2000)) for name in ("context", "heading", "title", "url")]
    return {
        "operationId": "suggestForPage",
        "summary": "What may help on a page, by what the page says of itself",
        "description": "Of `url` only the path is read, and only when nothing else is given.",
        "parameters": [_key(), *about, _parameter("lang", _ref("LanguageWish"))],
        "responses": {
            "200": _json("At most four results; none for a page that says nothing", _ref("SearchResult")),
            **_errors(400, 414, 429),
            **_refusals(),
        },
    }


def _requests() -> Schema:
    moment = {"type": "string", "format": "date-time"}
    tokens = {"type": "array", "maxItems": 20, "items": {"type": "string"}}
    entry = _object(
        {
            "token": {"type": "string"},
            "reference": {"type": "string"},
            "state": {"type": "string", "enum": [state.value for state in State]},
            "words": {"type": "string", "description": "The state in the reader's language."},
            "detail": {"type": "string", "description": "When an answer is promised; empty when none is awaited."},
            "created_at": moment,
            "updated_at": moment,
        }
    )
    return {
        "operationId": "requestsOfThisBrowser",
        "summary": "Where requests stand, by the tokens a browser was given when it sent them",
        "description": "Tokens that are wrong, of another site or no longer valid are left out of the answer.",
        "parameters": [_key(), _parameter("lang", _ref("LanguageWish"))],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _object({"tokens": tokens})}},
        },
        "responses": {
            "200": _json("Those that are known", _object({"requests": {"type": "array", "items": entry}})),
            **_errors(400, 413, 414, 415, 429),
            **_refusals(),
        },
    }


def _form(name: str, summary: str, *, named: bool = False) -> Schema:
    text = {"type": "string"}
    option = _object({"value": text, "label": text})
    field = _object(
        {
            "name": {"type": "string", "description": "As in a ticket; the form's own begin with `fields.`."},
            "type": text,
            "label": text,
            "hint": text,
            "required": {"type": "boolean"},
            "options": {"type": "array", "items": option},
            "pattern": {"type": "string", "description": "A regular expression the whole value must match."},
            "max": {"type": "integer"},
        }
    )
    consent = _object({"name": text, "text": text, "required": {"type": "boolean"}})
    body = _object(
        {
            "id": text,
            "lang": _ref("Language"),
            "title": text,
            "intro": text,
            "fields": {"type": "array", "items": field},
            "consents": {"type": "array", "items": consent},
            "attachments": _attachments(),
            "started": {"type": "string", "description": "To be sent along with the ticket: when the form was opened."},
            "promise": {"type": "string", "description": "When somebody would be answered who wrote now."},
        }
    )
    path = [_parameter("name", {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,39}$"}, required=True, place="path")]
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*(path if named else []), _parameter("lang", _ref("LanguageWish"))],
        "responses": {"200": _json("The form", body), **_errors(400, 404, 414, 429)},
    }
