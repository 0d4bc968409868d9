"""The settings that the support domain reads.

How an operator writes them is said in app/settings/schema.py, which fills this class; so the domain knows names and
types, and nothing of files, environments or the web.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

from core.texts.localized_text import LocalizedText
from support.intake.models import Form, FormField
from support.intake.sites import Site
from support.routing.business_hours import OpeningHours
from support.routing.models import Route, TeamSettings
from support.spam.trusted_servers import TrustedServer


class SupportSettings:
    """A base of annotations only: `app.settings.schema.Settings` is the dataclass that has the values."""

    data_dir: Path
    site_name: str
    default_lang: str
    languages: tuple[str, ...]
    smtp_url: str
    mail_from: str
    team_email: str
    inbound_email: str
    imap_url: str
    imap_done: str
    unknown_senders: str
    team_senders: tuple[str, ...]
    base_url: str
    check_in_days: int
    webhook_url: str
    webhook_secret: str
    allow_private_webhooks: bool
    opening_hours: OpeningHours
    holidays: tuple[str, ...]
    time_zone: str
    first_reply_hours: int
    teams: tuple[TeamSettings, ...]
    forms: tuple[Form, ...]
    routes: tuple[Route, ...]
    sites: tuple[Site, ...]
    servers: tuple[TrustedServer, ...]
    consent_required: bool
    consent_text: LocalizedText
    ticket_fields: tuple[FormField, ...]
    identity_secret: str
    status_link_days: int
    attachments_max: int
    attachment_max_mb: int
    challenge: str
    proof_of_work: str
    proof_of_work_effort: int
    spam_threshold: int
    held_acknowledgement: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the opening hours."""
        return ZoneInfo(self.time_zone)

    @property
    def secrets_dir(self) -> Path:
        """Where the keys of this installation are kept."""
        return self.data_dir / "secrets"
