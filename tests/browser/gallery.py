"""The shop: a gallery of hostile pages on an origin of its own, for the tests and for people to look at.

`make demo` serves it beside a help centre, at the port above (GALLERY_PORT changes it). A page is an
HTML file in `pages/` that begins with what it is about and the headers it is sent with:

    <!-- about: A page with a strict policy -->
    <!-- header: Content-Security-Policy: default-src 'none'; script-src 'self' {help} -->

`{help}` is the help centre's address, `{shop}` the gallery's own.
"""

import html
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PAGES = Path(__file__).parent / "pages"
_LINE = re.compile(r"<!-- (about|header): (.*?) -->\n")
# Pages and scripts of single tests, by their address below the gallery.
cases: dict[str, tuple[str, str]] = {}
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Hostile:
    """One page: `name` is its address below the gallery, `about` what makes it hard."""

    name: str
    about: str
    headers: tuple[tuple[str, str], ...]
    text: str


@cache
def gallery() -> dict[str, Hostile]:
    """Every page by its name. Names that begin with a low line are parts of other pages."""
    return {path.stem: _read(path) for path in sorted(PAGES.glob("*.html"))}


def _read(path: Path) -> Hostile:
    text = path.read_text(encoding="utf-8")
    about, headers = "", []
    while found := _LINE.match(text):
        if found[1] == "about":
            about = found[2]
        else:
            name, _, value = found[2].partition(": ")
            headers.append((name, value))
        text = text[found.end() :]
    return Hostile(path.stem, about, tuple(headers), text)


class _Handler(BaseHTTPRequestHandler):
    help_url = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = urlsplit(self.path).path.lstrip("/") or "index"
        page = gallery().get(name.removesuffix(".html"))
        file = PAGES / "assets" / name.removeprefix("assets/")
        if name == "index":
            self._answer(200, _index(), "text/html")
        elif page is not None:
            self._answer(200, page.text, "text/html", page.headers)
        elif name.startswith("case/"):
            kind, text = cases.get(name) or cases["case/"]
            self._answer(200, text, kind)
        elif name.startswith("spa/"):
            self._answer(200, gallery()["spa"].text, "text/html")
        elif name.startswith("assets/") and file.is_file() and file.parent == PAGES / "assets":
            cross = (("Cross-Origin-Resource-Policy", "cross-origin"),)
            self._answer(200, file.read_text(encoding="utf-8"), _TYPES.get(file.suffix, "text/plain"), cross)
        else:
            self._answer(404, "Not here.", "text/plain")

    def _answer(self, status: int, text: str, kind: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        data = self._filled(text).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, self._filled(value))
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _filled(self, text: str) -> str:
        shop = f"http://{self.headers.get('Host', '')}"
        return text.replace("{help}", self.help_url).replace("{shop}", shop)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the help centre's log is the one to read."""


def _index() -> str:
    rows = "".join(
        f'<li><a href="/{page.name}">{html.escape(page.name)}</a>: {html.escape(page.about)}</li>\n'
        for page in gallery().values()
        if not page.name.startswith("_")
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>The gallery of hostile pages</title>'
        '<link rel="stylesheet" href="/assets/index.css"><h1>The gallery of hostile pages</h1>'
        "<p>Each of these has something that breaks widgets. Open the launcher on every one.</p>"
        f"<ul>{rows}</ul>"
    )


def make_server(help_url: str, port: int = 0, address: str = "127.0.0.1") -> ThreadingHTTPServer:
    """The gallery for the help centre at `help_url`, not yet serving."""
    handler = type("Handler", (_Handler,), {"help_url": help_url.rstrip("/")})
    server = ThreadingHTTPServer((address, port), handler)
    server.daemon_threads = True
    return server


@contextmanager
def served(help_url: str) -> Iterator[str]:
    """The address of a gallery for the help centre at `help_url`: another host name and another port."""
    server = make_server(help_url)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://shop.localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def demo() -> int:
    """The help centre of the settings, and the gallery one port above it, until somebody stops them."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    help_url = f"http://help.localhost:{port}"
    centre = subprocess.Popen([sys.executable, "-m", "app.ops.serve"], env={**os.environ, "PORT": str(port)})
    try:
        server = make_server(help_url, int(os.environ.get("GALLERY_PORT", port + 1)), host)
        sys.stdout.write(f"The gallery: http://shop.localhost:{server.server_address[1]}  (help centre: {help_url})\n")
        sys.stdout.flush()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return centre.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        centre.terminate()
        centre.wait()


if __name__ == "__main__":
    sys.exit(demo())
