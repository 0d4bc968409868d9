"""What was sent in a ticket, rendered again, so that it is recognised where an incoming mail quotes it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from support.email.composer import EmailComposer
from support.email.inbound.html import words_of
from support.email.inbound.sent_text import SentText
from support.email.mail_threads import Side
from support.settings import SupportSettings
from support.tickets.models import Author, Delivery, Message, Ticket

if TYPE_CHECKING:
    from support.tickets.service import TicketService

_NEWEST = 12  # mails of one kind that are rendered again; people answer the last ones
_OF_EVENTS = (Delivery.LINK_MAIL, Delivery.TARGET_RENEWED_MAIL, Delivery.STATUS_MAIL, Delivery.CHECK_IN_MAIL)


class Correspondence:
    """The mails of tickets, by the side they went to."""

    def __init__(self, settings: SupportSettings, tickets: "TicketService"):
        self._base_url = settings.base_url
        self._composer = EmailComposer(settings, tickets.files.verified, tickets.response_targets)

    def sent_to(self, ticket: Ticket, side: Side, now: datetime) -> SentText:
        """All that this side of the ticket can quote: our mails, and what either side wrote."""
        written = [text for m in ticket.messages for text in (m.text, m.whole) if text]
        return SentText((*self._rendered(ticket, side, now), *written), self._hosts(ticket))

    def public(self, ticket: Ticket) -> SentText:
        """What both sides wrote, in the customer's view."""
        return SentText((m.text for m in ticket.messages), self._hosts(ticket))

    def _hosts(self, ticket: Ticket) -> set[str]:
        hosts: set[str] = set()
        for url in (self._base_url, ticket.site_url):
            try:
                hosts.add(urlsplit(url or "").hostname or "")
            except ValueError:
                continue
        return hosts - {""}

    def _rendered(self, ticket: Ticket, side: Side, now: datetime) -> Iterator[str]:
        for kind, one, message in _mails(ticket, side):
            try:
                mail = self._composer.rendered(kind, one, message, now)
            except Exception:  # noqa: S112 (what cannot be rendered any more is not recognised, so it is kept)
                continue
            yield mail.text
            yield words_of(mail.html)


def _mails(ticket: Ticket, side: Side) -> Iterator[tuple[Delivery, Ticket, Message]]:
    by_author = {author: [m for m in ticket.messages if m.author is author][-_NEWEST:] for author in Author}
    # A response target that was renewed stands in the mail as it was when the mail was sent.
    each_target = [replace(ticket, response_targets=(target,)) for target in ticket.response_targets[-4:]] or [ticket]
    first = ticket.messages[0]
    if side is Side.TEAM:
        for message in dict.fromkeys((first, *by_author[Author.CUSTOMER])):
            yield from ((Delivery.TEAM_MAIL, one, message) for one in each_target)
        return
    for message in by_author[Author.TEAM]:
        yield Delivery.CUSTOMER_MAIL, ticket, message
    for kind in (Delivery.ACKNOWLEDGEMENT, *_OF_EVENTS):
        yield from ((kind, one, first) for one in each_target)
