"""Ingesting incoming mail: a further message, a reply of the team, a new ticket, a bounce or an automatic mail.

A mail belongs to a ticket when it came to the reply address with that ticket's token; else when it answers a mail of
that ticket and its sender is the ticket's customer or of the team. Everything else is a new ticket. Against mail loops,
automatic mails are never answered and the number of mails to a ticket in an hour is limited.

The mail is spooled to disk before anything is stored, and acknowledged to its source only when everything is.
Ingesting is idempotent: the same mail again changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import writing
from core.email_addresses import email_key
from core.events import emit
from core.network.domain_names import ascii_domain
from index.query.language import detect
from support.email import mail_threads
from support.email.inbound import spool
from support.email.inbound.parser import InboundEmail, read
from support.email.inbound.quotes import newest_words
from support.email.inbound.spool import InboundMail, InboundOutcome, SpoolFolder
from support.email.mail_threads import Side
from support.intake.forms import MESSAGE_MAX
from support.settings import SupportSettings
from support.teams.teams import destinations
from support.tickets import repository
from support.tickets.attachments import TEXT, clean_name
from support.tickets.journey import Journey
from support.tickets.models import CheckedFile, FileRefused, Identity, NewTicket, Ticket, Upload, Via

if TYPE_CHECKING:
    from support.tickets.agent_actions import AgentActions
    from support.tickets.service import TicketService

_HOUR = timedelta(hours=1)
_TICKETS_AN_HOUR = 10  # of one sender; further ones are held for review
_ACKNOWLEDGED_AN_HOUR = 3
_MESSAGES_AN_HOUR = 30  # to one ticket
_REPLIES_AN_HOUR = 10
_FILES_MOST = 20


@dataclass(frozen=True)
class IngestResult:
    """Outcome of a mail. `again`: it had been ingested before."""

    outcome: InboundOutcome
    reference: str = ""
    why: str = ""
    again: bool = False


@dataclass(frozen=True)
class _Verdict:
    outcome: InboundOutcome
    ticket: Ticket | None = None
    why: str = ""


class Ingester:
    """Ingests mails one at a time; any number may run concurrently. `route` chooses the team of a new ticket."""

    def __init__(
        self,
        settings: SupportSettings,
        tickets: "TicketService",
        agent_actions: "AgentActions",
        route: Callable[[NewTicket], NewTicket] = lambda new: new,
    ):
        self._settings = settings
        self._tickets = tickets
        self._agent_actions = agent_actions
        self._route = route
        self._folder = SpoolFolder(settings.data_dir / "inbound")
        self._address = parseaddr(settings.inbound_email)[1]
        own = (settings.mail_from, settings.inbound_email)
        self._own = {email_key(parseaddr(text)[1]) for text in own} - {""}
        self._team = _team_senders(settings)

    def ingest(self, raw: bytes, now: datetime) -> IngestResult:
        """Ingest this mail. When it returns, all is stored durably.

        Raises OSError or the database's error when it could not be stored, and spool.MailClaimed while another worker
        has it: then the caller must keep it and retry.
        """
        email = read(raw)
        file = self._folder.save(raw)
        digest = email.digest(raw)
        engine = self._tickets.engine
        known = spool.begin(engine, email, digest, file, len(raw), now)
        if known is not None:
            return IngestResult(known.outcome, self._reference(known.ticket_id), known.why, again=True)
        try:
            verdict = self._decide(email, digest, now)
        except (SQLAlchemyError, OSError):
            spool.abandon(engine, digest)
            raise
        except Exception as error:  # a mail that cannot be handled must neither block the others nor get lost
            verdict = _Verdict(InboundOutcome.FAILED, None, f"{type(error).__name__}: {error}")
        self._settle(digest, verdict, now)
        reference = verdict.ticket.reference if verdict.ticket else ""
        emit("mail_taken_in", outcome=verdict.outcome.value, reference=reference, size=len(raw))
        return IngestResult(verdict.outcome, reference, verdict.why)

    def ingest_again(self, mail: InboundMail, now: datetime, *, trusted: bool = True) -> IngestResult:
        """Ingest a held or failed mail again after review: `trusted` skips the limits and checks of senders."""
        raw = self._folder.read(mail.file)
        email = read(raw)
        digest = email.digest(raw)
        verdict = self._decide(email, digest, now, trusted=trusted)
        self._settle(digest, verdict, now)
        return IngestResult(verdict.outcome, verdict.ticket.reference if verdict.ticket else "", verdict.why)

    def _settle(self, digest: str, verdict: _Verdict, now: datetime) -> None:
        with writing(self._tickets.engine) as connection:
            ticket_id = verdict.ticket.id if verdict.ticket else None
            spool.settle(connection, digest, verdict.outcome, verdict.why, ticket_id, now)

    def _reference(self, ticket_id: int) -> str:
        return self._tickets.by_id(ticket_id).reference if ticket_id else ""

    def _decide(self, email: InboundEmail, digest: str, now: datetime, *, trusted: bool = False) -> _Verdict:
        if email_key(email.sender) in self._own:
            return _Verdict(InboundOutcome.OWN, None, "we sent it")
        with self._tickets.engine.connect() as connection:
            found = self._match(connection, email)
        if email.bounce:
            return self._record_bounce(email, found, now)
        if email.automatic and (found is not None or email.automatic != "auto-generated"):
            return self._automatic(email, found, now)
        if found is None:
            return self._new(email, digest, now, trusted=trusted)
        ticket_id, side, how = found
        if side is Side.TEAM:
            return self._reply(ticket_id, email, how, now, trusted=trusted)
        return self._message(ticket_id, email, digest, how, now, trusted=trusted)

    def _match(self, connection: Connection, email: InboundEmail) -> tuple[int, Side, str] | None:
        """(ticket, side, how matched: token or thread), or None for a mail that belongs to no ticket of its sender."""
        for recipient in email.recipients:
            token = mail_threads.token_in(recipient, self._address) if self._address else None
            if token and (found := mail_threads.by_token(connection, token)):
                return (*found, "token")
        for given in (*email.references, *email.returned):
            found = mail_threads.by_message_id(connection, given)
            if found is not None and (email.bounce or self._is_authorised(connection, email, *found)):
                return (*found, "thread")
        return None

    def _is_authorised(self, connection: Connection, email: InboundEmail, ticket_id: int, side: Side) -> bool:
        """Whether the sender is authorised for that side of the ticket. A Message-ID alone is no proof: it is quoted,
        copied and forwarded."""
        if side is Side.TEAM:
            return self._is_team(email.sender)
        theirs = email_key(repository.load_ticket(connection, ticket_id).email)
        return bool(theirs) and theirs in {email_key(email.sender), email_key(email.reply_to)}

    def _is_team(self, sender: str) -> bool:
        key = email_key(sender)
        return bool(key) and (key in self._team or key.rpartition("@")[2] in self._team)

    def _record_bounce(self, email: InboundEmail, found: tuple[int, Side, str] | None, now: datetime) -> _Verdict:
        if found is None:
            return _Verdict(InboundOutcome.BOUNCE, None, "of a mail we do not know")
        return self._record_event("mail_bounced", InboundOutcome.BOUNCE, found[0], email, now)

    def _automatic(self, email: InboundEmail, found: tuple[int, Side, str] | None, now: datetime) -> _Verdict:
        if found is None:
            return _Verdict(InboundOutcome.AUTOMATIC, None, email.automatic)
        return self._record_event("automatic_mail", InboundOutcome.AUTOMATIC, found[0], email, now)

    def _record_event(
        self, event: str, outcome: InboundOutcome, ticket_id: int, email: InboundEmail, now: datetime
    ) -> _Verdict:
        with writing(self._tickets.engine) as connection:
            repository.insert_event(connection, ticket_id, event, now, {"subject": email.subject[:200]})
        return _Verdict(outcome, self._tickets.by_id(ticket_id), email.automatic)

    def _message(
        self, ticket_id: int, email: InboundEmail, digest: str, how: str, now: datetime, *, trusted: bool
    ) -> _Verdict:
        ticket = self._tickets.by_id(ticket_id)
        if not trusted and self._too_many(ticket_id, InboundOutcome.MESSAGE, _MESSAGES_AN_HOUR, now):
            return _Verdict(InboundOutcome.HELD, ticket, "too many mails to one ticket within an hour")
        words, files = self._contents(email, answers=True)
        known = email_key(email.sender) == email_key(ticket.email)
        if not known:
            words = f"({email.sender})\n\n{words}"  # the customer passed the address on; the team must see who writes
        ticket = self._tickets.add_customer_message(
            ticket_id, words, f"mail:{digest}", now, files, via=Via.EMAIL, mail_id=email.message_id
        )
        if how == "token" and known and ticket.identity is Identity.TYPED:
            # The token was only mailed to the address, so the address is verified.
            with writing(self._tickets.engine) as connection:
                repository.verify(connection, ticket, Identity.MAIL, now)
        return _Verdict(InboundOutcome.MESSAGE, ticket, how)

    def _reply(self, ticket_id: int, email: InboundEmail, how: str, now: datetime, *, trusted: bool) -> _Verdict:
        ticket = self._tickets.by_id(ticket_id)
        if not trusted:
            if not self._is_team(email.sender):
                return _Verdict(
                    InboundOutcome.HELD, ticket, "an answer in the team's name from an address that is not theirs"
                )
            if self._too_many(ticket_id, InboundOutcome.REPLY, _REPLIES_AN_HOUR, now):
                return _Verdict(InboundOutcome.HELD, ticket, "too many answers to one ticket within an hour")
        if email.message_id and any(m.mail_id == email.message_id for m in (*ticket.messages, *ticket.internal)):
            return _Verdict(InboundOutcome.REPLY, ticket, how)
        words, files = self._contents(email, answers=True)
        reached = email_key(ticket.email) in {email_key(r) for r in email.recipients} - {""}
        ticket = self._agent_actions.reply(
            ticket.reference, words, now, files=files, mail_id=email.message_id,
            via=Via.EMAIL if reached else Via.DESK,
        )  # fmt: skip
        return _Verdict(InboundOutcome.REPLY, ticket, how)

    def _new(self, email: InboundEmail, digest: str, now: datetime, *, trusted: bool) -> _Verdict:
        if self._settings.unknown_senders == "refuse" and not trusted:
            return _Verdict(InboundOutcome.REFUSED, None, "unknown senders are refused")
        sender = email.answer_to
        words, files = self._contents(email, answers=False)
        quarantine, silent = "", bool(email.bulk or email.automatic)
        if silent:
            quarantine = f"mail of a program ({email.bulk or email.automatic})"
        with self._tickets.engine.connect() as connection:
            of_late = spool.recent_from(connection, email.sender, (InboundOutcome.TICKET,), now - _HOUR)
        if of_late >= _TICKETS_AN_HOUR:
            quarantine = quarantine or "many mails from one address"
        lang = detect(f"{email.subject}\n{words[:2_000]}", self._settings.default_lang)
        new = NewTicket(
            message=words,
            lang=lang,
            site_url=self._settings.public_url,
            name=email.sender_name,
            email=sender,
            subject=email.subject,
            journey=Journey(lang=lang),
            attachments=files,
            source="email",
            via=Via.EMAIL,
            quarantine="" if trusted else quarantine,
            mail_id=email.message_id,
            silent=of_late >= _ACKNOWLEDGED_AN_HOUR or silent,
        )
        ticket = self._tickets.create(self._route(new), f"mail:{digest}", now)
        return _Verdict(InboundOutcome.TICKET, ticket, new.quarantine)

    def _too_many(self, ticket_id: int, outcome: InboundOutcome, most: int, now: datetime) -> bool:
        with self._tickets.engine.connect() as connection:
            return spool.recent_to(connection, ticket_id, outcome, now - _HOUR) >= most

    def _contents(self, email: InboundEmail, *, answers: bool) -> tuple[str, tuple[CheckedFile, ...]]:
        """The text to show and the attachments to store. Rejected files are named in the text."""
        words = newest_words(email.text) if answers else email.text
        files: list[CheckedFile] = []
        left_out: list[str] = []
        for upload in email.files:
            try:
                if len(files) >= _FILES_MOST:
                    raise FileRefused("too_many", upload.name)
                checked = self._tickets.files.save(upload)
                if checked not in files:
                    files.append(checked)
            except FileRefused as refused:
                left_out.append(f"[{' '.join(upload.name.split())[:100]}: {refused.code}]")
        if len(words) > MESSAGE_MAX - 2_000:
            whole = self._tickets.files.save(Upload("mail.txt", words.encode()))
            files.append(replace(whole, name=clean_name("mail.txt", TEXT)))
            words = f"{words[: MESSAGE_MAX - 2_000].rstrip()} …"
        words = "\n".join([words, *left_out]).strip() if left_out else words
        return words or email.subject or "–", tuple(files)


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
