"""Tries the questions of all articles after each publish, in the background; of several processes one does it."""

import time

from app.container import Services
from app.ops.periodic import PeriodicWorker
from core.events import emit
from core.process_memory import give_back
from index.embed.loader import ModelNotReady
from index.embed.model import ModelUnavailable

# Publishes of an author who saves again and again are measured once: as a whole minute without another one has passed.
_EVERY_SECONDS = 60.0
# Of the time of one processor a quarter: visitors are searching meanwhile.
_REST = 3
_AGAIN_SECONDS = 900.0


class _Stopped(Exception):
    """The process ends."""


class FindabilityWorker(PeriodicWorker):
    """A thread that measures what is published once it is indexed, and was not published anew for a minute."""

    def __init__(self, services: Services, every_seconds: float = _EVERY_SECONDS) -> None:
        super().__init__("findability", every_seconds)
        self._services = services
        self._every = every_seconds
        self.seen: int | None = None

    def turn(self) -> float:
        try:
            self.measure_if_due()
        except (_Stopped, ModelNotReady, ModelUnavailable):
            return self._every
        except Exception as error:
            emit("findability_failed", error=type(error).__name__)
            return _AGAIN_SECONDS
        return self._every

    def measure_if_due(self) -> bool:
        """Measure, unless it is done, or too early: something is still being published or embedded."""
        s = self._services
        latest, serving = s.revisions.latest(), s.live.current()
        if latest is None or serving is None or serving.manifest.pending:
            return False
        before, self.seen = self.seen, latest.number
        if before != latest.number or not s.findability.due(s.today()):
            return False
        began = time.monotonic()
        run = s.findability.measure(s.now(), s.today(), latest.number, self._rest)
        if run is None:
            return False
        ms = round((time.monotonic() - began) * 1000)
        emit("findability_measured", revision=run.revision, questions=run.questions, found=run.found,
             broken=run.broken, ms=ms)  # fmt: skip
        give_back()
        return True

    def _rest(self, seconds: float) -> None:
        if self._stop.wait(seconds * _REST):
            raise _Stopped
