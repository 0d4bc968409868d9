"""What the domain reads of the settings.

How an operator writes them is said in app/settings/schema.py, which fills this class; so the domain knows names and
types, and nothing of files, environments or the web.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


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
    opening_hours: Mapping[str, str]
    holidays: tuple[str, ...]
    time_zone: str
    first_reply_hours: int
    teams: tuple[Mapping[str, Any], ...]
    forms: tuple[Mapping[str, Any], ...]
    routes: tuple[Mapping[str, Any], ...]
    sites: tuple[Mapping[str, Any], ...]
    servers: tuple[Mapping[str, Any], ...]
    consent_required: bool
    consent_text: Mapping[str, str]
    ticket_fields: tuple[Mapping[str, Any], ...]
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
        raise NotImplementedError

    @property
    def secrets_dir(self) -> Path:
        """Where the keys of this installation are kept."""
        raise NotImplementedError
