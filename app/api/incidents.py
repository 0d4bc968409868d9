"""GET /api/v1/incidents: current incidents, for pages of other sites and for monitoring."""

from flask import Response, jsonify

from app.api.blueprint import bp
from app.current import services
from app.web import i18n, request_input
from app.web.ratelimit import limit


@bp.get("/incidents")
@limit("search")
def incidents_now() -> Response:
    """Open incidents; with `recent=true` also those resolved within thirty days."""
    s = services()
    tag = request_input.parameter("lang", 100)
    lang = (request_input.language(tag) if tag else None) or i18n.current_lang()
    recent = request_input.flag_parameter("recent")
    found = s.recent_incidents() if recent else s.open_incidents()
    response = jsonify({"incidents": [incident.as_dict(lang) for incident in found]})
    response.headers["Cache-Control"] = "public, max-age=30"
    response.vary.add("Accept-Language")
    return response
