"""The ticket queue: views, saved views, filters, and changing many tickets at once."""

from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.current import services
from app.desk import template_context
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.desk.ticket_page import LIST_MAX, list_url, open_incidents, snoozed_until, team_choices, ticket_of
from app.web.i18n import language_name
from core.numbers import whole_number
from support.agents.macros import SNOOZES, read_actions, tags_in
from support.agents.models import CaseChanges, Right
from support.agents.queue import SORTS, VIEWS, Filters, choices, counts, rows
from support.intake.forms import one_line
from support.tickets.models import Channel, Priority, Stage, UnknownTicket

_CHOSEN_MOST, _VIEW_NAME_MAX = 100, 60


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
    saved = [(view, Filters.read(dict(parse_qsl(view.query)), me().id).address()) for view in s.desk.views(me())]
    macros = [one for one in s.desk.canned_replies() if read_actions(one.actions, dict(team_choices()))]
    page = render_template(
        "desk/queue.html",
        filters=filters,
        saved=saved,
        query=urlencode(filters.address()),
        sort_options=[(sort, template_context.sort_name(sort)) for sort in SORTS],
        teams=team_choices(),
        macros=macros,
        macro_options=[(str(one.id), one.name) for one in macros],
        tag_options=[(tag, tag) for tag in dict.fromkeys((*s.desk.tags(), *([filters.tag] if filters.tag else [])))],
        incident_options=list(open_incidents().items()),
        view_name_max=_VIEW_NAME_MAX,
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


@bp.post("/bulk")
@needs(Right.ANSWER)
def bulk() -> Response:
    """Change the chosen tickets: each in a transaction of its own, and each with its lines in the audit log.

    Tickets in quarantine are left alone; those have a page of their own.
    """
    s = services()
    values = request.form
    chosen = list(dict.fromkeys(values.getlist("chosen")))[:_CHOSEN_MOST]
    changes = _bulk_changes()
    back = values.get("list", "")
    if not chosen or not changes:
        return redirect(list_url(back, done="nothing"), 303)
    count = 0
    for reference in chosen:
        ticket = ticket_of(reference)
        if not ticket.quarantine:
            s.desk.save_case(me(), ticket.reference, changes, s.now())
            count += 1
    return redirect(list_url(back, done="changed", count=str(count)), 303)


def _bulk_changes() -> CaseChanges:
    s, values = services(), request.form
    teams = dict(team_choices())

    def until(choice: str) -> datetime | None:
        return snoozed_until(choice, "")

    if values.get("action") == "take":
        return CaseChanges(assignee=me().id)
    if values.get("action") == "solve":
        return CaseChanges(stage=Stage.SOLVED)
    macro = next((one for one in s.desk.canned_replies() if str(one.id) == values.get("macro")), None)
    if macro is not None:  # its changes only: nobody writes to a hundred customers by accident
        return read_actions(macro.actions, teams).changes(me().id, until)
    assignee = values.get("assignee", "")
    user = s.desk.accounts.by_id(whole_number(assignee) or 0) if assignee else None
    usable = user is not None and user.may(Right.ANSWER)
    stage, priority, team = values.get("stage", ""), values.get("priority", ""), values.get("team", "")
    incident, snooze = values.get("incident", ""), values.get("snooze", "")
    return CaseChanges(
        stage=Stage(stage) if stage in set(Stage) else None,
        priority=Priority(priority) if priority in set(Priority) else None,
        team=team if team in teams else "",
        assignee=0 if assignee == "none" else user.id if user is not None and usable else None,
        snooze=until(snooze) if snooze in SNOOZES else None,
        add_tags=tags_in(values.get("tags", "")),
        incident=incident if incident in open_incidents() else None,
    )


@bp.post("/views")
@needs(Right.READ)
def save_view() -> Response:
    """Save the filters of the queue under a name, or delete a saved view (`delete:ID`)."""
    s = services()
    shown = request.form.get("list", "")
    action, _colon, about = request.form.get("action", "").partition(":")
    if action == "delete":
        s.desk.delete_view(me(), whole_number(about) or 0, s.now(), any_owner=me().may(Right.MANAGE))
        s.desk.delete_view(me(), whole_number(about) or 0, s.now())
        return redirect(list_url(shown, done="view_deleted"), 303)
    name = one_line(request.form.get("name", ""))[:_VIEW_NAME_MAX]
    if not name:
        return redirect(list_url(shown, done="nothing"), 303)
    shared = request.form.get("shared") == "yes" and me().may(Right.ANSWER)
    filters = Filters.read(dict(parse_qsl(shown[:LIST_MAX])), me().id)
    s.desk.save_view(me(), name, urlencode(filters.address()), s.now(), shared=shared)
    return redirect(list_url(shown, done="view_saved"), 303)


@bp.get("/help")
@needs(Right.READ)
def help() -> Response:
    """The keyboard shortcuts, as a page for use without JavaScript."""
    return make_response(render_template("desk/help.html"))
