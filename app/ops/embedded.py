"""Helpers of a process that another server runs (`wsgi.py`): they begin with its first request.

A server may import the application and then fork (`gunicorn --preload`): threads begun at import would stay behind in
the parent, so they begin where requests arrive. Health checks are requests, too.
"""

import atexit
import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from app.container import Services
from app.ops.helpers import Helpers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Embedded:
    """The application as a WSGI server calls it. Each process starts its helpers once."""

    def __init__(self, app: Flask) -> None:
        self._services: Services = app.extensions["signpost"]
        self._wsgi_app: WSGIApplication = app.wsgi_app
        self._lock = threading.Lock()
        self._helpers: Helpers | None = None
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
            self._helpers = Helpers(self._services)
            self._helpers.start()
            self._started_in = os.getpid()
            atexit.register(self.stop)

    def stop(self) -> None:
        """Stop the helpers of this process."""
        if self._helpers is not None and self._started_in == os.getpid():
            self._helpers.stop()
            self._helpers = None

    def _in_child(self) -> None:
        self._lock = threading.Lock()
        self._helpers = None
        self._services.forked()
