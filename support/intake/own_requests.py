"""The requests of a customer for whom an embedding site vouches, on whatever device: reading and answering them.

Whose a request is was signed when it was sent, by the same site. A typed address never counts: whoever mistyped theirs
would show their request to somebody else.
"""

from datetime import datetime

from core.email_addresses import email_key
from support.intake.identity import LONGEST_TEXT, SignedIdentity
from support.tickets import repository
from support.tickets.models import Author, Ticket, UnknownTicket
from support.tickets.service import TicketService

REQUESTS_MAX = 50


class OwnRequests:
    """What a signed-in customer does with their requests. `site` is the key of the site that signed `known`."""

    def __init__(self, tickets: TicketService) -> None:
        self._tickets = tickets

    def all(self, known: SignedIdentity, site: str) -> tuple[Ticket, ...]:
        """Their requests, the ones with news first, at most REQUESTS_MAX."""
        if len(known.external_id) >= LONGEST_TEXT:  # it was cut, and may be the beginning of another's
            return ()
        with self._tickets.engine.connect() as connection:
            ids = repository.signed_ids(connection, site, known.external_id, email_key(known.email), REQUESTS_MAX)
            return tuple(repository.load_ticket(connection, one) for one in ids)

    def one(self, known: SignedIdentity, site: str, reference: str) -> Ticket:
        """One of them. Raises UnknownTicket also for a request that exists and is another's."""
        wanted = reference.strip().upper()
        for ticket in self.all(known, site):
            if ticket.reference == wanted:
                return ticket
        raise UnknownTicket("no request of this customer has this reference")

    def read(self, ticket: Ticket) -> None:
        """Remember that its customer has seen all of it."""
        last = max((message.id for message in ticket.messages), default=0)
        if last > ticket.read_message_id:
            with self._tickets.transaction() as connection:
                repository.set_read(connection, ticket.id, last)

    def answer(self, ticket: Ticket, text: str, key: str, now: datetime) -> Ticket:
        """The customer writes again, as on the status page; who answers has read what stands there."""
        answered = self._tickets.add_customer_message(ticket.id, text, key, now)
        self.read(answered)
        return answered


def unread(ticket: Ticket) -> int:
    """Messages of the team the customer has not seen in the widget."""
    return sum(one.author is Author.TEAM and one.id > ticket.read_message_id for one in ticket.messages)
