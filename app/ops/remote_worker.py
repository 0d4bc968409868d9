"""Brings the articles folder and its Git remote together now and then, and again after what failed; saves do it too."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.ops.periodic import PeriodicWorker
from core.events import emit

if TYPE_CHECKING:
    from kb.authoring.remote_sync import RemoteSync

_TICK_SECONDS = 5.0


class RemoteWorker(PeriodicWorker):
    """A thread that exchanges with the remote when that is due, as long as this process is the `elected` publisher."""

    def __init__(self, remote: "RemoteSync", elected: Callable[[], bool], tick: float = _TICK_SECONDS) -> None:
        super().__init__("git remote", tick)
        self._remote, self._elected, self._tick = remote, elected, tick

    def turn(self) -> float:
        try:
            if self._elected():
                self._remote.run_if_due()
        except Exception as failure:  # the database may be away: it is tried again
            emit("git_remote_failed", code="failed", error=type(failure).__name__)
        return self._tick
