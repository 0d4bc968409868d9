"""Keeps the counts of insight up to date with the ledger, and its topics once a day; of several processes one works at
a time."""

import time

from app.container import Services
from app.desk import digest
from app.ops.periodic import PeriodicWorker
from core.events import emit
from index.embed.loader import ModelNotReady
from insight import aggregates

_EVERY_SECONDS = 60.0
# Counting a busy day takes seconds: it may take a twentieth of the time of one processor.
_REST = 20
# The model loads in the background, and a database may be busy: topics are tried again after some minutes.
_TOPICS_AGAIN_SECONDS = 300.0


class InsightWorker(PeriodicWorker):
    """A thread that counts the days in which something new arrived, and sends the weekly digest."""

    def __init__(self, services: Services, every_seconds: float = _EVERY_SECONDS) -> None:
        super().__init__("insight", every_seconds)
        self._services = services
        self._every = every_seconds
        self._topics_from = 0.0

    def turn(self) -> float:
        return max(self._every, self.count() * _REST)

    def count(self) -> float:
        """Count what is new, once; how many seconds that took."""
        began = time.monotonic()
        try:
            days = aggregates.update(self._services.engine, self._services.now())
            digest.send_if_due(self._services, self._services.now())
        except Exception as error:
            emit("insight_failed", error=type(error).__name__)
            days = 0
        took = time.monotonic() - began
        if days:
            emit("insight_counted", days=days, ms=round(took * 1000))
        self._refresh_topics()
        return took

    def _refresh_topics(self) -> None:
        """Group what was asked in vain anew, once a day."""
        began = time.monotonic()
        if began < self._topics_from:
            return
        self._topics_from = began + _TOPICS_AGAIN_SECONDS
        s = self._services
        try:
            if s.settings.insight == "off" or not s.topics.due(s.now()):
                return
            done = s.topics.refresh(s.now(), s.today())
        except ModelNotReady:
            return
        except Exception as error:
            emit("insight_failed", error=type(error).__name__)
            return
        if done is not None:
            took = time.monotonic() - began
            emit("topics_refreshed", questions=done.questions, topics=done.topics, ms=round(took * 1000))
