"""GET /api/v1/challenge: a proof-of-work challenge (ALTCHA) for a browser to solve and send with a ticket."""

from flask import Response, jsonify
from flask_babel import gettext as _

from app.api.blueprint import bp
from app.current import services
from app.web.errors import Problem
from app.web.ratelimit import limit


@bp.get("/challenge")
@limit("challenge")
def challenge() -> Response:
    """A new challenge for each request, in ALTCHA's format."""
    s = services()
    if not s.spam.wants_work:
        raise Problem(
            404,
            "no_challenge",
            _("This site asks for no challenge."),
            _("Send the ticket without one."),
        )
    response = jsonify(s.spam.challenges.issue(s.now()))
    response.headers["Cache-Control"] = "no-store"
    return response
