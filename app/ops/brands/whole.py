"""What is asked of all brands together: health, readiness and figures of the process."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from app.figures import State, exposition
from app.ops.brands.containers import STATES, Container, Containers
from app.settings.live import LiveSettings
from app.web.metrics_access import may_read
from core.events import brand

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


# Log events that are counted by brand, since the start.
_COUNTED = (
    ("request", "signpost_brand_requests", "Requests to a brand."),
    ("searched", "signpost_brand_searches", "Searches in a brand."),
    ("ticket_created", "signpost_brand_tickets", "Tickets of a brand."),
    ("delivered", "signpost_brand_delivered", "Deliveries of a brand."),
    ("delivery_dead", "signpost_brand_delivery_dead", "Deliveries of a brand that were given up."),
)


class Whole:
    """Answers /healthz, /readyz and /metrics where no help centre of the common settings does."""

    def __init__(self, common: LiveSettings, containers: Containers) -> None:
        self._common = common
        self._containers = containers
        self._counts: dict[str, Counter[str]] = {event: Counter() for event, _, _ in _COUNTED}
        self._seconds: Counter[str] = Counter()

    def asked(self, container: Container) -> None:
        """Note a request to a brand."""
        container.asked_at = time.monotonic()

    def note(self, event: str, fields: Mapping[str, Any]) -> None:
        """Count an event of the log for the brand it is of."""
        name = brand.get()
        if name and event in self._counts:
            self._counts[event][name] += 1
            if event == "request":
                self._seconds[name] += fields["ms"] / 1000

    def readiness(self, request: Request) -> dict[str, Any]:
        """How many brands are in each state; which ones, for whoever may read /metrics: it is a list of customers."""
        states = self.states()
        found: dict[str, Any] = {"brands_by_state": {one: list(states.values()).count(one) for one in STATES}}
        if may_read(self._common.settings, request):
            found["brands"] = states
        return found

    def states(self) -> dict[str, str]:
        return {name: one.state for name, one in self._containers.every.items()}

    def figures(self) -> dict[str, tuple[str, Mapping[str, float], str]]:
        """By brand: their number is bounded by the settings."""
        states = {name: float(state in {"open", "closed"}) for name, state in self.states().items()}
        return {
            "signpost_brand_up": ("Whether a brand can be served.", states, "brand"),
            "signpost_brand_open": (
                "Whether a brand is open in memory.",
                {name: float(state == "open") for name, state in self.states().items()}, "brand",
            ),
            "signpost_brand_request_seconds": (
                "Seconds that requests to a brand took in all, since the start.", dict(self._seconds), "brand",
            ),
            **{name: (text, dict(self._counts[event]), "brand") for event, name, text in _COUNTED},
        }  # fmt: skip

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self._common.refresh()
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path == "/metrics":
            return self._metrics(request)
        body: dict[str, Any] = {"status": "ok"}
        status = 200
        if request.path == "/readyz":
            ready = not self._containers.draining
            body = {"status": "ok" if ready else "not_ready", **self.readiness(request)}
            status = 200 if ready else 503
        response = Response(json.dumps(body), status, mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response

    def _metrics(self, request: Request) -> Response:
        allowed = may_read(self._common.settings, request)
        if allowed is None:
            return Response("There is no /metrics.\n", 404, mimetype="text/plain")
        if not allowed:
            headers = {"WWW-Authenticate": 'Bearer realm="metrics"', "Cache-Control": "no-store"}
            return Response("Send the bearer token of metrics_token.\n", 401, headers, mimetype="text/plain")
        response = Response(exposition(State(self.figures())), content_type="text/plain; version=0.0.4; charset=utf-8")
        response.headers["Cache-Control"] = "no-store"
        return response
