"""Publishing while visitors search: a real server, and none of them notices."""

import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

from tests import articles
from tests.process.server import ROOT, Server, environment, free_port

_OFF = {"SIGNPOST_RATE_LIMITS": "off"}


class Visitors:
    """Threads that search without a pause, and what they were answered: status, and whether something was missing."""

    def __init__(self, port: int, count: int) -> None:
        self.answers: list[tuple[int, object]] = []
        self._over = threading.Event()
        self._port = port
        self._threads = [threading.Thread(target=self._search, args=(i,)) for i in range(count)]

    def __enter__(self) -> "Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Until so many more answers came."""
        wanted, deadline = len(self.answers) + more, time.monotonic() + 60
        while len(self.answers) < wanted:
            assert time.monotonic() < deadline, "the server stopped answering"
            time.sleep(0.02)

    def _search(self, number: int) -> None:
        asked = ("where is my parcel", "iade", "退款", "pair the headphones")[number % 4]
        while not self._over.is_set():
            try:
                self.answers.append(search(self._port, asked)[:2])
            except (OSError, http.client.HTTPException) as error:
                self.answers.append((0, repr(error)))


def search(port: int, asked: str) -> tuple[int, object, str]:
    """Status, what was missing, and the body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/api/v1/search?q={quote(asked)}")
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, json.loads(body).get("degraded"), body


def test_a_publish_and_a_whole_new_index_fail_no_search(tmp_path: Path) -> None:
    articles.write_demo(tmp_path / "articles")
    env = environment(tmp_path, free_port(), **_OFF)
    subprocess.run([sys.executable, "-m", "app.ops.setup"], cwd=ROOT, env=env, check=True, capture_output=True)
    generations = tmp_path / "data" / "index" / "generations"

    with Server(tmp_path, **_OFF) as server:
        assert server.process is not None and server.process.stdout is not None
        # A log that nobody reads fills its pipe, and the server would wait for ever to write the next line.
        reader = threading.Thread(target=server.process.stdout.read)
        reader.start()
        server.wait("/readyz", 60)
        with Visitors(server.port, 4) as visitors:
            visitors.wait_for(10)
            articles.write(tmp_path / "articles", "en", "invoice", "Print an invoice", "Choose quizzaciously.")
            deadline = time.monotonic() + 60
            while "quizzaciously" not in search(server.port, "quizzaciously")[2].split('"results"', 1)[1]:
                assert time.monotonic() < deadline, "a saved article was never found"
                time.sleep(0.05)
            before = {p.name for p in generations.iterdir()}
            command = [sys.executable, "-m", "flask", "--app", "wsgi", "index", "build", "--anew"]
            subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
            visitors.wait_for(20)
        assert {p.name for p in generations.iterdir()} - before
        server.process.kill()
        reader.join()

    assert set(visitors.answers) == {(200, None)}
