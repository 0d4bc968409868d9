"""Teams: their destinations and business hours.

The default team always exists: it is built from the settings (`team_email`, `webhook_url`, `opening_hours`, …)
unless `teams` has one named `default`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.texts.localized_text import LocalizedText
from support.delivery.adapters import webhook
from support.delivery.destinations import Destination, EmailOptions, TeamChannel
from support.teams.business_hours import BusinessHours
from support.teams.models import TeamSettings
from support.teams.settings import SettingsForTeams

DEFAULT = "default"


@dataclass(frozen=True)
class Team:
    """A team. `start_hours` is the response target until there are enough real answers to measure."""

    name: str
    label: LocalizedText
    description: str
    channels: tuple[Destination, ...]
    opening: BusinessHours
    start_hours: int


def teams(settings: SettingsForTeams) -> Mapping[str, Team]:
    """All teams by name, the default one among them."""
    found = {one.name: _team(one, settings) for one in settings.teams}
    if DEFAULT not in found:
        plain = TeamSettings(DEFAULT, LocalizedText.plain(settings.site_name))
        found[DEFAULT] = _team(plain, settings)
    return found


def destinations(settings: SettingsForTeams) -> tuple[Destination, ...]:
    """The destinations of all teams; `name` is the `target` of outbox rows."""
    return tuple(channel for team in teams(settings).values() for channel in team.channels)


def _team(written: TeamSettings, settings: SettingsForTeams) -> Team:
    name = written.name
    if written.channels is not None:
        named = {str(number): channel for number, channel in enumerate(written.channels, 1)}
    else:
        named = {"email": TeamChannel("email", EmailOptions(settings.team_email))}
        if settings.webhook_url:
            options = webhook.Options(settings.webhook_url, settings.webhook_secret)
            named["webhook"] = TeamChannel("webhook", options)
    hours, holidays = written.opening_hours, written.holidays
    return Team(
        name=name,
        label=written.label,
        description=written.description,
        channels=tuple(Destination(f"{name}/{key}", one.kind, one.options) for key, one in named.items()),
        opening=BusinessHours(
            settings.opening_hours if hours is None else hours,
            ZoneInfo(written.time_zone or settings.time_zone),
            frozenset(settings.holidays if holidays is None else holidays),
        ),
        start_hours=written.first_reply_hours or settings.first_reply_hours,
    )
