"""Composing the mails to customers and teams: templates, recipients, and headers for threading and loop prevention.

Nothing here sends. Rendering needs no request, so a worker can do it; the wording is in templates/mail/.
Customers' text is escaped in HTML and cannot inject headers: every value is encoded by support/email/headers.py.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from core.network.domain_names import ascii_domain
from core.texts.file_sizes import file_size
from core.texts.gettext import gettext_of, has_texts, translations_of
from core.texts.languages import colon, fallbacks, is_rtl, list_separator, sentence_gap
from index.query.danger_sentences import sentences
from support.email import headers, rendering
from support.email.headers import Mailbox
from support.email.mail_threads import Side, Thread, message_id, plus_address, root
from support.incidents.models import Incident
from support.intake.forms import field_labels
from support.intake.models import names_of_kinds, urgent_channel
from support.settings import SupportSettings
from support.teams.response_targets import (
    ResponseTarget,
    advice_first,
    moment_words,
    reader_zone,
    sentence,
    target_in_opening_hours,
)
from support.tickets.email_tokens import EmailTokens
from support.tickets.handoff import pack
from support.tickets.models import (
    Author,
    Channel,
    Delivery,
    Identity,
    Message,
    MessageKind,
    OutboxRow,
    Priority,
    State,
    SuggestedArticle,
    Ticket,
)
from support.tickets.target_tracking import ResponseTargets

_TEMPLATES = Path(__file__).parent / "templates"
_PRIVACY_LASTS = timedelta(hours=24)
_PROOF_LASTS = timedelta(days=3)
# Reply and forward prefixes of mail clients, once or repeated.
_BASE_SUBJECT = re.compile(
    r"^(?:\s*(?:re|aw|antw|antwort|sv|vs|fwd?|wg|ynt|yan|ilt|İlt|rif|res|enc|odp|vá|atb|απ|πρθ|ответ|отв|ha|رد|תגובה|השב"
    r"|回复|回覆|答复|轉寄|转发|返信|답장|회신|trả lời)\s*\.?\s*(?:\[\d+\])?\s*[:：])+\s*",
    re.I,
)
# Any such word, and what gateways put before a subject: `[EXTERNAL]`.
_ANY_PREFIX = re.compile(r"\s*(?:\[[^\[\]]{1,40}\]|(?:trả lời|[^\s:：\[\]]{1,14})\s?(?:\[\d+\])?\s?[:：])\s*", re.I)
_MOST_PREFIXES = 8
_DEFAULT_SENDER = "Signpost"  # of `mail_from` where nobody has set it
_MOST_NAME = 60
_MOST_QUOTED, _MOST_QUOTED_LINES = 1_500, 30
# `Importance` and `Priority` of RFC 2156 and RFC 4021, and what older mail programs read. In mails to the team only.
_URGENT_HEADERS = {"X-Priority": "1", "Importance": "high", "Priority": "urgent"}
_MOST_SENTENCE = 300
_ATTACHED_AT_MOST = 18 * 1024 * 1024  # common mail servers take 25 MB, and base64 adds a third


@dataclass(frozen=True)
class RenderedEmail:
    """Rendered templates of a mail, without headers."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class AnsweredMessage:
    """What a reply answers, as it quotes it."""

    when: str
    lines: tuple[str, ...]


# The articles for an acknowledgement in this language.
Suggesting = Callable[[Ticket, str], tuple[SuggestedArticle, ...]]


# Template and Auto-Submitted header of each mail to a customer. Only a reply is written by a person.
_TO_CUSTOMERS = {
    Delivery.ACKNOWLEDGEMENT: ("acknowledgement", "auto-replied"),
    Delivery.CUSTOMER_MAIL: ("reply", "no"),
    Delivery.LINK_MAIL: ("link", "auto-replied"),
    Delivery.PRIVACY_MAIL: ("privacy", "auto-replied"),
    Delivery.TARGET_RENEWED_MAIL: ("promise", "auto-generated"),
    Delivery.STATUS_MAIL: ("status", "auto-generated"),
    Delivery.CHECK_IN_MAIL: ("check_in", "auto-generated"),
}
_STOPPABLE = {Delivery.TARGET_RENEWED_MAIL, Delivery.STATUS_MAIL, Delivery.CHECK_IN_MAIL}


def base_subject(subject: str) -> str:
    """The subject without the prefixes of answers and forwards."""
    return _BASE_SUBJECT.sub("", subject)


def answered_subjects(subject: str) -> list[str]:
    """What an answer with this subject may be an answer to: without its prefixes, one after the other. Programs have
    them in every language, and gateways add theirs."""
    found = [subject]
    while len(found) <= _MOST_PREFIXES and (prefix := _ANY_PREFIX.match(found[-1])):
        found.append(found[-1][prefix.end() :])
    return [one for one in found if one] if len(found) > 1 else []


class EmailComposer:
    """Composes the mail of an outbox row."""

    def __init__(
        self,
        settings: SupportSettings,
        attachment_path: Callable[[str], Path],
        response_targets: ResponseTargets | None = None,
        suggested: Suggesting | None = None,
    ):
        """`suggested` are the articles that an acknowledgement may name; without it, it names none."""
        self._settings = settings
        self._suggested = suggested
        self._attachment_path = attachment_path
        self._response_targets = response_targets
        self._proofs = EmailTokens(settings.keys.get("links"))

    def write(
        self,
        row: OutboxRow,
        ticket: Ticket,
        now: datetime,
        thread: Thread | None = None,
        team_email: str = "",
        incidents: tuple[Incident, ...] = (),
    ) -> EmailMessage:
        """The same row always gives the same Message-ID. `incidents` are named in an acknowledgement.

        Raises ValueError for an address no mail can carry.
        """
        everything = (*ticket.messages, *ticket.internal)
        message = next((m for m in everything if m.id == row.message_id), ticket.messages[0])
        team_email = team_email or self._settings.team_email
        if row.kind is Delivery.CHANGED_MAIL:
            return self._to_old_address(row, ticket, message, team_email)
        if row.kind is Delivery.TEAM_MAIL:
            return self._to_team(row, ticket, message, thread, team_email)
        return self._to_customer(row, ticket, message, thread, team_email, now, incidents)

    def rendered(self, kind: Delivery, ticket: Ticket, message: Message, now: datetime) -> RenderedEmail:
        """The words of such a mail about this message, as they were sent or would be."""
        if kind is Delivery.TEAM_MAIL:
            return self._render("team", ticket, message, self._settings.default_lang, now)
        return self._render(_TO_CUSTOMERS[kind][0], ticket, message, self._language(ticket.lang), now)

    def _to_customer(
        self, row: OutboxRow, ticket: Ticket, message: Message, thread: Thread | None, team_email: str, now: datetime,
        incidents: tuple[Incident, ...],
    ) -> EmailMessage:  # fmt: skip
        name, submitted = _TO_CUSTOMERS[row.kind]
        lang = self._language(ticket.lang)
        asked = self._suggested if row.kind is Delivery.ACKNOWLEDGEMENT else None
        articles = asked(ticket, lang) if asked else ()
        rendered = self._render(name, ticket, message, lang, now, incidents, articles=articles)
        who = message.staff.name if row.kind is Delivery.CUSTOMER_MAIL else ""
        mail = self._build_message(rendered, row, sender_name(self._settings, lang, who))
        mail["To"] = address(ticket.name, ticket.email)
        # Replies must reach people, whatever the From address is.
        mail["Reply-To"] = self._reply_to(thread) or address(*parseaddr(team_email))
        mail["Auto-Submitted"] = submitted
        if submitted != "no":
            mail["X-Auto-Response-Suppress"] = "All"
        if row.kind is Delivery.ACKNOWLEDGEMENT:
            mail["Precedence"] = "bulk"
        if row.kind in _STOPPABLE:
            mail["List-Unsubscribe"] = f"<{ticket.status_url}#mails>"
        self._thread(mail, ticket, Side.CUSTOMER, thread, first=row.kind is Delivery.ACKNOWLEDGEMENT)
        self._attach(mail, message if row.kind is Delivery.CUSTOMER_MAIL else None)
        return mail

    def _to_old_address(self, row: OutboxRow, ticket: Ticket, message: Message, team_email: str) -> EmailMessage:
        """The address may have been a mistyped one, that is, a stranger's: this mail holds no link, no word of the
        ticket, and no address whose answers would count as the customer's."""
        rendered = self._render("changed", ticket, message, self._language(ticket.lang), row.created_at, row=row)
        mail = self._build_message(rendered, row)
        mail["To"] = address("", str(row.payload["address"]))
        mail["Reply-To"] = address(*parseaddr(team_email))
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        return mail

    def _to_team(
        self, row: OutboxRow, ticket: Ticket, message: Message, thread: Thread | None, team_email: str
    ) -> EmailMessage:
        rendered = self._render("team", ticket, message, self._settings.default_lang, row.created_at)
        mail = self._build_message(rendered, row)
        mail["To"] = address(*parseaddr(team_email))
        by_mail = ticket.email and ticket.preferred_channel is Channel.EMAIL
        if self._settings.inbound_email and thread:
            mail["Reply-To"] = self._reply_to(thread)
        elif by_mail:
            mail["Reply-To"] = address(ticket.name, ticket.email)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Signpost-Reference"] = ticket.reference
        for name, value in _URGENT_HEADERS.items() if ticket.priority is Priority.URGENT else ():
            mail[name] = value
        self._thread(mail, ticket, Side.TEAM, thread, first=message == ticket.messages[0])
        for name, content in (("journey.json", ticket.journey.as_dict()), ("ticket.json", pack(ticket))):
            data = json.dumps(content, ensure_ascii=False, indent=2).encode()
            attach(mail, data, "application/json", name)
        self._attach(mail, message)
        return mail

    def _attach(self, mail: EmailMessage, message: Message | None) -> None:
        room = _ATTACHED_AT_MOST
        for file in message.attachments if message else ():
            if file.size <= room and file.purged_at is None:
                attach(mail, self._attachment_path(file.sha256).read_bytes(), file.kind, file.name)
                room -= file.size

    def _reply_to(self, thread: Thread | None) -> Mailbox | None:
        """Reply-To: the plus address of this side of the ticket; None where incoming mail is not set up."""
        if not (self._settings.inbound_email and thread):
            return None
        inbound = parseaddr(self._settings.inbound_email)[1]
        return address(self._settings.site_name, plus_address(inbound, thread.token))

    def _build_message(self, rendered: RenderedEmail, row: OutboxRow, sender: str = "") -> EmailMessage:
        return build_message(rendered, row, self._settings, self.domain, sender)

    def _language(self, lang: str) -> str:
        return mail_language(self._settings, lang)

    def _thread(self, mail: EmailMessage, ticket: Ticket, side: Side, thread: Thread | None, *, first: bool) -> None:
        references = thread.references if thread else (root(ticket, side, self.domain),)
        mail["References"] = " ".join(references)
        if not first or len(references) > 1:
            mail["In-Reply-To"] = references[-1]

    @property
    def domain(self) -> str:
        """Domain part of our Message-IDs."""
        return domain_of(self._settings)

    def _link(self, ticket: Ticket, now: datetime) -> str:
        """The status link, with a proof of the address as long as it is not proven."""
        if ticket.identity is not Identity.TYPED:
            return ticket.status_url
        return f"{ticket.status_url}?by={self._proofs.mail(ticket, now + _PROOF_LASTS)}"

    def response_target(self, ticket: Ticket, message: Message) -> ResponseTarget:
        """The current response target, or what it would be for this message."""
        made = self._response_targets.current(ticket) if self._response_targets else None
        if made is None:
            s = self._settings
            made = target_in_opening_hours(message.created_at, s.first_reply_hours, s.opening_hours, s.zone)
        return made

    def _render(
        self, name: str, ticket: Ticket, message: Message, lang: str, now: datetime,
        incidents: tuple[Incident, ...] = (), row: OutboxRow | None = None,
        articles: tuple[SuggestedArticle, ...] = (),
    ) -> RenderedEmail:  # fmt: skip
        zone = self._settings.zone
        theirs = reader_zone(ticket.time_zone, zone)
        made = self.response_target(ticket, message)
        if name != "team":
            made = made.in_zone(theirs)
        journey = ticket.journey
        values = {
            "ticket": ticket,
            "message": message,
            "message_html": rendering.html_of(message),
            "message_text": rendering.text_of(message),
            "greets": rendering.greets(message, ticket.name),
            "advice_first": advice_first(ticket.urgent, gettext_of(lang)),
            "promise": looked_at_words(lang) if ticket.quarantine else target_words(made, lang, now),
            "pack": pack(ticket),
            "incidents": incidents,
            "articles": articles,
            "answered": self._answered(ticket, message, theirs, lang, now) if name == "reply" else None,
            "change": row.payload if row else {},
            "link": self._link(ticket, now),
            **self._urgent(ticket, lang),
            "privacy_proof": self._proofs.privacy(ticket, now + _PRIVACY_LASTS),
            "received": moment_words(message.created_at.astimezone(zone), lang),
            "first": message == ticket.messages[0],
            "by_phone": ticket.preferred_channel is Channel.PHONE,
            "answers_come_in": bool(self._settings.inbound_email),
            "earlier": [m for m in ticket.messages if m.id < message.id],
            "customer": Author.CUSTOMER,
            "closed": ticket.state is State.CLOSED,
            "field_labels": field_labels(self._settings, lang),
            "rejected": [s for s in journey.suggestions if s.rejected],
            "other_suggestions": [s for s in journey.suggestions if not s.rejected],
            "total_size": sum(a.size for a in message.attachments),
            "attached_at_most": _ATTACHED_AT_MOST,
            "base_subject": base_subject(ticket.subject),
        }
        return render(name, lang, {"site_name": self._settings.site_name, **values})

    def _answered(
        self, ticket: Ticket, reply: Message, zone: ZoneInfo, lang: str, now: datetime
    ) -> "AnsweredMessage | None":
        """What the reply answers, cut where it is long. Never what came under the customer's address unproven: a
        stranger's words would go out under our name."""
        theirs = (m for m in reversed(ticket.messages) if m.id < reply.id and m.author is Author.CUSTOMER)
        message = next((m for m in theirs if m.kind is MessageKind.MESSAGE and m.text.strip()), None)
        if message is None or message.unproven:
            return None
        at = message.created_at.astimezone(zone)
        today = at.date() == now.astimezone(zone).date()
        when = moment_words(at if today else at.replace(minute=0), lang, with_zone=False)
        return AnsweredMessage(when, quoted_lines(message.text))

    def _urgent(self, ticket: Ticket, lang: str) -> dict[str, Any]:
        """What somebody in danger is told first, whom to call, and where to read more; all None when they are not."""
        urgent = ticket.urgent
        channel = urgent_channel(urgent.channel, self._settings.channels) if urgent else None
        article = f"{ticket.site_url}/{urgent.article_lang}/a/{urgent.article}" if urgent and urgent.article else None
        spoken = urgent.lang if urgent and urgent.lang else lang
        s = self._settings
        label = channel.label.in_language(spoken, then=(s.default_lang, *s.languages)) if channel else ""
        value = (channel.value or channel.url) if channel else ""
        if channel and value and not label:
            label = names_of_kinds(gettext_of(spoken))[channel.kind]
        return {
            "urgent": urgent,
            "urgent_lang": spoken,
            "urgent_turns": is_rtl(spoken) is not is_rtl(lang),
            "urgent_label": label + colon(spoken) if label and value else label,
            "urgent_value": value,
            "urgent_article": article,
            "is_urgent": ticket.priority is Priority.URGENT,
            "urgent_sentence": _sentence_of_danger(ticket),
        }


def _sentence_of_danger(ticket: Ticket) -> str:
    """What the customer wrote that was taken for danger; '' where nothing was, or it is no longer there."""
    urgent = ticket.urgent
    event = next((event for event in reversed(ticket.events) if event.kind == "urgent"), None)
    if urgent is None or event is None or not urgent.sentence.isdecimal():
        return ""
    theirs = [m for m in ticket.messages if m.author is Author.CUSTOMER and m.created_at == event.at]
    if not theirs:
        return ""
    subject = ticket.subject if theirs[0] == ticket.messages[0] else ""
    written = sentences(f"{subject}\n{theirs[0].text}".strip())
    from_end = int(urgent.sentence)
    found = written[-from_end] if 0 < from_end <= len(written) else ""
    return found if len(found) <= _MOST_SENTENCE else f"{found[:_MOST_SENTENCE].rstrip()} …"


def render(name: str, lang: str, values: Mapping[str, Any]) -> RenderedEmail:
    """Render the three templates of a mail (subject, text, HTML) in one language."""
    environment = _environment(lang)
    values = {
        "lang": lang,
        "colon": colon(lang),
        "gap": sentence_gap(lang),
        "comma": list_separator(lang if has_texts(lang) else "en"),
        "text_direction": "rtl" if is_rtl(lang) else "ltr",
        **values,
    }
    subject = environment.get_template(f"mail/{name}.subject.txt").render(values)
    return RenderedEmail(
        subject=" ".join(subject.split()),
        text=environment.get_template(f"mail/{name}.txt").render(values),
        html=environment.get_template(f"mail/{name}.html").render(values),
    )


def build_message(
    rendered: RenderedEmail, row: OutboxRow, settings: SupportSettings, domain: str, sender: str = ""
) -> EmailMessage:
    """A message with subject, bodies, From, Date and Message-ID; recipients and threading headers are still missing.
    `sender` is the name it comes from, the shop's without one."""
    mail = EmailMessage(policy=headers.POLICY)
    mail["Subject"] = rendered.subject
    mail["From"] = address(sender or shop_name(settings), parseaddr(settings.mail_from)[1])
    mail["Date"] = format_datetime(row.created_at)
    mail["Message-ID"] = message_id(row.uid, domain)
    mail.set_content(rendered.text, charset="utf-8")
    mail.add_alternative(rendered.html, subtype="html", charset="utf-8")
    return mail


def shop_name(settings: SupportSettings) -> str:
    """Whom mails come from: the name in `mail_from`, or the help centre's own where that is the one it came with."""
    name = parseaddr(settings.mail_from)[0]
    return settings.site_name if name in {"", _DEFAULT_SENDER} else name


def sender_name(settings: SupportSettings, lang: str, person: str = "") -> str:
    """`Ada from Tonfell`; the shop alone where nobody in particular writes. An address is nobody's name, and two
    lines are none either: mail programs show the name instead of the address."""
    shop, person = shop_name(settings), " ".join(person.split())[:_MOST_NAME]
    if not person or "@" in person or person.casefold() == shop.casefold():
        return shop
    _ = gettext_of(lang)
    return _("%(name)s from %(shop)s", name=person, shop=shop)


def quoted_lines(text: str) -> tuple[str, ...]:
    """The lines of an answered message that are quoted: its beginning, where it is long."""
    lines = text.strip()[:_MOST_QUOTED].splitlines()[:_MOST_QUOTED_LINES]
    cut = len("\n".join(lines)) < len(text.strip())
    return (*lines, "…") if cut else tuple(lines)


def attach(mail: EmailMessage, data: bytes, kind: str, name: str) -> None:
    """Add a file under any name."""
    maintype, _, subtype = kind.partition("/")
    mail.add_attachment(data, maintype=maintype, subtype=subtype)
    part = mail.get_payload()[-1]  # type: ignore[index]
    assert isinstance(part, EmailMessage)  # noqa: S101 - it was just added
    del part["Content-Disposition"]
    part["Content-Disposition"] = headers.attachment(name)


def mail_language(settings: SupportSettings, lang: str) -> str:
    """The language of a mail: the customer's if the site has it, else the nearest fallback."""
    wanted = (*fallbacks(lang), lang.split("-")[0])
    return next((tag for tag in wanted if tag in settings.languages), settings.default_lang)


def domain_of(settings: SupportSettings) -> str:
    """Domain part of our Message-IDs: the sender's domain."""
    return ascii_domain(parseaddr(settings.mail_from)[1].rpartition("@")[2]) or "localhost"


def looked_at_words(lang: str) -> str:
    """What happens next to a message that is held: what is true for an honest customer, and teaches nobody why."""
    _ = gettext_of(lang)
    return _("Before your message goes to the team, a person checks it.")


def target_words(made: ResponseTarget, lang: str, now: datetime | None = None) -> str:
    return sentence(made, lang, gettext_of(lang), now)


def address(name: str, addr: str) -> Mailbox:
    """A name and an address for a header. Raises ValueError for an address no mail can carry."""
    return Mailbox(name, addr)


@cache
def _environment(lang: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["isolated"] = rendering.isolated(lang)
    environment.filters["filesizeformat"] = lambda count: file_size(count, lang)
    environment.install_gettext_translations(translations_of(lang), newstyle=True)  # type: ignore[attr-defined]
    return environment
