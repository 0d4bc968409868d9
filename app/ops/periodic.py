"""A thread that does something now and then."""

import threading
from abc import ABC, abstractmethod

_STOP_SECONDS = 5.0


class PeriodicWorker(ABC):
    """Calls `turn` in a thread until it is stopped. Without `start`, whoever calls what a worker does may give a `stop`
    of its own."""

    def __init__(self, name: str, first_seconds: float, stop: threading.Event | None = None) -> None:
        self._first = first_seconds
        self._stop = stop or threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, with a timeout."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        pause = self._first
        while not self._stop.wait(pause):
            pause = self.turn()

    @abstractmethod
    def turn(self) -> float:
        """One round, which raises nothing; after how many seconds the next one is due."""
