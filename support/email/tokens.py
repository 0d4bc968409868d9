"""Signed words that only go out by mail: who brings one back reads the mail of the address."""

import hashlib
import hmac
from datetime import datetime

from support.email.addresses import email_key
from support.tickets.models import Ticket


class EmailTokens:
    """`secret` is this site's own."""

    def __init__(self, secret: bytes):
        self._secret = secret

    def mail(self, ticket: Ticket) -> str:
        """Added to the status link in mails to the customer, as `?by=…`."""
        return self._sign("mail", ticket, "")

    def is_mail(self, ticket: Ticket, proof: str) -> bool:
        return hmac.compare_digest(proof.encode(), self.mail(ticket).encode())

    def privacy(self, ticket: Ticket, until: datetime) -> str:
        """Opens the page on which all data of the ticket's address is shown or erased, `until` then."""
        stamp = str(int(until.timestamp()))
        return f"{stamp}.{self._sign('privacy', ticket, stamp)}"

    def is_privacy(self, ticket: Ticket, proof: str, now: datetime) -> bool:
        stamp, _dot, _signature = proof.partition(".")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12) or int(stamp) < now.timestamp():
            return False
        return hmac.compare_digest(proof.encode(), f"{stamp}.{self._sign('privacy', ticket, stamp)}".encode())

    def _sign(self, purpose: str, ticket: Ticket, more: str) -> str:
        # With the address: when the customer gives another one, what was mailed to the old one proves nothing.
        said = f"{purpose}\n{ticket.id}\n{email_key(ticket.email)}\n{more}".encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()[:32]
