"""Brings the articles folder and its Git remote together now and then, and again after what failed; saves do it too."""

import threading
from collections.abc import Callable

from core.events import emit
from kb.authoring.remote_sync import RemoteSync

_TICK_SECONDS = 5.0


class RemoteWorker:
    """A thread that exchanges with the remote when that is due, as long as this process is the `elected` publisher."""

    def __init__(self, remote: RemoteSync, elected: Callable[[], bool], tick: float = _TICK_SECONDS) -> None:
        self._remote, self._elected, self._tick = remote, elected, tick
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="git remote", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.wait(self._tick):
            try:
                if self._elected():
                    self._remote.run_if_due()
            except Exception as failure:  # the database may be away: it is tried again
                emit("git_remote_failed", code="failed", error=type(failure).__name__)
