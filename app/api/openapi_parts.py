"""Shared components of the OpenAPI document: schemas, parameters, responses, errors."""

from typing import Any

from app.web.errors import CODES

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def content(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


# A language tag; any text without NUL; and the same with something in it besides spaces.
TAG = "[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*"
TEXT, NOT_BLANK = r"^[^\x00]*$", r"^[^\x00]*[^\s\x00][^\x00]*$"


def text(most: int, pattern: str = TEXT) -> Schema:
    return {"type": "string", "maxLength": most, "pattern": pattern}


def required_text(most: int) -> Schema:
    return {**text(most, NOT_BLANK), "minLength": 1}


def object_of(properties: Schema, required: list[str] | None = None, **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": required or list(properties), **more}


def errors(*statuses: int) -> Schema:
    descriptions = {
        400: "The request is wrong; `code` says how",
        401: "The secret of the header Authorization is wrong",
        404: "There is no such thing",
        409: "The Idempotency-Key was used with another body",
        413: "Larger than allowed",
        414: "A parameter is longer than allowed",
        415: "The body is of another type than accepted",
        429: "Too many requests; `Retry-After` says how many seconds to wait; `urgent` is to be shown",
        503: "The ticket could not be stored; send it again with the same key",
    }
    return {str(status): content(descriptions[status], ref("Error")) for status in statuses}


def error_schema() -> Schema:
    fields = {
        "code": {"type": "string", "enum": list(CODES)},
        "message": {"type": "string", "description": "What happened, in the reader's language."},
        "next": {"type": "string", "description": "What to do about it."},
        "docs": {"type": "string", "format": "uri"},
        "request_id": {"type": "string"},
        "details": {"description": "More about the place of the error; depends on the code."},
        "urgent": {
            **ref("Urgent"),
            "description": "Where what was written tells of danger: the message to show above all, found by words. With"
            " 413, 414, 429 and from 500 on only.",
        },
    }
    return object_of({"error": object_of(fields, ["code", "message", "next", "docs", "request_id"])})


def language_schema() -> Schema:
    return {
        "type": "string",
        "description": "A BCP 47 tag; `zh-TW`, `zh-CN`, `tr-TR` and the like become zh-Hant, zh-Hans and tr.",
        "pattern": f"^{TAG}$",
        "maxLength": 35,
        "examples": ["en", "tr", "zh-Hant", "zh-Hans"],
    }


def optional_language() -> Schema:
    """The schema of an optional reader's language in a request: '' is the same as none."""
    return {**language_schema(), "pattern": f"^({TAG})?$"}


def parameter(name: str, schema: Schema, *, required: bool = False, place: str = "query") -> Schema:
    return {"name": name, "in": place, "required": required, "schema": schema}


def request_body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}
