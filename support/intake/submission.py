"""Submission of a validated draft as a ticket, shared by form, widget and API.

Routing, the spam check and the transaction that stores it, in this order; nothing here knows a request.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from core.email_addresses import email_key
from core.events import emit
from support.intake.forms import ValidatedDraft, consents
from support.intake.identity import SignedIdentity
from support.intake.kept_files import AttachedFiles
from support.intake.models import Form
from support.spam.service import SpamService, SubmissionContext, SubmissionText
from support.tickets.attributes import AttributeValue
from support.tickets.journey import Journey
from support.tickets.models import Identity, NewTicket, Ticket, Via
from support.tickets.service import TicketService


@dataclass(frozen=True)
class RequestFacts:
    """Facts of the HTTP request besides typed values. `secure`: over HTTPS or from this machine; `site_url` is where
    status links live; `lang` and `device` (`phone`, `tablet`, `desktop` or '') are guesses from its headers."""

    remote: str
    host: str
    secure: bool
    site_url: str
    lang: str
    device: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sender:
    """The sender, beyond the fields of the form. `identity` was signed by an embedding site, `site` is its key and
    `site_hosts` its hosts, whose links are not suspicious; `server` is the name of a trusted server that sends;
    `trap` (honeypot), `form_token` and `payload` (proof of work) are for the spam check; `attributes` and `tags` are
    what the page said."""

    lang: str
    source: str
    guessed_lang: bool = False
    time_zone: str = ""
    identity: SignedIdentity | None = None
    site: str = ""
    site_hosts: tuple[str, ...] = ()
    server: str = ""
    trap: bool = False
    form_token: str = ""
    payload: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


class SubmissionService:
    """Routes, checks and stores submissions. `assign_team` gives a ticket its team."""

    def __init__(self, tickets: TicketService, spam: SpamService, assign_team: Callable[[NewTicket], NewTicket]):
        self._tickets = tickets
        self._spam = spam
        self._assign_team = assign_team

    def submit(
        self,
        form: Form,
        checked: ValidatedDraft,
        chosen: AttachedFiles,
        journey: Journey,
        sender: Sender,
        facts: RequestFacts,
        now: datetime,
        *,
        key: str | None,
        removed: Collection[str] = (),
    ) -> Ticket:
        """Route and store a checked draft, less what the customer took out. Raises what TicketService.create raises."""
        draft = checked.draft
        guesses = {"lang": sender.guessed_lang, "journey.lang": not journey.lang, "journey.device": not journey.device}
        journey = replace(
            journey,
            lang=journey.lang or facts.lang,
            device=journey.device or facts.device,
            product=journey.product or draft.product,
        ).without(removed)
        agreed = consents(form, draft, sender.lang)
        signed = sender.identity
        known = signed if signed and email_key(signed.email) == email_key(draft.email) else None
        new = NewTicket(
            message=draft.message,
            lang=sender.lang,
            site_url=facts.site_url,
            name=draft.name,
            email=draft.email,
            phone=draft.phone,
            preferred_channel=checked.channel,
            subject=draft.subject,
            category=draft.category,
            fields={name: value for name, value in draft.fields.items() if value},
            consent_text="\n".join(consent.text for consent in agreed),
            consents=agreed,
            journey=journey,
            attachments=chosen.files,
            field_files=chosen.fields,
            source=sender.source,
            via=Via.FORM if sender.source == "form" else Via.API,
            guessed=tuple(name for name, guessed in guesses.items() if guessed),
            form=form.name,
            product=journey.product,
            time_zone=sender.time_zone if sender.time_zone in available_timezones() else "",
            identity=Identity.SIGNED if known else Identity.TYPED,
            external_id=known.external_id if known else "",
            site=sender.site,
            attributes=sender.attributes,
            tags=sender.tags,
        )
        # A key in a request of the API tells whether it is the same one; a form's only tells a double click.
        one_client = "" if key is not None and sender.source != "form" else self._client(sender, facts, now)
        ticket = self._store(self._assign_team(new), key, one_client, sender, facts, now)
        if now - ticket.created_at >= timedelta(milliseconds=1):  # in which it is stored
            emit("ticket_repeated", reference=ticket.reference)
            return ticket
        emit(
            "ticket_created",
            reference=ticket.reference,
            lang=ticket.lang,
            channel=ticket.preferred_channel.value,
            attachments=len(chosen.files),
        )
        return ticket

    def _client(self, sender: Sender, facts: RequestFacts, now: datetime) -> str:
        """By what a client is known as the same one some minutes later: its household and its headers."""
        if sender.server:
            return f"server {sender.server}"
        seen = self._spam.client_fingerprint(facts.remote, facts.headers, facts.secure, now)
        return f"client {seen.address} {seen.fingerprint}"

    def _store(
        self, new: NewTicket, key: str | None, sent_from: str, sender: Sender, facts: RequestFacts, now: datetime
    ) -> Ticket:
        """Spam verdict and ticket in one transaction: what could not be stored has used up no proof of work."""
        spam = self._spam
        if spam.off:
            return self._tickets.create(new, key, now, sent_from=sent_from)
        arrived = SubmissionContext(
            trap=sender.trap,
            form_token=sender.form_token,
            payload=sender.payload,
            server=sender.server,
            program=sender.source == "api",
            known_person=new.identity is Identity.SIGNED,
            remote=facts.remote,
            headers=facts.headers,
            secure=facts.secure,
            own_hosts=(*filter(None, (facts.host, urlsplit(new.site_url).hostname)), *sender.site_hosts),
        )
        check = spam.collect_signals(arrived, SubmissionText(new.subject, new.message, new.name, new.email), now)
        with self._tickets.engine.connect() as connection:
            check = spam.compare_with_recent(connection, check, now)
        with self._tickets.transaction() as connection:
            verdict = spam.decide(connection, check, now)
            new = replace(new, quarantine=verdict.why if verdict.held else "")
            ticket = self._tickets.create(new, key, now, sent_from=sent_from, connection=connection)
        emit(
            "ticket_judged",
            reference=ticket.reference,
            points=verdict.points,
            found=list(verdict.found),
            held=verdict.held,
        )
        return ticket
