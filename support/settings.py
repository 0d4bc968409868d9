"""The settings that the support domain reads.

How an operator writes them is said in app/settings/schema.py, which fills this class; so the domain knows names and
types, and nothing of files, environments or the web.
"""

from zoneinfo import ZoneInfo

from support.intake.settings import SettingsForForms
from support.intake.sites import Site
from support.spam.settings import SettingsForSpamCheck
from support.teams.models import Route
from support.tickets.settings import SettingsForTickets


class SupportSettings(SettingsForTickets, SettingsForForms, SettingsForSpamCheck):
    """A base of annotations only: `app.settings.schema.Settings` is the dataclass that has the values. Rooms below name
    what they read themselves (`settings.py` of each), so that none of them must know all rooms."""

    default_lang: str
    smtp_url: str
    inbound_email: str
    imap_url: str
    imap_done: str
    unknown_senders: str
    team_senders: tuple[str, ...]
    authserv_id: str
    mails_per_hour: int
    rate_limits: str
    webhook_url: str
    webhook_secret: str
    allow_private_webhooks: bool
    routes: tuple[Route, ...]
    sites: tuple[Site, ...]
    identity_secret: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the opening hours."""
        return ZoneInfo(self.time_zone)
