"""Failed deliveries (dead letters): list, retry, discard."""

from datetime import timedelta

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from support.agents.models import Right
from support.delivery import delivery_log
from support.tickets.deliveries import attempts, dead_letters
from support.tickets.models import OutboxState

_SHOWN = 200


@bp.get("/deliveries")
@needs(Right.ANSWER)
def deliveries() -> Response:
    s = services()
    late = [pair for pair in s.tickets.stuck(s.now(), timedelta(minutes=15)) if pair[1].state is not OutboxState.DEAD]
    page = render_template(
        "desk/deliveries.html",
        dead=dead_letters(s.engine, _SHOWN),
        late=late[:_SHOWN],
        circuits=delivery_log.circuits(s.engine),
        failed=attempts(s.engine, failed=True, limit=30),
        done=request.args.get("done", ""),
    )
    return make_response(page)


@bp.post("/deliveries/<uid>")
@needs(Right.ANSWER)
def change_delivery(uid: str) -> Response:
    """Retry or discard a failed delivery."""
    s = services()
    drop = request.form.get("action") == "drop"
    changed = s.desk.change_delivery(me(), uid, s.now(), drop=drop)
    return redirect(url_for("desk.deliveries", done=("dropped" if drop else "retried") if changed else "late"), 303)
