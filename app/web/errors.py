"""Error handling and error responses: what happened, what to do next, a stable code, a reference to quote.

`Problem` is raised by views and services of `app`. Under `/api/` it becomes JSON, elsewhere the page
`errors/problem.html`; anything nobody planned for becomes the code `internal_error` and one line in the log.
"""

import traceback
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.web.addresses import public_base, within
from app.web.search_json import urgent_json
from app.web.urgent import refused_danger, urgent_box
from core.database.connection import not_now
from core.events import emit, request_id

DOCS = "/api/v1/docs#"
_SECRET = {"password", "new", "again", "code"}

CODES: dict[str, str] = {
    "bad_request": "The request could not be read.",
    "unknown_host": "The Host of the request is neither that of `base_url` nor among `allowed_hosts`.",
    "no_web_here": "This process has no role `web`; only its health can be asked for.",
    "bad_encoding": "The request holds bytes that are not UTF-8, or a NUL character.",
    "bad_json": "The body is not valid JSON.",
    "bad_value": "A parameter or field has a wrong type or value.",
    "missing_value": "A required parameter or field is missing.",
    "unknown_language": "The language is not a BCP 47 tag.",
    "signed_out": "This is for people who are signed in at the desk.",
    "desk_right": "The account at the desk may not do this.",
    "desk_token": "The form is from an earlier sign-in at the desk.",
    "not_held": "Only a ticket that is held back can be deleted at the desk.",
    "cross_site": "The form was sent from another site.",
    "unknown_site": "The settings have no site with this key.",
    "identity_refused": "The signed identity is missing, wrong or has run out; `details.reason` says which.",
    "origin_not_allowed": "The page that asks is of no origin the site names.",
    "not_found": "There is nothing at this address.",
    "article_not_found": "There is no such article, or it is not published.",
    "gone": "What was here is no longer here.",
    "method_not_allowed": "The address exists, but not for this method.",
    "too_large": "The request, the question or a file is larger than allowed.",
    "unsupported_type": "The body is of a type that is not accepted here.",
    "too_many_requests": "Too many requests from one address; the header Retry-After says how long to wait.",
    "no_challenge": "This site asks for no challenge; tickets are sent without one.",
    "unknown_server": "The secret in the header Authorization is none of the settings' servers.",
    "idempotency_conflict": "The same Idempotency-Key was used with another body.",
    "not_stored": "The ticket could not be stored; nothing was sent. Repeat it with the same Idempotency-Key.",
    "unavailable": "The database does not answer just now; the header Retry-After says when to try again.",
    "internal_error": "Something failed on our side.",
}


class Problem(Exception):
    """An error to show. `message` and `next_step` are shown as they are, so they are in the reader's language."""

    def __init__(
        self, status: int, code: str, message: str, next_step: str, details: Any = None, retry_after: int | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.next_step = next_step
        self.details = details
        self.retry_after = retry_after


def problem_of(error: HTTPException) -> Problem:
    """The Problem for an HTTP exception of the web framework."""
    status = error.code or 500
    talk = _("You can search the help centre, or talk to a human.")
    if status == 404:
        return Problem(404, "not_found", _("We could not find that page."), talk)
    if status == 405:
        return Problem(405, "method_not_allowed", _("This address does not take that kind of request."), talk)
    if status == 410:
        return Problem(410, "gone", _("What was here is no longer here."), talk)
    if status == 413:
        return Problem(413, "too_large", _("That is larger than we can take."), _("Send less, or smaller files."))
    if status == 415:
        return Problem(
            415, "unsupported_type", _("This type of content is not accepted here."), _("Send JSON or a form.")
        )
    if status == 429:
        return Problem(429, "too_many_requests", _("Too many requests."), _("Please wait a moment and try again."))
    if status < 500:
        return Problem(status, "bad_request", _("We could not read that request."), talk)
    return Problem(status, "internal_error", _("Something went wrong on our side."), talk)


def not_stored(error: Exception) -> Problem:
    """The Problem of a message over the API that could not be stored; the log says why."""
    emit("not_storing", trace=type(error).__name__)
    return Problem(
        503,
        "not_stored",
        _("We could not store your message just now. Nothing was sent."),
        _("Send the same request again in a minute, with the same Idempotency-Key."),
        retry_after=60,
    )


def respond(problem: Problem) -> Response:
    """The response for a Problem: JSON under /api/, else a page, which falls back to plain text if it fails itself."""
    if request.path.startswith("/api/"):
        body: dict[str, Any] = {
            "code": problem.code,
            "message": problem.message,
            "next": problem.next_step,
            "docs": _base_url(problem) + DOCS + problem.code,
            "request_id": request_id.get(),
        }
        if problem.details is not None:
            body["details"] = problem.details
        danger = refused_danger() if _may_hide_danger(problem) else None
        if danger is not None:
            body["urgent"] = urgent_json(*danger)
        response = jsonify({"error": body})
    else:
        response = _page(problem)
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_hide_danger(problem: Problem) -> bool:
    """Whether the refusal is none of what was written: asked too often, too much, or something of ours is broken."""
    return problem.status in {413, 414, 429} or problem.status >= 500


def _base_url(problem: Problem) -> str:
    settings = current_app.extensions["signpost"].settings
    if problem.code == "unknown_host":
        return str(settings.public_url)
    return public_base()


def unavailable(error: SQLAlchemyError) -> Problem:
    """A transient database error (locked, full, unreachable) as a 503 that is worth a retry."""
    emit("database_unavailable", route=request.url_rule.rule if request.url_rule else "", error=type(error).__name__)
    again = _("Please try again in a minute, or talk to a human.")
    if typed_before():
        again = _("What you typed is still below. Please send it again in a minute, or talk to a human.")
    return Problem(503, "unavailable", _("We cannot reach our records just now."), again, retry_after=60)


def typed_before() -> list[tuple[str, str]]:
    """The fields of the failed form, for the error page's button that sends it again.

    Nothing of a form with a password or a code: those must be typed again.
    """
    if request.method != "POST" or request.path.startswith("/api/") or request.headers.get("X-CSRF-Token"):
        return []
    if _SECRET & request.form.keys():
        return []
    return [(name, value) for name, values in request.form.lists() for value in values]


def _page(problem: Problem) -> Response:
    try:
        typed = typed_before() if problem.code == "unavailable" else []
        danger = refused_danger() if _may_hide_danger(problem) else None
        page = render_template(
            "errors/problem.html",
            problem=problem,
            request_id=request_id.get(),
            typed=typed,
            urgent=urgent_box(danger[0]) if danger else None,
        )
        return make_response(page)
    except Exception:  # The error page itself failed (a broken template, no database): fall back to plain text.
        emit("request_failed", route="error page", error="error_page", trace=traceback.format_exc())
        text = f"{problem.message}\n{problem.next_step}\n{within('/contact')}\n{request_id.get()}\n"
        return make_response((text, {"Content-Type": "text/plain; charset=utf-8"}))


def register(app: Flask) -> None:
    """Register the error handlers, so that every error of `app` has this one format."""

    @app.errorhandler(Problem)
    def _problem(error: Problem) -> Response:
        return respond(error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | HTTPException:
        if error.code is not None and error.code < 400:
            return error  # a redirect
        response = respond(problem_of(error))
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                response.headers[name] = value
        return response

    @app.errorhandler(SQLAlchemyError)
    def _database(error: SQLAlchemyError) -> Response:
        return respond(unavailable(error)) if not_now(error) else _unplanned(error)

    @app.errorhandler(Exception)
    def _unplanned(error: Exception) -> Response:
        route = request.url_rule.rule if request.url_rule else ""
        emit("request_failed", route=route, error=type(error).__name__, trace=traceback.format_exc())
        return respond(
            Problem(
                500,
                "internal_error",
                _("Something went wrong on our side."),
                _("Please try again, or talk to a human and quote the reference below."),
            )
        )
