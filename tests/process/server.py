"""A real server in a process of its own, as `make run` starts it, on a small help centre and a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from random import SystemRandom

from tests.articles import UNHURRIED

ROOT = Path(__file__).parents[2]


# Below the ports the kernel hands out by itself: it may give one of those to any connection between our finding it free
# and the server's binding it.
_PORTS = range(10_000, 32_768)


def free_port() -> int:
    """A port that nothing listens on. Chosen at random, so that tests running beside these choose others."""
    while True:
        port = SystemRandom().choice(_PORTS)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """What the process sees: no settings of ours, a scratch data folder, no model."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SIGNPOST_")}
    (folder / "articles").mkdir(exist_ok=True)
    return {
        **kept,
        "PORT": str(port),
        "SIGNPOST_DATA_DIR": str(folder / "data"),
        "SIGNPOST_KB_DIR": str(folder / "articles"),
        "SIGNPOST_EMBEDDER": "hashing",
        **{f"SIGNPOST_{name.upper()}": str(value) for name, value in UNHURRIED.items()},
        **more,
    }


class Server:
    """Started on entering; killed on leaving if the test has not ended it."""

    def __init__(self, folder: Path, port: int | None = None, **more: str) -> None:
        self.port = port or free_port()
        self._environment = environment(folder, self.port, **more)
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Server":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.ops.serve"],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=20)

    def wait(self, path: str = "/healthz", seconds: float = 30.0) -> float:
        """Seconds until `path` answered 200; fails with the process's words when it does not."""
        assert self.process is not None
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if self.process.poll() is not None:
                break
            if status(self.port, path) == 200:
                return time.monotonic() - began
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"{path} never answered:\n{self.process.communicate()[0]}")

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send the signal; its exit code and all it printed."""
        assert self.process is not None
        self.process.send_signal(how)
        output, _ = self.process.communicate(timeout=20)
        return self.process.returncode, output


def status(port: int, path: str) -> int | None:
    """The status of an answer, or None when there was none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            found: int = response.status
            return found
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None
