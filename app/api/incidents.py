"""GET /api/v1/incidents: what is broken for many now, for pages of other sites and for whoever watches."""

from datetime import timedelta

from flask import Response, jsonify

from app.api.blueprint import bp
from app.current import services
from app.web import i18n, request_input
from app.web.ratelimit import limit
from support.incidents import service as incidents

RECENT = timedelta(days=30)


@bp.get("/incidents")
@limit("search")
def incidents_now() -> Response:
    """Those that go on; with `recent=true` also those that ended within thirty days."""
    s = services()
    tag = request_input.parameter("lang", 100)
    lang = (request_input.language(tag) if tag else None) or i18n.current_lang()
    recent = request_input.flag_parameter("recent")
    found = incidents.recent_incidents(s.engine, s.now() - RECENT) if recent else incidents.open_incidents(s.engine)
    response = jsonify({"incidents": [incident.as_dict(lang) for incident in found]})
    response.headers["Cache-Control"] = "public, max-age=30"
    response.vary.add("Accept-Language")
    return response
