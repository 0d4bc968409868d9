"""Keeps the counts of insight up to date with the ledger; of several processes one counts at a time."""

import threading
import time

from app.container import Services
from core.events import emit
from insight import aggregates

_EVERY_SECONDS = 60.0
# Counting a busy day takes seconds: it may take a twentieth of the time of one processor.
_REST = 20


class InsightWorker:
    """A thread that counts the days in which something new arrived."""

    def __init__(self, services: Services, every_seconds: float = _EVERY_SECONDS) -> None:
        self._services = services
        self._every = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="insight", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        pause = self._every
        while not self._stop.wait(pause):
            began = time.monotonic()
            try:
                days = aggregates.update(self._services.engine, self._services.now())
            except Exception as error:
                emit("insight_failed", error=type(error).__name__)
                days = 0
            took = time.monotonic() - began
            if days:
                emit("insight_counted", days=days, ms=round(took * 1000))
            pause = max(self._every, took * _REST)
