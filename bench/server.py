"""The system under test: a temporary data folder, the server of `make run`, and process metrics."""

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.settings.schema import Settings

ROOT = Path(__file__).parent.parent
_PATIENCE = 90.0


@dataclass(frozen=True)
class Machine:
    """The machine of a measurement. `load` is the load average of the last minute."""

    processors: int
    model: str
    load: float

    @staticmethod
    def now() -> "Machine":
        named = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))
        return Machine(len(os.sched_getaffinity(0)), named[1] if named else "", round(os.getloadavg()[0], 1))

    def __str__(self) -> str:
        return f"{self.processors} processors, {self.model}, {self.load} processes at work before"


class CannotMeasure(RuntimeError):
    """`str(error)` says what is missing."""


@contextmanager
def scratch_settings(kb: Path) -> Iterator[dict[str, str]]:
    """Settings for a data folder that is removed afterwards; model and vectors are those of the configured one."""
    home = Settings.load()
    if home.embedder == "model" and not home.model and not home.model_dir.is_dir():
        raise CannotMeasure(f"The model is not in {home.model_dir} yet. Run `make setup`, which makes it.")
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        data = Path(scratch)
        vectors = home.index_dir / "vectors"
        vectors.mkdir(parents=True, exist_ok=True)
        (data / "index").mkdir()
        (data / "index" / "vectors").symlink_to(vectors)
        (data / "model").symlink_to(home.model_dir)
        yield {
            "data_dir": scratch, "kb_dir": str(kb.absolute()), "database_url": "", "smtp_url": "", "webhook_url": "",
            "rate_limits": "off", "challenge": "off", "watch": "false", "log_format": "json",
        }  # fmt: skip


@contextmanager
def serving(overrides: dict[str, str], ready: str = "/readyz") -> Iterator[tuple[int, subprocess.Popen[bytes], float]]:
    """The server of `make run` on a free port: (port, process, seconds until it was ready). `ready` is the address that
    must answer first: without articles only `/healthz` does."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    ours = {f"SIGNPOST_{name.upper()}": value for name, value in overrides.items()}
    environment = {**os.environ, **ours, "HOST": "127.0.0.1", "PORT": str(port)}
    output = Path(overrides["data_dir"]) / "server.log"
    with output.open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "app.ops.serve"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            while not _is_ready(port, ready):
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    raise CannotMeasure("The server did not become ready.")
                time.sleep(0.05)
            yield port, process, time.perf_counter() - began
        except CannotMeasure as reason:
            log_tail = output.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise CannotMeasure(f"{reason} It said at last:\n{log_tail}") from None
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_ready(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def memory(row: str, pid: int | None = None) -> int:
    """Megabytes of a process (this one without `pid`): VmRSS is resident now, VmHWM the most it ever was."""
    status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="ascii", errors="replace")
    return int(status.split(f"{row}:", 1)[1].split()[0]) // 1024


def cpu_seconds(pid: int | None = None) -> float:
    """Processor time a process (this one without `pid`) has used, in all its threads."""
    fields = (
        Path(f"/proc/{pid or 'self'}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
