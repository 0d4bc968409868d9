"""The spam quarantine: suspected spam with its reasons, and bulk decisions."""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.desk.ticket_page import ticket_of
from support.agents.models import Right
from support.tickets.models import State

_SHOWN = 100
_EXCERPT = 600


@bp.get("/quarantine")
@needs(Right.ANSWER)
def quarantine() -> Response:
    """Quarantined tickets, newest first; with `?rejected=1` those marked as spam."""
    s = services()
    rejected = request.args.get("rejected") == "1"
    state = State.CLOSED if rejected else State.WAITING
    held = s.tickets.newest(state=state, quarantined=True, limit=_SHOWN)
    page = render_template(
        "desk/quarantine.html",
        tickets=[s.tickets.by_id(ticket.id) for ticket in held],
        rejected=rejected,
        excerpt=_EXCERPT,
        done=request.args.get("done", ""),
        count=request.args.get("count", "")[:6],
    )
    return make_response(page)


@bp.post("/quarantine")
@needs(Right.ANSWER)
def decide() -> Response:
    """`action` is `release` or `reject`, for all selected tickets, or with `:REFERENCE` for one."""
    s = services()
    action, _colon, one = request.form.get("action", "").partition(":")
    chosen = [one] if one else request.form.getlist("chosen")[:_SHOWN]
    count = 0
    for reference in chosen:
        ticket = ticket_of(reference)
        if not ticket.quarantine:
            continue  # somebody else was faster
        if action == "release":
            s.desk.release(me(), ticket.reference, s.now())
        elif action == "reject":
            s.desk.reject(me(), ticket.reference, s.now())
        count += 1
    done = f"{action}d" if action == "release" else f"{action}ed"
    return redirect(url_for("desk.quarantine", done=done if count else None, count=count or None), 303)


@bp.post("/t/<reference>/reject")
@needs(Right.ANSWER)
def reject(reference: str) -> Response:
    found = ticket_of(reference)
    services().desk.reject(me(), found.reference, services().now())
    return redirect(url_for("desk.ticket", reference=found.reference, done="rejected"), 303)
