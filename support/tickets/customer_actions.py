"""Actions of customers on the status page besides writing: mark solved or still broken, change the reply channel, rate,
stop mails, request a new link. Every method is one transaction; `token` is that of the status link. An unknown one
raises UnknownTicket.
"""

from datetime import datetime

from sqlalchemy import Connection

from core.database.connection import writing
from core.email_addresses import email_key
from support.delivery import outbox
from support.tickets import repository
from support.tickets.email_tokens import EmailTokens
from support.tickets.models import Channel, Delivery, Identity, Stage, State, Ticket
from support.tickets.service import TicketService

RATINGS = (1, 2, 3, 4, 5)


class ExpiredLink(Exception):
    """The status link has expired. `ticket` is only for mailing a new one to its address."""

    def __init__(self, ticket: Ticket):
        super().__init__("the link has run out")
        self.ticket = ticket


class CustomerActions:
    """What customers do with their ticket."""

    def __init__(self, tickets: TicketService, email_tokens: EmailTokens):
        self._tickets = tickets
        self.email_tokens = email_tokens

    def open(self, token: str, now: datetime) -> Ticket:
        """The ticket of a valid status link. Raises ExpiredLink or UnknownTicket."""
        ticket, current = self._tickets.by_any_token(token)
        if not current or (ticket.link_expires_at is not None and ticket.link_expires_at <= now):
            raise ExpiredLink(ticket)
        return ticket

    def send_fresh_link(self, token: str, now: datetime) -> bool:
        """Mail a new status link to the ticket's address, at most once in ten minutes; False without an address."""
        ticket, _current = self._tickets.by_any_token(token)
        if not ticket.email:
            return False
        with self._tickets.transaction() as connection:
            ticket = repository.load_ticket(connection, ticket.id)
            sent = [event.at for event in ticket.events if event.kind == "link_renewed"]
            if sent and (now - sent[-1]).total_seconds() < 600:
                return True
            self._tickets.renew_link(connection, ticket, now)
            repository.insert_event(connection, ticket.id, "link_renewed", now)
            outbox.enqueue(connection, ticket.id, ticket.messages[0].id, Delivery.LINK_MAIL, now)
        return True

    def send_privacy_link(self, ticket: Ticket, now: datetime) -> None:
        """Mail the link that opens all requests of this ticket's address, to the address."""
        with self._tickets.transaction() as connection:
            outbox.enqueue(connection, ticket.id, ticket.messages[0].id, Delivery.PRIVACY_MAIL, now)
            repository.insert_event(connection, ticket.id, "privacy_mail", now)

    def solved(self, token: str, now: datetime) -> Ticket:
        """Close as solved; open response targets are withdrawn."""
        with self._tickets.transaction() as connection:
            ticket = self._load(connection, token)
            if ticket.state is State.CLOSED:
                return ticket
            repository.set_stage(connection, ticket.id, Stage.SOLVED, now)
            repository.withdraw_targets(connection, ticket.id, now)
            repository.insert_event(connection, ticket.id, "solved", now, {"said": "customer"})
            return repository.load_ticket(connection, ticket.id)

    def still_broken(self, token: str, words: str, key: str, now: datetime) -> Ticket:
        """Reopen as not solved, with `words` as a further message for the team."""
        return self._tickets.add_message(token, words, key, now)

    def switch_channel(self, token: str, channel: Channel, address: str, now: datetime) -> Ticket:
        """Change the reply channel to `channel`, at `address`, which the caller has validated. A typed e-mail address
        is unverified: the identity of the ticket falls back to TYPED."""
        with self._tickets.transaction() as connection:
            ticket = self._load(connection, token)
            values: dict[str, str | int | None] = {"preferred_channel": channel.value}
            values["phone" if channel is Channel.PHONE else "email"] = address
            if channel is Channel.EMAIL and email_key(address) != email_key(ticket.email):
                values["person_id"] = repository.person_of(connection, address, now)
                repository.set_identity(connection, ticket.id, Identity.TYPED)
            repository.set_values(connection, ticket.id, now, **values)
            repository.insert_event(connection, ticket.id, "channel", now, {"to": channel.value})
            if ticket.state is State.WAITING:
                self._tickets.enqueue_for_team(
                    connection, ticket.id, ticket.messages[0].id, ticket.team, now, held=bool(ticket.quarantine)
                )
            return repository.load_ticket(connection, ticket.id)

    def set_quiet(self, token: str, quiet: bool, now: datetime) -> Ticket:
        """Turn mails about the ticket's status off or on. Replies are mailed either way."""
        with self._tickets.transaction() as connection:
            ticket = self._load(connection, token)
            repository.set_values(connection, ticket.id, now, quiet=int(quiet))
            return repository.load_ticket(connection, ticket.id)

    def rate(self, token: str, score: int, comment: str, now: datetime) -> Ticket:
        """One rating a ticket; a second one takes the first one's place."""
        with self._tickets.transaction() as connection:
            ticket = self._load(connection, token)
            repository.rate(connection, ticket.id, score, comment, now)
            if ticket.rating is None:
                repository.insert_event(connection, ticket.id, "rated", now, {"score": str(score)})
            return repository.load_ticket(connection, ticket.id)

    def prove(self, ticket: Ticket, proof: str, now: datetime) -> bool:
        """Verify the address: the customer came by a mailed link. Whether the token `proof` is valid."""
        if not self.email_tokens.is_mail(ticket, proof):
            return False
        if ticket.identity is Identity.TYPED:
            with writing(self._tickets.engine) as connection:
                repository.verify(connection, ticket, Identity.MAIL, now)
        return True

    def _load(self, connection: Connection, token: str) -> Ticket:
        return repository.load_ticket(connection, self._tickets.id_of_token(connection, token))
