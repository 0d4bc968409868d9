"""Processes of the service, what is in front of them, and what they are asked."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.cluster.network import Network
from bench.server import ROOT, CannotMeasure

PATIENCE = 120.0
# Where a process is asked: address and port.
Door = tuple[str, int]


def ask(door: Door, method: str, path: str, body: Any = None, seconds: float = 5.0, key: str = "") -> tuple[int, Any]:
    """Status and JSON of one request over a connection of its own. Raises OSError or HTTPException."""
    connection = http.client.HTTPConnection(*door, timeout=seconds)
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

    def __init__(self, name: str, roles: str, folder: Path, environment: dict[str, str], network: Network) -> None:
        self.name, self.folder = name, folder / name
        self._place = network.place(name)
        self.door: Door = (self._place.address, network.port())
        (self.folder / "articles").mkdir(parents=True)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")},
            **environment,
            "HOST": self.door[0],
            "PORT": str(self.door[1]),
            "SIGNPOST_ROLES": roles,
            "SIGNPOST_DATA_DIR": str(self.folder / "data"),
            "SIGNPOST_KB_DIR": str(self.folder / "articles"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._place.through, sys.executable, "-m", "app.ops.serve"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def wait(self, path: str) -> None:
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            if self.process is not None and self.process.poll() is not None:
                break
            try:
                if ask(self.door, "GET", path)[0] == 200:
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

    def roll(self) -> None:
        """Another version in its place, as in an upgrade: it ends what it has begun, and begins anew."""
        self.end()
        self.start()
        self.wait("/readyz?for=reading")

    def lose_index(self) -> None:
        """Somebody removes the index below the running process: it is built again."""
        shutil.rmtree(self.folder / "data" / "index", ignore_errors=True)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


_HAPROXY = """
global
  maxconn 500
defaults
  mode http
  timeout connect 200ms
  timeout check 300ms
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
  default-server check inter 300ms fastinter 100ms fall 2 rise 1
{servers}
backend sending
  balance roundrobin
  timeout server 15s
  option httpchk GET /readyz?for=reading
  default-server check inter 300ms fastinter 100ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


def haproxy(folder: Path, nodes: Sequence[Node], port: int) -> subprocess.Popen[bytes] | None:
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        return None
    servers = "\n".join(f"  server {node.name} {node.door[0]}:{node.door[1]}" for node in nodes)
    (folder / "haproxy.cfg").write_text(_HAPROXY.format(port=port, servers=servers), encoding="utf-8")
    with (folder / "haproxy.log").open("wb") as log:
        return subprocess.Popen([program, "-f", str(folder / "haproxy.cfg"), "-db"], stdout=log, stderr=log)


def tell(pid: int, which: signal.Signals) -> None:
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        pass
