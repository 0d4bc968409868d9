"""The server of `make run`: web, delivery worker and article watcher in one process, on a production WSGI server.

Everything stops together, also when the parent process is killed. Nothing left behind prevents the next start: there
are no lock files, and the port can be reused at once.
"""

import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from functools import partial
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

if __name__ == "__main__":
    # What is imported stays, and is much: looking for garbage in it again and again takes a fifth of the start.
    gc.disable()

from app import create_app
from app.container import Services
from app.ops.body_budget import BodyBudget, bounded_channel
from app.ops.bootstrap import CannotGoOn, address, check_port, end_with_parent
from app.ops.brands.hosting import Hosted, has_main
from app.ops.brands.hosting import hosted as hosted_brands
from app.ops.brands.registry import brand_names
from app.ops.connections import create_server
from app.ops.handover import Handover, Inherited, inherited, say_that_it_serves
from app.ops.helpers import Helpers, version_text
from app.ops.setup import plain_reasons
from app.settings.schema import BadSettings, Settings
from core.database.postgresql import is_postgresql
from core.events import configure_logging, emit
from core.process_memory import collect_again, give_back, keep_heaps_few

_MODEL_PATIENCE = 8.0
_SUCCESSOR_PATIENCE = 120.0
_SETTLE_SECONDS = 2.0  # connections that were kept open may bring one more request each
_DRAIN_MOST = 60.0  # what is still under way then breaks off


def make_server(
    app: Any, settings: Settings, host: str, port: int, listeners: Sequence[socket.socket] = (), largest: int = 0
) -> Any:
    """A listening server, on sockets that were left to it or on new ones. Its body limit is the app's (`largest`, in
    bytes), and forwarded headers are trusted only if configured."""
    largest = largest or app.config["MAX_CONTENT_LENGTH"]
    place: dict[str, Any] = {"sockets": list(listeners)} if listeners else {"listen": _listen(host, port)}
    server = create_server(
        app,
        **place,
        threads=settings.threads,
        ident=None,
        max_request_body_size=largest,
        max_request_header_size=1_250_000,  # an oversized query gets our own error, not a bare 431
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
    )
    most = max(settings.uploads_waiting_mb * 1024 * 1024, 2 * largest)
    budget = BodyBudget(most, max(most // 4, largest))
    server.channel_class = bounded_channel(budget, by_client=not settings.trusted_proxies)
    return server


def _listen(host: str, port: int) -> str:
    """As waitress names several addresses."""
    return " ".join(f"[{one}]:{port}" if ":" in one else f"{one}:{port}" for one in host.split(","))


def serve(settings: Settings, host: str, port: int, left: Inherited | None = None) -> None:
    """Serve until SIGTERM or SIGINT; on SIGUSR2, until a successor does. Raises CannotGoOn when the port is in use."""
    left = left or Inherited()
    if not settings.brand and brand_names({}, os.environ):
        serve_brands(settings, host, port, left)
        return
    began = time.monotonic()
    with plain_reasons(settings):
        app = create_app(settings)
    collect_again()
    services: Services = app.extensions["signpost"]
    if not left.listeners:
        check_port(host, port)
    server = make_server(app, settings, host, port, left.listeners)
    services.warm()
    if left.is_successor:  # the one before serves meanwhile
        services.model.wait(_SUCCESSOR_PATIENCE)
        services.is_prepared(_SUCCESSOR_PATIENCE)
        services.live.current()
    helpers = Helpers(services, app.extensions["signpost.settings"])
    helpers.start()
    emit(
        "service_started",
        version=version_text(),
        environment=settings.environment,
        database=services.engine.dialect.name,
        embedder=settings.embedder,
        roles=list(settings.roles),
        node=services.node.id,
    )
    threading.Thread(target=_say_where, args=(services, host, port), daemon=True).start()
    seconds = settings.drain_seconds
    signal.signal(signal.SIGTERM, partial(_drain, services, seconds, server, bool(left.listeners)))
    leave = partial(_leave, services, server, max(_SETTLE_SECONDS, seconds))
    signal.signal(signal.SIGUSR2, Handover(server, leave).begin)
    say_that_it_serves(left)
    try:
        server.run()  # returns when a signal raises SystemExit or KeyboardInterrupt in it
    finally:
        server.close()
        helpers.stop()
        services.ledger.close()
        emit("service_stopped", seconds=round(time.monotonic() - began))


def serve_brands(settings: Settings, host: str, port: int, left: Inherited) -> None:
    """The same for several brands; `settings` are the common ones."""
    began = time.monotonic()
    with plain_reasons(settings):
        main = create_app(settings) if has_main(settings) else None
    hosted = hosted_brands(settings, main)
    collect_again()
    assert hosted is not None  # noqa: S101 - there are brands
    if not left.listeners:
        check_port(host, port)
    server = make_server(hosted.wsgi, settings, host, port, left.listeners, hosted.largest_body)
    hosted.model.warm()
    if left.is_successor:  # the one before serves meanwhile
        hosted.model.wait(_SUCCESSOR_PATIENCE)
    hosted.start()
    emit(
        "service_started",
        version=version_text(),
        environment=settings.environment,
        database="postgresql" if is_postgresql(settings.database) else "sqlite",
        embedder=settings.embedder,
        roles=list(settings.roles),
        node=main.extensions["signpost"].node.id if main else "",
    )
    shown = _shown(host)
    served = sum(one.settings is not None for one in hosted.brands)
    print(f"\nSignpost serves {served} brands at http://{shown}:{port}  (press Ctrl-C to stop)", flush=True)
    seconds = settings.drain_seconds
    signal.signal(signal.SIGTERM, partial(_drain, hosted, seconds, server, bool(left.listeners)))
    leave = partial(_leave, hosted, server, max(_SETTLE_SECONDS, seconds))
    signal.signal(signal.SIGUSR2, Handover(server, leave).begin)
    say_that_it_serves(left)
    try:
        server.run()
    finally:
        server.close()
        hosted.stop()
        if main is not None:
            main.extensions["signpost"].ledger.close()
        emit("service_stopped", seconds=round(time.monotonic() - began))


def _say_where(services: Services, host: str, port: int) -> None:
    # Waits for the model's message, so that this is the last line on the screen.
    services.model.wait(_MODEL_PATIENCE)
    give_back()  # what loading needed, some 20 MB
    below = urlsplit(services.settings.base_url).path
    shown = _shown(host)
    if ways := services.settings.demo_ways:
        print(
            f"\nThe contact channels are the demo's: pages and mails name {ways[0]}, where nobody answers."
            " Set `channels` (docs/operate/settings.md)."
        )
    if not services.settings.production and not services.desk.accounts.all():
        print("\nThe desk, where tickets are answered, has no users yet. To make the first one:")
        print(
            f"  .venv/bin/flask desk create-user you@example.com --role admin   then http://{shown}:{port}{below}/desk/"
        )
    print(f"\nSignpost is at http://{shown}:{port}{below}  (press Ctrl-C to stop)", flush=True)


def _shown(host: str) -> str:
    """The first address, as a browser takes it."""
    first = host.split(",")[0]
    return "localhost" if first in {"0.0.0.0", "::"} else f"[{first}]" if ":" in first else first


def _drain(
    served: Services | Hosted, seconds: int, server: Any, shared: bool, _signal: int, _frame: FrameType | None
) -> None:
    """Take no part in new work, and end when what is under way is done: `/readyz` says so at once."""
    if served.draining:  # told twice: at once
        raise SystemExit(0)
    if shared:  # whoever has the socket next accepts what comes now
        server.stop_accepting()
    _leave(served, server, max(_SETTLE_SECONDS if shared else 0.0, seconds))


def _leave(served: Services | Hosted, server: Any, seconds: float) -> None:
    served.draining = server.draining = True
    threading.Thread(target=_end_when_idle, args=(server, seconds), name="drain", daemon=True).start()


def _end_when_idle(server: Any, seconds: float) -> None:
    began = time.monotonic()
    while (waited := time.monotonic() - began) < seconds or server.busy:
        if waited > seconds + _DRAIN_MOST:
            break
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGINT)


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> int:
    left = inherited(os.environ)
    if not left.is_successor:  # its parent is about to end
        end_with_parent()
    keep_heaps_few()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        settings = Settings.load()
        configure_logging(json_lines=settings.json_logs)
        serve(settings, *address(os.environ), left)
    except (CannotGoOn, BadSettings) as reason:
        print(reason, file=sys.stderr)
        return 1
    print("Stopped.")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of native libraries may still run (a model being loaded); unwinding under them can crash at exit.
    os._exit(code)
