"""What customers do on the status page besides writing: say that it is solved or not, switch the channel, rate,
stop mails, ask for a fresh link. Every method is one transaction; `token` is the page's, and UnknownTicket is raised
for one that nobody has.
"""

from datetime import datetime

from sqlalchemy import Connection

from core.database import writing
from support.delivery import outbox
from support.email.addresses import email_key
from support.email.tokens import EmailTokens
from support.tickets import repository
from support.tickets.models import Channel, Delivery, Identity, Stage, State, Ticket
from support.tickets.service import TicketService

RATINGS = (1, 2, 3, 4, 5)


class ExpiredLink(Exception):
    """The link was right once. `ticket` is only for sending a fresh one to its address."""

    def __init__(self, ticket: Ticket):
        super().__init__("the link has run out")
        self.ticket = ticket


class CustomerActions:
    """The customer's side of a ticket."""

    def __init__(self, tickets: TicketService, proofs: EmailTokens):
        self._tickets = tickets
        self.proofs = proofs

    def open(self, token: str, now: datetime) -> Ticket:
        """The ticket of a link that is in force. Raises ExpiredLink or UnknownTicket."""
        ticket, current = self._tickets.by_any_token(token)
        if not current or (ticket.link_expires_at is not None and ticket.link_expires_at <= now):
            raise ExpiredLink(ticket)
        return ticket

    def send_fresh_link(self, token: str, now: datetime) -> bool:
        """Mail a new link to the ticket's own address, at most once in ten minutes; whether there is an address."""
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
        """Solved, thank you: what was promised is no longer owed."""
        with self._tickets.transaction() as connection:
            ticket = self._load(connection, token)
            if ticket.state is State.CLOSED:
                return ticket
            repository.set_stage(connection, ticket.id, Stage.SOLVED, now)
            repository.withdraw_promises(connection, ticket.id, now)
            repository.insert_event(connection, ticket.id, "solved", now, {"said": "customer"})
            return repository.load_ticket(connection, ticket.id)

    def still_broken(self, token: str, words: str, key: str, now: datetime) -> Ticket:
        """It is not solved: open again, with `words` as a further message for the team."""
        return self._tickets.add_message(token, words, key, now)

    def switch_channel(self, token: str, channel: Channel, address: str, now: datetime) -> Ticket:
        """From now on answer by `channel`, at `address`; the caller has checked that it is one. An e-mail address
        typed here is somebody's word: the ticket is no longer known to be of the person it was of."""
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
        """Whether mails about the state of things are wanted. Answers are mailed either way."""
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
        """Note that the customer came by a mailed link; whether the proof holds."""
        if not self.proofs.is_mail(ticket, proof):
            return False
        if ticket.identity is Identity.TYPED:
            with writing(self._tickets.engine) as connection:
                repository.verify(connection, ticket, Identity.MAIL, now)
        return True

    def _load(self, connection: Connection, token: str) -> Ticket:
        return repository.load_ticket(connection, self._tickets.id_of_token(connection, token))
