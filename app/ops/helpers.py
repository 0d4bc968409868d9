"""The background threads of a process, by its roles: under `make run`, and where another server runs `wsgi.py`.

They must begin in the process that does the work: a server that forks takes no threads along (`app/ops/embedded.py`).
"""

import threading
from importlib.metadata import version
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.container import Services
from app.ops.findability_worker import FindabilityWorker
from app.ops.index_worker import IndexWorker
from app.ops.insight_worker import InsightWorker
from app.ops.node_agent import NodeAgent
from app.ops.periodic import PeriodicWorker
from app.ops.remote_worker import RemoteWorker
from app.ops.schedule_worker import ScheduleWorker
from app.ops.upkeep_worker import UpkeepWorker
from app.ops.watcher import ArticleWatcher
from app.settings.live import LiveSettings
from core.roles import PUBLISHER, WORKER
from support.background.worker import DeliveryWorker

_STOP_SECONDS = 5.0
_LOOK_SECONDS = 2.0


class Helpers:
    """The threads of this process's roles: heartbeat, elections and following, and the settings' file, always;
    delivery, maintenance and the mailbox, the counting, the trying of questions and the upkeep of articles of a worker;
    the article watcher of a publisher, what publishes changes at their time, and what keeps its folder and the Git
    remote together; the index worker."""

    def __init__(self, services: Services, live: LiveSettings) -> None:
        settings = services.settings
        agent = NodeAgent(services)
        self._services = services
        self._watch = services.watch
        self._reading = threading.Thread(target=self._read_first, name="first reading", daemon=True)
        self._workers: list[Any] = [agent, _SettingsFollower(live)]
        if WORKER in settings.roles:
            self._workers.append(
                DeliveryWorker(
                    settings, services.tickets, services.maintenance,
                    elected=agent.elected("maintenance"), node_id=services.node.id,
                )
            )  # fmt: skip
            if settings.imap_url:
                self._workers.append(services.mailbox_worker(agent.elected("mailbox")))
            if settings.insight == "on":
                self._workers.append(InsightWorker(services))
            self._workers.append(FindabilityWorker(services))
            self._workers.append(UpkeepWorker(services, agent.elected("upkeep")))
        if PUBLISHER in settings.roles and settings.watch:
            self._workers.append(ArticleWatcher(services, agent.elected("publisher")))
        if PUBLISHER in settings.roles:
            self._workers.append(ScheduleWorker(services, agent.elected("publisher")))
        if PUBLISHER in settings.roles and services.authoring.remote is not None:
            self._workers.append(RemoteWorker(services.authoring.remote, agent.elected("publisher")))
        if services.has_own_index:
            self._workers.append(IndexWorker(services))

    def start(self) -> None:
        self._watch.start()
        for worker in self._workers:
            worker.start()
        self._reading.start()

    def _read_first(self) -> None:
        try:
            self._services.read_first()
        except SQLAlchemyError:
            pass  # the database went already

    def stop(self) -> None:
        """Stop all threads with a timeout each; claimed but unsent deliveries are sent after the next start. The
        heartbeat ends last: until then this process may still be sending."""
        for worker in reversed(self._workers):
            worker.stop()
        if self._reading.is_alive():
            self._reading.join(_STOP_SECONDS)


class _SettingsFollower(PeriodicWorker):
    """Looks at the settings' file where nobody asks for pages: what is sent in the background goes by them, too."""

    def __init__(self, live: LiveSettings) -> None:
        super().__init__("settings", _LOOK_SECONDS)
        self._live = live

    def turn(self) -> float:
        self._live.refresh()
        return _LOOK_SECONDS


def version_text() -> str:
    """Our version and Flask's, for bug reports."""
    return f"0.1.0 (flask {version('flask')})"
