"""The requests of a signed-in visitor of a site, from any device: list, read, answer.

The token stands in the body and is verified at each call. Nobody gets a status link here: that one lives for months,
the token for minutes.
"""

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from app.api import site_tickets
from app.current import current_site, services
from app.web import ratelimit, request_input
from app.web.errors import Problem, not_stored
from app.web.i18n import current_lang
from app.web.ratelimit import limit
from core.database.timestamps import iso
from core.events import emit
from support.email import rendering
from support.intake import forms
from support.intake.identity import SignedIdentity
from support.intake.own_requests import OwnRequests, unread
from support.tickets.models import Author, Message, Ticket, UnknownTicket
from support.tickets.receipts import Receipts

bp = Blueprint("embed_own", __name__, url_prefix="/api/v1/sites/<key>/mine")

REFERENCE_MAX = 20


@bp.post("")
@limit("suggest")
def own(key: str) -> Response:
    """All requests the site sent for this visitor, the ones with news first."""
    found = _own().all(_known(request_input.json_body()), key)
    return _private({"requests": [_state(one) for one in found], "unread": sum(map(unread, found))})


@bp.post("/<reference>")
@limit("suggest")
def conversation(key: str, reference: str) -> Response:
    """One of them with what was written; it then counts as read."""
    ticket = _ticket(key, reference, _known(request_input.json_body()))
    _own().read(ticket)
    return _private(_conversation(ticket))


@bp.post("/<reference>/messages")
@limit("suggest")
def answer(key: str, reference: str) -> tuple[Response, int]:
    """Write in one of them. The same `idempotency_key` and text twice add one message."""
    body = request_input.json_body()
    known = _known(body)
    text = request_input.text_field(body, "message", forms.MESSAGE_MAX, required=True)
    written = forms.many_lines(text)
    if not written:
        raise request_input.missing("message")
    once = request_input.text_field(body, "idempotency_key", 100)
    ticket = _ticket(key, reference, known)
    ratelimit.check("message")
    try:
        answered = _own().answer(ticket, written, once, services().now())
    except (SQLAlchemyError, OSError) as error:
        raise not_stored(error) from None
    emit("message_added", reference=ticket.reference, author=Author.CUSTOMER.value)
    return _private(_conversation(answered)), 201


def _own() -> OwnRequests:
    return OwnRequests(services().tickets)


def _known(body: Mapping[str, Any]) -> SignedIdentity:
    site = current_site()
    assert site is not None  # noqa: S101  app/widget/cors.py refuses keys nobody has
    token = request_input.text_field(body, "identity", 4096, required=True)
    known = site_tickets.identity(token, site)
    assert known is not None  # noqa: S101  there is a token
    return known


def _ticket(key: str, reference: str, known: SignedIdentity) -> Ticket:
    try:
        return _own().one(known, key, reference[:REFERENCE_MAX])
    except UnknownTicket:
        raise Problem(
            404,
            "not_found",
            _("You have no request with this reference."),
            _("Compare the reference, or talk to a human."),
        ) from None


def _state(ticket: Ticket) -> dict[str, Any]:
    receipts = cast(Receipts, current_app.extensions["signpost.receipts"])
    return {
        **receipts.state(ticket, current_lang(), services().now()),
        "subject": ticket.title,
        "unread": unread(ticket),
    }


def _conversation(ticket: Ticket) -> dict[str, Any]:
    return {**_state(ticket), "unread": 0, "messages": [_message(one) for one in ticket.messages]}


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "from": message.author.value,
        "text": message.text,
        "html": str(rendering.html_of(message) or ""),
        "at": iso(message.created_at),
        "attachments": [
            {"name": one.name, "size": one.size, "removed": one.purged_at is not None} for one in message.attachments
        ],
    }


def _private(body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response
