"""Receipts for requests sent from a site: a signed token that reads the state of a request, and nothing else.

It is kept in a browser, in the site's own storage, where every script of that site can read it. So it does not open
the status page: it names no address and lets nobody read or write a message.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from itsdangerous import BadSignature, URLSafeSerializer

from core.database.timestamps import iso
from core.secret_keys import Keys
from core.texts.gettext import gettext_of
from support.teams.response_targets import reader_zone, sentence
from support.tickets.models import Author, State, Ticket, UnknownTicket
from support.tickets.service import TicketService

_LONGEST = 300


class Receipts:
    """`secret` is this help centre's own, `zone` the one of its opening hours."""

    def __init__(self, secret: Keys | bytes, tickets: TicketService, zone: ZoneInfo) -> None:
        self._tickets = tickets
        self._zone = zone
        self._signer = URLSafeSerializer(Keys.of(secret).oldest_first, salt="receipt")

    def token(self, site: str, reference: str) -> str:
        return self._signer.dumps([site, reference])

    def tickets(self, site: str, tokens: Iterable[str], now: datetime) -> dict[str, Ticket]:
        """The ticket of each receipt with a valid signature, of this site, that still exists."""
        found = ((token, self._ticket(site, token, now)) for token in tokens)
        return {token: ticket for token, ticket in found if ticket is not None}

    def states(self, site: str, tokens: Iterable[str], lang: str, now: datetime) -> list[dict[str, Any]]:
        """One entry for each of them."""
        found = self.tickets(site, tokens, now)
        return [{"token": token, **self.state(ticket, lang, now)} for token, ticket in found.items()]

    def state(self, ticket: Ticket, lang: str, now: datetime) -> dict[str, Any]:
        """Where a request stands, and nothing of what was written. `replies` counts messages of the team."""
        return {
            "reference": ticket.reference,
            "state": ticket.state.value,
            "words": _words(ticket.state, lang),
            "detail": self._detail(ticket, lang, now),
            "replies": sum(message.author is Author.TEAM for message in ticket.messages),
            "created_at": iso(ticket.created_at),
            "updated_at": iso(ticket.updated_at),
        }

    def _ticket(self, site: str, token: str, now: datetime) -> Ticket | None:
        try:
            of_site, reference = self._signer.loads(token) if len(token) <= _LONGEST else ("", "")
            ticket = self._tickets.by_reference(reference) if of_site == site else None
        except (BadSignature, ValueError, TypeError, AttributeError, UnknownTicket):
            return None
        # A receipt expires together with the status link.
        if ticket is None or (ticket.link_expires_at is not None and ticket.link_expires_at <= now):
            return None
        return ticket

    def _detail(self, ticket: Ticket, lang: str, now: datetime) -> str:
        """The response target as the status page words it, for a request that waits for a reply."""
        if ticket.state is not State.WAITING:
            return ""
        if ticket.quarantine:  # no response target yet
            return gettext_of(lang)("Before your message goes to the team, a person checks it.")
        targets = self._tickets.response_targets
        made = targets.current(ticket) or targets.for_team(ticket.team, ticket.created_at)
        if now > made.by:
            return ""
        zone = reader_zone(ticket.time_zone, self._zone)
        return sentence(made.without_opening().in_zone(zone), lang, gettext_of(lang), now)


def _words(state: State, lang: str) -> str:
    _ = gettext_of(lang)
    words = {State.WAITING: _("With our team"), State.ANSWERED: _("Answered"), State.CLOSED: _("Closed")}
    return str(words[state])
