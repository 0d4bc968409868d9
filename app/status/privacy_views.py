"""Data export and erasure by the customer (GDPR access and erasure), from the status page.

The link of one request allows erasing that request. All requests of an email address are shown and erased only with a
link sent to that address: the page's own link is not enough, since anybody can type an address. The mailed link works
once, within a day, and only by its page's button; what that opens, works for an hour.
"""

import io
import tempfile
from typing import BinaryIO, cast

from flask import Blueprint, Response, make_response, render_template, request, send_file
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.current import services
from app.status.views import open_ticket, with_private_headers
from app.web import ratelimit
from app.web.errors import Problem
from core.events import emit
from support.tickets.models import Ticket

_IN_MEMORY = 1024 * 1024

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
    """The page of the emailed link. It shows nothing yet and uses nothing up, since scanners of mail servers open links
    too; its button does."""
    ticket, s = open_ticket(token), services()
    proof = request.args.get("proof", "")
    if not s.customer_actions.may_open_everything(ticket, proof, s.now()):
        raise _used_up()
    page = render_template("support/privacy_all.html", ticket=ticket, tickets=(), proof=proof, opened=False)
    return with_private_headers(make_response(page))


@bp.post("/all")
def open_everything(token: str) -> Response:
    """All requests of the address; the emailed link is used up."""
    ticket, s = open_ticket(token), services()
    visit = s.customer_actions.open_everything(token, request.form.get("proof", "")[:200], s.now())
    if visit is None:
        raise _used_up()
    return _everything(ticket, visit)


@bp.get("/all/export")
def export_all(token: str) -> Response:
    ticket, _visit = _authorized_ticket(token)
    return _zip(services().privacy.find(ticket.email), "my-requests")


@bp.post("/all/erase")
def erase_all(token: str) -> BaseResponse:
    ticket, visit = _authorized_ticket(token)
    if request.form.get("sure") != "yes":
        return _everything(ticket, visit, unsure=True, code=422)
    return _erased_page(services().privacy.find(ticket.email), ticket.email)


def _authorized_ticket(token: str) -> tuple[Ticket, str]:
    ticket = open_ticket(token)
    proof = request.values.get("proof", "")
    if not ticket.email or not services().customer_actions.email_tokens.is_visit(ticket, proof, services().now()):
        raise _used_up()
    return ticket, proof


def _everything(ticket: Ticket, visit: str, *, unsure: bool = False, code: int = 200) -> Response:
    s = services()
    found = [s.tickets.by_id(ticket_id) for ticket_id in s.privacy.find(ticket.email)]
    page = render_template(
        "support/privacy_all.html", ticket=ticket, tickets=found, proof=visit, opened=True, unsure=unsure
    )
    return with_private_headers(make_response(page, code))


def _used_up() -> Problem:
    return Problem(
        404,
        "not_found",
        _("This link was used before or is too old."),
        _("Ask for a new one on the page of your request, under “Delete my data”."),
    )


def _erased_page(ids: tuple[int, ...] | list[int], address: str = "") -> Response:
    count = services().privacy.erase(ids, address)
    emit("erased", tickets=count)
    return with_private_headers(make_response(render_template("support/erased.html", count=count)))


def _zip(ids: tuple[int, ...] | list[int], name: str) -> Response:
    ratelimit.check("export")
    folder = services().settings.data_dir / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A file without a name, which is gone when it is closed. The server sends it without one of its threads waiting.
    file = cast(BinaryIO, tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - the response closes a large one
    try:
        services().privacy.export(ids, file)
        size = file.tell()
        file.seek(0)
        data = io.BytesIO(file.read()) if size <= _IN_MEMORY else file
    except BaseException:
        file.close()
        raise
    if data is not file:
        file.close()
    response = send_file(data, mimetype="application/zip", as_attachment=True, download_name=f"{name}.zip")
    return with_private_headers(response)


def _page(ticket: Ticket, *, unsure: bool = False, sent: bool = False, code: int = 200) -> Response:
    page = render_template("support/privacy.html", ticket=ticket, unsure=unsure, sent=sent)
    return with_private_headers(make_response(page, code))
