"""Files of the articles folder that changed since it was followed last: a publisher that is at work leaves none.

Whoever publishes notes when it looked at the folder; here that is compared with when files were changed, moved or
copied, so that a publisher that is not there, hangs or hears of nothing is noticed without its help.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from kb.source.listing import ARTICLE_SUFFIXES

# Until then a change is on its way.
PATIENCE = timedelta(minutes=2)
_EVERY_SECONDS = 30.0
# Files of a moment: what a tool writes first and renames.
_HIDDEN = (".", "_", "~")


@dataclass(frozen=True)
class Unpublished:
    """How many article files have changed, the first of them `since`."""

    count: int
    since: datetime


def unpublished(folder: Path, followed: datetime | None, now: datetime) -> Unpublished | None:
    """Article files that changed after the folder was followed, and not just now; None where there are none."""
    after = followed.timestamp() if followed else 0.0
    latest = (now - PATIENCE).timestamp()
    count, first = 0, latest
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        for name in names:
            if name.startswith(_HIDDEN) or os.path.splitext(name)[1].lower() not in ARTICLE_SUFFIXES:  # noqa: PTH122
                continue
            try:
                changed = os.stat(os.path.join(base, name)).st_ctime  # noqa: PTH116, PTH118
            except OSError:
                continue
            if after < changed <= latest:
                count, first = count + 1, min(first, changed)
    return Unpublished(count, datetime.fromtimestamp(first, UTC)) if count else None


class UnpublishedFiles:
    """The same for whoever must not wait for a large folder: as it was some seconds ago. Thread-safe."""

    def __init__(self, folder: Path, followed: Callable[[], datetime | None], now: Callable[[], datetime]) -> None:
        self._folder, self._followed, self._now = folder, followed, now
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._last: tuple[datetime | None, Unpublished | None] = (None, None)

    def known(self) -> Unpublished | None:
        """What was found last; looks anew in a thread where that was long ago. Nothing once the folder was followed
        since."""
        followed = self._followed()
        with self._lock:
            if time.monotonic() - self._looked_at >= _EVERY_SECONDS:
                self._looked_at = time.monotonic()
                threading.Thread(target=self.look, name="unpublished files", daemon=True).start()
            of, found = self._last
        return found if of == followed else None

    def look(self) -> None:
        with self._lock:
            self._looked_at = time.monotonic()
        try:
            followed = self._followed()
        except SQLAlchemyError:  # the database is away, which is told elsewhere
            return
        found = unpublished(self._folder, followed, self._now())
        with self._lock:
            self._last = (followed, found)
