"""The weekly digest of insight, to the team's own people: written from what the outbox row holds."""

from email.message import EmailMessage

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
        board, stop = f"{s.public_url}/desk/insight", f"{s.public_url}/desk/insight/stop/{about['token']}"
        lang = mail_language(s, str(about["lang"]))
        values = {**about["figures"], "first": about["first"], "last": about["last"]}
        values |= {"site_name": s.site_name, "reference": "", "board_url": board, "stop_url": stop}
        mail = build_message(render("digest", lang, values), row, s, domain_of(s))
        mail["To"] = address("", str(about["to"]))
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return mail
