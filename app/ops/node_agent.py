"""The agent of a node: says that it is at work, stands in elections, and follows what another node published.

Following is for nodes on PostgreSQL, each with an index of its own in its data folder. The revision is asked for every
second; `/readyz` tells the one this node serves, search included.
"""

import threading
import time
from collections.abc import Callable
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from app.container import Services
from app.ops.publishing import bring_index_up_to_date
from core.cluster.elections import Election
from core.cluster.nodes import BEAT_SECONDS
from core.events import emit
from core.process_memory import give_back

_TICK_SECONDS = 1.0
_RETRY_SECONDS = 15.0
_STOP_SECONDS = 5.0


class NodeAgent:
    """Two threads: one for the heartbeat and elections, which must never wait, and one that follows."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._elections: dict[str, Election] = {}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, name="node", daemon=True)]
        if services.engine.dialect.name == "postgresql":
            self._threads.append(threading.Thread(target=self._follow, name="follower", daemon=True))
        self._day: date | None = None
        self._files = ""

    def elected(self, name: str) -> Callable[[], bool]:
        """Stand in the election of this name; the function says whether this process is the elected one now. All who
        ask for a name share one election: of two in a process, one would never win."""
        if name not in self._elections:
            folder = self._services.settings.data_dir / "elections"
            self._elections[name] = Election(self._services.engine, name, folder)
        election = self._elections[name]
        return lambda: election.elected

    def start(self) -> None:
        self.tick()  # before any chore begins: a lease must belong to a node others know
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_STOP_SECONDS)
        for election in self._elections.values():
            election.resign()
        try:
            self._services.node.leave()
        except SQLAlchemyError:
            pass  # the others will see that its heartbeat has stopped

    def tick(self, *, beat: bool = True) -> None:
        """Renew or ask for every election; with `beat`, say that this node is at work."""
        for name, election in self._elections.items():
            before = election.elected
            held = election.held()
            if held and not before:
                emit("elected", name=name, node=self._services.node.id)
            elif before and not held:
                emit("not_elected", name=name, node=self._services.node.id)
        if beat:
            try:
                self._services.node.beat(self._services.following.revision or 0, self._services.now())
            except SQLAlchemyError as error:
                emit("node_failed", error=type(error).__name__)

    def _run(self) -> None:
        beaten = time.monotonic()
        while not self._stop.wait(_TICK_SECONDS):
            due = time.monotonic() - beaten >= BEAT_SECONDS
            beaten = time.monotonic() if due else beaten
            try:
                self.tick(beat=due)
            except Exception as error:  # the thread must survive every error: without it all chores of this node rest
                emit("node_failed", error=type(error).__name__)

    def _follow(self) -> None:
        while not self._stop.is_set():
            pause = _TICK_SECONDS
            try:
                self.follow()
            except Exception as error:  # the database is away, the disk full, or the model not there yet
                emit("follow_failed", error=type(error).__name__)
                pause = _RETRY_SECONDS if not isinstance(error, SQLAlchemyError) else _TICK_SECONDS
            self._stop.wait(pause)

    def _is_searched(self, revision: int) -> bool:
        """Whether a search on this node finds what was published: with search in the database, its publisher's turn."""
        database = self._services.search_database
        return database is None or not revision or database.revision() >= revision

    def follow(self) -> bool:
        """Bring this node to the revision that is published; whether there was anything to do."""
        services, following = self._services, self._services.following
        latest = services.revisions.latest()
        number, today = latest.number if latest else 0, services.today()
        files = services.published_files.digest()
        if (number, today, files) == (following.revision, self._day, self._files):
            return False
        if files and files != self._files:
            services.published_files.bring_hints()
        if number and services.has_own_index:
            built = bring_index_up_to_date(services, stop=lambda: True)
            if built.changed:
                give_back()
        if not self._is_searched(number):
            return False
        if number != following.revision:
            emit("followed", revision=number, node=services.node.id)
        following.revision, self._day, self._files = number, today, files
        return True
