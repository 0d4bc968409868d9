"""What became of a mail that came in, and why, in the reader's language."""

from collections.abc import Mapping

from flask_babel import gettext as _

from support.email.inbound import ingest
from support.email.inbound.reports import Cause, cause_of, status_in
from support.email.inbound.spool import InboundMail, InboundOutcome
from support.tickets.models import Delivery


def mail_outcome(outcome: InboundOutcome) -> str:
    return {
        InboundOutcome.HELD: _("Held"),
        InboundOutcome.FAILED: _("Not understood"),
        InboundOutcome.AUTOMATIC: _("Automatic reply"),
        InboundOutcome.BOUNCE: _("Came back"),
        InboundOutcome.REPORT: _("Report of a mail server"),
        InboundOutcome.OWN: _("Our own mail"),
        InboundOutcome.REFUSED: _("Deleted or refused"),
    }.get(outcome, outcome.value)


def mail_reason(mail: InboundMail) -> str:
    """Why it is held, or was set aside; a reason without words stands as it was stored."""
    if mail.outcome is InboundOutcome.FAILED:
        return _("It could not be read: %(error)s", error=mail.why)
    if mail.outcome is InboundOutcome.AUTOMATIC:
        return _("A program sent it, says its header: %(header)s", header=mail.why)
    if mail.outcome is InboundOutcome.OWN:
        return _("It has the Message-ID of a mail that we sent.")
    if mail.outcome is InboundOutcome.BOUNCE:
        status = status_in(mail.why)
        return cause_words(cause_of(status, mail.why).value, status)
    return held_reason(mail.why)


def held_reason(why: str) -> str:
    said, _space, more = why.partition(" (")
    known = {
        ingest.NOT_TEAM: _("An answer in the team's name, from an address that is not the team's."),
        ingest.UNPROVEN_TEAM: _("An answer in the team's name that did not come to the ticket's secret address."),
        ingest.OWN_ADDRESS: _("Its sender is our own address, but we did not send it."),
        ingest.FORGED: _("Our mail server says that its sender is forged: %(result)s", result=more.rstrip(")")),
        ingest.LOOKS_AUTOMATIC: _("It looks like an automatic reply, though it does not say so."),
        ingest.MANY_MAILS: _("More mails to one ticket within an hour than people write."),
        ingest.MANY_REPLIES: _("More answers to one ticket within an hour than people write."),
        ingest.UNKNOWN_SENDER: _("Its sender is unknown, and the settings refuse unknown senders."),
        ingest.PROGRAM: _("Sent by a program or a mailing list: %(header)s", header=more.rstrip(")")),
        ingest.MANY_TICKETS: _("More mails from one address than people write."),
    }
    return known.get(said, why)


def released_as(mail: InboundMail) -> str:
    """What a release makes of it; '' where that is plain."""
    if mail.why in {ingest.NOT_TEAM, ingest.UNPROVEN_TEAM, ingest.MANY_REPLIES}:
        return _("Released, it goes to the customer as the team's answer.")
    return ""


def bounce_words(detail: Mapping[str, str]) -> str:
    """Which mail did not arrive, and why."""
    why = cause_words(detail.get("cause", ""), detail.get("status", ""))
    to = detail.get("to", "")
    if detail.get("what") == Delivery.CUSTOMER_MAIL.value:
        return _("Our answer did not reach %(to)s: %(why)s", to=to, why=why)
    if detail.get("what") == Delivery.TEAM_MAIL.value:
        return _("The mail to the team at %(to)s came back: %(why)s", to=to, why=why)
    return _("Our automatic mail did not reach %(to)s: %(why)s", to=to, why=why)


def cause_words(cause: str, status: str) -> str:
    why = {
        Cause.NO_ADDRESS.value: _("the address does not exist"),
        Cause.NO_SERVER.value: _("the address has no mail server"),
        Cause.FULL.value: _("the mailbox is full"),
        Cause.CLOSED.value: _("the mailbox is closed"),
        Cause.TOO_LARGE.value: _("the mail is too large"),
        Cause.REFUSED.value: _("their mail server does not accept our mail"),
        Cause.EXPIRED.value: _("their mail server could not be reached"),
    }.get(cause, _("their mail server gave no clear reason"))
    return f"{why} ({status})" if status else why


def report_words(detail: Mapping[str, str]) -> str:
    to = detail.get("to", "")
    return {
        "delayed": _("Our mail to %(to)s is delayed; the mail server keeps trying.", to=to),
        "delivered": _("Our mail arrived at %(to)s, says the mail server.", to=to),
        "read": _("Our mail to %(to)s was opened, says a read receipt.", to=to),
    }.get(detail.get("report", ""), "")
