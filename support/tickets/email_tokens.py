"""Signed tokens that are sent by mail only: who presents one has proven that they read the mail of the address.

Each names until when it works. That it works once is remembered by who takes it (support/tickets/customer_actions.py);
no request that only reads takes one, since programs that look for malware open every link of a mail.
"""

import hashlib
import hmac
from datetime import datetime

from core.email_addresses import email_key
from core.numbers import whole_number
from core.secret_keys import Keys, signed_by
from support.tickets.models import Ticket


class EmailTokens:
    """Issues and verifies mail tokens; `secret` is the HMAC key, or several."""

    def __init__(self, secret: Keys | bytes):
        self._keys = Keys.of(secret)

    def mail(self, ticket: Ticket, until: datetime) -> str:
        """Token of the status link in mails to the customer, as `?by=…`: proves the address."""
        return self._token("mail", ticket, until)

    def is_mail(self, ticket: Ticket, proof: str, now: datetime) -> bool:
        return self._is("mail", ticket, proof, now)

    def privacy(self, ticket: Ticket, until: datetime) -> str:
        """Leads to the page on which all data of the ticket's address is shown or erased."""
        return self._token("privacy", ticket, until)

    def is_privacy(self, ticket: Ticket, proof: str, now: datetime) -> bool:
        return self._is("privacy", ticket, proof, now)

    def visit(self, ticket: Ticket, until: datetime) -> str:
        """Given for a privacy token that was used up: opens that page for a while. Never mailed."""
        return self._token("privacy-visit", ticket, until)

    def is_visit(self, ticket: Ticket, proof: str, now: datetime) -> bool:
        return self._is("privacy-visit", ticket, proof, now)

    @staticmethod
    def digest(proof: str) -> str:
        """By which a used token is remembered."""
        return hashlib.sha256(b"proof:" + proof.encode()).hexdigest()

    def _token(self, purpose: str, ticket: Ticket, until: datetime) -> str:
        stamp = str(int(until.timestamp()))
        return f"{stamp}.{_signature(self._keys.current, purpose, ticket, stamp)}"

    def _is(self, purpose: str, ticket: Ticket, proof: str, now: datetime) -> bool:
        stamp, _dot, signature = proof.partition(".")
        if (whole_number(stamp) or 0) < now.timestamp():
            return False
        return signed_by(self._keys, lambda key: _signature(key, purpose, ticket, stamp), signature)


def _signature(key: bytes, purpose: str, ticket: Ticket, more: str) -> str:
    # The address is signed too: after a change of address, tokens mailed to the old one are invalid.
    payload = f"{purpose}\n{ticket.id}\n{email_key(ticket.email)}\n{more}".encode()
    return hmac.new(key, payload, hashlib.sha256).hexdigest()[:32]
