"""Mails among the team about the review of an article: somebody is asked, or has answered."""

from email.message import EmailMessage
from urllib.parse import quote

from support.email.composer import address, build_message, domain_of, mail_language, render
from support.settings import SupportSettings
from support.tickets.models import OutboxRow


class ReviewEmails:
    """Composes the mail of an outbox row of the kind REVIEW_MAIL."""

    def __init__(self, settings: SupportSettings):
        self._settings = settings

    def write(self, row: OutboxRow) -> EmailMessage:
        """The same row always gives the same Message-ID."""
        s, about = self._settings, row.payload
        lang = mail_language(s, str(about["lang"]))
        values = {name: str(about[name]) for name in ("what", "title", "by", "note")}
        page = f"{s.public_url}/desk/articles/flow/{quote(str(about['path']))}"
        values |= {"site_name": s.site_name, "reference": "", "page_url": page}
        mail = build_message(render("review", lang, values), row, s, domain_of(s))
        mail["To"] = address("", str(about["to"]))
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        return mail
