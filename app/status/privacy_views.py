"""Data export and erasure by the customer (GDPR access and erasure), from the status page.

The link of one request allows erasing that request. All requests of an email address are shown and erased only with a
link sent to that address: the page's own link is not enough, since anybody can type an address.
"""

import io

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.current import services
from app.status.views import open_ticket, unknown, with_private_headers
from app.web import ratelimit
from core.events import emit
from support.tickets.models import Ticket

bp = Blueprint("status_privacy", __name__, url_prefix="/t/<token>/privacy")


@bp.get("")
def ask(token: str) -> Response:
    """The page that explains export and erasure."""
    return _page(open_ticket(token))


@bp.get("/export")
def export(token: str) -> Response:
    """Export this request with its files, as a ZIP."""
    ticket = open_ticket(token)
    return _zip([ticket.id], ticket.reference)


@bp.post("/erase")
def erase(token: str) -> BaseResponse:
    """Erase this one request; a checkbox confirms it, to prevent accidents."""
    ticket = open_ticket(token)
    if request.form.get("sure") != "yes":
        return _page(ticket, unsure=True, code=422)
    return _erased_page([ticket.id])


@bp.post("/mail")
def mail(token: str) -> Response:
    """Email the link for all requests of this address to the address."""
    ticket = open_ticket(token)
    ratelimit.check("message")
    s = services()
    if ticket.email:
        s.customer_actions.send_privacy_link(ticket, s.now())
    return _page(ticket, sent=True)


@bp.get("/all")
def everything(token: str) -> Response:
    """All requests of the address, opened by the emailed link."""
    ticket, proof = _authorized_ticket(token)
    s = services()
    others = [s.tickets.by_id(ticket_id) for ticket_id in s.privacy.find(ticket.email)]
    page = render_template("support/privacy_all.html", ticket=ticket, tickets=others, proof=proof)
    return with_private_headers(make_response(page))


@bp.get("/all/export")
def export_all(token: str) -> Response:
    ticket, _proof = _authorized_ticket(token)
    return _zip(services().privacy.find(ticket.email), "my-requests")


@bp.post("/all/erase")
def erase_all(token: str) -> BaseResponse:
    ticket, proof = _authorized_ticket(token)
    if request.form.get("sure") != "yes":
        return with_private_headers(redirect(url_for("status_privacy.everything", token=token, proof=proof), 303))
    return _erased_page(services().privacy.find(ticket.email), ticket.email)


def _authorized_ticket(token: str) -> tuple[Ticket, str]:
    ticket = open_ticket(token)
    proof = request.values.get("proof", "")
    if not ticket.email or not services().customer_actions.email_tokens.is_privacy(ticket, proof, services().now()):
        raise unknown()
    return ticket, proof


def _erased_page(ids: tuple[int, ...] | list[int], address: str = "") -> Response:
    count = services().privacy.erase(ids, address)
    emit("erased", tickets=count)
    return with_private_headers(make_response(render_template("support/erased.html", count=count)))


def _zip(ids: tuple[int, ...] | list[int], name: str) -> Response:
    data = io.BytesIO(services().privacy.export(ids))
    response = send_file(data, mimetype="application/zip", as_attachment=True, download_name=f"{name}.zip")
    return with_private_headers(response)


def _page(ticket: Ticket, *, unsure: bool = False, sent: bool = False, code: int = 200) -> Response:
    page = render_template("support/privacy.html", ticket=ticket, unsure=unsure, sent=sent)
    return with_private_headers(make_response(page, code))
