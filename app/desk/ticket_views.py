"""Actions on the ticket page. Every form works without JavaScript, and is shown again filled after an error."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from flask import Response as FlaskResponse
from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.desk.ticket_page import (
    LIST_MAX,
    FormDraft,
    article_url,
    gaps_words,
    list_url,
    open_incidents,
    show,
    snoozed_until,
    suggestions,
    team_choices,
    ticket_of,
    timeline,
)
from app.web.errors import Problem
from app.web.i18n import listed
from app.web.uploads import take_files
from core.numbers import whole_number
from kb.markup.message_markup import letter_html
from support.agents import canned
from support.agents.macros import MacroActions, read_actions, tags_in
from support.agents.models import CaseChanges, Right
from support.agents.queue import Filters, next_of
from support.agents.redaction import placeholders_in
from support.agents.service import CaseConflict, ConcurrentUpdate, TicketNotQuarantined
from support.email import rendering
from support.intake.forms import MESSAGE_MAX, many_lines, one_line
from support.tickets.models import (
    Author,
    CallOutcome,
    CannotMerge,
    Channel,
    CheckedFile,
    MessageKind,
    Priority,
    ReplyChannelMismatch,
    Stage,
    Ticket,
    UnknownTicket,
    Via,
)

_NOTE_MAX = 10_000
_ALSO_MOST = 20
_SENDS = frozenset({"send", "send-solve", "send-next", "send-solve-next"})


@bp.get("/t/<reference>")
@needs(Right.READ)
def ticket(reference: str) -> Response:
    list_ = request.args.get("list", "")[:LIST_MAX] or _list_came_from()
    typed = FormDraft(list=list_, next=request.args.get("next") == "yes")
    return show(
        ticket_of(reference), typed, done=request.args.get("done", ""), drafted=request.args.get("drafted", "")[:300]
    )


def _list_came_from() -> str:
    """The filters of the list the reader came from, which says what the next ticket is."""
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:
        return ""
    return came_from.query[:LIST_MAX] if came_from.path == url_for("desk.queue") else ""


@bp.post("/t/<reference>/reply")
@needs(Right.ANSWER)
def reply(reference: str) -> Response:
    """Send a reply, preview it, or insert a canned reply, article or past answer."""
    found = ticket_of(reference)
    s = services()
    values = request.form
    typed = FormDraft(
        text=values.get("text", ""),
        reason=values.get("reason", ""),
        by_mail=values.get("by_mail", ""),
        stage=values.get("stage", Stage.PENDING.value),
        macro=values.get("macro", "")[:20],
        list=values.get("list", "")[:LIST_MAX],
        next=values.get("next") == "yes",
        also=tuple(values.getlist("also")[:_ALSO_MOST]),
    )
    action, _colon, about = values.get("action", "send").partition(":")
    if action == "macro":
        return _use_macro(found, typed, values.get("canned", ""), values.get("seen", ""))
    typed = replace(typed, next=typed.next or action in {"send-next", "send-solve-next"})
    if action in {"send-solve", "send-solve-next"}:
        typed = replace(typed, stage=Stage.SOLVED.value)
    action = "send" if action in _SENDS else action
    if action == "preview":
        # Sanitised by kb/markup/message_markup.py, as what the customer will see.
        shown = Markup(letter_html(many_lines(typed.text)))  # noqa: S704
        return show(found, typed, preview=shown)
    if action != "send":
        chosen = about or values.get("canned", "")
        return show(found, _with(_with_macro(typed, action, chosen), _inserted(found, action, chosen)))
    body = many_lines(typed.text)
    if not body:
        return show(found, typed, problem=_("Please write something first."), about="reply", code=422)
    if len(body) > MESSAGE_MAX:
        too_long = _("This is too long: at most %(most)s characters, please.", most=MESSAGE_MAX)
        return show(found, typed, problem=too_long, about="reply", code=422)
    if (gaps := placeholders_in(body)) and about != "anyway":
        unfilled = gaps_words(listed(gaps))
        return show(found, replace(typed, gaps=gaps), problem=unfilled, about="reply", code=422)
    if typed.also and (shared := _for_everybody(body, found)) != body:
        typed = replace(typed, text=shared)
        personal = _("This goes to several customers, so the name is {name} now. Read it once more, and send it.")
        return show(found, typed, problem=personal, about="reply", code=422)
    files = take_files(s, request.files.getlist("attachments"))
    if files.errors:
        return show(found, typed, problem=" ".join(files.errors), about="reply", code=422)
    seen = values.get("seen", "")
    by_mail = {"yes": True, "no": False}.get(typed.by_mail)
    if by_mail is (found.preferred_channel is Channel.EMAIL):
        by_mail = None  # the customer's preferred channel applies
    stage = Stage(typed.stage) if typed.stage in set(Stage) else Stage.PENDING
    onward = _next_of(found, typed) if typed.next else None
    changes = replace(_macro_changes(typed.macro), stage=None)
    own = _filled(body, found) if typed.also else body
    try:
        s.desk.reply(
            me(), found.reference, own, s.now(),
            seen=whole_number(seen) or 0,
            files=files.kept,
            by_mail=by_mail,
            off_channel_reason=one_line(typed.reason)[:500],
            stage=stage,
            changes=changes,
        )  # fmt: skip
    except ConcurrentUpdate as faster:
        return show(ticket_of(reference), typed, faster=faster, about="reply", code=409)
    except ReplyChannelMismatch:
        return show(found, typed, problem=_off_channel(found), about="reply", code=422)
    failed = _answer_also(typed.also, found, body, files.kept, stage, changes)
    return _onward(found, typed, onward, failed)


def _answer_also(
    also: Sequence[str], found: Ticket, body: str, files: tuple[CheckedFile, ...], stage: Stage, changes: CaseChanges
) -> list[str]:
    """Send the same answer to other tickets, each with its own customer's name; the references it did not go to, such
    as those where somebody was faster."""
    s = services()
    failed: list[str] = []
    for reference, seen in dict(one.partition(":")[::2] for one in also).items():
        try:
            other = s.tickets.by_reference(reference)
            if other.id == found.id:
                continue
            if other.quarantine or other.preferred_channel is Channel.PHONE:
                failed.append(other.reference)
                continue
            s.desk.reply(
                me(), other.reference, _filled(body, other), s.now(), seen=whole_number(seen) or 0, files=files,
                stage=stage, changes=changes,
            )  # fmt: skip
        except UnknownTicket:
            continue
        except (ConcurrentUpdate, ReplyChannelMismatch):
            failed.append(other.reference)
    return failed


def _filled(body: str, one: Ticket) -> str:
    return canned.CannedReply(0, "", "", body, services().now(), "").fill_placeholders(one, me().name)


def _for_everybody(body: str, found: Ticket) -> str:
    """The text with a placeholder wherever it names this customer, the ticket or its link."""
    values = (("{status_url}", found.status_url), ("{reference}", found.reference), ("{name}", found.name))
    for word, value in values:
        if len(value) > 1:
            body = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", word, body)
    return body


def _macro(chosen: str) -> tuple[canned.CannedReply | None, MacroActions]:
    one = next((c for c in services().desk.canned_replies() if str(c.id) == chosen), None)
    return one, read_actions(one.actions if one else "", dict(team_choices()))


def _macro_changes(chosen: str) -> CaseChanges:
    actions = _macro(chosen)[1] if chosen else MacroActions()
    return actions.changes(me().id, lambda choice: snoozed_until(choice, ""))


def _with_macro(typed: FormDraft, action: str, chosen: str) -> FormDraft:
    if action != "canned":
        return typed
    actions = _macro(chosen)[1]
    stage = actions.stage if actions.stage in set(Stage) else typed.stage
    return replace(typed, macro=chosen if actions else "", stage=stage)


def _use_macro(found: Ticket, typed: FormDraft, chosen: str, seen: str) -> Response:
    """Do all a macro says at once: send its text, where it has one, and make its changes."""
    s = services()
    one, actions = _macro(chosen)
    if one is None:
        return show(found, typed, problem=_("Choose something first."), about="reply", code=422)
    onward = _next_of(found, typed) if typed.next else None
    changes = actions.changes(me().id, lambda choice: snoozed_until(choice, ""))
    try:
        if one.text:
            body = one.fill_placeholders(found, me().name)
            stage = changes.stage or Stage.PENDING
            s.desk.reply(
                me(), found.reference, body, s.now(), seen=whole_number(seen) or 0, stage=stage,
                changes=replace(changes, stage=None),
            )  # fmt: skip
        else:
            s.desk.save_case(me(), found.reference, changes, s.now())
    except ConcurrentUpdate as faster:
        return show(ticket_of(found.reference), typed, faster=faster, about="reply", code=409)
    return _onward(found, typed, onward, [], "replied" if one.text else "saved")


def _next_of(found: Ticket, typed: FormDraft) -> str | None:
    s = services()
    return next_of(s.engine, Filters.read(dict(parse_qsl(typed.list)), me().id), s.now(), found.id)


def _onward(found: Ticket, typed: FormDraft, onward: str | None, failed: list[str], done: str = "replied") -> Response:
    if failed:
        return redirect(url_for("desk.ticket", reference=found.reference, done=done, failed=",".join(failed),
                                _anchor="main"), 303)  # fmt: skip
    if not typed.next:
        return _back(found, done)
    if onward is None:
        return redirect(list_url(typed.list, done="last", before=found.reference), 303)
    return redirect(
        url_for(
            "desk.ticket", reference=onward, before=found.reference, done=done, list=typed.list or None, next="yes",
            _anchor="main",
        ),
        303,
    )  # fmt: skip


@bp.post("/t/<reference>/note")
@needs(Right.NOTE)
def note(reference: str) -> Response:
    found = ticket_of(reference)
    body = many_lines(request.form.get("note", ""))
    if not body or len(body) > _NOTE_MAX:
        typed = FormDraft(note=request.form.get("note", ""))
        return show(found, typed, problem=_("Please write something first."), about="note", code=422)
    services().desk.note(me(), found.reference, body, services().now())
    return _back(found, "noted")


@bp.post("/t/<reference>/contact")
@needs(Right.ANSWER)
def contact(reference: str) -> Response:
    """Log a call, chat or visit."""
    found = ticket_of(reference)
    s = services()
    values = request.form
    typed = FormDraft(contact=values.to_dict())
    via, outcome = values.get("via", ""), values.get("outcome", "")
    body = many_lines(values.get("text", ""))
    at = _local_time(values.get("at", ""))
    if via not in set(Via) or outcome not in set(CallOutcome) or not body or len(body) > _NOTE_MAX:
        return show(found, typed, problem=_("Please write what was said."), about="contact", code=422)
    if at is None or at > s.now() + timedelta(minutes=1):
        return show(found, typed, problem=_("The time must be one in the past."), about="contact", code=422)
    try:
        s.desk.log_contact(
            me(), found.reference, body, s.now(),
            via=Via(via),
            outgoing=values.get("direction") != "in",
            outcome=CallOutcome(outcome),
            happened_at=at,
            off_channel_reason=one_line(values.get("reason", ""))[:500],
        )  # fmt: skip
    except ReplyChannelMismatch:
        return show(found, typed, problem=_off_channel(found), about="contact", code=422)
    return _back(found, "logged")


@bp.post("/t/<reference>/case")
@needs(Right.ANSWER)
def case(reference: str) -> Response:
    """Assign, set status or priority, snooze, transfer; each button changes only its own field."""
    found = ticket_of(reference)
    s, desk, now = services(), services().desk, services().now()
    values = request.form
    action = values.get("action", "")
    if action == "save":
        return _save_case(found, values)
    if action == "take":
        desk.assign(me(), found.reference, me(), now)
    elif action == "assign":
        chosen = values.get("assignee", "")
        user = s.desk.accounts.by_id(whole_number(chosen) or 0)
        desk.assign(me(), found.reference, user, now)
    elif action == "stage" and values.get("stage") in set(Stage):
        desk.set_stage(me(), found.reference, Stage(values["stage"]), now)
    elif action == "priority" and values.get("priority") in set(Priority):
        desk.set_priority(me(), found.reference, Priority(values["priority"]), now)
    elif action == "team" and values.get("team") in dict(team_choices()):
        desk.set_team(me(), found.reference, values["team"], now)
    elif action == "wake":
        desk.snooze(me(), found.reference, None, now)
    elif action == "snooze":
        until = snoozed_until(values.get("snooze", ""), values.get("until", ""))
        if until is None or until <= now:
            return show(found, problem=_("Choose a time in the future."), about="case", code=422)
        desk.snooze(me(), found.reference, until, now)
    else:
        return show(found, problem=_("Choose something first."), about="case", code=422)
    return _back(found, "saved")


def _save_case(found: Ticket, values: Mapping[str, str]) -> Response:
    """Everything of the form at once. Only what differs from what the form showed is changed."""
    s = services()

    def changed(name: str) -> str | None:
        value = values.get(name)
        return None if value == values.get(f"was_{name}") else value

    stage, priority, team, assignee = (changed(name) for name in ("stage", "priority", "team", "assignee"))
    incident = changed("incident")
    choice = values.get("snooze", "")
    until = snoozed_until(choice, values.get("until", "")) if choice not in {"", "wake"} else None
    if choice not in {"", "wake"} and (until is None or until <= s.now()):
        return show(found, problem=_("Choose a time in the future."), about="case", code=422)
    before, after = set(tags_in(values.get("was_tags", ""))), tags_in(values.get("tags", values.get("was_tags", "")))
    user = s.desk.accounts.by_id(whole_number(assignee) or 0) if assignee else None
    chosen = user.id if user is not None and user.may(Right.ANSWER) else None
    changes = CaseChanges(
        stage=Stage(stage) if stage in set(Stage) else None,
        priority=Priority(priority) if priority in set(Priority) else None,
        team=team if team in dict(team_choices()) else "",
        assignee=0 if assignee == "" else chosen,
        snooze=until,
        wake=choice == "wake",
        add_tags=tuple(tag for tag in after if tag not in before),
        remove_tags=tuple(sorted(before - set(after))),
        incident=incident if not incident or incident in open_incidents() else None,
    )
    was = {name: values[f"was_{name}"] for name in ("stage", "priority", "team", "assignee") if f"was_{name}" in values}
    try:
        if changes:
            s.desk.save_case(me(), found.reference, changes, s.now(), was)
    except CaseConflict:
        problem = _(
            "Somebody else has changed the same just now. Nothing was saved: look at what it is now, and save again."
        )
        return show(ticket_of(found.reference), problem=problem, about="case", code=409)
    return _back(found, "saved")


@bp.post("/t/<reference>/relation")
@needs(Right.ANSWER)
def relation(reference: str) -> Response:
    """Merge the ticket into another (`merge`), link them (`link`), or take either back (`undo:REFERENCE`)."""
    found = ticket_of(reference)
    s = services()
    action, _colon, about = request.form.get("action", "").partition(":")
    other = one_line(about or request.form.get("other", ""))[:40]
    try:
        other = s.tickets.by_reference(other).reference
        if action == "merge":
            kept = s.desk.merge(me(), found.reference, other, s.now())
            return _back(kept, "merged")
        if action == "link":
            s.desk.relate(me(), found.reference, other, s.now())
        elif action == "undo":
            s.desk.unrelate(me(), found.reference, other, s.now())
        else:
            return show(found, problem=_("Choose something first."), about="relation", code=422)
    except UnknownTicket:
        problem = _("There is no ticket with this reference.")
        return show(found, FormDraft(other=other), problem=problem, about="relation", code=422)
    except CannotMerge as cannot:
        problem = {
            "itself": _("This is the ticket itself. Name the other one."),
            "person": _("Only tickets of the same customer can be merged. Link these instead."),
            "held": _("A ticket in quarantine cannot be merged."),
            "merged": _("One of them was merged already. Undo that first."),
        }[cannot.code]  # fmt: skip
        return show(found, FormDraft(other=other), problem=problem, about="relation", code=422)
    return _back(found, "saved")


@bp.post("/t/<reference>/release")
@needs(Right.ANSWER)
def release(reference: str) -> Response:
    """Release a quarantined ticket: mark it as not spam and deliver it."""
    found = ticket_of(reference)
    services().desk.release(me(), found.reference, services().now())
    return _back(found, "released")


@bp.post("/t/<reference>/delete")
@needs(Right.ANSWER)
def delete(reference: str) -> Response:
    """Delete a quarantined ticket permanently, with everything in it."""
    found = ticket_of(reference)
    try:
        services().desk.delete_held(me(), found.reference, services().now())
    except TicketNotQuarantined:
        raise Problem(
            409,
            "not_held",
            _("Only quarantined tickets can be deleted here."),
            _("A person's data is erased with the commands of the privacy page."),
        ) from None
    return redirect(url_for("desk.queue", view="held", done="deleted"), 303)


@bp.post("/t/<reference>/pulse")
@needs(Right.READ)
def pulse(reference: str) -> FlaskResponse:
    """Collision detection, polled by the open page: records presence, returns other agents and news since `seen`."""
    s = services()
    found = ticket_of(reference)
    seen = request.form.get("seen", "")
    last = whole_number(seen) or 0
    around = s.desk.note_seen(me(), found, s.now(), is_writing=request.form.get("writing") == "yes")
    new = [m for m in found.messages if m.id > last]
    return jsonify(
        others=[_("%(name)s is writing", name=o.name) if o.writing else _("%(name)s is here too", name=o.name)
                for o in around],
        new=[_("%(name)s has answered", name=m.staff.name or _("The team")) if m.author is Author.TEAM
             else _("The customer has written again") for m in new],
    )  # fmt: skip


def _with(typed: FormDraft, addition: str) -> FormDraft:
    text = f"{typed.text.rstrip()}\n\n{addition}" if typed.text.strip() and addition else typed.text or addition
    return replace(typed, text=text)


def _inserted(found: Ticket, action: str, about: str) -> str:
    """The text that a button inserts into the reply; '' when its source no longer exists."""
    if action == "canned":
        chosen = next((c for c in services().desk.canned_replies() if str(c.id) == about), None)
        return chosen.fill_placeholders(found, me().name) if chosen else ""
    if action == "article":
        lang, _slash, slug = about.partition("/")
        article = services().articles.best((lang,), slug, services().today())
        return f"{article.title}: {article_url(found, article.lang, article.slug)}" if article else ""
    if action == "answer":
        return next((a.text for a in suggestions(found)[1] if a.reference == about), "")
    return ""


def _off_channel(found: Ticket) -> str:
    if found.preferred_channel is Channel.PHONE:
        return _("The customer asked to be called. Say why you reach them in another way.")
    return _("The customer asked for e-mail. Say why you reach them in another way.")


def _local_time(text: str) -> datetime | None:
    """Parse a datetime-local value in the operator's time zone."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=services().settings.zone)
    except ValueError:
        return None


def _back(found: Ticket, done: str) -> Response:
    # Browsers carry the form's own `#reply` through a redirect that names no place; what was done is said at the top.
    return redirect(url_for("desk.ticket", reference=found.reference, done=done, _anchor="main"), 303)


@bp.get("/t/<reference>/person")
@needs(Right.READ)
def person(reference: str) -> Response:
    """The timeline of this ticket's customer over all tickets and channels, newest first."""
    s = services()
    found = ticket_of(reference)
    tickets = [found, *(s.tickets.by_id(other.id) for other in s.agent_actions.others_of(found))]
    turns = sorted(
        ((turn, one) for one in tickets for turn in timeline(one)), key=lambda pair: pair[0].at, reverse=True
    )
    page = render_template(
        "desk/person.html",
        ticket=found,
        tickets=tickets,
        turns=turns,
        authors=Author,
        kinds=MessageKind,
        html_of=rendering.html_of,
    )
    return make_response(page)
