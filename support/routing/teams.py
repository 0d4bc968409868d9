"""Teams: destinations, business hours, and reply times measured from real answers.

The default team always exists: it is built from the settings (`team_email`, `webhook_url`, `opening_hours`, …)
unless `teams` has one named `default`.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import not_now
from core.database.timestamps import iso, moment
from core.texts.localized_text import LocalizedText
from support.delivery.adapters import webhook
from support.delivery.destinations import Destination, EmailOptions, TeamChannel
from support.routing.business_hours import BusinessHours
from support.routing.models import TeamSettings
from support.settings import SupportSettings
from support.tickets.schema import ticket

DEFAULT = "default"
_MEASURED = timedelta(days=30)
_LEAST_SAMPLES = 20
_SAMPLES_MOST = 2_000  # the newest are enough, and a page that shows a promise need not wait for more
_PERCENTILE = 0.9
_REMEMBERED = timedelta(minutes=10)
_LONGEST_HOURS = 1_000


@dataclass(frozen=True)
class Team:
    """A team. `start_hours` is the response target until there are enough real answers to measure."""

    name: str
    label: LocalizedText
    description: str
    channels: tuple[Destination, ...]
    opening: BusinessHours
    start_hours: int


def teams(settings: SupportSettings) -> Mapping[str, Team]:
    """All teams by name, the default one among them."""
    found = {one.name: _team(one, settings) for one in settings.teams}
    if DEFAULT not in found:
        plain = TeamSettings(DEFAULT, LocalizedText.plain(settings.site_name))
        found[DEFAULT] = _team(plain, settings)
    return found


def destinations(settings: SupportSettings) -> tuple[Destination, ...]:
    """The destinations of all teams; `name` is the `target` of outbox rows."""
    return tuple(channel for team in teams(settings).values() for channel in team.channels)


def _team(written: TeamSettings, settings: SupportSettings) -> Team:
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


class ReplyTimeStatistics:
    """Business hours until a team's first reply, measured.

    It is the 90th percentile over the tickets of the last 30 days, in whole hours and at least one; with fewer than
    20 of them, the team's configured start value. Tickets that still wait count with the time they have waited so
    far, when that is already longer: else a team that answers the easy half quickly would promise too much.
    """

    def __init__(self, engine: Engine):
        self._engine = engine
        self._lock = threading.Lock()
        self._known: dict[str, tuple[datetime, int]] = {}

    def hours(self, team: Team, now: datetime) -> int:
        """Cached for ten minutes; the last known value while the database is unavailable."""
        with self._lock:
            known = self._known.get(team.name)
        if known and known[0] <= now < known[0] + _REMEMBERED:
            return known[1]
        try:
            hours = self._measure(team, now)
        except SQLAlchemyError as error:
            if not not_now(error):
                raise
            return known[1] if known else team.start_hours
        with self._lock:
            self._known[team.name] = (now, hours)
        return hours

    def _measure(self, team: Team, now: datetime) -> int:
        newest = (
            select(ticket.c.created_at, ticket.c.first_reply_at, ticket.c.stage)
            .where(
                ticket.c.team == team.name,
                ticket.c.created_at >= iso(now - _MEASURED),
                ticket.c.quarantine == "",
                ticket.c.source != "staff",
            )
            .order_by(ticket.c.id.desc())
            .limit(_SAMPLES_MOST)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(newest).all()
        answered = [_waited(team, row.created_at, row.first_reply_at) for row in rows if row.first_reply_at]
        if len(answered) < _LEAST_SAMPLES:
            return team.start_hours
        usual = percentile(answered, _PERCENTILE)
        waiting = [
            waited
            for row in rows
            if not row.first_reply_at and row.stage in {"new", "open"}
            if (waited := team.opening.minutes_between(moment(row.created_at), now)) > usual
        ]
        usual = percentile([*answered, *waiting], _PERCENTILE)
        return min(_LONGEST_HOURS, max(1, math.ceil(usual / 60)))


def _waited(team: Team, created: str, replied: str) -> float:
    return team.opening.minutes_between(moment(created), moment(replied))


def percentile(values: list[float], share: float) -> float:
    """Nearest-rank percentile: the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
