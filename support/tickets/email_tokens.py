"""Signed tokens that are sent by mail only: who presents one has proven that they read the mail of the address."""

import hashlib
import hmac
from datetime import datetime

from core.email_addresses import email_key
from support.tickets.models import Ticket


class EmailTokens:
    """Issues and verifies mail tokens; `secret` is the HMAC key."""

    def __init__(self, secret: bytes):
        self._secret = secret

    def mail(self, ticket: Ticket) -> str:
        """Token of the status link in mails to the customer, as `?by=…`."""
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
        # The address is signed too: after a change of address, tokens mailed to the old one are invalid.
        payload = f"{purpose}\n{ticket.id}\n{email_key(ticket.email)}\n{more}".encode()
        return hmac.new(self._secret, payload, hashlib.sha256).hexdigest()[:32]
