"""The server of `make run`: web, delivery worker and article watcher in one process, on a production WSGI server.

Everything stops together, also when the parent process is killed. Nothing left behind prevents the next start: there
are no lock files, and the port can be reused at once.
"""

import os
import signal
import sys
import threading
import time
from importlib.metadata import version
from types import FrameType
from typing import Any

from flask import Flask

from app import create_app
from app.container import Services
from app.ops.body_budget import BodyBudget, bounded_channel
from app.ops.bootstrap import CannotGoOn, address, check_port, end_with_parent
from app.ops.connections import create_server
from app.ops.index_worker import IndexWorker
from app.ops.insight_worker import InsightWorker
from app.ops.setup import plain_reasons
from app.ops.watcher import ArticleWatcher
from app.settings.schema import BadSettings, Settings
from core.events import configure_logging, emit
from core.process_memory import give_back, keep_heaps_few
from support.background.worker import DeliveryWorker

_MODEL_PATIENCE = 8.0


def make_server(app: Flask, settings: Settings, host: str, port: int) -> Any:
    """A listening server. Its body limit is the app's, and forwarded headers are trusted only if configured."""
    server = create_server(
        app,
        host=host,
        port=port,
        threads=settings.threads,
        ident=None,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        max_request_header_size=1_250_000,  # an oversized query gets our own error, not a bare 431
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
    )
    most = max(settings.uploads_waiting_mb * 1024 * 1024, 2 * app.config["MAX_CONTENT_LENGTH"])
    budget = BodyBudget(most, max(most // 4, app.config["MAX_CONTENT_LENGTH"]))
    server.channel_class = bounded_channel(budget, by_client=not settings.trusted_proxies)
    return server


class Helpers:
    """Background threads: the delivery worker (mail, webhooks), the mailbox worker, the article watcher, the index
    worker, and the one that counts for insight."""

    def __init__(self, services: Services) -> None:
        self._workers: list[Any] = [DeliveryWorker(services.settings, services.tickets, services.maintenance)]
        self._workers.append(IndexWorker(services))
        if services.settings.insight == "on":
            self._workers.append(InsightWorker(services))
        if services.settings.watch:
            self._workers.append(ArticleWatcher(services))
        if services.settings.imap_url:
            self._workers.append(services.mailbox_worker())

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Stop all threads with a timeout each; claimed but unsent deliveries are sent after the next start."""
        for worker in self._workers:
            worker.stop()


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises CannotGoOn when the port is in use."""
    began = time.monotonic()
    with plain_reasons(settings):
        app = create_app(settings)
    services: Services = app.extensions["signpost"]
    check_port(host, port)
    server = make_server(app, settings, host, port)
    services.model.warm()
    helpers = Helpers(services)
    helpers.start()
    emit(
        "service_started",
        version=version_text(),
        environment=settings.environment,
        database=services.engine.dialect.name,
        embedder=settings.embedder,
    )
    threading.Thread(target=_say_where, args=(services, host, port), daemon=True).start()
    try:
        server.run()  # returns when a signal raises SystemExit or KeyboardInterrupt in it
    finally:
        server.close()
        helpers.stop()
        services.ledger.close()
        emit("service_stopped", seconds=round(time.monotonic() - began))


def version_text() -> str:
    """Our version and Flask's, for bug reports."""
    return f"0.1.0 (flask {version('flask')})"


def _say_where(services: Services, host: str, port: int) -> None:
    # Waits for the model's message, so that this is the last line on the screen.
    services.model.wait(_MODEL_PATIENCE)
    give_back()  # what loading needed, some 20 MB
    shown = "localhost" if host in {"0.0.0.0", "::"} else host
    if not services.settings.production and not services.desk.accounts.all():
        print("\nThe desk, where tickets are answered, has no users yet. To make the first one:")
        print(f"  .venv/bin/flask desk create-user you@example.com --role admin   then http://{shown}:{port}/desk/")
    print(f"\nSignpost is at http://{shown}:{port}  (press Ctrl-C to stop)", flush=True)


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> int:
    end_with_parent()
    keep_heaps_few()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        settings = Settings.load()
        configure_logging(json_lines=settings.json_logs)
        serve(settings, *address(os.environ))
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
