"""Index worker: embeds in the background what publishes have left to it, so that nobody waits for vectors.

A publish beside it, in this process or another, takes the lock between two of its steps.
"""

import threading

from app.container import Services
from app.ops.publishing import bring_index_up_to_date
from core.events import emit
from core.process_memory import give_back
from index.storage.status import read_status

_TICK_SECONDS = 1.0
_RETRY_SECONDS = 30.0
_STOP_SECONDS = 5.0


class IndexWorker:
    """A thread that goes on with a generation in which vectors are missing, whoever wrote it. Without `start`, whoever
    calls `embed_pending` may give a `stop` of its own."""

    def __init__(self, services: Services, stop: threading.Event | None = None) -> None:
        self._services = services
        self._stop = stop or threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="index worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread with a timeout; what was embedded is kept."""
        self._stop.set()
        if self._thread:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            try:
                self.embed_pending()
            except Exception as failure:  # most likely the model is not there yet, or the disk is full
                emit("indexing_failed", error=f"{type(failure).__name__}: {failure}")
                self._stop.wait(_RETRY_SECONDS)

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
        if serving is None or not serving.manifest.pending or read_status(self._services.settings.index_dir):
            return False
        built = bring_index_up_to_date(self._services, stop=self._stop.is_set)
        if built.changed:
            give_back()
        return True
