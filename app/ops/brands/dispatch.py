"""One WSGI application for all brands: the host of a request, and its path, say whose it is.

A host must be exactly one of a brand's, as names are compared (capitals, a dot at the end, other scripts). Of several
brands on one host the longest path wins. A host that is nobody's goes to the default brand, or gets a plain 404, and so
does what lies beside the paths of the brands a host has: nobody else's name is shown there.
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
from app.settings.live import LiveSettings
from app.web.hosts import OwnHosts, without_empty_port
from app.web.robots import BELOW, robots_text
from core import events
from core.network.domain_names import host_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OF_THE_WHOLE = frozenset({"/healthz", "/readyz", "/metrics"})
_NOT_SHOWN = "This help centre cannot be shown just now. Please try again in a few minutes.\n"
_NOBODY = "There is no help centre at this address.\n"


class Dispatcher:
    """`main` is the application of the common settings, None where they have no help centre."""

    def __init__(self, live: LiveSettings, containers: Containers, main: Flask | None) -> None:
        common = live.settings
        self.containers = containers
        self._main: WSGIApplication | None = main.wsgi_app if main else None
        self._hosts_of_main = OwnHosts(common) if main else None
        self._default = containers.every.get(common.default_brand)
        self.whole = Whole(live, containers)
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
        path = _path(environ)
        for prefix, container in self._places.get(_host(environ), ()):
            if not prefix or path == prefix or path.startswith(prefix + "/"):
                return container
        return None

    def _dispatch(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        without_empty_port(environ)
        container = self.find(environ)
        of_the_whole = environ.get("PATH_INFO") in _OF_THE_WHOLE
        if container is None and self._main is None and of_the_whole:
            return self.whole(environ, start_response)
        at_the_top = _path(environ) == "/robots.txt"
        if container is None and not of_the_whole and self._has_brands_only(_host(environ)):
            events.brand.set("")
            if at_the_top and (below := self._below(environ, None)):
                return Response(robots_text((), below), mimetype="text/plain")(environ, start_response)
            return _plain(404, _NOBODY)(environ, start_response)
        container = container or self._default
        if at_the_top:
            environ[BELOW] = self._below(environ, container)
        if container is not None:
            return self._of_brand(container, environ, start_response)
        if self._main is not None:
            events.brand.set(MAIN)
            return self._main(environ, start_response)
        events.brand.set("")
        return _plain(404, _NOBODY)(environ, start_response)

    def _has_brands_only(self, host: str) -> bool:
        """Whether brands have this host, and whoever answers for all others has not."""
        brands = [container for _, container in self._places.get(host, ())]
        of_main = self._hosts_of_main is not None and self._hosts_of_main.has(host)
        return bool(brands) and not of_main and self._default not in brands

    def _below(self, environ: Mapping[str, Any], top: Container | None) -> tuple[str, ...]:
        """The addresses of the brands below a path of this host that can be served, but for the one at its top."""
        return tuple(
            container.brand.base_url
            for path, container in reversed(self._places.get(_host(environ), ()))
            if path and container is not top and container.brand.settings is not None
        )

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


def _host(environ: Mapping[str, Any]) -> str:
    """The host as names are compared, '' for none."""
    try:
        return host_of(get_host(dict(environ)))
    except BadRequest:
        return ""


def _path(environ: Mapping[str, Any]) -> str:
    return str(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))


def _plain(status: int, text: str) -> Response:
    response = Response(text, status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response
