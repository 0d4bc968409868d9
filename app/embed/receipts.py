"""Receipts for requests sent from a site: a signed word that tells where a request stands, and nothing else.

It is kept in a browser, in the site's own storage, where every script of that site can read it. So it does not open
the status page: it names no address and lets nobody read or write a message.
"""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from app.services import Services
from app.support.promise import sentence
from app.support.store import iso
from app.support.types import State, Ticket, UnknownTicket

_LONGEST = 300


class Receipts:
    """`secret` is this help centre's own."""

    def __init__(self, secret: bytes) -> None:
        self._signer = URLSafeSerializer(secret, salt="receipt")

    def token(self, site: str, reference: str) -> str:
        return self._signer.dumps([site, reference])

    def states(self, services: Services, site: str, tokens: Iterable[str], lang: str) -> list[dict[str, Any]]:
        """One entry for each token that is ours, of this site, and of a request that is still kept."""
        found = []
        for token in tokens:
            ticket = self._ticket(services, site, token)
            if ticket is not None:
                found.append(
                    {
                        "token": token,
                        "reference": ticket.reference,
                        "state": ticket.state.value,
                        "words": _words(ticket.state),
                        "detail": _detail(services, ticket, lang),
                        "created_at": iso(ticket.created_at),
                        "updated_at": iso(ticket.updated_at),
                    }
                )
        return found

    def _ticket(self, services: Services, site: str, token: str) -> Ticket | None:
        try:
            of_site, reference = self._signer.loads(token) if len(token) <= _LONGEST else ("", "")
            ticket = services.tickets.by_reference(reference) if of_site == site else None
        except (BadSignature, ValueError, TypeError, AttributeError, UnknownTicket):
            return None
        # What runs out for the link in the mail runs out here too.
        if ticket is None or (ticket.link_expires_at is not None and ticket.link_expires_at <= services.now()):
            return None
        return ticket


def _words(state: State) -> str:
    words = {State.WAITING: _("With our team"), State.ANSWERED: _("Answered"), State.CLOSED: _("Closed")}
    return str(words[state])


def _detail(services: Services, ticket: Ticket, lang: str) -> str:
    """When an answer is promised, for a request that waits for one; what the status page says of it."""
    if ticket.state is not State.WAITING:
        return ""
    promises = services.tickets.promises
    made = promises.current(ticket) or promises.for_team(ticket.team, ticket.created_at)
    if services.now() > made.by:
        return ""
    zone = ZoneInfo(ticket.time_zone) if ticket.time_zone else services.settings.zone
    return sentence(made.without_opening().in_zone(zone), lang, _)
