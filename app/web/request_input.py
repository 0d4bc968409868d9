"""Parsing and validating API requests. Errors are Problems with a stable code; nothing is guessed or truncated."""

from collections.abc import Mapping
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.web.errors import Problem
from core.numbers import whole_number
from core.texts.languages import UnknownLanguage, canonical

BODY_MAX = 256 * 1024
QUESTION_MAX = 2000
TEXT_MAX = 20_000


def bad_value(name: str, what: str) -> Problem:
    """A 400 that names the field: `what` completes “name …”, as in “must be a number”."""
    return Problem(
        400, "bad_value", f"{name} {what}", _("Correct the value and send the request again."), details={"field": name}
    )


def missing(name: str) -> Problem:
    return Problem(
        400,
        "missing_value",
        _("%(name)s is missing.", name=name),
        _("Add it and send the request again."),
        details={"field": name},
    )


def too_large(name: str, most: int, status: int = 413) -> Problem:
    return Problem(
        status,
        "too_large",
        _("%(name)s is longer than %(most)s.", name=name, most=most),
        _("Shorten it and send the request again."),
        details={"field": name, "max": most},
    )


def language(tag: str) -> str:
    """The canonical language tag; raises a Problem 400 for an invalid one."""
    try:
        return canonical(tag)
    except UnknownLanguage as error:
        raise Problem(
            400, "unknown_language", str(error), _("Use a BCP 47 tag, like en, tr, zh-Hant or pt-BR.")
        ) from None


def parameter(name: str, most: int) -> str:
    """A query parameter, '' when it is absent."""
    value = request.args.get(name, "")
    if len(value) > most:
        raise too_large(name, most, 414)
    return value


def number_parameter(name: str, default: int, low: int, high: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    # int() also accepts " 7 ", "1_000" and non-ASCII digits; a URL should have one meaning.
    size = whole_number(text.removeprefix("-"), most=9_999_999_999)
    if size is None:
        raise bad_value(name, "must be a whole number")
    number = -size if text.startswith("-") else size
    if not low <= number <= high:
        raise bad_value(name, f"must be between {low} and {high}")
    return number


def flag_parameter(name: str) -> bool:
    """A boolean query parameter, `true` or `false`; false when it is absent."""
    text = request.args.get(name, "")
    if text not in {"", "true", "false"}:
        raise bad_value(name, "must be true or false")
    return text == "true"


def is_json() -> bool:
    """Whether the body is declared as JSON. The widget may send it as text/plain, which avoids a CORS preflight
    (app/widget/cors.py has checked its origin)."""
    return request.mimetype == "application/json" or (request.mimetype == "text/plain" and "site" in g)


def json_body() -> Mapping[str, Any]:
    """The body as a JSON object."""
    if not is_json():
        raise Problem(
            415,
            "unsupported_type",
            _("The body must be JSON."),
            _("Send it with the header Content-Type: application/json."),
        )
    request.max_content_length = BODY_MAX
    try:
        raw = request.get_data()
    except RequestEntityTooLarge:
        raise too_large("body", BODY_MAX) from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_encoding() from None
    try:
        body = _strict_json(text)
    except (ValueError, RecursionError):
        raise Problem(
            400, "bad_json", _("The body is not valid JSON."), _("Check quotes, commas and brackets.")
        ) from None
    if not isinstance(body, dict):
        raise bad_value("body", "must be a JSON object")
    return body


def bad_encoding() -> Problem:
    return Problem(
        400,
        "bad_encoding",
        _("The request holds bytes that are not UTF-8, or a NUL character."),
        _("Send text as UTF-8, percent-encoded in addresses."),
    )


def _strict_json(text: str) -> Any:
    import json

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def text_field(body: Mapping[str, Any], name: str, most: int = TEXT_MAX, *, required: bool = False) -> str:
    """A text of the body, '' when it is absent or null and not required."""
    value = body.get(name)
    if value is None or value == "":
        if required:
            raise missing(name)
        return ""
    if not isinstance(value, str):
        raise bad_value(name, "must be a text")
    if not is_clean(value):
        raise bad_encoding()
    if len(value) > most:
        raise too_large(name, most)
    if required and not value.strip():
        raise missing(name)
    return value


def flag_field(body: Mapping[str, Any], name: str) -> bool:
    """A required true or false."""
    if body.get(name) is None:
        raise missing(name)
    if not isinstance(body[name], bool):
        raise bad_value(name, "must be true or false")
    return bool(body[name])


def choice_field(body: Mapping[str, Any], name: str, allowed: list[str], *, required: bool = False) -> str:
    value = text_field(body, name, 100, required=required)
    if value and value not in allowed:
        raise bad_value(name, f"must be one of {', '.join(allowed)}")
    return value


def language_field(body: Mapping[str, Any], name: str = "lang") -> str | None:
    value = text_field(body, name, 100)
    return language(value) if value else None


def is_clean(text: str) -> bool:
    """Whether a text can be stored and encoded everywhere: no NUL, no lone surrogates."""
    if "\0" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
