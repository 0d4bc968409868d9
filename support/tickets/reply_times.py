"""How soon teams really answer, measured: what response targets promise."""

import math
import threading
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import not_now
from core.database.timestamps import moment
from support.teams.teams import Team
from support.tickets import statistics

_MEASURED = timedelta(days=30)
_LEAST_SAMPLES = 20
_SAMPLES_MOST = 2_000  # the newest are enough, and a page that shows a promise need not wait for more
_PERCENTILE = 0.9
_REMEMBERED = timedelta(minutes=10)
_LONGEST_HOURS = 1_000


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
        with self._engine.connect() as connection:
            rows = statistics.reply_times(connection, team.name, now - _MEASURED, _SAMPLES_MOST)
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
