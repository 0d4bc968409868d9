"""PostgreSQL as one server, or as several under Patroni with etcd. They are reached over TLS whose certificate is
verified, where the system has a PostgreSQL that was built with it."""

import http.client
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.cluster.network import Network, certificate
from bench.cluster.nodes import PATIENCE, Door, ask, tell
from bench.postgres import Postgres, children, give, start, tools, tools_with_tls
from bench.server import CannotMeasure


def _verified(root: Path) -> str:
    return f"sslmode=verify-full&sslrootcert={root}"


class OneServer:
    """PostgreSQL as one server, which is started again after it was killed."""

    name = "database"
    title = "one PostgreSQL"

    def __init__(self, folder: Path, network: Network, *, vectors: bool = False) -> None:
        """`vectors`: with pgvector, which the package's server has, and no TLS, which it has not."""
        place = network.place("database")
        programs = None if vectors else tools_with_tls()
        self._server = Postgres(folder / "postgres", place.address, place.through, programs)
        self._server.make()
        self.url = self._server.url()
        if programs:
            public, private = certificate(self._server.folder, [place.address])
            give(self._server.folder)
            self._server.configure(ssl="on", ssl_cert_file=str(public), ssl_key_file=str(private))
            self.url += f"?{_verified(public)}"
            self.title += f" (version {programs.parent.name}) over verified TLS"
        self._server.let_in("hostssl" if programs else "host")
        self._server.start()

    def pids(self) -> list[int]:
        return self._server.pids()

    def kill(self) -> None:
        for pid in self.pids():
            tell(pid, signal.SIGKILL)
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
restapi: {{listen: "{at}:{rest}", connect_address: "{at}:{rest}"}}
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
      parameters:
        max_connections: 200
        shared_buffers: 64MB
        unix_socket_directories: ''
        wal_sender_timeout: 10s
        wal_receiver_timeout: 10s{tls}
  initdb: [{{encoding: UTF8}}, {{locale: C.UTF-8}}, {{auth-host: trust}}, {{auth-local: trust}}]
  pg_hba:
    - {kind} all all 0.0.0.0/0 trust
    - {kind} replication all 0.0.0.0/0 trust
postgresql:
  listen: "{at}:{port}"
  connect_address: "{at}:{port}"
  data_dir: {data}
  bin_dir: {bin}
  pgpass: {pgpass}
  basebackup: [{{checkpoint: fast}}]
  remove_data_directory_on_diverged_timelines: true
  remove_data_directory_on_rewind_failure: true
  authentication:
    superuser: {{username: postgres, password: x}}
    replication: {{username: replicator, password: x}}
"""


_TLS = """
        ssl: 'on'
        ssl_cert_file: {public}
        ssl_key_file: {private}"""


class Part:
    """One machine of the database: its processes, and how it is started again."""

    def __init__(self, name: str, pids: Callable[[], list[int]], restart: Callable[[], object]) -> None:
        self.name, self.pids, self.restart = name, pids, restart

    def kill(self) -> None:
        for pid in self.pids():
            tell(pid, signal.SIGKILL)


class Patroni:
    """Servers under Patroni, and etcd. Where the primary is killed another one takes over."""

    def __init__(
        self, folder: Path, command: Sequence[str], servers: int, members: int, network: Network, *,
        vectors: bool = False,
    ) -> None:  # fmt: skip
        self.title = f"{servers} PostgreSQL under Patroni, synchronous, {members} etcd"
        self._folder, self._command = folder / "patroni", list(command)
        self._folder.mkdir()
        give(self._folder)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._network = network
        places = {
            f"etcd{number}": (network.place(f"etcd{number}").address, network.port(), network.port())
            for number in range(1, members + 1)
        }
        everybody = ",".join(f"{name}=http://{at}:{peer}" for name, (at, _client, peer) in places.items())
        self._etcd: dict[str, list[str | Path]] = {
            name: [
                "etcd", "--name", name, "--data-dir", self._folder / name, "--initial-cluster", everybody,
                "--listen-client-urls", f"http://{at}:{client}",
                "--advertise-client-urls", f"http://{at}:{client}",
                "--listen-peer-urls", f"http://{at}:{peer}",
                "--initial-advertise-peer-urls", f"http://{at}:{peer}",
            ]
            for name, (at, client, peer) in places.items()
        }  # fmt: skip
        for name in self._etcd:
            self._begin(name)
        names = [f"pg{number}" for number in range(1, servers + 1)]
        public, private = certificate(self._folder, [network.place(name).address for name in names])
        programs = None if vectors else tools_with_tls()
        tls = _TLS.format(public=public, private=private) if programs else ""
        self._rest: dict[str, Door] = {}
        hosts = []
        for name in names:
            at, rest, port = network.place(name).address, network.port(), network.port()
            self._rest[name] = at, rest
            hosts.append(f"{at}:{port}")
            text = _PATRONI.format(
                name=name, rest=rest, at=at, tls=tls, kind="hostssl" if programs else "host",
                etcd=",".join(f"{where}:{client}" for where, client, _peer in places.values()),
                port=port, data=self._folder / name, bin=programs or tools(), pgpass=self._folder / f"{name}.pgpass",
            )  # fmt: skip
            (self._folder / f"{name}.yml").write_text(text, encoding="utf-8")
        give(self._folder)
        for name in self._rest:
            self._begin(name)
            self._wait(lambda: self._primary() is not None)
        self._wait(self._whole)
        self.url = f"postgresql://postgres@{','.join(hosts)}/postgres"
        if programs:
            self.url += f"?{_verified(public)}"
            self.title += f" (version {programs.parent.name}) over verified TLS"

    def part(self, name: str) -> Part:
        """The primary (`database`), the synchronous `standby`, or one member of `etcd`, as they are now."""
        if name == "etcd":
            member = next(iter(self._etcd))
            return Part(member, lambda: [self._processes[member].pid], lambda: self._again(member))
        server = self._primary() if name == "database" else next(iter(self._members("sync_standby")), None)
        if server is None:
            raise CannotMeasure(f"there is no {name} to stop")
        return Part(server, lambda: self._pids(server), lambda: self._again(server))

    def _again(self, name: str) -> None:
        if self._processes[name].poll() is not None:
            self._begin(name)
        self._wait(self._whole)

    def _whole(self) -> bool:
        standbys = len(self._members("sync_standby")) + len(self._members("replica"))
        return len(self._members("sync_standby")) == 1 and standbys == len(self._rest) - 1

    def _begin(self, name: str) -> None:
        command = self._etcd.get(name) or [*self._command, self._folder / f"{name}.yml"]
        through = self._network.place(name).through
        self._processes[name] = start(command, self._folder / f"{name}.log", through=through)

    def _wait(self, holds: Callable[[], bool]) -> None:
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > PATIENCE:
                logs = [one.read_text(encoding="utf-8", errors="replace")[-800:] for one in self._folder.glob("*.log")]
                raise CannotMeasure("Patroni did not come up: " + "\n".join(logs))
            time.sleep(0.3)

    def _members(self, role: str) -> list[str]:
        for door in self._rest.values():
            try:
                _status, found = ask(door, "GET", "/cluster", seconds=2)
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
                tell(pid, signal.SIGKILL)
        for pidfile in self._folder.glob("*/postmaster.pid"):
            pid = int(pidfile.read_text(encoding="ascii").split()[0])
            for one in (*children(pid), pid):
                tell(one, signal.SIGKILL)
