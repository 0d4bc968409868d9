"""Who wrote a mail: ourselves, the team, or the person for whom a mailing list or a form put another address."""

import re
from dataclasses import dataclass, replace
from email.utils import parseaddr

from core.email_addresses import email_key
from core.network.domain_names import ascii_domain
from support.email.inbound.authentication import Authentication, Authenticity, authenticate
from support.email.inbound.parser import InboundEmail
from support.settings import SupportSettings
from support.teams.teams import destinations

# “'Anna Meier' via Help”: what mailing lists make of a name.
_VIA = re.compile(r"^['\"]?(.{1,200}?)['\"]? (?:via|über|par|üzerinden) .{1,200}$")


@dataclass(frozen=True)
class Sender:
    """`email` as the person sent it. `by_list` when it is a list of somebody else's that says who that is: then nothing
    vouches for them."""

    email: InboundEmail
    authentication: Authentication
    by_list: bool = False

    @property
    def proven(self) -> bool:
        """Whether the receiving server has proven the address."""
        return self.authentication.result is Authenticity.PASS


class Senders:
    """Tells senders apart, by the settings."""

    def __init__(self, settings: SupportSettings):
        self._authserv_id = settings.authserv_id
        own = (settings.mail_from, settings.inbound_email)
        self._own = {email_key(parseaddr(text)[1]) for text in own} - {""}
        self._own_domains = {key.rpartition("@")[2] for key in self._own} - _ANYBODYS
        self._team = _team_senders(settings)

    def of(self, email: InboundEmail) -> Sender:
        """The person who wrote it. A list or a form that wrote under our address, or a list under its own, names them
        elsewhere."""
        found = authenticate(email.authentication, self._authserv_id, email.sender)
        if email.several_senders and found.result is Authenticity.PASS:
            found = Authentication(Authenticity.UNKNOWN, found.said)  # which of them was proven?
        key, ours = email_key(email.sender), self.is_own(email.sender)
        if not (ours or (key and key in self._lists_of(email))):
            return Sender(email, found)
        for name, address in email.originals:
            if not self.is_own(address) and email_key(address) not in self._lists_of(email):
                if found.result is Authenticity.PASS:  # of the list or the form
                    found = Authentication(Authenticity.UNKNOWN, found.said)
                name = name or _without_via(email.sender_name)
                return Sender(replace(email, sender=address, sender_name=name, reply_to=""), found, not ours)
        return Sender(email, found)

    def is_own(self, address: str) -> bool:
        """Whether mail to it comes back to us, whatever stands behind a + in it."""
        local, _, domain = email_key(address).rpartition("@")
        return bool(local) and (f"{local}@{domain}" in self._own or f"{local.partition('+')[0]}@{domain}" in self._own)

    def is_team(self, address: str) -> bool:
        key = email_key(address)
        return bool(key) and (key in self._team or key.rpartition("@")[2] in self._team)

    def by_our_list(self, email: InboundEmail) -> bool:
        """Whether it came by a mailing list of ours, such as a Google Group that is the help address: then people
        write."""
        for name in email.lists:
            _local, at, domain = name.rpartition("@")
            if at and (self.is_own(name) or ascii_domain(domain) in self._own_domains):
                return True
            if not at and any(name == key.replace("@", ".") for key in self._own):
                return True
            if not at and any(name.endswith(f".{own}") for own in self._own_domains):
                return True
        return False

    def answer_to(self, email: InboundEmail) -> str:
        """Where an answer goes: never to ourselves, nor to a whole list; '' for nowhere."""
        for address in (email.reply_to, email.sender):
            if address and not self.is_own(address) and email_key(address) not in self._lists_of(email):
                return address
        return ""

    def _lists_of(self, email: InboundEmail) -> set[str]:
        return {email_key(name) for name in email.lists} - {""}


def _without_via(name: str) -> str:
    found = _VIA.match(name)
    return found[1] if found else name


def _team_senders(settings: SupportSettings) -> set[str]:
    """Addresses and domains the team writes from."""
    if settings.team_senders:
        return {email_key(one) if "@" in one else ascii_domain(one) for one in settings.team_senders}
    to = [spec.mail_address for spec in destinations(settings) if spec.mail_address]
    found = {email_key(parseaddr(address)[1]) for address in (*to, settings.team_email)} - {""}
    return found | {key.rpartition("@")[2] for key in found} - _ANYBODYS


# Free mail providers: their domain says nothing of who writes.
_ANYBODYS = {
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com",
    "gmx.de", "gmx.net", "web.de", "qq.com", "163.com", "126.com", "proton.me", "protonmail.com", "aol.com",
    "mail.ru", "yandex.ru", "yandex.com",
}  # fmt: skip
