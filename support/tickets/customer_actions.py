"""Actions of customers on the status page besides writing: mark solved or still broken, change the reply channel, rate,
stop mails, request a new link. Every method is one transaction; `token` is that of the status link. An unknown one
raises UnknownTicket.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.database.connection import writing
from core.email_addresses import email_key
from support.delivery import outbox
from support.tickets import repository, stored_targets
from support.tickets.email_tokens import EmailTokens
from support.tickets.models import Channel, Delivery, Identity, Stage, State, Ticket
from support.tickets.service import TicketService

_VISIT_LASTS = timedelta(hours=1)
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
            stored_targets.withdraw(connection, ticket.id, now)
            repository.insert_event(connection, ticket.id, "solved", now, {"said": "customer"})
            return repository.load_ticket(connection, ticket.id)

    def still_broken(self, token: str, words: str, key: str, now: datetime) -> Ticket:
        """Reopen as not solved, with `words` as a further message for the team."""
        return self._tickets.add_message(token, words, key, now)

    def switch_channel(self, token: str, channel: Channel, address: str, now: datetime) -> Ticket:
        """Change the reply channel to `channel`, at `address`, which the caller has validated. A typed e-mail address
        is unverified: the identity of the ticket falls back to TYPED. The e-mail address of before is told, since who
        has the link need not be the customer."""
        with self._tickets.transaction() as connection:
            ticket = self._load(connection, token)
            values: dict[str, str | int | None] = {"preferred_channel": channel.value}
            values["phone" if channel is Channel.PHONE else "email"] = address
            if channel is Channel.EMAIL and email_key(address) != email_key(ticket.email):
                values["person_id"] = repository.person_of(connection, address, now)
                repository.set_identity(connection, ticket.id, Identity.TYPED)
            repository.set_values(connection, ticket.id, now, **values)
            repository.insert_event(connection, ticket.id, "channel", now, {"to": channel.value})
            self._tell_old_address(connection, ticket, channel, address, now)
            if ticket.state is State.WAITING:
                self._tickets.enqueue_for_team(
                    connection, ticket.id, ticket.messages[0].id, ticket.team, now, held=bool(ticket.quarantine)
                )
            return repository.load_ticket(connection, ticket.id)

    @staticmethod
    def _tell_old_address(
        connection: Connection, before: Ticket, channel: Channel, address: str, now: datetime
    ) -> None:
        moved = channel is Channel.EMAIL and email_key(address) != email_key(before.email)
        if not before.email or not (moved or channel is not before.preferred_channel):
            return
        payload = {"address": before.email, "moved": moved, "to": channel.value}
        first, held = before.messages[0].id, bool(before.quarantine)
        outbox.enqueue(connection, before.id, first, Delivery.CHANGED_MAIL, now, held=held, payload=payload)

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
                self._tickets.tell(connection, "rating", "rating", ticket, now, {"score": score})
            return repository.load_ticket(connection, ticket.id)

    def may_prove(self, ticket: Ticket, proof: str, now: datetime) -> bool:
        """Whether `prove` would take this token. Changes nothing."""
        return self.email_tokens.is_mail(ticket, proof, now) and not self._is_used(proof)

    def prove(self, token: str, proof: str, now: datetime) -> bool:
        """Verify the address: the customer came by a mailed link and said so. False for a token that is wrong, too old
        or was used before."""
        with writing(self._tickets.engine) as connection:
            ticket = self._load(connection, token)
            if not (self.email_tokens.is_mail(ticket, proof, now) and self._use(connection, ticket, proof, now)):
                return False
            if ticket.identity is Identity.TYPED:
                repository.verify(connection, ticket, Identity.MAIL, now)
        return True

    def may_open_everything(self, ticket: Ticket, proof: str, now: datetime) -> bool:
        """Whether `open_everything` would take this token. Changes nothing."""
        return bool(ticket.email) and self.email_tokens.is_privacy(ticket, proof, now) and not self._is_used(proof)

    def open_everything(self, token: str, proof: str, now: datetime) -> str | None:
        """Use up the mailed token for all requests of an address: what opens them for the next hour, None for a token
        that is wrong, too old or was used before."""
        with writing(self._tickets.engine) as connection:
            ticket = self._load(connection, token)
            right = ticket.email and self.email_tokens.is_privacy(ticket, proof, now)
            if not (right and self._use(connection, ticket, proof, now)):
                return None
        return self.email_tokens.visit(ticket, now + _VISIT_LASTS)

    def _use(self, connection: Connection, ticket: Ticket, proof: str, now: datetime) -> bool:
        return repository.use_proof(connection, self.email_tokens.digest(proof), ticket.id, now)

    def _is_used(self, proof: str) -> bool:
        with self._tickets.engine.connect() as connection:
            return repository.is_proof_used(connection, self.email_tokens.digest(proof))

    def _load(self, connection: Connection, token: str) -> Ticket:
        return repository.load_ticket(connection, self._tickets.id_of_token(connection, token))
