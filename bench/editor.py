"""How quick the editor is with a long article: opening, typing, and the preview after a pause, in Chromium.

    python -m bench.editor --kb DIR [--article PATH] [--pauses N] [--json OUT]

Starts the server of `make run` on the folder, opens the article (the longest one, unless another is named) at the desk
and traces the page. A pause in typing counts from the key to the paint with the new word in the preview. Nothing is
saved. Exit code 1: a task of the page took more than 50 ms of processor time while somebody typed, or the preview came
later than 300 ms after a pause, half of the times. A task's time by the clock is told as well: on a busy machine it is
that of others, too.
"""

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from app.container import Services
from app.settings.schema import Settings
from bench.chromium import Chromium, Tab, chromium
from bench.server import CannotMeasure, Machine, serving
from support.agents.models import Role

STILL_MS, PREVIEW_MS = 50.0, 300.0
_LOGIN, _PASSWORD = "bench@example.org", "a pass phrase for measuring"
_KEYS, _BETWEEN = 60, 0.11
_PATIENCE = 180.0
_CATEGORIES = "toplevel,disabled-by-default-toplevel,devtools.timeline"


@dataclass(frozen=True)
class Figures:
    """Milliseconds. `open_still` and `still` are the longest tasks of the page while it opens and while one types: by
    the clock, of the processor, and what most of that went to."""

    article: str
    characters: int
    first_paint: float
    preview_after_opening: float
    open_still: tuple[float, float, str]
    still: tuple[float, float, str]
    previews: list[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.previews)


@contextmanager
def scratch(kb: Path) -> Iterator[dict[str, str]]:
    """Settings of a data folder with one account."""
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as folder:
        overrides = {
            "data_dir": folder, "kb_dir": str(kb.absolute()), "database_url": "", "embedder": "hashing",
            "smtp_url": "", "webhook_url": "", "rate_limits": "off", "challenge": "off", "watch": "false",
            "log_format": "json", "kb_commits": "off",
        }  # fmt: skip
        services = Services.build(Settings.load(overrides, environ={}))
        try:
            services.desk.accounts.create(_LOGIN, "Bench", _PASSWORD, [Role.ADMIN], "bench", datetime.now(UTC))
        finally:
            services.close()
        yield overrides


def sign_in(port: int) -> str:
    """The session's cookie, when the folder has been read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/desk/sign-in", urlencode({"login": _LOGIN, "password": _PASSWORD}), form)
    response = connection.getresponse()
    response.read()
    cookie = (response.headers["Set-Cookie"] or "").partition(";")[0]
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        connection.request("GET", "/desk/articles", headers={"Cookie": cookie})
        response = connection.getresponse()
        response.read()
        if response.status == 200 and "Refresh" not in response.headers:
            return cookie
        time.sleep(1)
    raise CannotMeasure("The articles were not read in time.")


def measure(browser: Chromium, port: int, cookie: str, article: str, characters: int, pauses: int) -> Figures:
    tab = Tab(browser)
    name, _, value = cookie.partition("=")
    site = f"http://127.0.0.1:{port}"
    tab.send("Network.setCookie", name=name, value=value, url=site)
    browser.trace(_CATEGORIES)
    tab.send("Page.navigate", url=f"{site}/desk/articles/edit/{quote(article)}")
    _until(tab, "document.querySelector('[data-shown]')?.childElementCount > 0")
    shown = float(tab.evaluate("performance.now()"))
    first = float(tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    opening = _longest(browser.traced())
    tab.evaluate(_WATCH)
    time.sleep(2)
    browser.trace(_CATEGORIES)
    for n in range(_KEYS):
        _key(tab, "typing "[n % 7])
        time.sleep(_BETWEEN if n % 10 else 3 * _BETWEEN)  # a preview may come in the middle of it
    still = _longest(browser.traced())
    previews = []
    for n in range(pauses):
        time.sleep(1)
        for key in f" word{n}z":
            _key(tab, key)
            time.sleep(0.03)
        previews.append(float(tab.evaluate(f"window.benchShown('word{n}z')")))
    tab.close()
    return Figures(article, characters, first, shown, opening, still, previews)


# Puts the caret at the end of a paragraph in the first third, and promises the milliseconds from the last key until the
# preview with a word is painted.
_WATCH = """
(() => {
  const place = document.querySelector("[data-code]").shadowRoot.querySelector(".cm-content");
  place.focus();
  const shown = document.querySelector("[data-shown]");
  const lines = [...place.querySelectorAll(".cm-line")];
  const line = lines.find((one) => /^[A-Za-z][^|`[]{20,}$/.test(one.textContent)) || lines[0];
  getSelection().selectAllChildren(line);
  getSelection().collapseToEnd();
  let last = 0;
  place.addEventListener("keydown", () => { last = performance.now(); }, true);
  window.benchShown = (word) => new Promise((done) => {
    const look = () => {
      if (!shown.textContent.includes(word)) return false;
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - last)));
      return true;
    };
    if (look()) return;
    const watch = new MutationObserver(() => { if (look()) watch.disconnect(); });
    watch.observe(shown, { childList: true, subtree: true, characterData: true });
  });
})()
"""


def _key(tab: Tab, key: str) -> None:
    tab.send("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
    tab.send("Input.dispatchKeyEvent", type="keyUp", key=key)


def _until(tab: Tab, condition: str) -> None:
    until = time.monotonic() + _PATIENCE
    while not tab.evaluate(condition):
        if time.monotonic() > until:
            raise CannotMeasure(f"This did not come true: {condition}")
        time.sleep(0.02)


def _longest(events: list[dict[str, Any]]) -> tuple[float, float, str]:
    """The longest task of the page's main thread, in milliseconds by the clock and of the processor, and what most of
    the latter went to."""
    main = {
        (one["pid"], one["tid"])
        for one in events
        if one.get("name") == "thread_name" and one["args"].get("name") == "CrRendererMain"
    }
    timed = [one for one in events if one.get("ph") == "X" and (one["pid"], one["tid"]) in main]
    tasks = [one for one in timed if str(one.get("name", "")).endswith("RunTask")]
    if not tasks:
        return 0.0, 0.0, ""
    longest = max(tasks, key=_processor)
    parts: Counter[str] = Counter()
    for one in timed:
        inside = longest["ts"] <= one["ts"] < longest["ts"] + longest["dur"] and one["tid"] == longest["tid"]
        if inside and not str(one["name"]).endswith("RunTask"):
            parts[one["name"]] += _processor(one) / 1000
    wall = max(float(one["dur"]) for one in tasks)
    most = ", ".join(f"{name} {spent:.0f}" for name, spent in parts.most_common(4))
    return wall / 1000, _processor(longest) / 1000, most


def _processor(event: dict[str, Any]) -> float:
    return float(event.get("tdur", event["dur"]))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.editor", description=__doc__.split("\n")[0])
    parser.add_argument("--kb", type=Path, required=True, help="the articles folder; nothing in it is changed")
    parser.add_argument("--article", default="", help="its path below the folder; default: the longest")
    parser.add_argument("--pauses", type=int, default=10)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(arguments)
    article = given.article or max(given.kb.rglob("*.md"), key=lambda path: path.stat().st_size).relative_to(given.kb)
    characters = len((given.kb / article).read_text(encoding="utf-8"))
    print(Machine.now())
    try:
        with scratch(given.kb) as overrides, serving(overrides, "/healthz") as (port, _, _), chromium() as browser:
            found = measure(browser, port, sign_in(port), str(article), characters, given.pauses)
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 2
    print(f"{found.article}: {found.characters:,} characters")
    print(f"first paint {found.first_paint:.0f} ms, first preview {found.preview_after_opening:.0f} ms after opening")
    for when, (wall, processor, parts) in (("opening", found.open_still), ("typing", found.still)):
        print(f"longest task while {when}: {processor:.0f} ms of the processor ({parts}), {wall:.0f} ms by the clock")
    least, most = min(found.previews), max(found.previews)
    print(f"preview after a pause: median {found.p50:.0f} ms, {least:.0f} to {most:.0f} ms")
    if given.json:
        given.json.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    return int(found.still[1] > STILL_MS or found.p50 > PREVIEW_MS)


if __name__ == "__main__":
    raise SystemExit(main())
