"""Figures of this process for Prometheus: counted from the log's events, so that both always tell the same.

With PROMETHEUS_MULTIPROC_DIR in the environment (see prometheus-client) every process writes into that folder, and
whichever is asked tells the sum of all; without it, each tells its own.
"""

import os
import platform
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.version import VERSION
from core import events

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5, 15)


class Figures:
    """What is counted in this process. One for each process: `figures`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry, buckets=_SECONDS)
        self._events = counter("signpost_events", "Log events by name, see docs/operate/events.md.", ["event"])
        self._requests = histogram(
            "signpost_request_seconds", "Requests by route, and how long they took.", ["route", "method", "status"]
        )
        self._searches = counter(
            "signpost_searches", "Searches by the page that asked, what was said, and what was left out.",
            ["where", "verdict", "degraded"],
        )  # fmt: skip
        self._search = histogram("signpost_search_seconds", "How long searches took.", ["where"])
        self._tickets = counter("signpost_tickets", "Tickets by the way they came.", ["channel"])
        self._judged = counter("signpost_tickets_judged", "Spam check: held back or not.", ["held"])
        self._deliveries = counter(
            "signpost_deliveries", "Attempts of deliveries and what came of them.", ["channel", "outcome"]
        )
        self._mail_in = counter("signpost_mail_in", "Mails that came in, by what became of them.", ["outcome"])
        self._published = counter(
            "signpost_publishes", "Publishes that changed something, were held or refused.", ["outcome"]
        )
        self._limited = counter("signpost_rate_limited", "Requests that were asked to wait.", ["action"])
        for name in ("delivered", "failed", "dead"):
            self._deliveries.labels("email", name)
        for held in ("true", "false"):
            self._judged.labels(held)
        if not _several():
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
            GCCollector(registry=self.registry)

    def note(self, name: str, fields: Mapping[str, Any]) -> None:
        """Count one event of the log."""
        self._events.labels(name).inc()
        if name == "request":
            route, status = fields.get("route") or "none", f"{fields['status'] // 100}xx"
            method = fields["method"] if fields["method"] in _METHODS else "other"  # strangers choose it
            self._requests.labels(route, method, status).observe(fields["ms"] / 1000)
        elif name == "searched":
            degraded = fields.get("degraded") or "none"
            self._searches.labels(fields["where"], fields["verdict"], degraded).inc()
            self._search.labels(fields["where"]).observe(fields["ms"] / 1000)
        elif name == "ticket_created":
            self._tickets.labels(str(fields["channel"])).inc()
        elif name == "ticket_judged":
            self._judged.labels(str(bool(fields["held"])).lower()).inc()
        elif name in _DELIVERIES:
            self._deliveries.labels(str(fields["channel"]), _DELIVERIES[name]).inc()
        elif name == "mail_taken_in":
            self._mail_in.labels(str(fields["outcome"])).inc()
        elif name in _PUBLISHES:
            self._published.labels(_PUBLISHES[name]).inc()
        elif name == "rate_limited":
            self._limited.labels(str(fields["action"])).inc()


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
_DELIVERIES = {"delivered": "delivered", "delivery_failed": "failed", "delivery_dead": "dead"}
_PUBLISHES = {"published": "published", "publish_held": "held", "publish_refused": "refused"}


@cache
def figures() -> Figures:
    """The figures of this process, which count from the first call on."""
    if _several():  # a folder below /run is gone after each boot
        Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Figures()
    events.listen(made.note)
    return made


class State(Collector):
    """What is so at the moment somebody asks: gauges by name, each with its help and values by label."""

    def __init__(self, gauges: Mapping[str, tuple[str, Mapping[str, float], str]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        for name, (text, values, label) in self._gauges.items():
            family = GaugeMetricFamily(name, text, labels=[label] if label else None)
            for value_label, value in values.items():
                family.add_metric([value_label] if label else [], value)
            yield family
        build = GaugeMetricFamily("signpost_build_info", "The release.", labels=["version", "python"])
        build.add_metric([VERSION, platform.python_version()], 1)
        yield build


def exposition(state: State) -> bytes:
    """All figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(state)
    own = figures().registry
    if _several():
        own = CollectorRegistry()
        MultiProcessCollector(own)  # type: ignore[no-untyped-call]
    return bytes(generate_latest(own) + generate_latest(registry))


def _several() -> bool:
    return "PROMETHEUS_MULTIPROC_DIR" in os.environ
