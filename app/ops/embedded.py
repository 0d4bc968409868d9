"""Helpers of a process that another server runs (`wsgi.py`): they begin with its first request.

A server may import the application and then fork (`gunicorn --preload`): threads begun at import would stay behind in
the parent, so they begin where requests arrive. Health checks are requests, too.
"""

import atexit
import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask

from app.container import Services
from app.ops.brands.hosting import Hosted
from app.ops.brands.hosting import hosted as hosted_brands
from app.ops.brands.registry import brand_names
from app.ops.helpers import Helpers
from app.settings.live import LiveSettings
from app.settings.schema import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def embed_brands(app: Flask) -> bool:
    """Put all brands into the application of the common settings, for a server; whether there are any."""
    if not brand_names({}, os.environ):
        return False
    common = Settings.load()
    hosted = hosted_brands(common, app if "signpost" in app.extensions else None)
    if hosted is None:
        return False
    app.wsgi_app = Embedded(app, hosted.wsgi, lambda: hosted)  # type: ignore[method-assign]
    return True


class Embedded:
    """The application as a WSGI server calls it. Each process starts its helpers once; for several brands `helpers`
    makes them."""

    def __init__(
        self, app: Flask, wsgi: "WSGIApplication | None" = None, helpers: Callable[[], Helpers | Hosted] | None = None
    ) -> None:
        self._services: Services | None = app.extensions.get("signpost")
        self._live: LiveSettings | None = app.extensions.get("signpost.settings")
        self._wsgi_app: WSGIApplication = wsgi or app.wsgi_app
        self._make = helpers or self._of_one
        self._lock = threading.Lock()
        self._helpers: Helpers | Hosted | None = None
        self._started_in = 0
        os.register_at_fork(after_in_child=self._in_child)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if self._started_in != os.getpid():
            self._start()
        return self._wsgi_app(environ, start_response)

    def _start(self) -> None:
        with self._lock:
            if self._started_in == os.getpid():
                return
            self._helpers = self._make()
            self._helpers.start()
            self._started_in = os.getpid()
            atexit.register(self.stop)

    def _of_one(self) -> Helpers:
        # An application without services has brands.
        assert self._services is not None and self._live is not None  # noqa: S101
        self._services.prepare_soon()
        return Helpers(self._services, self._live)

    def stop(self) -> None:
        """Stop the helpers of this process."""
        if self._helpers is not None and self._started_in == os.getpid():
            self._helpers.stop()
            self._helpers = None

    def _in_child(self) -> None:
        self._lock = threading.Lock()
        self._helpers = None
        if self._services is not None:
            self._services.forked()
