"""The OpenAPI paths for pages of other sites: the widget's endpoints, and `?site=`."""

from app.api.openapi_parts import (
    Schema,
    content,
    errors,
    object_of,
    parameter,
    ref,
    request_body,
    required_text,
    text,
)
from support.intake import forms
from support.intake.sites import IDENTITY_MODES
from support.tickets.models import Author, State

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
    """Add them to the document's paths."""
    paths["/api/v1/sites/{key}"] = {"get": _site()}
    paths["/api/v1/sites/{key}/suggestions"] = {"get": _suggestions()}
    paths["/api/v1/sites/{key}/requests"] = {"post": _requests()}
    paths["/api/v1/sites/{key}/mine"] = {"post": _own()}
    paths["/api/v1/sites/{key}/mine/{reference}"] = {"post": _conversation()}
    paths["/api/v1/sites/{key}/mine/{reference}/messages"] = {"post": _answer()}
    paths["/api/v1/forms/"] = {"get": _form("firstForm", "The form people come to, as data")}
    paths["/api/v1/forms/{name}"] = {"get": _form("form", "A contact form, as data", named=True)}
    for path, method in _SHARED:
        operation = paths[path][method]
        operation.setdefault("parameters", []).append(parameter("site", _FROM))
        for status, description in _REFUSALS.items():
            operation["responses"].setdefault(status, content(description, ref("Error")))


def _refusals() -> Schema:
    return {status: content(description, ref("Error")) for status, description in _REFUSALS.items()}


def _key() -> Schema:
    return parameter("key", _KEY, required=True, place="path")


def _attachments() -> Schema:
    return object_of(
        {
            "max": {"type": "integer", "minimum": 0},
            "max_mb": {"type": "integer", "minimum": 1},
            "types": {"type": "array", "items": {"type": "string"}},
            "refused": {"type": "array", "items": {"type": "string"}},
        }
    )


def _site() -> Schema:
    text = {"type": "string"}
    address = {"type": "string", "format": "uri"}
    channel = object_of(dict.fromkeys(("kind", "label", "value", "href", "note", "hours"), text))
    body = object_of(
        {
            "site": _KEY,
            "name": text,
            "languages": {"type": "array", "items": ref("Language")},
            "default_language": ref("Language"),
            "lang": {**ref("Language"), "description": "The language this answer is in."},
            "form": {"type": "string", "description": "The form of this site; empty: the first."},
            "theme": {"type": "object"},
            "channels": {"type": "array", "items": channel},
            "contact_url": address,
            "home_url": address,
            "incidents": {"type": "array", "items": {"type": "object"}},
            "incidents_url": address,
            "words": {"type": "object", "description": "The widget's first words, where its loader has them not."},
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
        "parameters": [_key(), parameter("lang", ref("LanguageWish"))],
        "responses": {
            "200": content("The same for every visitor", body),
            **errors(400, 414, 429),
            **_refusals(),
        },
    }


def _suggestions() -> Schema:
    about = [parameter(name, text(2000)) for name in ("context", "heading", "title", "url")]
    return {
        "operationId": "suggestForPage",
        "summary": "What may help on a page, by what the page says of itself",
        "description": "Of `url` only the path is read, and only when nothing else is given.",
        "parameters": [_key(), *about, parameter("lang", ref("LanguageWish"))],
        "responses": {
            "200": content("At most four results; none for a page that says nothing", ref("SearchResult")),
            **errors(400, 414, 429),
            **_refusals(),
        },
    }


def _requests() -> Schema:
    moment = {"type": "string", "format": "date-time"}
    tokens = {"type": "array", "maxItems": 20, "items": {"type": "string"}}
    entry = object_of(
        {
            "token": {"type": "string"},
            "reference": {"type": "string"},
            "state": {"type": "string", "enum": [state.value for state in State]},
            "words": {"type": "string", "description": "The state in the reader's language."},
            "detail": {"type": "string", "description": "When an answer is promised; empty when none is awaited."},
            "replies": _REPLIES,
            "created_at": moment,
            "updated_at": moment,
        }
    )
    return {
        "operationId": "requestsOfThisBrowser",
        "summary": "Where requests stand, by the tokens a browser was given when it sent them",
        "description": "Tokens that are wrong, of another site or no longer valid are left out of the answer.",
        "parameters": [_key(), parameter("lang", ref("LanguageWish"))],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": object_of({"tokens": tokens})}},
        },
        "responses": {
            "200": content("Those that are known", object_of({"requests": {"type": "array", "items": entry}})),
            **errors(400, 413, 414, 415, 429),
            **_refusals(),
        },
    }


_REPLIES = {"type": "integer", "minimum": 0, "description": "How many messages the team has written."}


def _own_state() -> Schema:
    moment = {"type": "string", "format": "date-time"}
    return {
        "reference": {"type": "string"},
        "subject": {"type": "string", "description": "Else the first line of the message."},
        "state": {"type": "string", "enum": [state.value for state in State]},
        "words": {"type": "string", "description": "The state in the reader's language."},
        "detail": {"type": "string", "description": "When an answer is promised; empty when none is awaited."},
        "replies": _REPLIES,
        "unread": {"type": "integer", "minimum": 0, "description": "How many of them were not read in the widget."},
        "created_at": moment,
        "updated_at": moment,
    }


def _own_conversation() -> Schema:
    attachment = object_of({"name": {"type": "string"}, "size": {"type": "integer"}, "removed": {"type": "boolean"}})
    message = object_of(
        {
            "id": {"type": "integer"},
            "from": {"type": "string", "enum": [author.value for author in Author]},
            "text": {"type": "string"},
            "html": {"type": "string", "description": "Sanitised; empty for what is plain text."},
            "at": {"type": "string", "format": "date-time"},
            "attachments": {"type": "array", "items": attachment},
        }
    )
    return object_of({**_own_state(), "messages": {"type": "array", "items": message}})


_TOKEN = {
    **required_text(4096),
    "description": "Who the visitor is, as a JSON Web Token the site signed; see docs/embed/identity.md.",
}


def _own() -> Schema:
    answer = object_of(
        {"requests": {"type": "array", "items": object_of(_own_state())}, "unread": {"type": "integer", "minimum": 0}}
    )
    return {
        "operationId": "requestsOfThisVisitor",
        "summary": "All requests a site sent for its signed-in visitor, from any device",
        "description": "By the `id` of the token, or by `email` where it has none; only what was sent signed.",
        "parameters": [_key(), parameter("lang", ref("LanguageWish"))],
        "requestBody": request_body(object_of({"identity": _TOKEN})),
        "responses": {"200": content("The ones with news first", answer), **_own_errors()},
    }


def _conversation() -> Schema:
    return {
        "operationId": "readOwnRequest",
        "summary": "One request of the signed-in visitor with what was written; it then counts as read",
        "parameters": [_key(), _reference(), parameter("lang", ref("LanguageWish"))],
        "requestBody": request_body(object_of({"identity": _TOKEN})),
        "responses": {"200": content("The conversation", _own_conversation()), **_own_errors()},
    }


def _answer() -> Schema:
    body = {
        "identity": _TOKEN,
        "message": required_text(forms.MESSAGE_MAX),
        "idempotency_key": {**text(100), "description": "The same key and text twice add one message."},
    }
    return {
        "operationId": "answerOwnRequest",
        "summary": "Write in a request of the signed-in visitor",
        "parameters": [_key(), _reference(), parameter("lang", ref("LanguageWish"))],
        "requestBody": request_body(object_of(body, ["identity", "message"])),
        "responses": {"201": content("Stored", _own_conversation()), **_own_errors(), **errors(503)},
    }


def _own_errors() -> Schema:
    return {**errors(400, 413, 414, 415, 429), **_refusals()}


def _reference() -> Schema:
    return parameter(
        "reference", {"type": "string", "pattern": "^SP-[0-9A-Z]{4}-[0-9A-Z]{2}$"}, required=True, place="path"
    )


def _form(name: str, summary: str, *, named: bool = False) -> Schema:
    text = {"type": "string"}
    option = object_of({"value": text, "label": text})
    field = object_of(
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
    consent = object_of({"name": text, "text": text, "required": {"type": "boolean"}})
    words = {"type": "array", "items": text}
    body = object_of(
        {
            "id": text,
            "lang": ref("Language"),
            "title": text,
            "intro": text,
            "fields": {"type": "array", "items": field},
            "consents": {"type": "array", "items": consent},
            "attachments": _attachments(),
            "email_typos": {
                **object_of({"domains": words, "endings": {"type": "array", "items": words}}),
                "description": "For a hint at a mistyped address, made on the visitor's device: domains of large"
                " providers, and endings as they are mistyped and meant.",
            },
            "started": {"type": "string", "description": "To be sent along with the ticket: when the form was opened."},
            "promise": {"type": "string", "description": "When somebody would be answered who wrote now."},
        }
    )
    path = [parameter("name", {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,39}$"}, required=True, place="path")]
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*(path if named else []), parameter("lang", ref("LanguageWish"))],
        "responses": {"200": content("The form", body), **errors(400, 404, 414, 429)},
    }
