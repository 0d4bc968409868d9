"""Incoming mail that is held or was set aside: each with its reason, to be released or deleted."""

from io import BytesIO

from flask import make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.web.errors import Problem
from support.agents.models import Right
from support.email.inbound import spool
from support.email.inbound.parser import InboundEmail
from support.email.inbound.spool import InboundMail, InboundOutcome

_MOST = 200
_DONE = {"release": "released", "open": "released", "delete": "deleted"}
# What became of a report, and of our own mail, is plain: nothing of them is for a conversation.
_RELEASABLE = (*spool.TO_DECIDE, InboundOutcome.AUTOMATIC, InboundOutcome.REFUSED)


@bp.get("/mail")
@needs(Right.ANSWER)
def mails() -> Response:
    """Held mail, newest first; with `?aside=1` what was set aside."""
    aside = request.args.get("aside") == "1"
    page = render_template(
        "desk/mails.html",
        mails=spool.with_outcomes(services().engine, spool.SET_ASIDE if aside else spool.TO_DECIDE, _MOST),
        aside=aside,
        releasable=_RELEASABLE,
        done=request.args.get("done", ""),
        count=request.args.get("count", "")[:6],
    )
    return make_response(page)


@bp.post("/mail")
@needs(Right.ANSWER)
def decide_mails() -> Response:
    """`action` is `release`, `open` (as a ticket of its own) or `delete`, for all selected mails, or with `:NUMBER` for
    one."""
    action, _colon, one = request.form.get("action", "").partition(":")
    count, failed = 0, 0
    for number in [one] if one else request.form.getlist("chosen")[:_MOST]:
        mail = spool.one(services().engine, _number(number))
        if mail is None:
            continue  # somebody else was faster
        changed = None
        if action in {"release", "open"}:
            changed = _release(mail, as_new=action == "open")
        elif action == "delete":
            changed = _delete(mail)
        count += changed is True
        failed += changed is False
    done = "failed" if failed else _DONE[action] if count else None
    aside = 1 if request.form.get("aside") else None
    return redirect(url_for("desk.mails", aside=aside, done=done, count=failed or count or None), 303)


@bp.get("/mail/<int:number>")
@needs(Right.ANSWER)
def mail(number: int) -> Response:
    found, letter = _letter(number)
    reference = services().tickets.by_id(found.ticket_id).reference if found.ticket_id else ""
    page = render_template(
        "desk/mail.html", mail=found, letter=letter, reference=reference, releasable=found.outcome in _RELEASABLE,
        decided=found.outcome not in spool.TO_DECIDE,
    )  # fmt: skip
    return make_response(page)


@bp.get("/mail/<int:number>/raw")
@needs(Right.ANSWER)
def mail_as_it_came(number: int) -> Response:
    found, _letter_of = _letter(number)
    raw = BytesIO(services().ingester().raw(found))
    return send_file(raw, "message/rfc822", as_attachment=True, download_name=f"mail-{number}.eml")


def _letter(number: int) -> tuple[InboundMail, InboundEmail]:
    """A mail that is held or was set aside. Raises Problem 404, also when it is not kept any more."""
    s = services()
    found = spool.one(s.engine, min(number, 2**62))
    try:
        if found is not None and found.outcome in (*spool.TO_DECIDE, *spool.SET_ASIDE):
            return found, s.ingester().letter(found)
    except OSError:
        pass  # kept for thirty days
    raise Problem(
        404,
        "not_found",
        _("There is no such mail, or it is not kept any more."),
        _("Mail that was set aside is kept for thirty days; the list says what there is."),
    )


def _release(mail: InboundMail, *, as_new: bool) -> bool | None:
    """Whether it became part of a ticket; None when there was nothing to decide."""
    s = services()
    if mail.outcome not in _RELEASABLE:
        return None
    try:
        result = s.ingester().ingest_again(mail, s.now(), as_new=as_new)
    except OSError:
        return False
    s.desk.note_mail(me(), "mail_released", mail.id, result.reference, s.now())
    return bool(result.reference)


def _delete(mail: InboundMail) -> bool | None:
    """Held mail is set aside; what was set aside is deleted for good."""
    s = services()
    if mail.outcome in spool.TO_DECIDE:
        changed, what = spool.dismiss(s.engine, mail.id, s.now()), "mail_dismissed"
    else:
        changed, what = s.ingester().remove(mail), "mail_deleted"
    if changed:
        s.desk.note_mail(me(), what, mail.id, "", s.now())
    return changed or None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
