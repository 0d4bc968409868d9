"""The weekly digest of insight, and reminders about articles, to the team's own people: written from what the outbox
row holds."""

from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from support.email.composer import address, build_message, domain_of, mail_language, render
from support.settings import SupportSettings
from support.tickets.models import OutboxRow


class DigestEmails:
    """Composes the mail of an outbox row of the kind DIGEST_MAIL."""

    def __init__(self, settings: SupportSettings):
        self._settings = settings

    def write(self, row: OutboxRow) -> EmailMessage:
        """The same row always gives the same Message-ID. One POST to its link ends the digest (RFC 8058)."""
        s = self._settings
        about = row.payload
        if about.get("about") == "articles":
            return self._reminders(row)
        board, stop = f"{s.public_url}/desk/insight", f"{s.public_url}/desk/insight/stop/{about['token']}"
        lang = mail_language(s, str(about["lang"]))
        values = {**about["figures"], "first": about["first"], "last": about["last"]}
        values |= {"site_name": s.site_name, "reference": "", "board_url": board, "stop_url": stop}
        return self._message("digest", lang, values, row, stop)

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
