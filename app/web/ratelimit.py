"""Limits of requests by action and client: `client_networks.py` says who is one, `core/token_buckets.py` counts."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import current_app, has_request_context, request
from flask_babel import gettext as _
from sqlalchemy import Engine

from app.web.errors import Problem
from core.cluster.rate_buckets import SharedTokenBuckets
from core.events import emit
from core.network.client_networks import household, neighbourhood
from core.secret_keys import KeyRing
from core.token_buckets import Limit as Limit
from core.token_buckets import TokenBuckets

P = ParamSpec("P")
R = TypeVar("R")

LIMITS: dict[str, Limit] = {
    "search": Limit(burst=60, per_minute=120),
    "suggest": Limit(burst=60, per_minute=120),
    "feedback": Limit(burst=20, per_minute=10),
    "events": Limit(burst=60, per_minute=60),
    "ticket": Limit(burst=20, per_minute=6),  # for browsers that look alike; see app/web/sender_limits.py
    "ticket_address": Limit(burst=60, per_minute=30),
    "server": Limit(burst=300, per_minute=300),
    "challenge": Limit(burst=60, per_minute=120),
    "subscribe": Limit(burst=6, per_minute=1),
    "export": Limit(burst=6, per_minute=2),
    "message": Limit(burst=15, per_minute=4),
    "form": Limit(burst=60, per_minute=60),  # forms sent by one client, whatever button was pressed
}


class RateLimiter(TokenBuckets):
    """The buckets of this app's requests."""

    def __init__(self, limits: dict[str, Limit] | None = None, kept: int = 20_000) -> None:
        super().__init__(LIMITS if limits is None else limits, kept)


# Asked many times a second while somebody types, and cheap: each process counts these for itself.
_OF_EACH_PROCESS = frozenset({"search", "suggest", "events"})


def limiter_of(engine: Engine, keys: KeyRing) -> RateLimiter | SharedTokenBuckets:
    """The buckets of this app's requests; on PostgreSQL those of all nodes together."""
    if engine.dialect.name != "postgresql":
        return RateLimiter()
    return SharedTokenBuckets(engine, keys.get("guard").current, LIMITS, _OF_EACH_PROCESS)


def client() -> str:
    """The client of this request as all limits count it; '' outside of requests, as in commands."""
    return household(request.remote_addr or "unknown") if has_request_context() else ""


def check(action: str) -> None:
    """Count this request against `action`; raises Problem 429 when its client is over the limit."""
    _take(action, client())


def check_for(action: str, who: str) -> None:
    """Count this request for another key than the client's address."""
    _take(action, who)


def check_amount(action: str, who: str, limit: Limit, amount: float) -> None:
    """Count this amount (of megabytes, say) for a key."""
    _take(action, who, limit, amount)


def check_shared(action: str, limit: Limit) -> None:
    """Count this request against a limit shared by all clients.

    A quarter of it is the most that one client gets, and half of it the most of one wider network: what they are
    refused is not taken from the others.
    """
    for who, share in ((client(), 4), (neighbourhood(request.remote_addr or "unknown"), 2)):
        part = Limit(burst=max(1, limit.burst // share), per_minute=limit.per_minute / share)
        _take(f"{action}, a {share}th", who, part)
    _take(action, "", limit)


def _take(action: str, address: str, limit: Limit | None = None, cost: float = 1) -> None:
    if current_app.extensions["signpost"].settings.rate_limits == "off":
        return
    limiter: RateLimiter | SharedTokenBuckets = current_app.extensions["signpost.ratelimiter"]
    wait = limiter.take(action, address, time.monotonic(), limit, cost)
    if wait:
        emit("rate_limited", action=action, wait_seconds=wait)
        raise Problem(
            429,
            "too_many_requests",
            _("Too many requests."),
            _("Please wait %(seconds)s seconds and try again.", seconds=wait),
            retry_after=wait,
        )


def limit(action: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """`check` as a decorator of a view."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> R:
            check(action)
            return view(*args, **kwargs)

        return checked

    return decorate
