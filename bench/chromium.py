"""A Chromium driven over the DevTools protocol (pipe) with as few domains enabled as possible.

Playwright enables more domains for its own work, which distorts the page's timings.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.ops.bootstrap import find_browser
from bench.server import CannotMeasure

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,860",
)  # fmt: skip


class Tab:
    """One page. `send` calls a method of the DevTools protocol for it."""

    def __init__(self, browser: "Chromium") -> None:
        self._browser = browser
        self._target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.send("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.send(method, self._session, **parameters)

    def evaluate(self, script: str) -> Any:
        """Evaluate an expression, awaiting promises. Raises CannotMeasure if it throws."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise CannotMeasure(f"The page said: {answer['exceptionDetails'].get('text')}")
        return answer["result"].get("value")

    def close(self) -> None:
        self._browser.send("Target.closeTarget", targetId=self._target)


class Chromium:
    """The browser at the other ends of two pipes, which carry JSON with a zero after each message."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._asked = 0
        self._rest = b""
        self._heard: list[dict[str, Any]] = []

    def send(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """The result of a call. Raises CannotMeasure when the browser refuses it or is gone."""
        self._asked += 1
        call: dict[str, Any] = {"id": self._asked, "method": method, "params": parameters}
        if session:
            call["sessionId"] = session
        os.write(self._to, json.dumps(call).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._asked:
                if "error" in answer:
                    raise CannotMeasure(f"Chromium refuses {method}: {answer['error'].get('message')}")
                result: dict[str, Any] = answer["result"]
                return result
            self._heard.append(answer)

    def trace(self, categories: str) -> None:
        """Begin a trace, which `traced` ends."""
        self.send("Tracing.start", traceConfig={"includedCategories": categories.split(",")})

    def traced(self) -> list[dict[str, Any]]:
        """The events of the trace."""
        self._heard.clear()
        self.send("Tracing.end")
        while not any(one.get("method") == "Tracing.tracingComplete" for one in self._heard[-1:]):
            self._heard.append(self._next())
        found = [one["params"]["value"] for one in self._heard if one.get("method") == "Tracing.dataCollected"]
        return [event for part in found for event in part]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._back, 1 << 16)
            if not more:
                raise CannotMeasure("Chromium has ended.")
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A browser with a temporary profile. Raises CannotMeasure when no Chromium is installed."""
    executable = find_browser()
    if not executable:
        raise CannotMeasure("This needs Chromium: install it with “apt-get install chromium”.")
    hear, to = os.pipe()
    back, say = os.pipe()
    with tempfile.TemporaryDirectory(prefix="signpost-bench-", ignore_cleanup_errors=True) as profile:
        # The protocol is read from descriptor 3 and written to 4: only a shell hands them over by number.
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$0" "$@" 3<&{hear} 4>&{say}', executable, *_FLAGS, "--remote-debugging-pipe",
             f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(hear, say), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(hear)
        os.close(say)
        try:
            yield Chromium(to, back)
        finally:
            process.terminate()
            process.wait()
            os.close(to)
            os.close(back)
