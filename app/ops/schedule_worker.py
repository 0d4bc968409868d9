"""Publishes changes of articles when their time has come, on the publisher, whose folder it is."""

from collections.abc import Callable

from app.container import Services
from app.desk import scheduled_changes
from app.ops.periodic import PeriodicWorker
from core.events import emit

_EVERY_SECONDS = 20.0
# Soon after a start: what fell due while nothing ran is late already.
_FIRST_SECONDS = 5.0


class ScheduleWorker(PeriodicWorker):
    """A thread; `work` is one round."""

    def __init__(self, services: Services, elected: Callable[[], bool] = lambda: True) -> None:
        super().__init__("schedule", _FIRST_SECONDS)
        self._services = services
        self._elected = elected

    def turn(self) -> float:
        try:
            if self._elected():
                self.work()
        except Exception as failure:  # the database may be away: it is tried again
            emit("scheduled_change_failed", error=type(failure).__name__)
        return _EVERY_SECONDS

    def work(self) -> int:
        """Publish what is due; how many changes. None while the folder is not what is published."""
        s = self._services
        return scheduled_changes.carry_out_due(s, s.now()) if s.serves_own_folder else 0
