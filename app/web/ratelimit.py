"""Rate limiting by token bucket per action and address, in process memory of bounded size.

A bucket allows `burst` at once, then `per_minute`. An address is forgotten as soon as its bucket is full again, so that
none is stored longer than needed. With several processes each counts separately.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import current_app, request
from flask_babel import gettext as _

from app.web.errors import Problem
from core.events import emit

P = ParamSpec("P")
R = TypeVar("R")

_ADDRESSES_KEPT = 20_000


@dataclass(frozen=True)
class Limit:
    """`burst` requests at once, refilled by `per_minute`."""

    burst: int
    per_minute: float


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
    "message": Limit(burst=15, per_minute=4),
    "form": Limit(burst=60, per_minute=60),  # forms sent by one client, whatever button was pressed
}


class RateLimiter:
    """Token buckets by action and address. Thread-safe; evicts the least recently used address when full."""

    def __init__(self, limits: dict[str, Limit] | None = None, kept: int = _ADDRESSES_KEPT) -> None:
        self._limits = LIMITS if limits is None else limits
        self._kept = kept
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float, Limit]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, action: str, address: str, now: float, limit: Limit | None = None, cost: float = 1) -> int:
        """0 if the request is allowed, else the seconds to wait. `now` is monotonic seconds; `limit` defaults to the
        action's; `cost` is how many requests it counts for, at most a whole bucket."""
        limit = limit or self._limits[action]
        key = (action, address)
        with self._lock:
            tokens, seen, _limit = self._buckets.pop(key, (float(limit.burst), now, limit))
            tokens = min(limit.burst, tokens + (now - seen) * limit.per_minute / 60)
            cost = min(cost, limit.burst)
            wait = 0
            if tokens >= cost:
                tokens -= cost
            else:
                wait = max(1, math.ceil((cost - tokens) * 60 / limit.per_minute))
            self._buckets[key] = (tokens, now, limit)
            while len(self._buckets) > self._kept:
                self._buckets.popitem(last=False)
            self._forget(now)
        return wait

    def _forget(self, now: float) -> None:
        """Evict full buckets. They are ordered by last use, so that the loop usually ends after one look."""
        while self._buckets:
            key, (_tokens, seen, limit) = next(iter(self._buckets.items()))
            if now - seen < limit.burst / limit.per_minute * 60:
                return
            del self._buckets[key]

    def __len__(self) -> int:
        return len(self._buckets)


def check(action: str) -> None:
    """Count this request against `action`; raises Problem 429 when its address is over the limit."""
    _take(action, request.remote_addr or "")


def check_for(action: str, who: str) -> None:
    """Count this request for another key than the client's address."""
    _take(action, who)


def check_amount(action: str, who: str, limit: Limit, amount: float) -> None:
    """Count this amount (of megabytes, say) for a key."""
    _take(action, who, limit, amount)


def check_shared(action: str, limit: Limit) -> None:
    """Count this request against a limit shared by all addresses."""
    _take(action, "", limit)


def _take(action: str, address: str, limit: Limit | None = None, cost: float = 1) -> None:
    if current_app.extensions["signpost"].settings.rate_limits == "off":
        return
    limiter: RateLimiter = current_app.extensions["signpost.ratelimiter"]
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
