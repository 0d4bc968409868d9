"""Going back to an earlier revision beside a running server: visitors see it at once, and it stays."""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import articles
from tests.process.server import ROOT, Server, environment

_MISTAKE = "The refund takes five centuries."


def soon(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return False


def got(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return str(error.read().decode())


def told(port: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(got(port, "/readyz"))
    return found


def test_a_rollback_is_served_found_and_left_alone_by_the_watcher(tmp_path: Path, migrated_url: str) -> None:
    folder = tmp_path / "articles"
    articles.write_demo(folder)
    more = {"SIGNPOST_DATABASE_URL": migrated_url, "SIGNPOST_RATE_LIMITS": "off"}

    with Server(tmp_path, **more) as server:
        assert server.process is not None and server.process.stdout is not None
        # A log that nobody reads fills its pipe, and the server would wait for ever to write the next line.
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(server.process.stdout))  # type: ignore[union-attr,arg-type]
        reader.start()
        server.wait("/readyz", 60)
        port = server.port
        # A node says which revision it serves once it has looked, every second.
        assert soon(lambda: (told(port)["articles"], told(port)["revision"]) == (6, 1))
        articles.write(folder, "en", "refund", "When the refund arrives", _MISTAKE, category="returns")
        assert soon(lambda: "five centuries" in got(port, "/en/a/refund"))

        command = [sys.executable, "-m", "flask", "--app", "wsgi", "kb", "rollback", "1"]
        env = environment(tmp_path, port, **more)
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stderr
        assert "five working days" in got(port, "/en/a/refund")
        assert (told(port)["status"], told(port)["publishing"]["state"]) == ("ok", "rolled_back")
        assert soon(lambda: told(port)["revision"] == 3)

        articles.write(folder, "en", "pairing", "Pair the headphones", "Hold it quizzaciously.", category="setup")
        assert soon(lambda: "quizzaciously" in got(port, "/en/a/pairing"))
        assert "five working days" in got(port, "/en/a/refund")
        assert soon(lambda: "five working days" in got(port, "/api/v1/search?q=when+does+the+refund+arrive&lang=en"))

        articles.write(folder, "en", "refund", "When the refund arrives", "Corrected: six days.", category="returns")
        assert soon(lambda: "six days" in got(port, "/en/a/refund"))
        assert soon(lambda: told(port)["publishing"]["state"] == "ok")
        server.process.kill()
        reader.join()

    log = "".join(lines)
    assert "rollback_over" in log and "watch_failed" not in log, log
