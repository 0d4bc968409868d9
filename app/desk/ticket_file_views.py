"""What can be downloaded of a ticket: attachments, mails as they came, the hand-off payload."""

from flask import Response as FlaskResponse
from flask import jsonify, send_file
from flask_babel import gettext as _

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.desk.ticket_page import ticket_of
from app.web.errors import Problem
from support.agents.models import Right
from support.email.inbound import spool
from support.tickets.handoff import pack


@bp.get("/t/<reference>/files/<int:attachment_id>")
@needs(Right.READ)
def file(reference: str, attachment_id: int) -> FlaskResponse:
    """An attachment, always as a download: untrusted files must never be rendered inline."""
    s = services()
    found = ticket_of(reference)
    for message in (*found.messages, *found.internal):
        for attachment in message.attachments:
            if attachment.id != attachment_id:
                continue
            path = s.tickets.readable(attachment.sha256)
            if path.is_file():
                s.desk.note_file(me(), found.reference, attachment.name, s.now())
                response = send_file(path, mimetype=attachment.kind, as_attachment=True, download_name=attachment.name)
                response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
                return response
    raise Problem(404, "not_found", _("This file is no longer here."), _("Go back to the ticket."))


@bp.get("/t/<reference>/mails/<int:mail_id>.eml")
@needs(Right.READ)
def raw_mail(reference: str, mail_id: int) -> FlaskResponse:
    """A mail as it came, while it is kept. Strangers' HTML and scripts are in it: only ever a download, and of a type
    no browser opens."""
    s = services()
    found = ticket_of(reference)
    folder = spool.folder_of(s.settings)
    mail = next((one for one in spool.of_ticket(s.engine, found.id) if one.id == mail_id), None)
    try:
        path = folder.verified(mail.file) if mail is not None and mail.file else None
    except OSError:  # gone, or not what its hash says
        path = None
    if mail is None or path is None:
        raise Problem(404, "not_found", _("This mail is no longer kept."), _("Go back to the ticket."))
    name = f"{found.reference}-{mail.id}.eml"
    s.desk.note_file(me(), found.reference, name, s.now())
    response = send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/t/<reference>/pack.json")
@needs(Right.READ)
def ticket_pack(reference: str) -> FlaskResponse:
    """The hand-off payload as JSON, as in emails and webhooks."""
    response = jsonify(pack(ticket_of(reference)))
    response.headers["Content-Disposition"] = f'attachment; filename="{reference}.json"'
    return response
