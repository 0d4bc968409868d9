"""Timeline of a ticket for its customer: messages, events, and the outcome of every response target."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from core.database.timestamps import moment
from support.teams.response_targets import full_hour, moment_words
from support.tickets.models import Message, StoredTarget, Ticket, TicketEvent


class TargetOutcome(StrEnum):
    """Outcome of a response target."""

    OPEN = "open"
    KEPT = "kept"
    LATE = "late"  # the answer came, too late
    BROKEN = "broken"  # it is overdue
    RENEWED = "renewed"  # a later one took its place in time


@dataclass(frozen=True)
class TimelineEntry:
    """One entry: a message, or an event in words. `tone` is `ok`, `late` or ''."""

    at: datetime
    message: Message | None = None
    words: str = ""
    tone: str = ""


def outcome(target: StoredTarget, now: datetime) -> TargetOutcome:
    if target.kept_at is not None:
        return TargetOutcome.KEPT if target.kept_at <= target.due_at else TargetOutcome.LATE
    if target.replaced_at is not None:
        return TargetOutcome.RENEWED
    return TargetOutcome.BROKEN if now > target.due_at else TargetOutcome.OPEN


def timeline(
    ticket: Ticket, now: datetime, zone: tzinfo, lang: str, gettext: Callable[..., str]
) -> tuple[TimelineEntry, ...]:
    """Entries, oldest first. Internal events (assigning, notes, deliveries) are left out."""

    def when(at: datetime) -> str:
        return moment_words(at.astimezone(zone), lang, with_zone=False)

    entries = [TimelineEntry(m.created_at, message=m) for m in ticket.messages]
    for event in ticket.events:
        words = _event(event, when, gettext)
        if words:
            entries.append(TimelineEntry(event.at, words=words))
    for target in ticket.response_targets:
        # Said when it was made, in the words of then …
        by = when(full_hour(target.due_at.astimezone(zone), target.promised_at))
        made = gettext("We promised an answer by %(by)s.", by=by)
        if target.kind == "renewed":
            made = gettext("It takes longer than we said. We now promise an answer by %(by)s.", by=by)
        entries.append(TimelineEntry(target.promised_at, words=made))
        # … and when it was known what became of it.
        became = outcome(target, now)
        if became is TargetOutcome.KEPT and target.kept_at:
            entries.append(TimelineEntry(target.kept_at, words=gettext("We kept this promise."), tone="ok"))
        elif became is TargetOutcome.LATE and target.kept_at:
            entries.append(
                TimelineEntry(target.kept_at, words=gettext("Our answer came later than promised."), tone="late")
            )
        elif became is TargetOutcome.BROKEN:
            entries.append(
                TimelineEntry(target.due_at, words=gettext("We did not keep this promise. We are sorry."), tone="late")
            )
    # At equal times, messages sort before the events they caused.
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.message is None)))


def _event(event: TicketEvent, when: Callable[[datetime], str], gettext: Callable[..., str]) -> str:
    by_customer = event.detail.get("said") == "customer"
    if event.kind in {"solved", "closed"}:
        return gettext("You said that it is solved.") if by_customer else gettext("Our team closed the request.")
    if event.kind == "reopened":
        return gettext("The request was reopened.")
    if event.kind == "contact":
        return _contact(event, when, gettext)
    if event.kind == "channel":
        if event.detail.get("to") == "phone":
            return gettext("You asked to be answered by phone.")
        return gettext("You asked to be answered by e-mail.")
    if event.kind == "team":
        return gettext("Your request went to another team of ours.")
    if event.kind == "rated":
        return gettext("You rated our help. Thank you.")
    if event.kind == "link_renewed":
        return gettext("A new link to this page was sent to your e-mail address.")
    if event.kind == "quarantined":
        return gettext("Before your message goes to the team, a person checks it.")
    if event.kind == "released":
        return gettext("Somebody has looked. Your request is with the team now.")
    if event.kind == "rejected":
        return gettext(
            "We closed this request without an answer. If you still need one, write below or reach us another way."
        )
    if event.kind == "merged":
        return gettext(
            "You wrote about this more than once: we answer all of it under %(reference)s.",
            reference=event.detail.get("ticket", ""),
        )
    if event.kind == "files_purged":
        return gettext("Files were removed, because we keep them for a limited time.")
    return ""


def _contact(event: TicketEvent, when: Callable[[datetime], str], gettext: Callable[..., str]) -> str:
    at = when(moment(event.detail["at"]))
    by_phone = event.detail.get("via") == "phone"
    if event.detail.get("direction") == "in":
        if by_phone:
            return gettext("You called us on %(at)s.", at=at)
        return gettext("You were in touch with us on %(at)s.", at=at)
    if event.detail.get("outcome") == "reached":
        if by_phone:
            return gettext("We called you on %(at)s and spoke with you.", at=at)
        return gettext("We were in touch with you on %(at)s.", at=at)
    if event.detail.get("outcome") == "left_message":
        return gettext("We called you on %(at)s and left a message.", at=at)
    return gettext("We tried to reach you on %(at)s.", at=at)
