"""`make run`'s server: web, delivery and article watcher in one process, with a production WSGI server.

Everything ends together, also when the process that started this one is killed. Nothing is left behind that would
keep the next start from succeeding: no lock files, and the port may be taken again at once.
"""

import os
import signal
import sys
import threading
import time
from importlib.metadata import version
from types import FrameType
from typing import Any

import waitress
from flask import Flask

from app import create_app
from app.container import Services
from app.ops.bootstrap import CannotGoOn, address, check_port, end_with_parent
from app.ops.setup import plain_reasons
from app.ops.watcher import ArticleWatcher
from app.settings.schema import BadSettings, Settings
from core.events import configure_logging, emit
from core.process_memory import keep_heaps_few
from support.delivery.worker import DeliveryWorker

_MODEL_PATIENCE = 8.0


def make_server(app: Flask, settings: Settings, host: str, port: int) -> Any:
    """A listening server. It takes no more than the app does, and believes forwarded headers only when told to."""
    return waitress.create_server(
        app,
        host=host,
        port=port,
        threads=settings.threads,
        ident=None,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        max_request_header_size=1_250_000,  # a question of a megabyte gets our own refusal, not a bare 431
        connection_limit=400,
        channel_timeout=60,
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
    )


class Helpers:
    """The threads beside the web server: delivery of mail and webhooks, the mailbox, and the article watcher."""

    def __init__(self, services: Services) -> None:
        self._workers: list[Any] = [DeliveryWorker(services.settings, services.tickets, services.maintenance)]
        if services.settings.watch:
            self._workers.append(ArticleWatcher(services))
        if services.settings.imap_url:
            self._workers.append(services.mailbox_worker())

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Ask all to stop, then wait a moment for each; what was claimed and not sent is sent by the next start."""
        for worker in self._workers:
            worker.stop()


def serve(settings: Settings, host: str, port: int) -> None:
    """Until a signal to end. Raises CannotGoOn when the port was taken meanwhile."""
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
        emit("service_stopped", seconds=round(time.monotonic() - began))


def version_text() -> str:
    """The version of the web framework stands beside ours in bug reports."""
    return f"0.1.0 (flask {version('flask')})"


def _say_where(services: Services, host: str, port: int) -> None:
    # The last line on the screen should be this one, so it waits for the model's.
    services.model.wait(_MODEL_PATIENCE)
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
