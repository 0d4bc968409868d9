"""The settings that this room reads; `support.settings.SupportSettings` has them all."""

from support.teams.business_hours import OpeningHours
from support.teams.models import TeamSettings


class SettingsForTeams:
    """A base of annotations only."""

    site_name: str
    team_email: str
    webhook_url: str
    webhook_secret: str
    opening_hours: OpeningHours
    holidays: tuple[str, ...]
    time_zone: str
    first_reply_hours: int
    teams: tuple[TeamSettings, ...]
