"""One WSGI application for all brands: the host of a request, and its path, say whose it is.

A host must be exactly one of a brand's, as names are compared (capitals, a dot at the end, other scripts). Of several
brands on one host the longest path wins. What belongs to none goes to the default brand, or gets a plain 404.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator, get_host

from app.ops.brands.containers import CannotBeOpened, Container, Containers
from app.ops.brands.whole import Whole
from app.settings.brands import MAIN
from app.settings.schema import Settings
from core import events
from core.network.domain_names import host_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OF_THE_WHOLE = frozenset({"/healthz", "/readyz", "/metrics"})
_NOT_SHOWN = "This help centre cannot be shown just now. Please try again in a few minutes.\n"
_NOBODY = "There is no help centre at this address.\n"


class Dispatcher:
    """`main` is the application of the common settings, None where they have no help centre."""

    def __init__(self, common: Settings, containers: Containers, main: Flask | None) -> None:
        self.containers = containers
        self._main: WSGIApplication | None = main.wsgi_app if main else None
        self._default = containers.every.get(common.default_brand)
        self.whole = Whole(common, containers)
        self._places: dict[str, list[tuple[str, Container]]] = {}
        for container in containers.every.values():
            for address in container.brand.addresses:
                self._places.setdefault(address.host, []).append((address.path, container))
        for places in self._places.values():
            places.sort(key=lambda place: len(place[0]), reverse=True)
        hops = common.trusted_proxies
        # Each application does this again for itself, with the same outcome: it only reads the headers.
        self._wsgi: WSGIApplication = (
            ProxyFix(self._dispatch, x_for=hops, x_proto=hops, x_host=hops) if hops else self._dispatch
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._wsgi(environ, start_response)

    def find(self, environ: Mapping[str, Any]) -> Container | None:
        """Whose host and path this is."""
        try:
            host = host_of(get_host(dict(environ)))
        except BadRequest:
            return None
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        for prefix, container in self._places.get(host, ()):
            if not prefix or path == prefix or path.startswith(prefix + "/"):
                return container
        return None

    def _dispatch(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        container = self.find(environ)
        if container is None and self._main is None and environ.get("PATH_INFO") in _OF_THE_WHOLE:
            return self.whole(environ, start_response)
        container = container or self._default
        if container is not None:
            return self._of_brand(container, environ, start_response)
        if self._main is not None:
            events.brand.set(MAIN)
            return self._main(environ, start_response)
        events.brand.set("")
        return _plain(404, _NOBODY)(environ, start_response)

    def _of_brand(
        self, container: Container, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        events.brand.set(container.brand.name)
        self.whole.asked(container)
        try:
            self.containers.enter(container, pages=True)
        except CannotBeOpened:
            return _plain(503, _NOT_SHOWN)(environ, start_response)
        try:
            assert container.app is not None  # noqa: S101 - it was just entered with its pages
            answer = container.app(environ, start_response)
        except BaseException:
            self.containers.leave(container)
            raise
        # An answer may be a file that is still being sent when this returns.
        return ClosingIterator(answer, [lambda: self.containers.leave(container)])


def _plain(status: int, text: str) -> Response:
    response = Response(text, status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response
