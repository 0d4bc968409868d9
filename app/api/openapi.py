"""The API's OpenAPI 3.1 document, written by hand; tests that call every operation check it."""

from flask import Response, jsonify

from app.api import openapi_widget
from app.api.blueprint import bp
from app.api.openapi_parts import (
    NOT_BLANK,
    TEXT,
    Schema,
    content,
    error_schema,
    errors,
    language_schema,
    object_of,
    optional_language,
    parameter,
    ref,
    request_body,
    required_text,
    text,
)
from app.api.reports import EVENT_NAMES
from app.api.search import RESULTS_MAX
from app.web import request_input
from app.web.addresses import public_base
from index.models import Degraded, Verdict
from insight.feedback import COMMENT_MAX, Reason
from support.incidents.models import IncidentStage
from support.intake import forms
from support.tickets.attributes import ATTRIBUTES_MAX, NAME_PATTERN, NUMBER_MAX, TAG_MAX, TAGS_MAX, VALUE_MAX


@bp.get("/openapi.json")
def openapi() -> Response:
    base = public_base()
    return jsonify(document(base))


def document(base_url: str) -> Schema:
    """The OpenAPI document for a service at `base_url`."""
    described = _document(base_url)
    openapi_widget.extend(described["paths"])
    return described


def _document(base_url: str) -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Signpost",
            "version": "1",
            "summary": "Search a help centre, and hand what it cannot answer to a human.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url}],
        "paths": {
            "/api/v1/search": {"get": _search()},
            "/api/v1/suggest": {"get": _typing(), "post": _suggest()},
            "/api/v1/articles/{lang}/{slug}": {"get": _article()},
            "/api/v1/feedback": {"post": _feedback()},
            "/api/v1/events": {"post": _events()},
            "/api/v1/tickets": {"post": _tickets()},
            "/api/v1/challenge": {"get": _challenge()},
            "/api/v1/incidents": {"get": _incidents()},
            "/api/v1/schemas/pack.json": {
                "get": {
                    "operationId": "packSchema",
                    "summary": "The JSON Schema of a request as it is handed to teams",
                    "responses": {
                        "200": {
                            "description": "The schema",
                            "content": {"application/schema+json": {"schema": {"type": "object"}}},
                        }
                    },
                }
            },
            "/api/v1/openapi.json": {
                "get": {
                    "operationId": "openapi",
                    "summary": "This description",
                    "responses": {"200": content("The description", {"type": "object"})},
                }
            },
            "/healthz": {"get": _healthz()},
            "/readyz": {"get": _readyz()},
        },
        "components": {
            "securitySchemes": {
                "server": {"type": "http", "scheme": "bearer", "description": "The secret of one of `servers`."}
            },
            "schemas": {
                "Error": error_schema(),
                "SearchResult": _search_result(),
                "Hit": _hit(),
                "Urgent": _urgent(),
                "Language": language_schema(),
                "LanguageWish": optional_language(),
            },
        },
    }


def _hit() -> Schema:
    return object_of(
        {
            "slug": {"type": "string"},
            "lang": ref("Language"),
            "title": {"type": "string"},
            "url": {"type": "string", "format": "uri"},
            "anchor": {"type": "string", "description": "The heading the passage stands below; '' is the top."},
            "heading": {"type": "string", "description": "The words of that heading."},
            "passage": {"type": "string"},
            "highlights": {
                "type": "array",
                "description": "Start and end of each match, in characters (code points) of `passage`.",
                "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2},
            },
            "highlight": {
                "type": ["array", "null"],
                "description": "Start and end in `passage` of the sentence, row or definition that answers best; null "
                "if none stands out.",
                "items": {"type": "integer", "minimum": 0},
                "minItems": 2,
                "maxItems": 2,
            },
            "answer_html": {
                "type": "string",
                "description": "The passage as sanitised HTML, as the article has it: steps, rows, boxes, links with "
                "whole addresses, and what `highlight` covers in a `mark` for each sentence or cell. Of the first "
                "result whole, of others cut at a sentence, step or row.",
            },
            "cut": {
                "type": "boolean",
                "description": "Whether the passage, or the first result's section, has more than `answer_html`.",
            },
            "score": {"type": "number", "description": "Orders the results of one search; not comparable between two."},
            "category": {"type": "string"},
            "pinned": {"type": "boolean", "description": "Whether an author chose it for this question."},
        }
    )


def _urgent() -> Schema:
    article = {"slug": {"type": "string"}, "lang": ref("Language"), "title": {"type": "string"}}
    channel = {name: {"type": "string"} for name in ("kind", "label", "value", "hours")}
    return object_of(
        {
            "lang": {
                "type": "string",
                "description": "The language of all of it: `lang` if authors wrote it in that, else the site's.",
            },
            "title": {"type": "string"},
            "text": {"type": "string", "description": "What to do now."},
            "article": {
                "oneOf": [object_of({**article, "url": {"type": "string", "format": "uri"}}), {"type": "null"}],
            },
            "channel": {
                "oneOf": [
                    object_of(
                        {
                            **channel,
                            "href": {
                                "type": "string",
                                "description": "Where a click leads, such as `tel:`; '' if nowhere.",
                            },
                        }
                    ),
                    {"type": "null"},
                ],
                "description": "The channel authors named, else one that is answered at once.",
            },
        }
    )


def _search_result() -> Schema:
    return object_of(
        {
            "query": {"type": "string"},
            "lang": {"type": "string", "description": "The language asked for, else the one the question is in."},
            "verdict": {
                "type": "string",
                "enum": [str(v) for v in Verdict],
                "description": "Show an answer first, offer a list, or offer a person first.",
            },
            "confidence": {
                "type": ["number", "null"],
                "minimum": 0,
                "maximum": 1,
                "description": "Probability that the answer is among the first five; null without a calibration.",
            },
            "first_confidence": {
                "type": ["number", "null"],
                "minimum": 0,
                "maximum": 1,
                "description": "Probability that the first result is right; null without a calibration. The verdict"
                " `answer` needs it.",
            },
            "degraded": {
                "type": ["string", "null"],
                "enum": [*(str(d) for d in Degraded), None],
                "description": "What was missing when this was answered.",
            },
            "did_you_mean": {
                "type": ["string", "null"],
                "description": "The question with its misspelt words put right.",
            },
            "corrected": {
                "type": "boolean",
                "description": "Whether the results are for `did_you_mean`; `as_typed` asks for those of `query`.",
            },
            "unmatched": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Quoted phrases and codes no article holds; the results are found without them.",
            },
            "plausible": {
                "type": "integer",
                "minimum": 0,
                "description": "How many results, from the first on, come near enough to the best to be shown at once.",
            },
            "urgent": {
                "oneOf": [ref("Urgent"), {"type": "null"}],
                "description": "What to show above everything else, when somebody seems to be in danger.",
            },
            "results": {"type": "array", "items": ref("Hit"), "description": "Filled whatever the verdict."},
            "took_ms": {"type": "number", "minimum": 0},
        }
    )


def _search() -> Schema:
    return {
        "operationId": "search",
        "summary": "Answer a question",
        "parameters": [
            parameter("q", required_text(request_input.QUESTION_MAX), required=True),
            parameter("lang", ref("LanguageWish")),
            parameter("limit", {"type": "integer", "minimum": 1, "maximum": RESULTS_MAX, "default": 10}),
            parameter("category", text(100)),
            parameter(
                "language",
                {**optional_language(), "description": "Only articles in this language, whatever the reader's."},
            ),
            parameter("audience", {**text(100), "description": "Only articles for these readers or for everyone."}),
            parameter("as_typed", {"type": "boolean", "description": "Leave misspelt words alone.", "default": False}),
        ],
        "responses": {"200": content("The answer", ref("SearchResult")), **errors(400, 414, 429)},
    }


def _typing() -> Schema:
    return {
        "operationId": "suggestWhileTyping",
        "summary": "What to suggest while a question is being typed",
        "description": "The first results of a search for the same text, in the same order; the last word may be only"
        " begun. With the verdict `ask_human`, only articles whose title has the words: they claim no answer.",
        "parameters": [
            parameter("q", required_text(request_input.QUESTION_MAX), required=True),
            parameter("lang", ref("LanguageWish")),
        ],
        "responses": {
            "200": content("At most five results", ref("SearchResult")),
            **errors(400, 414, 429),
        },
    }


def _suggest() -> Schema:
    body = {
        "type": "object",
        "properties": {
            "subject": text(request_input.QUESTION_MAX),
            "message": text(request_input.TEXT_MAX),
            "lang": ref("LanguageWish"),
            "page_url": text(2000),
            "q": {
                **text(request_input.QUESTION_MAX),
                "description": "Articles are suggested for this instead, as by GET, and nothing is counted; for an"
                " empty one none are, and only danger is looked for in the message.",
            },
            "raised_by": {
                **text(request_input.TEXT_MAX),
                "description": "The `raised_by` of an earlier answer. While that sentence stands in the message and is"
                " still taken for danger, wherever it stands, `urgent` stays.",
            },
        },
        "description": "At least one of `subject`, `message` and `q` is needed.",
        "anyOf": [
            {"required": ["q"], "properties": {"q": {"type": "string"}}},
            {"required": ["subject"], "properties": {"subject": {"pattern": NOT_BLANK}}},
            {"required": ["message"], "properties": {"message": {"pattern": NOT_BLANK}}},
        ],
    }
    raised_by = {"type": "string", "description": "The sentence that raised `urgent`, '' without it."}
    answer = {"allOf": [ref("SearchResult"), object_of({"raised_by": raised_by})]}
    return {
        "operationId": "suggest",
        "summary": "Answers to what somebody is writing to the team",
        "requestBody": request_body(body),
        "responses": {"200": content("The answer", answer), **errors(400, 413, 415, 429)},
    }


def _article() -> Schema:
    section = object_of(
        {
            "anchor": {"type": "string"},
            "heading": {"type": "string"},
            "level": {"type": "integer"},
            "text": {"type": "string"},
        }
    )
    link = object_of({"lang": ref("Language"), "slug": {"type": "string"}, "url": {"type": "string", "format": "uri"}})
    article = object_of(
        {
            "slug": {"type": "string"},
            "lang": ref("Language"),
            "key": {"type": "string", "description": "Shared by the translations of one article."},
            "title": {"type": "string"},
            "summary": {"type": "string"},
            "category": {"type": "string", "description": "Its slug; of one in another, the path: `setup/network`."},
            "categories": {
                "type": "array",
                "items": object_of({"slug": {"type": "string"}, "title": {"type": "string"}}),
                "description": "The category and those it is in, the outermost first.",
            },
            "tags": {"type": "array", "items": {"type": "string"}},
            "updated": {"type": ["string", "null"], "format": "date"},
            "url": {"type": "string", "format": "uri"},
            "html": {"type": "string", "description": "Sanitised."},
            "sections": {"type": "array", "items": section},
            "translations": {"type": "array", "items": link},
            "translation_outdated": {
                "oneOf": [
                    {"type": "null"},
                    object_of(
                        {
                            "since": {"type": "string", "format": "date-time"},
                            "source": link,
                            "sections": {
                                "type": "array",
                                "items": object_of({"anchor": {"type": "string"}, "heading": {"type": "string"}}),
                            },
                        }
                    ),
                ],
                "description": "Of a translation whose source has changed by much since: where, else null.",
            },
        }
    )
    return {
        "operationId": "article",
        "summary": "One article",
        "parameters": [
            parameter("lang", ref("Language"), required=True, place="path"),
            parameter("slug", {"type": "string", "minLength": 1}, required=True, place="path"),
        ],
        "responses": {"200": content("The article", article), **errors(400, 404, 429)},
    }


def _feedback() -> Schema:
    body = object_of(
        {
            "lang": ref("Language"),
            "slug": required_text(200),
            "helpful": {"type": "boolean"},
            "reason": {"type": "string", "enum": [str(r) for r in Reason]},
            "comment": text(COMMENT_MAX),
        },
        ["lang", "slug", "helpful"],
    )
    return {
        "operationId": "feedback",
        "summary": "Say whether an article helped",
        "requestBody": request_body(body),
        "responses": {
            "201": content("Stored", object_of({"recorded": {"const": True}})),
            **errors(400, 404, 413, 415, 429),
        },
    }


def _events() -> Schema:
    event = object_of(
        {
            "name": {"type": "string", "enum": list(EVENT_NAMES)},
            "lang": ref("LanguageWish"),
            "data": {
                "type": "object",
                "maxProperties": 20,
                "propertyNames": {"maxLength": 50, "pattern": TEXT},
                "additionalProperties": {
                    "anyOf": [
                        text(300),
                        {"type": "number", "minimum": -(2**53), "maximum": 2**53},
                        {"type": ["boolean", "null"]},
                    ]
                },
            },
        },
        ["name"],
    )
    visit = {"type": "string", "pattern": "^([A-Za-z0-9_-]{8,64})?$"}
    event["properties"]["visit"] = visit
    many = object_of(
        {"events": {"type": "array", "minItems": 1, "maxItems": 50, "items": event}, "visit": visit}, ["events"]
    )
    claim = object_of(
        {"claim": {"type": "array", "minItems": 1, "maxItems": 50, "items": text(100)}, "visit": visit}, ["claim"]
    )
    return {
        "operationId": "events",
        "summary": "Report what a visitor did, and which visit it was",
        "description": "No question, message or address belongs in `data`. `claim` names what was recorded for a page. "
        "All are stored or none: an unknown channel, form or reason is refused, with the place of its event.",
        "requestBody": request_body({"anyOf": [event, many, claim]}),
        "responses": {
            "202": content("Stored", object_of({"accepted": {"type": "integer", "minimum": 0}})),
            **errors(400, 413, 415, 429),
        },
    }


def _tickets() -> Schema:
    fields = {
        "name": text(forms.NAME_MAX),
        "email": text(forms.EMAIL_MAX),
        "phone": text(forms.PHONE_MAX),
        "preferred_channel": {"type": "string", "enum": ["email", "phone"]},
        "subject": text(forms.SUBJECT_MAX),
        "message": required_text(forms.MESSAGE_MAX),
        "lang": ref("LanguageWish"),
        "category": text(100),
        "consent": {"type": "boolean", "description": "Stands for all consents the form insists on."},
        "consents": {"type": "array", "items": text(40), "description": "The names of those given."},
        "form": {**text(40), "description": "One of `forms`; empty: the first."},
        "product": {**text(forms.PRODUCT_MAX), "description": "What the question is about."},
        "time_zone": {
            **text(60),
            "description": "The visitor's, as in the IANA list; an unknown one is ignored.",
        },
        "identity": {
            **text(4096),
            "description": "Who the visitor is, as a JSON Web Token; see docs/embed/identity.md.",
        },
        "started": {**text(200), "description": "As the form gave it: when it was opened, signed."},
        "idempotency_key": {
            **text(200, "^[!-~]*$"),
            "description": "Instead of the header, for pages of sites.",
        },
        "fields": {"type": "object", "description": "The form's own fields, as texts."},
        "altcha": {
            **text(2048),
            "description": "The solved challenge, as Base64 of JSON; unsolved it still says when it was asked for.",
        },
        "journey": {"type": "object", "description": "What the visitor searched, saw and opened before."},
        "attributes": {
            "type": "object",
            "description": "What the page says, without the visitor typing it; shown to the team, sent to webhooks.",
            "maxProperties": ATTRIBUTES_MAX,
            "propertyNames": {"pattern": NAME_PATTERN},
            "additionalProperties": {
                "anyOf": [
                    text(VALUE_MAX),
                    {"type": "number", "minimum": -NUMBER_MAX, "maximum": NUMBER_MAX},
                    {"type": ["boolean", "null"]},
                ]
            },
        },
        "tags": {"type": "array", "maxItems": TAGS_MAX, "items": required_text(TAG_MAX), "description": "As above."},
    }
    reach = {"anyOf": [{"required": ["email"]}, {"required": ["phone"]}, {"required": ["identity"]}]}
    agreed = {"anyOf": [{"required": ["consent"]}, {"required": ["consents"]}]}
    body = object_of(fields, ["message"], allOf=[reach, agreed])
    form = object_of(
        {**fields, "attachments": {"type": "array", "items": {"type": "string", "format": "binary"}}},
        ["message"],
    )
    return {
        "operationId": "createTicket",
        "summary": "Hand a question to a human",
        "description": "With an `Idempotency-Key`, sending the same request again answers with the same ticket."
        " Without one, the same message from the same address and client within ten minutes does."
        " Without a challenge of `/api/v1/challenge` or the secret of a server a ticket is held back until somebody has"
        " looked; its answer is the same, but its `promise` says that a person checks it first.",
        "security": [{}, {"server": []}],
        "parameters": [parameter("Idempotency-Key", {"type": "string", "pattern": "^[!-~]{1,255}$"}, place="header")],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body}, "multipart/form-data": {"schema": form}},
        },
        "responses": {
            "201": content(
                "Stored durably",
                object_of(
                    {
                        "reference": {"type": "string"},
                        "status_url": {"type": "string", "format": "uri"},
                        "status_token": {
                            "type": "string",
                            "description": "Only with `site`: tells where the request stands, and opens nothing.",
                        },
                        "promise": {
                            "type": "string",
                            "description": "When an answer is promised, in words: in the ticket's language and the"
                            " customer's time zone if `time_zone` was sent and names a place. Where `urgent` is set, it"
                            " begins with the advice not to wait but to do what `urgent` says, which is shown above.",
                        },
                        "urgent": {
                            "oneOf": [ref("Urgent"), {"type": "null"}],
                            "description": "What to show above everything else, when the message tells of danger.",
                        },
                    },
                    ["reference", "status_url", "promise", "urgent"],
                ),
            ),
            **errors(400, 401, 409, 413, 415, 429, 503),
        },
    }


def _challenge() -> Schema:
    challenge = object_of(
        {
            "algorithm": {"const": "SHA-256"},
            "challenge": {"type": "string", "description": "The SHA-256 of `salt` and the number, as hex digits."},
            "maxnumber": {"type": "integer", "minimum": 1, "description": "The largest number it can be."},
            "salt": {"type": "string"},
            "signature": {"type": "string"},
        }
    )
    return {
        "operationId": "challenge",
        "summary": "A small computing task, to be sent along with a ticket",
        "description": "As ALTCHA's first version: find `number`, and send Base64 of the JSON object with"
        " `algorithm`, `challenge`, `number`, `salt` and `signature` as `altcha`. It works once, for an hour.",
        "responses": {"200": content("A fresh challenge", challenge), **errors(404, 429)},
    }


def _healthz() -> Schema:
    return {
        "operationId": "healthz",
        "summary": "Whether the process answers",
        "responses": {"200": content("It does", object_of({"status": {"const": "ok"}}))},
    }


def _incidents() -> Schema:
    moment = {"type": "string", "format": "date-time"}
    stage = {"type": "string", "enum": [stage.value for stage in IncidentStage]}
    news = object_of({"stage": stage, "text": {"type": "string"}, "at": moment})
    incident = object_of(
        {
            "reference": {"type": "string"},
            "stage": stage,
            "title": {"type": "string"},
            "opened_at": moment,
            "updated_at": moment,
            "closed_at": {"type": ["string", "null"], "format": "date-time"},
            "news": {"type": "array", "description": "The newest first.", "items": news},
        }
    )
    return {
        "operationId": "incidents",
        "summary": "What is broken for many now",
        "parameters": [
            {"name": "lang", "in": "query", "description": "The reader's language.", "schema": optional_language()},
            {
                "name": "recent",
                "in": "query",
                "description": "Also those that ended within thirty days.",
                "schema": {"type": "string", "enum": ["true", "false", ""]},
            },
        ],
        "responses": {
            "200": content(
                "Incidents, the newest first", object_of({"incidents": {"type": "array", "items": incident}})
            ),
            **errors(400, 414, 429),
        },
    }


def _publishing() -> Schema:
    count = {"type": "integer", "minimum": 0}
    states = ["ok", "held", "folder_missing", "no_articles", "reading", "rolled_back", "behind", "failed", "unknown"]
    return {
        "type": "object",
        "description": "What holds the next publish back, if anything; what is published goes on being served.",
        "required": ["state", "message"],
        "properties": {
            "state": {"type": "string", "enum": states},
            "message": {"type": "string"},
            "since": {"type": "string", "format": "date-time"},
            "would_remove": {**count, "description": "`held`: how many articles would go."},
            "of": {**count, "description": "`held`: of how many."},
            "languages": {
                "type": "array",
                "items": {"type": "string"},
                "description": "`held`: languages of which nothing would be left.",
            },
            "waiting": {**count, "description": "`behind`: how many article files changed and are not published."},
            "rolled_back_to": {**count, "description": "`rolled_back`: the revision."},
            "articles_kept": {**count, "description": "`rolled_back`: how many articles it keeps from the folder."},
            "reading": {
                "type": "object",
                "description": "While a publish reads the folder: files read, of how many.",
                "properties": {"read": count, "total": count},
                "required": ["read", "total"],
                "additionalProperties": False,
            },
        },
    }


def _readyz() -> Schema:
    count = {"type": "integer", "minimum": 0}
    body = object_of(
        {
            "status": {"type": "string", "enum": ["ok", "not_ready"]},
            "search": {"type": "string", "enum": ["ok", "loading", "failed"]},
            "index": {"type": "string", "enum": ["ok", "missing", "damaged"]},
            "indexing": {
                "type": ["object", "null"],
                "description": "How many passages and titles are found by meaning, of all; null when all are."
                " By their words all are found.",
                "properties": {
                    "embedded": count,
                    "total": count,
                    "seconds_left": {"type": ["integer", "null"], "minimum": 0},
                },
                "required": ["embedded", "total", "seconds_left"],
                "additionalProperties": False,
            },
            "storing": {"type": "string", "enum": ["ok", "failed"]},
            "files": {"type": "string", "enum": ["ok", "failed"], "description": "Whether attachments can be stored."},
            "database": {
                "type": "string",
                "enum": ["ok", "silent"],
                "description": "`silent`: nothing is asked of it until it answers; pages show what is remembered.",
            },
            "articles": {**count, "description": "Articles that visitors can read now; without any it is not ready."},
            "revision": {**count, "description": "The revision this node serves, search included; 0 before the first."},
            "published_revision": {**count, "description": "The revision that is published; other nodes follow it."},
            "node": {"type": "string", "description": "The random id of this process."},
            "roles": {"type": "array", "items": {"type": "string", "enum": ["web", "worker", "publisher"]}},
            "publishing": _publishing(),
            "disk_free_mb": {**count, "description": "Room left where attachments lie."},
            "backlog": {**count, "description": "Deliveries still to be made."},
            "dead_letters": {**count, "description": "Deliveries given up."},
            "held": {**count, "description": "Deliveries held back until somebody has looked."},
            "mail_limited": {**count, "description": "Mails of these that wait because their recipients got many."},
            "quarantined": {**count, "description": "Tickets that look like a robot's, and nobody has looked at yet."},
            "quarantined_oldest_hours": count,
            "oldest_pending_seconds": count,
            "channels_down": {**count, "description": "Channels that failed several times and are left alone."},
            "mail_to_look_at": {**count, "description": "Mails that came in and need a person's look."},
            "mail_held": {**count, "description": "Of these, mails whose fate a person decides at the desk."},
            "mail_set_aside": {
                **count,
                "description": "Mails of programs, servers and ourselves in the last 24 hours.",
            },
            "urgent_messages": {
                "type": "object",
                "description": "Whether all `_urgent.yml` files are read as they stand; else which line is wrong.",
                "properties": {"state": {"type": "string", "enum": ["ok", "broken"]}, "message": {"type": "string"}},
                "required": ["state", "message"],
                "additionalProperties": False,
            },
            "degraded": {"type": "array", "items": {"type": "string"}},
            "brands_by_state": {
                "type": "object",
                "description": "How many brands are in each state, where there are some.",
                "properties": dict.fromkeys(("open", "closed", "failed", "refused"), count),
            },
            "brands": {
                "type": "object",
                "description": "The state of each brand by its name, for whoever may read /metrics.",
                "additionalProperties": {"type": "string", "enum": ["open", "closed", "failed", "refused"]},
            },
        }
    )
    body["required"] = [name for name in body["required"] if name not in {"brands_by_state", "brands"}]
    return {
        "operationId": "readyz",
        "summary": "Whether a visitor would be served in full",
        "description": "With `?for=reading`, for balancers: 200 as long as search and pages are answered, whatever the"
        " database does; neither it nor files are looked at then.",
        "responses": {
            "200": content("Hybrid search and storing a ticket with files work, and there are articles", body),
            "503": content("One of them is not so", body),
        },
    }
