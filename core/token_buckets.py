"""Rate limiting by token bucket per action and client, in process memory of bounded size.

A bucket allows `burst` at once, then `per_minute`. A client is forgotten as soon as its bucket is full again, so that
none is stored longer than needed. With several processes each counts separately;
those on one PostgreSQL share what matters (`core/cluster/rate_buckets.py`).
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

_CLIENTS_KEPT = 20_000


@dataclass(frozen=True)
class Limit:
    """`burst` requests at once, refilled by `per_minute`."""

    burst: int
    per_minute: float


class TokenBuckets:
    """Token buckets by action and client. Thread-safe; evicts the least recently used client when full."""

    def __init__(self, limits: Mapping[str, Limit], kept: int = _CLIENTS_KEPT) -> None:
        self._limits = limits
        self._kept = kept
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float, Limit]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, action: str, client: str, now: float, limit: Limit | None = None, cost: float = 1) -> int:
        """0 if the request is allowed, else the seconds to wait. `now` is monotonic seconds; `limit` defaults to the
        action's; `cost` is how many requests it counts for, at most a whole bucket."""
        limit = limit or self._limits[action]
        key = (action, client)
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
