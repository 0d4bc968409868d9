"""The weekly digest of insight, and reminders about articles, to the team's own people: written from what the outbox
row holds."""

from collections.abc import Callable, Mapping
from datetime import date
from email.message import EmailMessage
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from core.texts.gettext import locale_of
from support.email.composer import RenderedEmail, address, build_message, domain_of, mail_language, render
from support.settings import SupportSettings
from support.tickets.models import OutboxRow


class DigestEmails:
    """Composes the mail of an outbox row of the kind DIGEST_MAIL."""

    def __init__(self, settings: SupportSettings):
        self._settings = settings

    def write(self, row: OutboxRow) -> EmailMessage:
        """The same row always gives the same Message-ID. One POST to its link ends the digest (RFC 8058)."""
        if row.payload.get("about") == "articles":
            return self._reminders(row)
        lang, values = self._digest(row.payload)
        return self._message("digest", lang, values, row, values["stop_url"])

    def preview(self, payload: Mapping[str, Any]) -> RenderedEmail:
        """The words of a digest that is not sent."""
        return render("digest", *self._digest(payload))

    def _digest(self, about: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Its language, and what stands in it."""
        s = self._settings
        board, stop = f"{s.public_url}/desk/insight", f"{s.public_url}/desk/insight/stop/{about['token']}"
        lang = mail_language(s, str(about["lang"]))
        days = (self._day(lang, str(about[name])) for name in ("first", "last"))
        values = {**about["figures"], **dict(zip(("first", "last"), days, strict=True))}
        values |= {"language_name": self._language_name(lang)}
        values |= {"site_name": s.site_name, "reference": "", "board_url": board, "stop_url": stop}
        return lang, values

    @staticmethod
    def _day(lang: str, day: str) -> str:
        """A day as a reader of this language writes it."""
        return format_date(date.fromisoformat(day), "long", locale=locale_of(lang))

    @staticmethod
    def _language_name(lang: str) -> Callable[[str], str]:
        """What languages are called in this one."""

        def name(tag: str) -> str:
            try:
                return Locale.parse(tag, sep="-").get_display_name(locale_of(lang)) or tag
            except (UnknownLocaleError, ValueError):
                return tag

        return name

    def _reminders(self, row: OutboxRow) -> EmailMessage:
        s, about = self._settings, row.payload
        stop = f"{s.public_url}/desk/articles/reminders/{about['token']}"
        items = [{**one, "url": f"{s.public_url}{one['path']}"} for one in about["items"]]
        values = {"items": items, "more": about["more"], "board_url": f"{s.public_url}/desk/articles/health"}
        values |= {"site_name": s.site_name, "reference": "", "stop_url": stop}
        return self._message("reminders", mail_language(s, str(about["lang"])), values, row, stop)

    def _message(self, template: str, lang: str, values: Mapping[str, Any], row: OutboxRow, stop: str) -> EmailMessage:
        s = self._settings
        mail = build_message(render(template, lang, values), row, s, domain_of(s))
        mail["To"] = address("", str(row.payload["to"]))
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return mail
