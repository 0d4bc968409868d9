"""The widget's cost for its host page (main-thread time, responsiveness), in a real Chromium.

    python -m bench.widget [--loads N] [--json OUT]

Starts the server of `make run` and, on an origin of its own, a small page in four versions: without the widget, with
an empty script in its place, with the least script that shows such a button, and with the widget. Each is loaded N
times, in turns, with nothing cached, and the processor time of the page's main thread is read from the browser until
one and a half seconds after it began (`Performance.getMetrics` in thread time; the renderer was warmed by another page
of the same site). Then the widget is opened N times by a press of the mouse. Figures are medians.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from app.container import Services
from app.ops.publishing import publish_and_index
from app.settings.schema import Settings
from bench.chromium import Chromium, Tab, chromium
from bench.server import ROOT, CannotMeasure, Machine, serving
from widget.build import build

LOADS = 20
VERSIONS = {
    "without": "without",
    "empty": "an empty script",
    "button": "the least script with such a button",
    "widget": "the widget",
}
_SETTLED, _WATCHED = 0.5, 1.5
_PARTS = {
    "all": "TaskDuration", "script": "ScriptDuration", "compile": "V8CompileDuration", "style": "RecalcStyleDuration",
    "layout": "LayoutDuration",
}  # fmt: skip
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Return an item</title>
<style>body { margin: 0; font: 16px/1.6 Georgia, serif } main { max-width: 760px; margin: auto; padding: 32px }</style>
<main>
  <h1>Return an item</h1>
  <p>Your order was delivered. Tell us what you want to send back.</p>
  <p><button>Send back</button> <a href="/nothing">Terms</a></p>
</main>
SCRIPT
</html>
"""
# Of what the widget does before it is opened, only what shows: an element, a shadow tree, one rule, a word.
_BUTTON = """addEventListener("load", () => requestIdleCallback(() => {
  const host = document.createElement("least-button");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host { all: initial; position: fixed; bottom: 20px; right: 20px }
    button { padding: 0 20px; min-height: 52px; border: 0; border-radius: 99px; background: #0c5a52; color: #fff;
      font: 600 16px system-ui; box-shadow: 0 8px 24px rgb(16 33 29 / .16) }`);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.textContent = "Help";
  root.append(button);
  document.documentElement.append(host);
}))"""
_SEEN = """new Promise((done) => {
  const seen = { shift: 0, long: 0, paint: 0 };
  for (const type of ["layout-shift", "longtask", "paint"]) {
    new PerformanceObserver((list) => {
      for (const one of list.getEntries()) {
        if (type === "layout-shift") seen.shift += one.value;
        else if (type === "longtask") seen.long += 1;
        else if (one.name === "first-contentful-paint") seen.paint = one.startTime;
      }
    }).observe({ type, buffered: true });
  }
  setTimeout(() => done(seen), 100);
})"""
# From the press on: to the first frame with the panel, and to the suggestions in it.
_OPENED = """new Promise((done) => {
  const root = document.querySelector("signpost-widget").shadowRoot;
  let pressed = 0, shown = 0;
  root.addEventListener("pointerdown", () => { pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (!shown && root.querySelector(".panel")) {
      shown = -1;
      requestAnimationFrame(() => { shown = performance.now(); });
    }
    if (root.querySelector(".hit")) requestAnimationFrame(() => done([shown - pressed, performance.now() - pressed]));
  }).observe(root, { subtree: true, childList: true });
})"""
_PLACE = """(() => {
  const box = document.querySelector("signpost-widget").shadowRoot.querySelector(".launcher").getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""


@dataclass(frozen=True)
class Load:
    """One version of the page: milliseconds of the main thread, in all and by what for, and what a visitor notices."""

    name: str
    all: float
    script: float
    compile: float
    style: float
    layout: float
    first_paint: float
    shift: float
    long_tasks: int


@dataclass(frozen=True)
class WidgetFigures:
    """`to_panel` and `to_suggestions` are milliseconds from the press of the mouse."""

    loads: int
    pages: tuple[Load, ...]
    to_panel: float
    to_suggestions: float
    machine: Machine


def measure(loads: int = LOADS) -> WidgetFigures:
    """Raises CannotMeasure."""
    machine = Machine.now()
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as data:
        settings = {
            "data_dir": data, "kb_dir": str(ROOT / "kb" / "articles"), "database_url": "", "smtp_url": "",
            "webhook_url": "", "embedder": "hashing", "rate_limits": "off", "watch": "false",
        }  # fmt: skip
        services = Services.build(Settings.load(settings, environ={}), indexing=True)
        try:
            publish_and_index(services)
        finally:
            services.close()
        build()
        with serving(settings) as (port, _, _), _shop(f"http://help.localhost:{port}") as shop, chromium() as browser:
            seen: dict[str, list[dict[str, float]]] = {name: [] for name in VERSIONS}
            for turn in range(loads + 1):
                for name, found in seen.items():
                    one = _load(browser, shop, name)
                    if turn:  # the first of each warms the browser
                        found.append(one)
            opened = [_open(browser, shop) for _ in range(loads)]
    pages = tuple(_middle(VERSIONS[name], found) for name, found in seen.items())
    panel, suggestions = (round(median(one[at] for one in opened)) for at in (0, 1))
    return WidgetFigures(loads, pages, panel, suggestions, machine)


def _load(browser: Chromium, shop: str, name: str) -> dict[str, float]:
    tab = _warm(browser, shop)
    tab.send("Performance.enable", timeDomain="threadTicks")
    tab.send("Page.navigate", url=f"{shop}/{name}")
    time.sleep(_WATCHED)
    told = {one["name"]: one["value"] * 1000 for one in tab.send("Performance.getMetrics")["metrics"]}
    seen: dict[str, float] = tab.evaluate(_SEEN)
    tab.close()
    return {**{part: told[name] for part, name in _PARTS.items()}, **seen}


def _open(browser: Chromium, shop: str) -> tuple[float, float]:
    tab = _warm(browser, shop)
    tab.send("Page.navigate", url=f"{shop}/widget")
    time.sleep(_WATCHED)
    x, y = tab.evaluate(_PLACE)
    tab.evaluate(f"window.opened = {_OPENED}; 0")
    mouse = {"x": x, "y": y, "button": "left", "clickCount": 1}
    tab.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    time.sleep(0.1)
    tab.send("Input.dispatchMouseEvent", type="mousePressed", **mouse)
    tab.send("Input.dispatchMouseEvent", type="mouseReleased", **mouse)
    panel, suggestions = tab.evaluate("window.opened")
    tab.close()
    return panel, suggestions


def _warm(browser: Chromium, shop: str) -> Tab:
    tab = Tab(browser)
    tab.send("Network.setCacheDisabled", cacheDisabled=True)
    tab.send("Page.navigate", url=f"{shop}/nothing")
    time.sleep(_SETTLED)
    return tab


def _middle(name: str, found: list[dict[str, float]]) -> Load:
    middle = {part: round(median(one[part] for one in found), 1) for part in (*_PARTS, "paint")}
    return Load(
        name, middle["all"], middle["script"], middle["compile"], middle["style"], middle["layout"], middle["paint"],
        max(one["shift"] for one in found), int(max(one["long"] for one in found)),
    )  # fmt: skip


@contextmanager
def _shop(help_url: str) -> Iterator[str]:
    scripts = {
        "without": "",
        "empty": '<script async src="/empty.js?NEW"></script>',
        "button": '<script async src="/button.js?NEW"></script>',
        "widget": f'<script async src="{help_url}/widget.js?NEW" data-site="demo"></script>',
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.strip("/").partition("?")[0]
            kind = "text/javascript" if name.endswith(".js") else "text/html; charset=utf-8"
            # A new address for every load: browsers keep what they compiled of a script they have seen twice.
            script = scripts.get(name, "").replace("NEW", str(time.monotonic_ns()))
            text = {"empty.js": "", "button.js": _BUTTON}.get(name, _PAGE.replace("SCRIPT", script))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://shop.localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.widget", description=__doc__.split("\n\n")[0])
    parser.add_argument("--loads", type=int, default=LOADS, help=f"of each version of the page ({LOADS})")
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    given = parser.parse_args(arguments)
    try:
        found = measure(given.loads)
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"{'ms of the main thread':38}" + "".join(f"{part:>9}" for part in _PARTS) + "  first paint")
    for page in found.pages:
        print(
            f"{page.name:38}" + "".join(f"{getattr(page, part):9.1f}" for part in _PARTS) + f"{page.first_paint:13.1f}"
        )
    print(f"press to panel {found.to_panel:.0f} ms, to suggestions {found.to_suggestions:.0f} ms; {found.machine}")
    if given.json:
        given.json.write_text(json.dumps({"widget": asdict(found)}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
