"""Template helpers of the desk: translated labels of enums and events, times, icons."""

from datetime import date, datetime, timedelta
from typing import Any

import flask_babel
from babel.dates import format_timedelta
from flask import g, request
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.current import services
from app.desk.blueprint import bp
from app.desk.mail_words import bounce_words, held_reason, mail_outcome, mail_reason, released_as, report_words
from app.web.i18n import current_lang, listed, texts_lang
from core.texts.gettext import locale_of
from core.texts.languages import is_chinese, list_separator
from support.agents.models import Right, Role, Session
from support.agents.redaction import placeholders_in
from support.incidents.models import IncidentStage
from support.routing.router import NOTHING_MATCHED
from support.teams.response_targets import moment_words
from support.teams.teams import teams
from support.tickets.models import CallOutcome, Channel, Identity, Priority, Stage, Via


def stage_name(stage: Stage) -> str:
    return {
        Stage.NEW: _("New"),
        Stage.OPEN: _("Open"),
        Stage.PENDING: _("Waiting for the customer"),
        Stage.SOLVED: _("Solved"),
        Stage.CLOSED: _("Closed"),
    }[stage]


def priority_name(priority: Priority) -> str:
    return {
        Priority.LOW: _("Low"),
        Priority.NORMAL: _("Normal"),
        Priority.HIGH: _("High"),
        Priority.URGENT: _("Urgent"),
    }[priority]


def channel_name(channel: Channel) -> str:
    return _("E-mail") if channel is Channel.EMAIL else _("Phone")


def via_name(via: str) -> str:
    """The label of a message's channel; '' for an unknown one."""
    return {
        Via.FORM.value: _("Form"),
        Via.API.value: _("Widget or API"),
        Via.PAGE.value: _("Status page"),
        Via.EMAIL.value: _("E-mail"),
        Via.PHONE.value: _("Phone"),
        Via.CHAT.value: _("Chat"),
        Via.MESSAGING.value: _("Text message or messenger"),
        Via.IN_PERSON.value: _("In person"),
        Via.DESK.value: _("Desk"),
        Via.OTHER.value: _("Another way"),
    }.get(via, "")


def outcome_name(outcome: str) -> str:
    return {
        CallOutcome.REACHED.value: _("Spoke with them"),
        CallOutcome.NO_ANSWER.value: _("No answer"),
        CallOutcome.LEFT_MESSAGE.value: _("Left a message"),
    }.get(outcome, outcome)


def identity_words(identity: Identity) -> str:
    return {
        Identity.TYPED: _("Address typed, not proven"),
        Identity.MAIL: _("Address proven by e-mail"),
        Identity.SIGNED: _("Signed in on our site"),
        Identity.STAFF: _("Entered by the team"),
    }[identity]


def rejected_words(reason: str) -> str:
    return {
        "not_related": _("about something else"),
        "did_not_answer": _("did not answer it"),
        "wrong_language": _("wrong language"),
        "other": _("another reason"),
    }.get(reason, "")


def verdict_words(verdict: str) -> str:
    return {
        "answer": _("an answer was shown"),
        "suggest": _("articles were suggested"),
        "ask_human": _("nothing fitting was found"),
    }.get(verdict, "")


def device_words(device: str) -> str:
    return {"phone": _("Phone"), "tablet": _("Tablet"), "desktop": _("Computer")}.get(device, "")


def role_name(role: Role) -> str:
    return {Role.AGENT: _("Agent"), Role.AUTHOR: _("Author"), Role.EDITOR: _("Editor"), Role.ADMIN: _("Admin")}[role]


def role_description(role: Role) -> str:
    return {
        Role.AGENT: _("answers tickets"),
        Role.AUTHOR: _("reads tickets, writes articles and canned replies"),
        Role.EDITOR: _("the same, and publishes articles"),
        Role.ADMIN: _("everything, with people, log and export"),
    }[role]


def incident_stage_name(stage: IncidentStage) -> str:
    return {
        IncidentStage.INVESTIGATING: _("We are looking into it"),
        IncidentStage.IDENTIFIED: _("The cause is known"),
        IncidentStage.MONITORING: _("Fixed; monitoring"),
        IncidentStage.RESOLVED: _("Resolved"),
    }[stage]


def team_label(name: str) -> str:
    """A team's label; its name when it is no longer configured."""
    team = teams(services().settings).get(name)
    return team.label.in_language(current_lang()) if team else name


def view_name(view: str) -> str:
    return {
        "todo": _("To do"),
        "mine": _("Mine"),
        "unassigned": _("Unassigned"),
        "overdue": _("Late"),
        "waiting": _("Waiting for the customer"),
        "snoozed": _("Snoozed"),
        "finished": _("Finished"),
        "held": _("Quarantine"),
        "rejected": _("Spam"),
        "undelivered": _("Did not arrive"),
        "all": _("All"),
    }[view]


def held_words(why: str) -> str:
    """The spam signals of a quarantined ticket, in the reader's language; unknown ones by their names."""
    known = {
        "honeypot": _("hidden field filled in (honeypot)"),
        "no_form": _("sent without opening the form"),
        "replayed": _("brought a solution that was used before"),
        "instant": _("sent within a second"),
        "fast": _("sent within two seconds"),
        "form_again": _("sent the same form again"),
        "form_often": _("sent the same form many times"),
        "no_proof": _("without a solved challenge"),
        "tool": _("sent by a script"),
        "program": _("sent by a script"),
        "no_language": _("sent by a browser without a language"),
        "half_browser": _("browser does not match its user agent"),
        "link": _("a link"),
        "links": _("links"),
        "many_links": _("many links"),
        "shortener": _("a link that hides its target"),
        "link_in_name": _("a link as the name"),
        "markup": _("written for another kind of form"),
        "trade": _("advertising language"),
        "trades": _("advertising language, for several things"),
        "pitch": _("links to the advertiser"),
        "call": _("call to action (click, join or write)"),
        "calls": _("several calls to action (click, join or write)"),
        "other_contact": _("asks for replies to another address"),
        "foreign_script": _("in a writing system this site does not use"),
        "disguised": _("look-alike characters"),
        "shouting": _("all in capitals"),
        "noise": _("random characters"),
        "repeated": _("near-duplicate of a message from another sender"),
        "repeated_twice": _("near-duplicate of messages from two or three other senders"),
        "repeated_often": _("near-duplicate of messages from many other senders"),
        "same_lead": _("links to the same site as other messages today"),
        "same_lead_often": _("links to the same site as many messages today"),
        "once_more": _("repeated text"),
    }
    return listed(known.get(reason) or held_reason(reason) for reason in why.split(", "))


def event_words(kind: str, detail: dict[str, Any]) -> str:
    """A timeline event in words; '' for events that the timeline shows by their message."""
    to = str(detail.get("to", ""))
    if kind == "assigned":
        return _("Assigned to %(name)s", name=to) if to else _("Assignment removed")
    if kind == "stage" and to in set(Stage):
        return _("Status: %(stage)s", stage=stage_name(Stage(to)))
    if kind == "priority" and to in set(Priority):
        return _("Priority: %(priority)s", priority=priority_name(Priority(to)))
    if kind == "urgent":
        name, why = str(detail.get("name", "")), str(detail.get("why", ""))
        return _("Marked as urgent: %(name)s (%(why)s)", name=name, why=why)
    if kind in {"solved", "closed"} and detail.get("said") == "customer":
        return _("The customer says it is solved")
    if kind == "routed":
        why = str(detail.get("by", ""))
        why = _("no rule matched") if why == NOTHING_MATCHED else why
        return _("Routed to the team %(team)s (%(why)s)", team=team_label(to), why=why)
    if kind == "team":
        return _("Transferred to the team %(team)s", team=team_label(to))
    if kind == "rated":
        return _("The customer rated the help: %(score)s of 5", score=str(detail.get("score", "")))
    if kind == "snoozed":
        until = str(detail.get("until", ""))
        return _("Snoozed until %(when)s", when=moment(datetime.fromisoformat(until))) if until else _("Snooze ended")
    if kind == "mail_bounced":
        return bounce_words(detail)
    if kind == "mail_report":
        return report_words(detail)
    if kind == "automatic_mail":
        return _("An automatic reply came: %(subject)s", subject=str(detail.get("subject", "")))
    if kind == "tagged":
        added, removed = str(detail.get("added", "")), str(detail.get("removed", ""))
        words = [_("Tags added: %(tags)s", tags=added)] if added else []
        return "; ".join([*words, *([_("Tags removed: %(tags)s", tags=removed)] if removed else [])])
    if kind == "incident":
        return _("Belongs to the incident %(reference)s", reference=to) if to else _("Belongs to no incident any more")
    if kind in {"merged", "merged_here", "unmerged", "related", "unrelated"}:
        return {
            "merged": _("Merged into"),
            "merged_here": _("Merged into this ticket:"),
            "unmerged": _("No longer merged with"),
            "related": _("Linked with"),
            "unrelated": _("No longer linked with"),
        }[kind]
    if kind == "linked":
        return _("Names another ticket, or is named by it:")
    if kind == "quarantined":
        return _("Quarantined: %(why)s", why=held_words(str(detail.get("why", ""))))
    return {
        "alarmed": _("Sent to the team at once: it may be about danger"),
        "released": _("Marked as not spam"),
        "rejected": _("Marked as spam"),
        "solved": _("Solved"),
        "closed": _("Closed"),
        "reopened": _("Reopened"),
        "delivery_dead": _("A delivery failed for good"),
    }.get(kind, "")


def sort_name(sort: str) -> str:
    return {
        "due": _("Due first"),
        "oldest": _("Oldest first"),
        "newest": _("Newest first"),
        "changed": _("Last changed"),
        "priority": _("Most urgent"),
    }[sort]


def age(since: datetime) -> str:
    """How long ago, without the word for it: `3 hours`."""
    return str(format_timedelta(services().now() - since, threshold=1.2, locale=locale_of(current_lang())))


def duration(took: timedelta | None) -> str:
    """`2 hours`; a dash for nothing."""
    return "–" if took is None else str(format_timedelta(took, threshold=1.5, locale=locale_of(current_lang())))


def due_time(at: datetime) -> str:
    """When something is due: the hour for today, day and hour for another day."""
    return moment(at)


def day_words(day: date) -> str:
    return str(flask_babel.format_date(day, "medium", rebase=False))


def clock_words(due: str) -> str:
    """A day, and the time unless it is midnight, of a plan in the operator's wall clock."""
    at = datetime.fromisoformat(due)
    if due.endswith("T00:00"):
        return day_words(at.date())
    comma = " " if is_chinese(texts_lang()) else list_separator(texts_lang())
    return f"{day_words(at.date())}{comma}{flask_babel.format_time(at, 'short', rebase=False)}"


def page_link(address: str) -> str:
    """The address of a page the customer was on, where it may be a link: strangers wrote it."""
    return address if address.startswith(("https://", "http://")) else ""


def with_gaps(text: str) -> Markup:
    """A redacted text with its placeholders marked."""
    marked = str(escape(text))
    for gap in placeholders_in(text):
        marked = marked.replace(gap, f"<mark>{gap}</mark>")
    return Markup(marked)  # noqa: S704 - escaped above; placeholders are fixed words in brackets


def moment(at: datetime) -> str:
    """A date and time in the operator's time zone; the year only when it is not the current one."""
    zone = services().settings.zone
    local, today = at.astimezone(zone), services().now().astimezone(zone)
    if local.date() == today.date():
        return str(flask_babel.format_time(local, "short", rebase=False))
    if local.year == today.year:
        return moment_words(local, current_lang(), with_zone=False)
    clock = flask_babel.format_time(local, "short", rebase=False)
    comma = " " if is_chinese(texts_lang()) else list_separator(texts_lang())
    return f"{flask_babel.format_date(local.date(), 'long', rebase=False)}{comma}{clock}"


def distance(at: datetime) -> str:
    """`in 3 hours`, `5 minutes ago`."""
    delta = at - services().now()
    return str(format_timedelta(delta, add_direction=True, threshold=1.2, locale=locale_of(current_lang())))


def token_field() -> Markup:
    found: Session | None = g.get("desk_session")
    return Markup('<input type="hidden" name="csrf" value="{}">').format(escape(found.csrf if found else ""))


@bp.app_context_processor
def _context() -> dict[str, Any]:
    if request.blueprint != "desk":
        return {}
    found: Session | None = g.get("desk_session")
    return {
        "me": found.user if found else None,
        "csrf": found.csrf if found else "",
        "Right": Right,
        "token_field": token_field,
        "dead_letters": services().desk.dead_letters,
        "held_mails": services().desk.held_mails,
        "publish_state": services().publish_state.read,
        "publish_failure": services().publish_state.failure,
        "moment": moment,
        "distance": distance,
        **{
            one.__name__: one
            for one in (
                stage_name, priority_name, channel_name, via_name, outcome_name, identity_words, rejected_words,
                verdict_words, device_words, role_name, role_description, view_name, event_words, held_words,
                team_label, incident_stage_name, sort_name, age, duration,
                due_time, day_words, clock_words, page_link, with_gaps, mail_outcome, mail_reason,
                released_as, bounce_words,
            )
        },
    }  # fmt: skip
