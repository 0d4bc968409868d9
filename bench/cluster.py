"""Several nodes as real processes without a shared disk, each killed and frozen in turn under load.

    python -m bench.cluster [--patroni "COMMAND"] [--web N] [--servers N] [--etcd N] [--searches N] [--json OUT]

Two web nodes, two workers and a publisher, each with a data folder of its own, on one PostgreSQL; with HAProxy in front
where it is installed, else clients that go on to the next node. With `--patroni` (or `patroni` on the PATH) and etcd,
PostgreSQL is several servers under Patroni with synchronous replication, and the primary, the standby and a member of
etcd are killed and frozen, too.

Meanwhile customers search and write tickets: a ticket that is refused is sent again with the same Idempotency-Key, as
the form and programs do. At the end every acknowledged ticket must be stored, none held for it, no mail sent more than
twice and never under two ids; after each fault an article is changed, and timed until every web node finds it.

Prints a table and, with `--json`, writes it. Ends with 1 when a promise is broken.
"""

import argparse
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import func, select

from bench.postgres import Postgres, children, give, owner, start, tools
from bench.server import ROOT, CannotMeasure, Machine
from core.database.connection import connect
from support.tickets.schema import ticket

_PATIENCE = 120.0
_ARTICLES = 40
_FOUND_WITHIN = 10.0
_GAP_MOST = 1.0
_WRITES_WITHIN = 30.0
_FAILOVER_SECONDS = 35.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def ask(port: int, method: str, path: str, body: Any = None, seconds: float = 5.0, key: str = "") -> tuple[int, Any]:
    """Status and JSON of one request over a connection of its own. Raises OSError or HTTPException."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content.startswith((b"{", b"[")) else None
    finally:
        connection.close()


class Node:
    """One process of the service."""

    def __init__(self, name: str, roles: str, folder: Path, environment: dict[str, str]) -> None:
        self.name, self.folder, self.port = name, folder / name, free_port()
        (self.folder / "articles").mkdir(parents=True)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")},
            **environment,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SIGNPOST_ROLES": roles,
            "SIGNPOST_DATA_DIR": str(self.folder / "data"),
            "SIGNPOST_KB_DIR": str(self.folder / "articles"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.ops.serve"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def wait(self, path: str) -> None:
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE:
            if self.process is not None and self.process.poll() is not None:
                break
            try:
                if ask(self.port, "GET", path)[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        told = (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-1500:]
        raise CannotMeasure(f"{self.name} did not come up: {told}")

    def pids(self) -> list[int]:
        return [self.process.pid] if self.process else []

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Window:
    """What clients saw from a fault until things were well again."""

    fault: str
    searches: int = 0
    search_errors: int = 0
    longest_gap_seconds: float = 0.0
    tickets_acknowledged: int = 0
    tickets_refused_at_first: int = 0
    slowest_acknowledgement_seconds: float = 0.0
    found_everywhere_seconds: float = 0.0


@dataclass
class Load:
    """Customers: searches that are answered or not, and tickets that are sent until they are acknowledged."""

    ports: Callable[[], Sequence[int]]
    searches_a_second: float
    tickets_a_second: float
    window: Window = field(default_factory=lambda: Window("start"))
    acknowledged: list[str] = field(default_factory=list)
    answered_at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        for rate, what, threads in (
            (self.searches_a_second, self._search, 4),
            (self.tickets_a_second, self._ticket, 4),
        ):
            for number in range(threads):
                thread = threading.Thread(target=self._every, args=(threads / rate, number / rate, what), daemon=True)
                self._threads.append(thread)
                thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def turn(self, fault: str) -> Window:
        """Begin a new window; the one before."""
        with self._lock:
            before, self.window = self.window, Window(fault)
            self.answered_at = time.monotonic()
        return before

    def _every(self, seconds: float, first: float, what: Callable[[], None]) -> None:
        due = time.monotonic() + first
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            what()
            due = max(due + seconds, time.monotonic() - seconds)

    def _search(self) -> None:
        word = secrets.randbelow(_ARTICLES)
        answered = False
        for port in self.ports():  # a browser behind HAProxy has one address; without it the next node is asked
            try:
                status, found = ask(port, "GET", f"/api/v1/search?q=place{word:03}&lang=en", seconds=2.0)
            except (OSError, http.client.HTTPException):
                continue
            if status == 200 and found["results"]:
                answered = True
                break
        now = time.monotonic()
        with self._lock:
            self.window.searches += 1
            if not answered:
                self.window.search_errors += 1
                return
            gap, self.answered_at = now - self.answered_at, now
            self.window.longest_gap_seconds = max(self.window.longest_gap_seconds, round(gap, 2))

    def _ticket(self) -> None:
        key, began, tries = secrets.token_hex(8), time.monotonic(), 0
        words = f"Case {key}: the left earbud is silent since {secrets.token_hex(4)}."
        body = {"message": words, "email": f"ada.{key}@example.org", "lang": "en", "consent": True}
        while time.monotonic() - began < _PATIENCE:
            for port in self.ports():
                tries += 1
                try:
                    status, stored = ask(port, "POST", "/api/v1/tickets", body, 20.0, key)
                except (OSError, http.client.HTTPException):
                    continue
                if status in {200, 201}:
                    with self._lock:
                        self.acknowledged.append(stored["reference"])
                        self.window.tickets_acknowledged += 1
                        self.window.tickets_refused_at_first += tries > 1
                        took = round(time.monotonic() - began, 1)
                        slowest = max(self.window.slowest_acknowledgement_seconds, took)
                        self.window.slowest_acknowledgement_seconds = slowest
                    return
            time.sleep(0.5)


_HAPROXY = """
global
  maxconn 500
defaults
  mode http
  timeout connect 500ms
  timeout client 30s
  timeout queue 5s
  option redispatch 1
  retries 3
frontend help
  bind 127.0.0.1:{port}
  use_backend reading if {{ method GET }}
  default_backend sending
backend reading
  balance roundrobin
  timeout server 700ms
  retry-on conn-failure empty-response response-timeout 503 502
  option httpchk GET /readyz?for=reading
  default-server check inter 500ms fastinter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
backend sending
  balance roundrobin
  timeout server 15s
  option httpchk GET /readyz?for=reading
  default-server check inter 500ms fastinter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


def haproxy(folder: Path, nodes: Sequence[Node]) -> tuple[int, subprocess.Popen[bytes]] | None:
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        return None
    port = free_port()
    servers = "\n".join(f"  server {node.name} 127.0.0.1:{node.port}" for node in nodes)
    (folder / "haproxy.cfg").write_text(_HAPROXY.format(port=port, servers=servers), encoding="utf-8")
    with (folder / "haproxy.log").open("wb") as log:
        return port, subprocess.Popen([program, "-f", str(folder / "haproxy.cfg"), "-db"], stdout=log, stderr=log)


class OneServer:
    """PostgreSQL as one server, which is started again after it was killed."""

    name = "one PostgreSQL"

    def __init__(self, folder: Path) -> None:
        self._server = Postgres(folder / "postgres")
        self._server.make()
        self._server.start()
        self.url = self._server.url()

    def pids(self) -> list[int]:
        return self._server.pids()

    def kill(self) -> None:
        for pid in self.pids():
            _signal(pid, signal.SIGKILL)
        self._server.stop(signal.SIGKILL)
        time.sleep(1)  # shared memory of the killed is let go of
        (self._server.data / "postmaster.pid").unlink(missing_ok=True)

    def restart(self) -> None:
        self._server.start()

    def end(self) -> None:
        self._server.remove()


_PATRONI = """
scope: signpost
name: {name}
restapi: {{listen: 127.0.0.1:{rest}, connect_address: 127.0.0.1:{rest}}}
etcd3: {{hosts: '{etcd}'}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 3
    maximum_lag_on_failover: 1048576
    synchronous_mode: true
    postgresql:
      use_pg_rewind: false
      parameters: {{max_connections: 200, shared_buffers: 64MB, unix_socket_directories: '', wal_sender_timeout: 10s}}
  initdb: [{{encoding: UTF8}}, {{locale: C.UTF-8}}, {{auth-host: trust}}, {{auth-local: trust}}]
  pg_hba:
    - host all all 127.0.0.1/32 trust
    - host replication all 127.0.0.1/32 trust
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {data}
  bin_dir: {bin}
  pgpass: {pgpass}
  remove_data_directory_on_diverged_timelines: true
  remove_data_directory_on_rewind_failure: true
  authentication:
    superuser: {{username: postgres, password: x}}
    replication: {{username: replicator, password: x}}
"""


class Part:
    """One machine of the database: its processes, and how it is started again."""

    def __init__(self, pids: Callable[[], list[int]], restart: Callable[[], object]) -> None:
        self.pids, self.restart = pids, restart

    def kill(self) -> None:
        for pid in self.pids():
            _signal(pid, signal.SIGKILL)


class Patroni:
    """Servers under Patroni, and etcd. Where the primary is killed another one takes over."""

    def __init__(self, folder: Path, command: Sequence[str], servers: int, members: int) -> None:
        self.name = f"{servers} PostgreSQL under Patroni, synchronous, {members} etcd"
        self._folder, self._command = folder / "patroni", list(command)
        self._folder.mkdir()
        give(self._folder)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        places = {f"etcd{number}": (free_port(), free_port()) for number in range(1, members + 1)}
        everybody = ",".join(f"{name}=http://127.0.0.1:{peer}" for name, (_client, peer) in places.items())
        self._etcd: dict[str, list[str | Path]] = {
            name: [
                "etcd", "--name", name, "--data-dir", self._folder / name, "--initial-cluster", everybody,
                "--listen-client-urls", f"http://127.0.0.1:{client}",
                "--advertise-client-urls", f"http://127.0.0.1:{client}",
                "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
            ]
            for name, (client, peer) in places.items()
        }  # fmt: skip
        for name in self._etcd:
            self._begin(name)
        self._rest: dict[str, int] = {}
        ports = []
        for number in range(1, servers + 1):
            name, rest, port = f"pg{number}", free_port(), free_port()
            self._rest[name] = rest
            ports.append(port)
            text = _PATRONI.format(
                name=name, rest=rest, etcd=",".join(f"127.0.0.1:{client}" for client, _peer in places.values()),
                port=port, data=self._folder / name, bin=tools(), pgpass=self._folder / f"{name}.pgpass",
            )  # fmt: skip
            (self._folder / f"{name}.yml").write_text(text, encoding="utf-8")
        give(self._folder)
        for name in self._rest:
            self._begin(name)
            self._wait(lambda: self._primary() is not None)
        self._wait(self._whole)
        self.url = f"postgresql://postgres@{','.join(f'127.0.0.1:{port}' for port in ports)}/postgres"

    def part(self, name: str) -> Part:
        """The primary (`database`), the synchronous `standby`, or one member of `etcd`, as they are now."""
        if name == "etcd":
            member = next(iter(self._etcd))
            return Part(lambda: [self._processes[member].pid], lambda: self._again(member))
        server = self._primary() if name == "database" else next(iter(self._members("sync_standby")), None)
        if server is None:
            raise CannotMeasure(f"there is no {name} to stop")
        return Part(lambda: self._pids(server), lambda: self._again(server))

    def _again(self, name: str) -> None:
        if self._processes[name].poll() is not None:
            self._begin(name)
        self._wait(self._whole)

    def _whole(self) -> bool:
        standbys = len(self._members("sync_standby")) + len(self._members("replica"))
        return len(self._members("sync_standby")) == 1 and standbys == len(self._rest) - 1

    def _begin(self, name: str) -> None:
        command = self._etcd.get(name) or [*self._command, self._folder / f"{name}.yml"]
        self._processes[name] = start(command, self._folder / f"{name}.log")

    def _wait(self, holds: Callable[[], bool]) -> None:
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > _PATIENCE:
                logs = [one.read_text(encoding="utf-8", errors="replace")[-800:] for one in self._folder.glob("*.log")]
                raise CannotMeasure("Patroni did not come up: " + "\n".join(logs))
            time.sleep(0.3)

    def _members(self, role: str) -> list[str]:
        for rest in self._rest.values():
            try:
                _status, found = ask(rest, "GET", "/cluster", seconds=2)
            except (OSError, http.client.HTTPException):
                continue
            if found:
                states = {"running", "streaming"}
                return [one["name"] for one in found["members"] if one["role"] == role and one["state"] in states]
        return []

    def _primary(self) -> str | None:
        return next(iter(self._members("leader")), None)

    def _pids(self, server: str) -> list[int]:
        """A server's, with its Patroni: a machine that stands still."""
        pid = self._processes[server].pid
        postmaster = self._folder / server / "postmaster.pid"
        told = postmaster.read_text(encoding="ascii").split() if postmaster.exists() else []
        below = [int(told[0]), *children(int(told[0]))] if told else []
        return list(dict.fromkeys([pid, *children(pid), *below]))

    def end(self) -> None:
        for process in reversed(list(self._processes.values())):
            for pid in (*children(process.pid), process.pid):
                _signal(pid, signal.SIGKILL)
        for pidfile in self._folder.glob("*/postmaster.pid"):
            pid = int(pidfile.read_text(encoding="ascii").split()[0])
            for one in (*children(pid), pid):
                _signal(one, signal.SIGKILL)


def _signal(pid: int, which: signal.Signals) -> None:
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        pass


def write_article(folder: Path, number: int, text: str) -> None:
    path = folder / "en" / "help" / f"a{number:03}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = f"---\ntitle: Article {number}\n---\n\n## Part\n\nThe thing is called place{number:03}. {text}\n"
    beside = path.with_suffix(".part")
    beside.write_text(body, encoding="utf-8")
    beside.replace(path)


class Cluster:
    """All of it, and one fault after the other."""

    def __init__(self, folder: Path, patroni: Sequence[str], options: argparse.Namespace) -> None:
        self._folder, self._hold = folder, options.hold
        self.database: OneServer | Patroni = (
            Patroni(folder, patroni, options.servers, options.etcd) if patroni else OneServer(folder)
        )
        environment = {
            "SIGNPOST_DATABASE_URL": self.database.url, "SIGNPOST_SECRET_KEY": secrets.token_hex(24),
            "SIGNPOST_EMBEDDER": "hashing", "SIGNPOST_RATE_LIMITS": "off", "SIGNPOST_CHALLENGE": "off",
            "SIGNPOST_TEAM_EMAIL": "team@example.org", "SIGNPOST_MAIL_FROM": "help@example.org",
            "SIGNPOST_LOG_FORMAT": "json",
        }  # fmt: skip
        web = [f"web{number}" for number in range(1, options.web + 1)]
        roles = {"publisher": "publisher", **dict.fromkeys(web, "web"), "worker1": "worker", "worker2": "worker"}
        self.nodes = {name: Node(name, role, folder, environment) for name, role in roles.items()}
        self.web = [self.nodes[name] for name in web]
        for number in range(_ARTICLES):
            write_article(self.nodes["publisher"].folder / "articles", number, "Nothing else.")
        self._changes = 0
        for node in self.nodes.values():
            node.start()
            node.wait("/healthz")  # one after the other: two processors start them all
        for node in self.web:
            node.wait("/readyz")
        self.proxy = haproxy(folder, self.web)
        self._first = 0
        self.load = Load(self._ports, options.searches, options.tickets)

    def _ports(self) -> Sequence[int]:
        if self.proxy:
            return [self.proxy[0]]
        self._first += 1
        return [self.web[(self._first + n) % len(self.web)].port for n in range(len(self.web))]

    def measure(self, faults: Sequence[str]) -> list[Window]:
        self.load.begin()
        time.sleep(2)
        self.load.turn("none")
        time.sleep(self._hold)
        self.load.window.found_everywhere_seconds = self._publish()
        windows = []
        for fault in faults:
            windows.append(self.load.turn(fault))
            self._suffer(fault)
            self.load.window.found_everywhere_seconds = self._publish()
        windows.append(self.load.turn("end"))
        self.load.end()
        return windows

    def _suffer(self, fault: str) -> None:
        how, _space, name = fault.partition(" ")
        target: Any = self.nodes.get(name, self.database)
        if target is self.database and isinstance(self.database, Patroni):
            target = self.database.part(name)
        # Long enough for another server to take over.
        hold = _FAILOVER_SECONDS if isinstance(target, Part) and name == "database" else self._hold
        frozen = target.pids()
        if how == "kill":
            target.kill()
        else:
            for pid in frozen:
                _signal(pid, signal.SIGSTOP)
        time.sleep(hold)
        for pid in reversed(frozen) if how == "freeze" else ():
            _signal(pid, signal.SIGCONT)
        if isinstance(target, Node) and how == "kill":
            target.start()
            target.wait("/healthz")
        elif not isinstance(target, Node) and (how == "kill" or isinstance(target, Part)):
            target.restart()
        time.sleep(2)

    def _publish(self) -> float:
        """Seconds from saving an article until a search on every web node finds it."""
        self._changes += 1
        token = f"token{secrets.token_hex(5)}"
        began = time.monotonic()
        write_article(self.nodes["publisher"].folder / "articles", self._changes % _ARTICLES, f"Its mark is {token}.")
        missing = list(self.web)
        while missing and time.monotonic() - began < _PATIENCE:
            try:
                _status, found = ask(missing[0].port, "GET", f"/api/v1/search?q={quote(token)}&lang=en")
                if any(token in json.dumps(one) for one in found["results"]):
                    missing.pop(0)
                    continue
            except (OSError, http.client.HTTPException, TypeError, KeyError):
                pass
            time.sleep(0.1)
        return round(time.monotonic() - began, 1)

    def afterwards(self) -> dict[str, Any]:
        """What became of every ticket and mail, once the outbox is empty."""
        engine = connect(self.database.url)
        began, backlog = time.monotonic(), -1
        while time.monotonic() - began < _PATIENCE:
            try:
                _status, told = ask(self.web[0].port, "GET", "/readyz")
                backlog = told["backlog"]
            except (OSError, http.client.HTTPException):
                pass
            if backlog == 0:
                break
            time.sleep(0.5)
        with engine.connect() as connection:
            stored = set(connection.execute(select(ticket.c.reference)).scalars())
            count = connection.execute(select(func.count()).select_from(ticket)).scalar_one()
            _status, told = ask(self.web[0].port, "GET", "/readyz")
        engine.dispose()
        mails: Counter[str] = Counter()
        for node in self.nodes.values():
            for path in (node.folder / "data" / "mail").glob("*.eml"):
                found = re.search(rb"^Message-ID:\s*(\S+)", path.read_bytes(), re.MULTILINE | re.IGNORECASE)
                mails[found[1].decode() if found else "none"] += 1
        acknowledged = self.load.acknowledged
        return {
            "tickets_acknowledged": len(acknowledged),
            "acknowledged_and_lost": len(set(acknowledged) - stored),
            "stored_twice": int(count) - len(stored) + len(acknowledged) - len(set(acknowledged)),
            "tickets_held": told["quarantined"],
            "deliveries_left": backlog,
            "mails": sum(mails.values()),
            "mails_sent_twice": sum(number == 2 for number in mails.values()),
            "mails_sent_oftener": sum(number > 2 for number in mails.values()),
        }

    def end(self) -> None:
        if self.proxy:
            self.proxy[1].kill()
            self.proxy[1].wait()
        for node in self.nodes.values():
            node.end()
        self.database.end()


def every_fault(web: int, *, patroni: bool) -> list[str]:
    """Each node and the database, killed and frozen."""
    names = [*(f"web{number}" for number in range(1, web + 1)), "worker1", "worker2", "publisher"]
    names += ["etcd", "standby", "database"] if patroni else ["database"]
    return [f"{how} {name}" for name in names for how in ("kill", "freeze")]


def broken(windows: Sequence[Window], after: dict[str, Any]) -> list[str]:
    """The promises that were not kept."""
    told = [f"{one.fault}: {one.search_errors} searches failed" for one in windows if one.search_errors]
    told += [
        f"{w.fault}: no search for {w.longest_gap_seconds} s" for w in windows if w.longest_gap_seconds > _GAP_MOST
    ]
    told += [f"{w.fault}: found everywhere after {w.found_everywhere_seconds} s" for w in windows
             if w.found_everywhere_seconds > _FOUND_WITHIN]  # fmt: skip
    told += [f"{w.fault}: a ticket took {w.slowest_acknowledgement_seconds} s" for w in windows
             if w.slowest_acknowledgement_seconds > _WRITES_WITHIN]  # fmt: skip
    names = ("acknowledged_and_lost", "stored_twice", "tickets_held", "deliveries_left", "mails_sent_oftener")
    return told + [f"{name}: {after[name]}" for name in names if after[name]]


def table(windows: Sequence[Window]) -> str:
    head = "fault              searches  errors  gap s   tickets  retried  slowest s  found s"
    rows = [
        f"{w.fault:18} {w.searches:8} {w.search_errors:7} {w.longest_gap_seconds:6.2f} {w.tickets_acknowledged:9}"
        f" {w.tickets_refused_at_first:8} {w.slowest_acknowledgement_seconds:10.1f} {w.found_everywhere_seconds:8.1f}"
        for w in windows
    ]
    return "\n".join((head, *rows))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--patroni", default="", help="The command of Patroni; `none` for one server without it.")
    parser.add_argument("--searches", type=float, default=10.0, help="A second.")
    parser.add_argument("--tickets", type=float, default=2.0, help="A second.")
    parser.add_argument("--web", type=int, default=2, help="Web nodes.")
    parser.add_argument("--servers", type=int, default=2, help="PostgreSQL servers under Patroni.")
    parser.add_argument("--etcd", type=int, default=1, help="Members of etcd.")
    parser.add_argument("--hold", type=float, default=6.0, help="Seconds a fault lasts.")
    parser.add_argument("--faults", default="", help="Such as `kill web1,freeze database`; all without.")
    parser.add_argument("--keep", action="store_true", help="Leave the folder with all logs.")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    patroni = options.patroni.split() or ([found] if (found := shutil.which("patroni")) else [])
    patroni = [] if options.patroni == "none" or not shutil.which("etcd") else patroni
    folder = Path(tempfile.mkdtemp(prefix="signpost-cluster-"))
    if owner():
        folder.chmod(0o755)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    machine, cluster = Machine.now(), None
    try:
        cluster = Cluster(folder, patroni, options)
        chosen = [one.strip() for one in options.faults.split(",") if one.strip()]
        windows = cluster.measure(chosen or every_fault(options.web, patroni=bool(patroni)))
        after = cluster.afterwards()
        problems = broken(windows, after)
        print(table(windows))
        figures = {
            "machine": str(machine), "database": cluster.database.name, "haproxy": cluster.proxy is not None,
            "searches_a_second": options.searches, "tickets_a_second": options.tickets, "hold_seconds": options.hold,
            "windows": [asdict(one) for one in windows], **after, "broken": problems,
        }  # fmt: skip
        print(json.dumps({**figures, "windows": len(windows)}, indent=1))
        if options.json:
            options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        return 1 if problems else 0
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    finally:
        if cluster is not None:
            cluster.end()
        if options.keep:
            print(f"Logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
