"""Looks after the articles in the background, of several processes one: tries links to other sites, reminds owners, and
notices what became of translations."""

import threading
import time
from collections.abc import Callable

from app.container import Services
from app.desk import reminders
from app.desk.library_views import contact_forms_of
from app.ops.periodic import PeriodicWorker
from core.events import emit
from kb.external_links.service import ExternalLinks

_EVERY_SECONDS = 60.0
# Nothing of this is urgent, and a process that was just started has other things to do.
FIRST_SECONDS = 600.0


class UpkeepWorker(PeriodicWorker):
    """A thread; `work` is one round."""

    def __init__(
        self, services: Services, elected: Callable[[], bool] = lambda: True, *, stop: threading.Event | None = None,
        first_seconds: float = FIRST_SECONDS,
    ) -> None:  # fmt: skip
        super().__init__("upkeep", first_seconds, stop)
        self._services = services
        self._elected = elected

    def turn(self) -> float:
        if self._elected():
            self.work()
        return _EVERY_SECONDS

    def work(self) -> None:
        """Whatever is due, each by itself: one that fails keeps none of the others."""
        chores = (("reminders", self._remind), ("translations", self._notice), ("links", self._try_links))
        for name, chore in chores:
            if self._stop.is_set():
                return
            try:
                chore()
            except Exception as error:  # the thread must survive every error
                emit("upkeep_failed", chore=name, error=type(error).__name__)

    def _remind(self) -> None:
        mails = reminders.send_if_due(self._services, self._services.now())
        if mails:
            emit("reminders_queued", mails=mails)

    def _notice(self) -> None:
        s = self._services
        latest = s.revisions.latest()
        if latest is None or latest.number == s.translations.revision or not s.serves_own_folder:
            return
        if len(s.articles.languages()) > 1:
            look = s.shelf.look(s.today(), contact_forms_of(s.settings), 60.0)
            if look is None:
                return
            s.translations.notice(look.reading, s.now())
        s.translations.revision = latest.number

    def _try_links(self) -> None:
        s = self._services
        if s.settings.check_links == "off":
            return
        links: ExternalLinks = s.external_links
        latest, today = s.revisions.latest(), s.today()
        links.bring_up_to_date((latest.number if latest else 0, today), lambda: s.articles.in_turn(today), s.now())
        began = time.monotonic()
        asked, broken = links.step(s.now(), self._stop.is_set, self._stop.wait)
        if asked:
            emit("links_checked", asked=asked, broken=broken, ms=round((time.monotonic() - began) * 1000))
