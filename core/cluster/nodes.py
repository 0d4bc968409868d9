"""Nodes: the processes of one installation that are at work, each known by a random id and a heartbeat.

A host name and a process id do not tell two containers apart, which often have both in common. Whether a node has
ended is seen in two ways. Of one in the same place (the same kernel and process namespace) the process table says so at
once. Any other has ended when its heartbeat has not moved for a while by the clock of whoever looks; clocks of two
machines are never compared.
"""

import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine, delete, select

from core.atomic_files import keep
from core.cluster.schema import node
from core.database.connection import writing
from core.database.timestamps import iso
from core.database.upsert import insert_for
from core.numbers import whole_number

BEAT_SECONDS = 5.0
DEAD_SECONDS = 30.0
# How long a node that ended without a word is remembered: another that takes over must know that there were several.
_KEPT = timedelta(days=7)


@dataclass(frozen=True)
class NodeRow:
    """A node as others see it; `home` is the id of its data folder."""

    id: str
    home: str
    place: str
    pid: int
    roles: tuple[str, ...]
    version: str
    revision: int
    started_at: str
    beat: int
    seen_at: str


class Node:
    """This process. Beats are written by whoever runs its chores (`app/ops/node_agent.py`)."""

    def __init__(self, engine: Engine, data_dir: Path, roles: Iterable[str], version: str) -> None:
        self.id = secrets.token_hex(8)
        self._engine = engine
        self._data_dir, self._roles, self._version = data_dir, tuple(roles), version
        self._started_at = ""
        self._beats = 0

    @cached_property
    def home(self) -> str:
        """The id of its data folder."""
        return home_of(self._data_dir)

    def beat(self, revision: int, now: datetime) -> None:
        """Say that it is at work and which revision it serves. Raises SQLAlchemyError."""
        self._started_at = self._started_at or iso(now)
        self._beats += 1
        values = {
            "id": self.id,
            "home": self.home,
            "place": place(),
            "pid": os.getpid(),
            "roles": ",".join(self._roles),
            "version": self._version,
            "revision": revision,
            "started_at": self._started_at,
            "beat": self._beats,
            "seen_at": iso(now),
        }
        with writing(self._engine) as connection:
            new = insert_for(connection, node).values(values)
            changing = {name: new.excluded[name] for name in ("revision", "beat", "seen_at")}
            connection.execute(new.on_conflict_do_update(index_elements=[node.c.id], set_=changing))
            connection.execute(delete(node).where(node.c.seen_at < iso(now - _KEPT)))

    def again(self) -> "Node":
        """A node of its own, for a child process."""
        return Node(self._engine, self._data_dir, self._roles, self._version)

    def leave(self) -> None:
        """Take itself out of the list. Raises SQLAlchemyError."""
        with writing(self._engine) as connection:
            connection.execute(delete(node).where(node.c.id == self.id))


def nodes(engine: Engine) -> tuple[NodeRow, ...]:
    """Every node that is at work or ended without a word within a week, the oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(node).order_by(node.c.started_at, node.c.id)).mappings()
        return tuple(NodeRow(**{**row, "roles": tuple(row["roles"].split(","))}) for row in rows)


class Heartbeats:
    """What one observer has seen of other nodes' heartbeats. Thread-safe."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def stopped(self, ids: Iterable[str]) -> set[str]:
        """Which of these nodes have not beaten for a while since this observer first looked."""
        wanted = set(ids)
        with self._engine.connect() as connection:
            found = select(node.c.id, node.c.beat).where(node.c.id.in_(wanted))
            beats = {row.id: row.beat for row in connection.execute(found)}
        now = self._clock()
        with self._lock:
            for one in wanted:
                beat = beats.get(one, -1)
                if one not in self._seen or self._seen[one][0] != beat:
                    self._seen[one] = (beat, now)
            self._seen = {one: seen for one, seen in self._seen.items() if one in wanted}
            return {one for one, (_beat, since) in self._seen.items() if now - since >= DEAD_SECONDS}


def home_of(data_dir: Path) -> str:
    """The random id of a data folder, made on first use: processes that share it are in one home. Raises OSError."""
    path = data_dir / "home" / "id"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        keep(path, secrets.token_hex(8).encode())
        return path.read_text(encoding="ascii").strip()


def place() -> str:
    """The same for two processes exactly if each could signal the other by its process id."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:  # no Linux, or no /proc: nobody else is in this place
        return secrets.token_hex(6)
    return hashlib.sha256(f"{boot}\n{namespace}".encode()).hexdigest()[:12]


def holder_name(node_id: str) -> str:
    """A name under which this process holds something, such as a lease; different at every call."""
    return f"{place()}:{os.getpid()}:{node_id}:{secrets.token_hex(4)}"


def ended(holders: Iterable[str], heartbeats: Heartbeats) -> set[str]:
    """Which of these holders' processes have ended."""
    found, elsewhere = set(), {}
    for holder in holders:
        parts = holder.split(":")
        if len(parts) != 4:  # of an earlier release: its lease runs out
            continue
        where, pid, node_id, _ = parts
        if where == place() and _process_ended(pid):
            found.add(holder)
        elif node_id:
            elsewhere[holder] = node_id
    if elsewhere:
        stopped = heartbeats.stopped(elsewhere.values())
        found |= {holder for holder, node_id in elsewhere.items() if node_id in stopped}
    return found


def _process_ended(pid: str) -> bool:
    number = whole_number(pid, most=2**31 - 1)
    if number is None:
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
