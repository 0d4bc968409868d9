"""What could not be delivered, and another try."""

from datetime import timedelta

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.desk.blueprint import bp
from app.desk.guard import me, needs
from app.desk.types import Right
from app.services import services

_SHOWN = 200


@bp.get("/deliveries")
@needs(Right.ANSWER)
def deliveries() -> Response:
    s = services()
    now = s.now()
    stuck = s.tickets.stuck(now, timedelta(minutes=15))
    page = render_template(
        "desk/deliveries.html",
        dead=[(reference, row) for reference, row in stuck if row.state == "dead"][:_SHOWN],
        late=[(reference, row) for reference, row in stuck if row.state != "dead"][:_SHOWN],
        retried=request.args.get("retried", ""),
    )
    return make_response(page)


@bp.post("/deliveries/<reference>/retry")
@needs(Right.ANSWER)
def retry(reference: str) -> Response:
    s = services()
    revived = s.desk.retry(me(), reference, s.now())
    return redirect(url_for("desk.deliveries", retried=revived), 303)
