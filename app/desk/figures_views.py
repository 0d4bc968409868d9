"""Figures of a team on one page, and as CSV."""

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import needs
from app.desk.blueprint import bp
from app.desk.ticket_page import team_choices
from core.numbers import whole_number
from support.agents.figures import PERIODS, Figures, csv_lines
from support.agents.figures import figures as figures_of
from support.agents.models import Right


@bp.get("/figures")
@needs(Right.READ)
def figures() -> Response:
    found, team, days = _asked()
    page = render_template(
        "desk/figures.html",
        found=found,
        team=team,
        days=days,
        periods=PERIODS,
        team_options=team_choices(),
        busiest=max(found.hours) or 1,
        most=max((max(day.received, day.finished, day.backlog) for day in found.days), default=0) or 1,
        csv_url=url_for("desk.figures_csv", team=team or None, days=days),
    )
    return make_response(page)


@bp.get("/figures.csv")
@needs(Right.READ)
def figures_csv() -> Response:
    found, team, days = _asked()
    response = make_response("".join(csv_lines(found, team)))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    name = f"figures-{services().today().isoformat()}-{days}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked() -> tuple[Figures, str, int]:
    s = services()
    team = request.args.get("team", "")
    team = team if team in dict(team_choices()) else ""
    wanted = whole_number(request.args.get("days", "")) or 30
    days = wanted if wanted in PERIODS else 30
    return figures_of(s.engine, team, days, s.now(), s.settings.zone), team, days
