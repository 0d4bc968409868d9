"""Ingesting incoming mail: a further message, a reply of the team, a new ticket, a report or an automatic mail.

A mail speaks for the team by the token in its address, or by the random id of a mail that we sent to its very sender.
What claims to be of the team and has neither is held. A customer's mail belongs to the ticket of its token; else, when
it comes from the ticket's own address, to the ticket of the mail it answers or whose reference it names, and is marked
as not proven. Everything else is a new ticket.

Nothing a person wrote is dropped: what only looks like a program's is held or goes its way. Against mail loops,
automatic mails are never answered, nothing goes to our own address, and one sender is acknowledged a few times only.

The mail is spooled to disk before anything is stored, and acknowledged to its source only when everything is.
Ingesting is idempotent: the same mail again changes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import writing
from core.email_addresses import email_key
from core.events import emit
from core.texts.gettext import gettext_of
from index.query.text_language import language_of_mail
from support.delivery import outbox
from support.email import mail_threads
from support.email.composer import answered_subjects, base_subject
from support.email.inbound import spool
from support.email.inbound.authentication import Authenticity
from support.email.inbound.correspondence import Correspondence
from support.email.inbound.parser import InboundEmail, read
from support.email.inbound.quotes import Reading, fold
from support.email.inbound.reports import Report, ReportKind, cause_of
from support.email.inbound.senders import Sender, Senders
from support.email.inbound.signatures import names_of, without_sign_offs
from support.email.inbound.spool import InboundMail, InboundOutcome
from support.email.mail_threads import SentMail, Side
from support.intake.forms import MESSAGE_MAX
from support.settings import SupportSettings
from support.tickets import repository
from support.tickets.attachments import TEXT, clean_name, shown_name, told_apart
from support.tickets.file_refusals import why_refused
from support.tickets.journey import Journey
from support.tickets.models import CheckedFile, FileRefused, Identity, NewTicket, Ticket, Upload, Via

if TYPE_CHECKING:
    from support.tickets.agent_actions import AgentActions
    from support.tickets.service import TicketService

# Why a mail is held. The desk has words for each in other languages (app/desk/mail_words.py).
NOT_TEAM = "an answer in the team's name from an address that is not theirs"
UNPROVEN_TEAM = "an answer in the team's name without the secret address of the ticket"
OWN_ADDRESS = "from our own address, but we did not send it"
FORGED = "the mail server says that its sender is forged"
LOOKS_AUTOMATIC = "looks like an automatic reply"
MANY_MAILS = "too many mails to one ticket within an hour"
MANY_REPLIES = "too many answers to one ticket within an hour"
MANY_TICKETS = "many mails from one address"
UNKNOWN_SENDER = "unknown senders are refused"
PROGRAM = "mail of a program"

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SUBJECT_LASTS = timedelta(days=30)
_TICKETS_AN_HOUR = 10  # of one sender; further ones are held for review
_ACKNOWLEDGED_AN_HOUR = 3
_ACKNOWLEDGED_A_DAY = 10
_MESSAGES_AN_HOUR = 30  # to one ticket
_REPLIES_AN_HOUR = 10
_FILES_MOST = 20
_NAMED_MOST = 10  # files left out that are named one by one
_WHOLE_MAX = 200_000  # signs of a mail that the desk can unfold; the raw mail has the rest
_IDS_MOST = 40  # of those a mail refers to
_LINKS_MOST = 3


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


@dataclass(frozen=True)
class _Match:
    """The ticket and the side of it a mail belongs to. `how`: by its token, thread, reference or subject."""

    ticket_id: int
    side: Side
    how: str


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
        self._folder = spool.folder_of(settings)
        self._address = parseaddr(settings.inbound_email)[1]
        self._senders = Senders(settings)
        self._correspondence = Correspondence(settings, tickets)

    def ingest(self, raw: bytes, now: datetime) -> IngestResult:
        """Ingest this mail. When it returns, all is stored durably.

        Raises OSError or the database's error when it could not be stored, and spool.MailClaimed while another worker
        has it: then the caller must keep it and retry.
        """
        email = read(raw)
        file = self._folder.save(raw)
        digest = email.digest(raw)
        engine = self._tickets.engine
        sender = self._senders.of(email)
        known = spool.begin(engine, sender.email, digest, file, len(raw), now)
        if known is not None:
            return IngestResult(known.outcome, self._reference(known.ticket_id), known.why, again=True)
        try:
            verdict = self._verdict(sender, digest, now)
        except (SQLAlchemyError, OSError):
            spool.abandon(engine, digest)
            raise
        self._settle(digest, verdict, now)
        reference = verdict.ticket.reference if verdict.ticket else ""
        emit("mail_taken_in", outcome=verdict.outcome.value, reference=reference, size=len(raw))
        return IngestResult(verdict.outcome, reference, verdict.why)

    def ingest_again(
        self, mail: InboundMail, now: datetime, *, trusted: bool = True, as_new: bool = False
    ) -> IngestResult:
        """Ingest a mail again after review, as what it claims to be, or `as_new` as a ticket of its own: `trusted`
        skips the limits and checks of senders.
        Raises OSError when the mail as it came is not kept any more, or it could not be stored."""
        raw = self._folder.read(mail.file)
        email = read(raw)
        digest = email.digest(raw)
        verdict = self._verdict(self._senders.of(email), digest, now, trusted=trusted, as_new=as_new)
        self._settle(digest, verdict, now)
        return IngestResult(verdict.outcome, verdict.ticket.reference if verdict.ticket else "", verdict.why)

    def letter(self, mail: InboundMail) -> InboundEmail:
        """What stands in a mail, for whoever decides about it. Raises OSError as `ingest_again`."""
        return self._senders.of(read(self._folder.read(mail.file))).email

    def raw(self, mail: InboundMail) -> bytes:
        """The mail as it came. Raises OSError as `ingest_again`."""
        return self._folder.read(mail.file)

    def remove(self, mail: InboundMail) -> bool:
        """Delete a mail that was set aside for good."""
        return spool.remove(self._tickets.engine, self._folder, mail.id)

    def _settle(self, digest: str, verdict: _Verdict, now: datetime) -> None:
        with writing(self._tickets.engine) as connection:
            ticket_id = verdict.ticket.id if verdict.ticket else None
            spool.settle(connection, digest, verdict.outcome, verdict.why, ticket_id, now)

    def _reference(self, ticket_id: int) -> str:
        return self._tickets.by_id(ticket_id).reference if ticket_id else ""

    def _verdict(
        self, sender: Sender, digest: str, now: datetime, *, trusted: bool = False, as_new: bool = False
    ) -> _Verdict:
        try:
            return self._decide(sender, digest, now, trusted=trusted, as_new=as_new)
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:  # a mail that cannot be handled must neither block the others nor get lost
            return _Verdict(InboundOutcome.FAILED, None, f"{type(error).__name__}: {error}")

    def _decide(self, sender: Sender, digest: str, now: datetime, *, trusted: bool, as_new: bool) -> _Verdict:
        email = sender.email
        with self._tickets.engine.connect() as connection:
            if not trusted and email.message_id and mail_threads.sent_mail(connection, email.message_id):
                return _Verdict(InboundOutcome.OWN, None, "we sent it")
            if email.report is not None:
                about = self._reported_mail(connection, email)
            else:
                found = None if as_new else self._match(connection, sender, now, trusted=trusted)
                claimed = None if found or trusted else self._claimed_by_team(connection, sender)
        if email.report is not None:
            return self._reported(email, email.report, about, now)
        if not trusted and (aside := self._set_aside(sender, found, now)):
            return aside
        if claimed is not None:
            return _Verdict(InboundOutcome.HELD, self._tickets.by_id(claimed), UNPROVEN_TEAM)
        if found is None:
            return self._new(sender, digest, now, trusted=trusted)
        if found.side is Side.TEAM:
            return self._reply(found, email, digest, now, trusted=trusted)
        return self._message(found, sender, digest, now, trusted=trusted)

    def _set_aside(self, sender: Sender, found: _Match | None, now: datetime) -> _Verdict | None:
        """What becomes of a mail that no person has written, or not the one it says; None for any other."""
        email = sender.email
        ticket = self._tickets.by_id(found.ticket_id) if found else None
        if email.automatic and (found or email.automatic != "auto-generated" or self._senders.is_own(email.sender)):
            return self._automatic(email, ticket, now)
        # Who works in the mailbox of our address answers from it, and to the token.
        by_team = found is not None and found.side is Side.TEAM and found.how == "token"
        if self._senders.is_own(email.sender) and not by_team:
            return _Verdict(InboundOutcome.HELD, ticket, OWN_ADDRESS)
        if ticket is None:
            return None  # a new ticket is held by the rules of new tickets
        if sender.authentication.result is Authenticity.FAIL:
            return _Verdict(InboundOutcome.HELD, ticket, f"{FORGED} ({sender.authentication.said})")
        if email.guess == "return-path" or (email.guess and email.subject != ticket.subject):
            return _Verdict(InboundOutcome.HELD, ticket, f"{LOOKS_AUTOMATIC} ({email.guess})")
        return None

    def _match(self, connection: Connection, sender: Sender, now: datetime, *, trusted: bool) -> _Match | None:
        """The ticket it belongs to, or None. After review (`trusted`) a claim is enough for the team, too."""
        email = sender.email
        for recipient in email.recipients:
            token = mail_threads.token_in(recipient, self._address) if self._address else None
            if token and (found := mail_threads.by_token(connection, token)):
                return _Match(*found, "token")
        is_team = self._senders.is_team(email.sender)
        if is_team:
            for given in email.references[:_IDS_MOST]:
                sent = mail_threads.sent_mail(connection, given)
                if sent is not None and sent.ticket_id and sent.side is Side.TEAM:
                    to_them = bool(sent.recipient) and sent.recipient == email_key(email.sender)
                    if to_them or sender.proven:
                        return _Match(sent.ticket_id, Side.TEAM, "thread")
        for ticket_id, side, how in self._claims(connection, email):
            if side is not Side.TEAM and not sender.by_list and self._is_customer(connection, email, ticket_id):
                return _Match(ticket_id, Side.CUSTOMER, how)
            if trusted and is_team and side is not Side.CUSTOMER:
                return _Match(ticket_id, Side.TEAM, how)
        return None if sender.by_list else self._match_subject(connection, email, now)

    def _claims(self, connection: Connection, email: InboundEmail) -> Iterator[tuple[int, Side | None, str]]:
        """(ticket, side if it says one, by what) of tickets that the mail claims to belong to. Nothing of it is
        proof."""
        for given in email.references[:_IDS_MOST]:
            if found := mail_threads.claimed_by_id(connection, given):
                yield (*found, "thread")
        for ticket_id in mail_threads.claimed_by_reference(connection, f"{email.subject}\n{email.text}"):
            yield ticket_id, None, "reference"

    def _match_subject(self, connection: Connection, email: InboundEmail, now: datetime) -> _Match | None:
        """The ticket of an answer whose every sign was taken away by mail servers on the way: the only one of its
        sender with its subject, of late."""
        if not email.references and base_subject(email.subject) == email.subject:
            return None
        key, since = email_key(email.sender), now - _SUBJECT_LASTS
        for subject in answered_subjects(email.subject):
            if found := repository.ids_with_subject(connection, key, subject, since):
                return _Match(found[0], Side.CUSTOMER, "subject") if len(found) == 1 else None
        return None

    def _is_customer(self, connection: Connection, email: InboundEmail, ticket_id: int) -> bool:
        theirs = email_key(repository.load_ticket(connection, ticket_id).email)
        return bool(theirs) and theirs in {email_key(email.sender), email_key(email.reply_to)}

    def _claimed_by_team(self, connection: Connection, sender: Sender) -> int | None:
        """The ticket in which a mail would speak for the team, had it the token; None for any other mail."""
        if not self._senders.is_team(sender.email.sender):
            return None
        claims = self._claims(connection, sender.email)
        return next((ticket_id for ticket_id, side, _ in claims if side is not Side.CUSTOMER), None)

    def _reported_mail(self, connection: Connection, email: InboundEmail) -> SentMail | None:
        """The mail that a report is about."""
        for given in (*email.returned, *email.references)[:_IDS_MOST]:
            if sent := mail_threads.sent_mail(connection, given):
                return sent
        for recipient in email.recipients:  # a server that gives nothing back
            token = mail_threads.token_in(recipient, self._address) if self._address else None
            if token and (found := mail_threads.by_token(connection, token)):
                return mail_threads.last_sent(connection, *found)
        return None

    def _reported(self, email: InboundEmail, report: Report, sent: SentMail | None, now: datetime) -> _Verdict:
        failed = report.kind is ReportKind.FAILED
        outcome = InboundOutcome.BOUNCE if failed else InboundOutcome.REPORT
        why = " ".join(filter(None, (report.kind.value, report.status, report.said)))
        if sent is None:
            return _Verdict(outcome, None, f"of a mail we do not know: {why}")
        detail = {
            "what": sent.kind.value, "report": report.kind.value, "to": report.recipient or sent.recipient,
            "status": report.status, "cause": cause_of(report.status, report.said).value, "said": report.said,
            "message": str(sent.message_id or ""),
        }  # fmt: skip
        with self._tickets.transaction() as connection:
            news = not failed or outbox.mark_bounced(connection, sent.uid, f"it came back: {why}", now)
            if sent.ticket_id and news:
                event = "mail_bounced" if failed else "mail_report"
                repository.insert_event(connection, sent.ticket_id, event, now, detail)
        return _Verdict(outcome, self._tickets.by_id(sent.ticket_id) if sent.ticket_id else None, why)

    def _automatic(self, email: InboundEmail, ticket: Ticket | None, now: datetime) -> _Verdict:
        if ticket is not None:
            with writing(self._tickets.engine) as connection:
                detail = {"subject": email.subject[:200]}
                repository.insert_event(connection, ticket.id, "automatic_mail", now, detail)
        return _Verdict(InboundOutcome.AUTOMATIC, ticket, email.automatic)

    def _message(self, found: _Match, sender: Sender, digest: str, now: datetime, *, trusted: bool) -> _Verdict:
        email, ticket_id = sender.email, found.ticket_id
        ticket = self._tickets.by_id(ticket_id)
        if not trusted and self._too_many(ticket_id, InboundOutcome.MESSAGE, _MESSAGES_AN_HOUR, now):
            return _Verdict(InboundOutcome.HELD, ticket, MANY_MAILS)
        reading, files = self._contents(email, self._fold(email, ticket, Side.CUSTOMER, now), ticket.lang)
        words = reading.words
        known = email_key(email.sender) == email_key(ticket.email)
        if not known:
            words = f"({email.sender})\n\n{words}"  # the customer passed the address on; the team must see who writes
        forged = sender.authentication.result is Authenticity.FAIL
        proven = found.how == "token" or (known and sender.proven)
        ticket = self._tickets.add_customer_message(
            ticket_id, words, f"mail:{digest}", now, files, via=Via.EMAIL, mail_id=email.message_id,
            whole=reading.whole, folded=reading.folded, unproven=forged or not proven,
            own_words=self._own_words(email, reading.words),
        )  # fmt: skip
        if known and proven and not forged and ticket.identity is Identity.TYPED:
            # The token was only mailed to the address, so the address is verified; else the mail server has done it.
            with writing(self._tickets.engine) as connection:
                repository.verify(connection, ticket, Identity.MAIL, now)
        return _Verdict(InboundOutcome.MESSAGE, ticket, found.how)

    def _reply(self, found: _Match, email: InboundEmail, digest: str, now: datetime, *, trusted: bool) -> _Verdict:
        ticket_id = found.ticket_id
        ticket = self._tickets.by_id(ticket_id)
        if not trusted:
            if not self._senders.is_team(email.sender):
                return _Verdict(InboundOutcome.HELD, ticket, NOT_TEAM)
            if self._too_many(ticket_id, InboundOutcome.REPLY, _REPLIES_AN_HOUR, now):
                return _Verdict(InboundOutcome.HELD, ticket, MANY_REPLIES)
        lang = self._settings.default_lang
        reading, files = self._contents(email, self._fold(email, ticket, Side.TEAM, now), lang)
        reached = email_key(ticket.email) in {email_key(r) for r in email.recipients} - {""}
        with self._tickets.transaction() as connection:
            # By the whole mail, not by its Message-ID: two different answers may have the same.
            if repository.claim_key(connection, f"reply:{ticket_id}:{digest}", "", now)[0]:
                self._agent_actions.reply(
                    ticket.reference, reading.words, now, files=files, mail_id=email.message_id,
                    whole=reading.whole, folded=reading.folded,
                    via=Via.EMAIL if reached else Via.DESK, connection=connection,
                )  # fmt: skip
        return _Verdict(InboundOutcome.REPLY, self._tickets.by_id(ticket_id), found.how)

    def _new(self, sender: Sender, digest: str, now: datetime, *, trusted: bool) -> _Verdict:
        if self._settings.unknown_senders == "refuse" and not trusted:
            return _Verdict(InboundOutcome.REFUSED, None, UNKNOWN_SENDER)
        email = sender.email
        answer_to = self._senders.answer_to(email)
        written = f"{email.subject}\n{email.text or email.forwarded}"
        lang = language_of_mail(written, email.content_language, self._settings.languages, self._settings.default_lang)
        reading, files = self._contents(email, Reading(email.text), lang)
        program = email.bulk or email.automatic or ("" if self._senders.by_our_list(email) else email.listed)
        # A guess may cost an acknowledgement where that could begin a loop, not the ticket.
        silent = bool(program or not answer_to or email.guess == "return-path" or (email.guess and email.references))
        quarantine = f"{PROGRAM} ({program})" if program else ""
        if sender.authentication.result is Authenticity.FAIL:
            quarantine = f"{FORGED} ({sender.authentication.said})"
        with self._tickets.engine.connect() as connection:
            ticket_mails = (InboundOutcome.TICKET,)
            of_late = spool.recent_from(connection, email.sender, ticket_mails, now - _HOUR)
            today = spool.recent_from(connection, email.sender, ticket_mails, now - _DAY)
        if of_late >= _TICKETS_AN_HOUR:
            quarantine = quarantine or MANY_TICKETS
        proven = sender.proven and email_key(answer_to) == email_key(email.sender)
        new = NewTicket(
            message=reading.words,
            own_words=self._own_words(email, reading.words),
            lang=lang,
            site_url=self._settings.public_url,
            name=email.sender_name,
            email=answer_to,
            subject=email.subject,
            journey=Journey(lang=lang),
            attachments=files,
            source="email",
            via=Via.EMAIL,
            quarantine="" if trusted else quarantine,
            mail_id=email.message_id,
            silent=silent or of_late >= _ACKNOWLEDGED_AN_HOUR or today >= _ACKNOWLEDGED_A_DAY,
        )
        routed = self._route(new)
        with self._tickets.transaction() as connection:
            ticket = self._tickets.create(routed, f"mail:{digest}", now, connection=connection)
            if proven and ticket.identity is Identity.TYPED:
                repository.verify(connection, ticket, Identity.MAIL, now)
            if not any(event.kind == "linked" for event in ticket.events):
                self._link(connection, ticket, email, now)
        return _Verdict(InboundOutcome.TICKET, ticket, new.quarantine)

    def _link(self, connection: Connection, ticket: Ticket, email: InboundEmail, now: datetime) -> None:
        """Say in both tickets that a new one names another: somebody may have written from a second address."""
        others = {ticket_id for ticket_id, _, _ in self._claims(connection, email)} - {ticket.id}
        for other in sorted(others)[:_LINKS_MOST]:
            reference = repository.load_ticket(connection, other).reference
            repository.insert_event(connection, ticket.id, "linked", now, {"ticket": reference})
            repository.insert_event(connection, other, "linked", now, {"ticket": ticket.reference})

    def _too_many(self, ticket_id: int, outcome: InboundOutcome, most: int, now: datetime) -> bool:
        with self._tickets.engine.connect() as connection:
            return spool.recent_to(connection, ticket_id, outcome, now - _HOUR) >= most

    def _fold(self, email: InboundEmail, ticket: Ticket, side: Side, now: datetime) -> Reading:
        """What this mail says, and what it quotes of the ticket's mails folded away."""
        public = self._correspondence.public(ticket) if side is Side.TEAM else None
        sent = self._correspondence.sent_to(ticket, side, now)
        return fold(email.text, sent, names_of(email.sender_name, email.sender), public=public)

    @staticmethod
    def _own_words(email: InboundEmail, words: str) -> str:
        """What the words say without the sender's signature, in which danger is looked for."""
        return without_sign_offs(words, names_of(email.sender_name, email.sender))

    def _contents(self, email: InboundEmail, reading: Reading, lang: str) -> tuple[Reading, tuple[CheckedFile, ...]]:
        """The text to show and the attachments to store. What was not taken is named in the text, in `lang`."""
        words = reading.words
        _ = gettext_of(lang)
        files: tuple[CheckedFile, ...] = ()
        left_out: list[str] = []
        for upload in email.files:
            try:
                if len(files) >= _FILES_MOST:
                    raise FileRefused("too_many", shown_name(upload.name)[:100])
                files = told_apart([self._tickets.files.save(upload)], files)
            except FileRefused as refused:
                left_out.append(why_refused(refused, self._settings, _, most=_FILES_MOST))
        if "encrypted" in email.notes:
            left_out.append(_("The mail is encrypted, and we have no key to it. Send it again without encryption."))
        words = "\n\n".join(part for part in (words, email.forwarded) if part)
        if len(words) > MESSAGE_MAX - 2_000:
            kept = self._tickets.files.save(Upload("mail.txt", words.encode()))
            files = told_apart([replace(kept, name=clean_name("mail.txt", TEXT))], files)
            words = f"{words[: MESSAGE_MAX - 2_000].rstrip()} …"
        if left_out:
            named = left_out[:_NAMED_MOST]
            if len(left_out) > len(named):
                named.append(_("%(count)s more files were left out.", count=len(left_out) - len(named)))
            words = "\n\n".join(filter(None, [words, "\n".join(f"[{line[:400]}]" for line in named)]))
        whole = reading.whole if len(reading.whole) <= _WHOLE_MAX else f"{reading.whole[:_WHOLE_MAX]} …"
        return Reading(words or email.subject or "–", whole, reading.folded), tuple(files)
