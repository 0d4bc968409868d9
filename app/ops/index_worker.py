"""Index worker: embeds in the background what publishes have left to it, so that nobody waits for vectors.

A publish beside it, in this process or another, takes the lock between two of its steps.
"""

import threading

from app.container import Services
from app.ops.periodic import PeriodicWorker
from app.ops.publishing import bring_index_up_to_date
from core.database.failures import reason_of
from core.events import emit
from core.process_memory import give_back
from index.storage.status import read_status

_TICK_SECONDS = 1.0
_RETRY_SECONDS = 30.0


class IndexWorker(PeriodicWorker):
    """A thread that goes on with a generation in which vectors are missing, whoever wrote it; what was embedded when it
    stops is kept."""

    def __init__(self, services: Services, stop: threading.Event | None = None) -> None:
        super().__init__("index worker", _TICK_SECONDS, stop)
        self._services = services

    def turn(self) -> float:
        try:
            self.embed_pending()
        except Exception as failure:  # most likely the model is not there yet, or the disk is full
            emit("indexing_failed", error=f"{type(failure).__name__}: {reason_of(failure)}")
            return _RETRY_SECONDS + _TICK_SECONDS
        return _TICK_SECONDS

    def embed_pending(self) -> bool:
        """Embed what the serving generation lacks, unless another process does; says whether there was anything."""
        live = self._services.built
        serving = live.current()
        if live.lost:
            emit("index_lost")
            bring_index_up_to_date(self._services, rebuild=True, stop=self._stop.is_set)
            return True
        if live.damage:
            emit("index_damaged", error=live.damage)
            bring_index_up_to_date(self._services, stop=self._stop.is_set)
            if live.damage:  # what a build had open already looked whole to it
                bring_index_up_to_date(self._services, rebuild=True, stop=self._stop.is_set)
            return True
        if serving is not None and self._is_to_mend():
            bring_index_up_to_date(self._services, stop=self._stop.is_set)
            return True
        if serving is None or not serving.manifest.pending or read_status(self._services.settings.index_dir):
            return False
        built = bring_index_up_to_date(self._services, stop=self._stop.is_set)
        if built.changed:
            give_back()
        return True

    def _is_to_mend(self) -> bool:
        """Whether search in the database is damaged, and this node publishes it: `search_damaged` is in the log."""
        database = self._services.search_database
        return database is not None and self._services.has_own_index and bool(database.live.damage)
