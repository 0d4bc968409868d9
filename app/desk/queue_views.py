"""The ticket queue."""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.current import services
from app.desk import template_context
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.web.i18n import language_name
from support.agents.models import Right
from support.agents.queue import VIEWS, Filters, choices, counts, rows
from support.tickets.models import Channel, Priority, Stage, UnknownTicket


@bp.get("/")
@needs(Right.READ)
def queue() -> Response:
    """One page of the queue; a search for a complete reference redirects to its ticket."""
    s = services()
    filters = Filters.read(request.args, me().id)
    if filters.search and not filters.team:
        try:
            return redirect(url_for("desk.ticket", reference=s.tickets.by_reference(filters.search).reference))
        except UnknownTicket:
            pass
    now = s.now()
    found, more = rows(s.engine, filters, now)
    teams, langs = choices(s.engine)
    page = render_template(
        "desk/queue.html",
        filters=filters,
        rows=found,
        more=more,
        counts=counts(s.engine, me().id, now),
        views=VIEWS,
        stage_options=[(stage.value, template_context.stage_name(stage)) for stage in Stage],
        team_options=[(team, template_context.team_label(team)) for team in teams],
        user_options=[(str(user.id), user.name) for user in s.desk.accounts.all() if user.may(Right.ANSWER)],
        lang_options=[(tag, language_name(tag)) for tag in langs],
        channel_options=[(channel.value, template_context.channel_name(channel)) for channel in Channel],
        priority_options=[(one.value, template_context.priority_name(one)) for one in Priority],
        now=now,
    )
    return make_response(page)


@bp.get("/help")
@needs(Right.READ)
def help() -> Response:
    """The keyboard shortcuts, as a page for use without JavaScript."""
    return make_response(render_template("desk/help.html"))
