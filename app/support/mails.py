"""The mails themselves: what they say, to whom, and which headers keep them threaded, unlooped and honest.

Nothing here sends. Rendering needs no request, so a worker can do it; the wording is in templates/mail/.
Whatever a customer typed is escaped in HTML, and can never start a header: EmailMessage refuses line breaks there,
and single-line fields have none since they were checked.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.config import Settings
from app.support.mail_transport import POLICY
from app.support.pack import pack
from app.support.promise import locale_of, moment_words, promise, sentence
from app.support.types import Author, Channel, Delivery, Message, OutboxRow, State, Ticket
from kb.languages import fallbacks

_APP = Path(__file__).resolve().parent.parent
_ATTACHED_AT_MOST = 18 * 1024 * 1024  # common mail servers take 25 MB, and base64 adds a third


@dataclass(frozen=True)
class Letter:
    """What a mail says, before it has headers."""

    subject: str
    text: str
    html: str


class MailWriter:
    """Writes the mail an outbox row stands for."""

    def __init__(self, settings: Settings, attachment_path: Callable[[str], Path]):
        self._settings = settings
        self._attachment_path = attachment_path

    def write(self, row: OutboxRow, ticket: Ticket, now: datetime) -> EmailMessage:
        """The same row always gives the same Message-ID. Raises ValueError for an address no mail can carry."""
        message = next(m for m in ticket.messages if m.id == row.message_id)
        if row.kind is Delivery.TEAM_MAIL:
            return self._to_team(row, ticket, message, now)
        return self._to_customer(row, ticket, message, now)

    def _to_customer(self, row: OutboxRow, ticket: Ticket, message: Message, now: datetime) -> EmailMessage:
        name = "acknowledgement" if row.kind is Delivery.ACKNOWLEDGEMENT else "reply"
        letter = self._render(name, ticket, message, self._spoken(ticket.lang))
        mail = self._letter(letter, row, now)
        mail["To"] = address(ticket.name, ticket.email)
        # A reply to this mail must reach people, whoever the sender is.
        mail["Reply-To"] = address(*parseaddr(self._settings.team_email))
        mail["Auto-Submitted"] = "auto-replied" if row.kind is Delivery.ACKNOWLEDGEMENT else "no"
        if row.kind is Delivery.ACKNOWLEDGEMENT:
            mail["X-Auto-Response-Suppress"] = "All"
            mail["Precedence"] = "bulk"
        self._thread(mail, ticket, "customer", first=row.kind is Delivery.ACKNOWLEDGEMENT)
        return mail

    def _to_team(self, row: OutboxRow, ticket: Ticket, message: Message, now: datetime) -> EmailMessage:
        letter = self._render("team", ticket, message, self._settings.default_lang)
        mail = self._letter(letter, row, now)
        mail["To"] = address(*parseaddr(self._settings.team_email))
        if ticket.email and ticket.preferred_channel is Channel.EMAIL:
            mail["Reply-To"] = address(ticket.name, ticket.email)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Signpost-Reference"] = ticket.reference
        self._thread(mail, ticket, "team", first=message == ticket.messages[0])
        for name, content in (("journey.json", ticket.journey.as_dict()), ("ticket.json", pack(ticket))):
            data = json.dumps(content, ensure_ascii=False, indent=2).encode()
            mail.add_attachment(data, maintype="application", subtype="json", filename=name)
        room = _ATTACHED_AT_MOST
        for file in message.attachments:
            if file.size <= room:
                maintype, subtype = file.kind.split("/")
                data = self._attachment_path(file.sha256).read_bytes()
                mail.add_attachment(data, maintype=maintype, subtype=subtype, filename=file.name)
                room -= file.size
        return mail

    def _letter(self, letter: Letter, row: OutboxRow, now: datetime) -> EmailMessage:
        mail = EmailMessage(policy=POLICY)
        mail["Subject"] = letter.subject
        mail["From"] = address(*parseaddr(self._settings.mail_from))
        mail["Date"] = format_datetime(row.created_at)
        mail["Message-ID"] = f"<{row.uid}@{self._domain}>"
        mail.set_content(letter.text, charset="utf-8")
        mail.add_alternative(letter.html, subtype="html", charset="utf-8")
        return mail

    def _spoken(self, lang: str) -> str:
        """The customer's language if the site speaks it, or its nearest."""
        wanted = (*fallbacks(lang), lang.split("-")[0])
        return next((tag for tag in wanted if tag in self._settings.languages), self._settings.default_lang)

    def _thread(self, mail: EmailMessage, ticket: Ticket, whom: str, *, first: bool) -> None:
        # One invented root for each side: every mail refers to it, so that clients keep them together whichever
        # arrives first, and the team's thread never shows up in the customer's.
        root = f"<{ticket.reference.lower()}.{whom}@{self._domain}>"
        mail["References"] = root
        if not first:
            mail["In-Reply-To"] = root

    @property
    def _domain(self) -> str:
        return _ascii_domain(parseaddr(self._settings.mail_from)[1].rpartition("@")[2]) or "localhost"

    def _render(self, name: str, ticket: Ticket, message: Message, lang: str) -> Letter:
        environment, gettext = _environment(lang)
        zone = self._settings.zone
        made = promise(message.created_at, self._settings.first_reply_hours, self._settings.opening_hours, zone)
        journey = ticket.journey
        values = {
            "ticket": ticket,
            "message": message,
            "site_name": self._settings.site_name,
            "lang": lang,
            "promise": sentence(made, lang, gettext),
            "received": moment_words(message.created_at.astimezone(zone), lang),
            "first": message == ticket.messages[0],
            "by_phone": ticket.preferred_channel is Channel.PHONE,
            "earlier": [m for m in ticket.messages if m.id < message.id],
            "customer": Author.CUSTOMER,
            "closed": ticket.state is State.CLOSED,
            "field_labels": {f["name"]: _label(f["label"], lang) for f in self._settings.ticket_fields},
            "rejected": [s for s in journey.suggestions if s.rejected],
            "other_suggestions": [s for s in journey.suggestions if not s.rejected],
            "total_size": sum(a.size for a in message.attachments),
            "attached_at_most": _ATTACHED_AT_MOST,
            "text_direction": "rtl" if locale_of(lang).text_direction == "rtl" else "ltr",
        }
        subject = environment.get_template(f"mail/{name}.subject.txt").render(values)
        return Letter(
            subject=" ".join(subject.split()),
            text=environment.get_template(f"mail/{name}.txt").render(values),
            html=environment.get_template(f"mail/{name}.html").render(values),
        )


def address(name: str, addr: str) -> Address:
    """A header address; the domain in the form every server understands (IDNA)."""
    local, _, domain = addr.rpartition("@")
    return Address(display_name=name, username=local, domain=_ascii_domain(domain))


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _label(label: Any, lang: str) -> str:
    if isinstance(label, str):
        return label
    return str(label.get(lang) or label.get("en") or next(iter(label.values()), ""))


@cache
def _environment(lang: str) -> tuple[Environment, Callable[..., str]]:
    """Templates in one language, and its gettext for sentences made in Python."""
    translations = Translations.load(str(_APP / "translations"), [str(locale_of(lang))])
    environment = Environment(
        loader=FileSystemLoader(_APP / "templates"),
        autoescape=select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]

    def gettext(message: str, **values: Any) -> str:
        return str(translations.ugettext(message)) % values

    return environment, gettext
