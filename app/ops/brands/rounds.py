"""Background work of all brands: a few threads that go round, instead of nine for each brand.

A turn is everything that is due in one brand: deliveries, reminders, mail, insight, articles, index. Whoever had
something to do has its next turn in two seconds; a brand where nothing is due is looked at less and less often, every
eight seconds at last while people ask it, and else once a minute. A turn that took long is followed by a rest of the
same length, so one busy brand leaves room for others. Of several processes one does the chores of a worker, and one
those of a publisher.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from watchfiles import watch

from app.container import Services
from app.ops.brands.containers import CannotBeOpened, Container, Containers
from app.ops.findability_worker import FindabilityWorker
from app.ops.index_worker import IndexWorker
from app.ops.insight_worker import InsightWorker
from app.ops.node_agent import NodeAgent
from app.ops.schedule_worker import ScheduleWorker
from app.ops.upkeep_worker import FIRST_SECONDS, UpkeepWorker
from app.ops.watcher import ArticleWatcher
from core import events
from core.cluster.elections import Election
from core.database.connection import connect
from core.database.postgresql import is_postgresql
from core.events import emit
from core.process_memory import give_back
from core.roles import PUBLISHER, WORKER
from index.embed.loader import ModelNotReady
from index.embed.model import ModelUnavailable
from support.background.worker import OutboxProcessor, remove_expired_data, sender_of
from support.email.inbound import imap, spool
from support.email.inbound.imap_url import parse_imap_url

_THREADS = 4
# What is due without a wake: what another node published, which is to be found here within ten seconds.
_SOON, _WHILE_ASKED, _QUIET = 2.0, 8.0, 60.0
_ASKED_SECONDS = 60.0
_TURN_SECONDS = 5.0  # of deliveries, and of embedding
_TICK_SECONDS = 1.0
_MOMENT_SECONDS = 0.1
_FOLDERS_SECONDS = 5.0
_MEASURE_SECONDS = 60.0
_RETRY_SECONDS = 30.0
_WORK = frozenset({"delivery", "articles", "index", "follow"})
# What takes a processor for itself is done for one brand at a time, so that mails and pages of others have the rest.
_BUILD = frozenset({"articles", "index", "follow"})
_EVERY = {"maintenance": 60.0, "sweep": 3600.0, "mailbox": 60.0, "insight": 60.0, "upkeep": 300.0, "schedule": 20.0}


@dataclass
class _Brand:
    """What the rounds remember of a brand, open or closed. `due` holds a chore's next time, monotonic."""

    container: Container
    pause: float = _SOON
    at_work: bool = False
    woken: bool = False
    changed: bool = True
    measure: bool = True
    seen: int | None = None
    published: date | None = None
    publish_after: float = 0.0
    due: dict[str, float] = field(default_factory=dict)
    watcher: ArticleWatcher | None = None
    watched_services: Services | None = None
    read_of: Services | None = None


class _Until(threading.Event):
    """Ends a loop after some seconds, or with the process."""

    def __init__(self, seconds: float, stop: threading.Event) -> None:
        super().__init__()
        self._until = time.monotonic() + seconds
        self._whole = stop

    def is_set(self) -> bool:
        return self._whole.is_set() or time.monotonic() > self._until


class Rounds:
    """`start` begins them; `wake` gives a brand its turn now."""

    def __init__(self, containers: Containers, roles: tuple[str, ...], database: str, elections: Path) -> None:
        self._containers = containers
        self._brands = {name: _Brand(one) for name, one in containers.every.items() if one.brand.settings is not None}
        self._queue: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()
        self._ready = threading.Condition()
        self._stop = threading.Event()
        self._untidy = False
        self._building = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._engine: Engine | None = None
        self._elections: dict[str, Election] = {}
        self._roles, self._database, self._folder = roles, database, elections
        containers.on_open, containers.on_close = self._opened, self._closed

    def start(self) -> None:
        self.stand()
        # Spread over the first seconds, so that hundreds are not opened at once.
        for place, name in enumerate(self._brands):
            self._at(time.monotonic() + place * 0.02, name)
        threads: list[tuple[str, Callable[[], None]]] = [
            (f"round {number}", self._run) for number in range(min(_THREADS, len(self._brands)))
        ]
        for name, target in (
            *threads,
            ("elections", self._renew),
            ("folders", self._follow_folders),
            ("findability", self._measure),
        ):
            self._threads.append(threading.Thread(target=target, name=name, daemon=True))
            self._threads[-1].start()

    def stand(self) -> None:
        """Stand in the elections of this process's roles."""
        # Locks of files need no database.
        self._engine = connect(self._database if is_postgresql(self._database) else "sqlite://")
        for role in (WORKER, PUBLISHER):
            if role in self._roles:
                self._elections[role] = Election(self._engine, f"brands-{role}", self._folder)
                self._elections[role].held()

    def stop(self) -> None:
        """End with the turns under way."""
        self._stop.set()
        with self._ready:
            self._ready.notify_all()
        for thread in self._threads:
            thread.join(10.0)
        for election in self._elections.values():
            election.resign()
        if self._engine is not None:
            self._engine.dispose()

    def wake(self, name: str) -> None:
        """Give this brand its turn now, or once more when it has just had it."""
        brand = self._brands.get(name)
        if brand is None:
            return
        with self._ready:
            brand.woken = True
        self._at(time.monotonic(), name)

    def turn(self, name: str) -> bool:
        """All that is due in this brand, in this thread; whether there was anything."""
        brand = self._brands[name]
        events.brand.set(name)
        if self._follows_only() and brand.container.services is None:
            return False
        try:
            with self._containers.using(brand.container) as services:
                return self._chores(brand, services)
        except CannotBeOpened:
            return False

    def _opened(self, container: Container, services: Services) -> None:
        services.tickets.on_outbox = partial(self.wake, container.brand.name)

    def _closed(self, container: Container) -> None:
        brand = self._brands[container.brand.name]
        brand.watcher = brand.watched_services = brand.read_of = None

    def _follows_only(self) -> bool:
        """Whether another process does the chores: then only what is open here has to follow what is published."""
        return not any(election.elected for election in self._elections.values())

    def _at(self, when: float, name: str) -> None:
        with self._ready:
            heapq.heappush(self._queue, (when, next(self._numbers), name))
            self._ready.notify()

    def _run(self) -> None:
        while not self._stop.is_set():
            brand = self._next()
            if brand is None:
                continue
            name = brand.container.brand.name
            began = time.monotonic()
            busy = False
            try:
                busy = self.turn(name)
            except Exception as error:  # the thread must survive every error: it works for all brands
                emit("round_failed", chore="turn", error=type(error).__name__)
            took = time.monotonic() - began
            asked = time.monotonic() - brand.container.asked_at < _ASKED_SECONDS
            brand.pause = _SOON if busy else min(brand.pause * 2, _WHILE_ASKED if asked else _QUIET)
            with self._ready:
                brand.at_work = False
                again = 0.0 if brand.woken else max(brand.pause, took)
            self._at(time.monotonic() + again, name)

    def _next(self) -> _Brand | None:
        """The brand whose turn it is, None when it was time to look again. Entries that came too late are dropped."""
        with self._ready:
            wait = self._queue[0][0] - time.monotonic() if self._queue else _TICK_SECONDS
            if wait > 0:
                self._ready.wait(min(wait, _TICK_SECONDS))
                return None
            _, _, name = heapq.heappop(self._queue)
            brand = self._brands[name]
            if brand.at_work:  # it was woken, and has its next turn right after this one
                return None
            self._queue = [entry for entry in self._queue if entry[2] != name]
            heapq.heapify(self._queue)
            brand.at_work, brand.woken = True, False
            return brand

    def _renew(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            for election in self._elections.values():
                election.held()

    # --- one turn

    def _chores(self, brand: _Brand, services: Services) -> bool:
        chores: list[tuple[str, Callable[[], Any]]] = []
        if self._elected(WORKER):
            chores += [
                ("delivery", lambda: self._deliver(services)),
                ("maintenance", lambda: services.maintenance.run(_now())),
                ("sweep", lambda: remove_expired_data(services.tickets, spool.folder_of(services.settings), _now())),
            ]
            if services.settings.imap_url:
                chores.append(("mailbox", lambda: self._read_mail(services)))
            if services.settings.insight == "on":
                chores.append(("insight", InsightWorker(services).count))
            if brand.due.setdefault("upkeep", time.monotonic() + FIRST_SECONDS) <= time.monotonic():
                chores.append(("upkeep", UpkeepWorker(services, stop=_Until(_TURN_SECONDS, self._stop)).work))
        if self._elected(PUBLISHER):
            if services.settings.watch:
                chores.append(("articles", lambda: self._publish(brand, services)))
            chores.append(("schedule", ScheduleWorker(services).work))
            if services.authoring.remote is not None:
                chores.append(("remote", services.authoring.remote.run_if_due))
            chores.append(("index", IndexWorker(services, _Until(_TURN_SECONDS, self._stop)).embed_pending))
        if brand.read_of is not services:
            chores.insert(0, ("reading", services.read_first))
            brand.read_of = services
        if services.engine.dialect.name == "postgresql":
            chores.append(("follow", NodeAgent(services).follow))
        busy = False
        for name, chore in chores:
            now = time.monotonic()
            if self._stop.is_set() or now < brand.due.get(name, 0.0):
                continue
            builds = name in _BUILD
            # Where nothing is to be built it is held for a moment only.
            if builds and not self._building.acquire(timeout=_MOMENT_SECONDS):
                busy = True  # soon again: another brand is being published or embedded
                continue
            if name in _EVERY:
                brand.due[name] = now + _EVERY[name]
            try:
                busy = (chore() is True and name in _WORK) or busy
            except Exception as error:  # one chore must not keep the others of this brand from being done
                brand.due[name] = now + _RETRY_SECONDS
                emit("round_failed", chore=name, error=type(error).__name__)
            finally:
                if builds:
                    self._building.release()
        return busy

    def _elected(self, role: str) -> bool:
        return role in self._elections and self._elections[role].elected

    def _deliver(self, services: Services) -> bool:
        processor = OutboxProcessor(services.tickets, sender_of(services.settings, services.tickets))
        processor.free_stale_leases()
        return processor.deliver_due(_now, _Until(_TURN_SECONDS, self._stop)) > 0

    def _read_mail(self, services: Services) -> None:
        settings = services.settings
        count = imap.read_once(parse_imap_url(settings.imap_url), settings.imap_done, services.ingester(), _now)
        if count:
            emit("mailbox_read", count=count)

    def _publish(self, brand: _Brand, services: Services) -> bool:
        """Publish the folder when something in it changed, when the day did, and when it failed a while ago."""
        today = services.today()
        if not brand.changed and brand.published == today:
            return False
        if time.monotonic() < brand.publish_after:
            return False
        brand.changed = False
        if brand.watched_services is not services:  # what was read of the folder is kept while the brand is open
            brand.watcher, brand.watched_services = ArticleWatcher(services), services
        assert brand.watcher is not None  # noqa: S101
        done = brand.watcher.publish()
        brand.published = today if done else None
        brand.measure = True
        brand.publish_after = 0.0 if done else time.monotonic() + _RETRY_SECONDS
        self._untidy = True
        return True

    def _measure(self) -> None:
        """Whether articles are found by their questions: one brand after another, since it takes its time."""
        while not self._stop.wait(_MEASURE_SECONDS):
            if self._untidy:  # once for all that were published: it looks at every object of every brand
                self._untidy = False
                give_back()
            for name, brand in self._brands.items():
                if self._stop.is_set() or not brand.measure or not self._elected(WORKER):
                    continue
                events.brand.set(name)
                try:
                    with self._containers.using(brand.container) as services:
                        worker = FindabilityWorker(services)
                        worker.seen = brand.seen
                        brand.measure = not worker.measure_if_due() and brand.seen != worker.seen
                        brand.seen = worker.seen
                except (CannotBeOpened, ModelNotReady, ModelUnavailable):
                    continue
                except Exception as error:  # the thread must survive every error: it works for all brands
                    emit("round_failed", chore="findability", error=type(error).__name__)

    # --- folders

    def _follow_folders(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch()
            except Exception as error:  # a folder that went away in this moment
                emit("watch_failed", error=type(error).__name__)
                self._stop.wait(_FOLDERS_SECONDS)

    def _watch(self) -> None:
        """Watch all folders until they are not the same any more: one came, went, or was replaced."""
        known = self._identities()
        folders = {Path(folder): name for folder, (name, identity) in known.items() if identity is not None}
        if not folders:
            self._stop.wait(_FOLDERS_SECONDS)
            return
        look_at = time.monotonic() + _FOLDERS_SECONDS
        changes = watch(
            *folders, debounce=300, step=60, rust_timeout=1_000, yield_on_timeout=True, stop_event=self._stop,
            raise_interrupt=False,
        )  # fmt: skip
        for found in changes:
            for name in {folders[above] for _, path in found for above in Path(path).parents if above in folders}:
                self._changed(name)
            if time.monotonic() > look_at:
                look_at = time.monotonic() + _FOLDERS_SECONDS
                now = self._identities()
                if now != known:
                    for folder, (name, identity) in now.items():
                        if known.get(folder) != (name, identity):
                            self._changed(name)
                    return

    def _changed(self, name: str) -> None:
        self._brands[name].changed = True
        self.wake(name)

    def _identities(self) -> dict[str, tuple[str, tuple[int, int] | None]]:
        found: dict[str, tuple[str, tuple[int, int] | None]] = {}
        for name, brand in self._brands.items():
            settings = brand.container.brand.settings
            if settings is None or not settings.watch:
                continue
            folder = settings.kb_dir.resolve()
            try:
                state = folder.stat()
                identity = (state.st_dev, state.st_ino) if folder.is_dir() else None
            except OSError:
                identity = None
            found[str(folder)] = name, identity
        return found


def _now() -> datetime:
    return datetime.now(UTC)
