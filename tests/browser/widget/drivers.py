"""Firefox and WebKit, driven by what each brings itself: Playwright drives only builds of its own of these two.

Firefox listens on a web socket (WebDriver BiDi), WebKit's driver answers HTTP (WebDriver). Of both we need one thing:
to go to a page and to run a script there.
"""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from websockets.sync.client import ClientConnection, connect

_PATIENCE = 30.0


class Driven(Protocol):
    def goto(self, url: str) -> None: ...

    def run(self, script: str) -> str:
        """What the expression, or the promise it is, comes to, as text. Raises RuntimeError if it throws."""


class _Firefox:
    def __init__(self, socket_: ClientConnection) -> None:
        self._socket = socket_
        self._asked = 0
        self._send("session.new", capabilities={})
        self._page = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def goto(self, url: str) -> None:
        self._send("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def run(self, script: str) -> str:
        answer = self._send(
            "script.evaluate", expression=f"Promise.resolve({script}).then(String)", target={"context": self._page},
            awaitPromise=True,
        )  # fmt: skip
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return str(answer["result"]["value"])

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._asked += 1
        self._socket.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=_PATIENCE))
            if answer.get("id") == self._asked:
                if answer["type"] == "error":
                    raise RuntimeError(f"{answer['error']}: {answer['message']}")
                result: dict[str, Any] = answer["result"]
                return result


class _WebKit:
    def __init__(self, address: str, browser: Path) -> None:
        self._address = address
        options = {"binary": str(browser), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = f"/session/{self._call('/session', wanted)['sessionId']}"

    def goto(self, url: str) -> None:
        self._call(f"{self._session}/url", {"url": url})

    def run(self, script: str) -> str:
        # Texts only: what a page has done to arrays and objects comes along otherwise.
        body = (
            f"const done = arguments[0]; Promise.resolve({script}).then((v) => done(`=${{v}}`), (e) => done(`${{e}}`));"
        )
        answer = str(self._call(f"{self._session}/execute/async", {"script": body, "args": []}))
        if not answer.startswith("="):
            raise RuntimeError(answer)
        return answer.removeprefix("=")

    def _call(self, path: str, body: dict[str, Any]) -> Any:
        data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(self._address + path, data, headers), timeout=_PATIENCE
        ) as answer:
            return json.load(answer)["value"]


@contextmanager
def firefox(profile: Path) -> Iterator[Driven | None]:
    """Firefox without a window; None where there is none."""
    executable = shutil.which("firefox-esr") or shutil.which("firefox")
    if executable is None:
        yield None
        return
    command = [executable, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    output = profile.with_suffix(".log")
    with _started(command, output):
        address = _wait_for_line(output, r"WebDriver BiDi listening on (ws://\S+)")
        with connect(f"{address}/session", max_size=None) as socket_:
            yield _Firefox(socket_)


@contextmanager
def webkit(profile: Path) -> Iterator[Driven | None]:
    """WebKit's small browser, on a screen that nobody sees; None where there is none."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"), None)
    if driver is None or screen is None or browser is None:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    display = profile / "display.log"
    with _started([screen, "-displayfd", "2", "-screen", "0", "1280x900x24"], display):
        number = _wait_for_line(display, r"^(\d+)$")
        environment = {"DISPLAY": f":{number}", "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "PATH": "/usr/bin"}
        with _started([driver, f"--port={port}"], profile / "driver.log", environment):
            address = f"http://127.0.0.1:{port}"
            _wait_for(port)
            yield _WebKit(address, browser)


@contextmanager
def _started(command: list[str], output: Path, environment: dict[str, str] | None = None) -> Iterator[None]:
    with output.open("wb") as errors:
        process = subprocess.Popen(command, env=environment, stderr=errors)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_line(output: Path, pattern: str) -> str:
    """What fits in what a process writes, waited for."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if found := re.search(pattern, output.read_text("utf-8", "replace"), re.MULTILINE):
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"nothing like {pattern} in {output.read_text('utf-8', 'replace')[-500:]}")


def _wait_for(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nobody listens on {port}")
