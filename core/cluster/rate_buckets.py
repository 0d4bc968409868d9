"""Token buckets that all nodes on one PostgreSQL share, so that a limit is not the larger the more nodes there are.

One statement a request, by the server's clock, in a commit that nobody waits for. Limits of what is asked many times a
second and costs little stay in each process. Where the database does not answer, each process counts for itself.
"""

import hashlib
import hmac
import math
import threading
import time
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, Engine, Float, cast, delete, extract, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from core.cluster.schema import rate_bucket
from core.database.connection import not_now, watch_of
from core.token_buckets import Limit, TokenBuckets

_BUCKET = rate_bucket.c
_TIDY_SECONDS = 60.0


class SharedTokenBuckets:
    """As `TokenBuckets`. `local` are the actions that each process counts for itself; `key` hides clients in the
    database."""

    def __init__(self, engine: Engine, key: bytes, limits: Mapping[str, Limit], local: Collection[str]) -> None:
        self._engine = engine
        self._key = key
        self._limits = limits
        self._local = frozenset(local)
        self._here = TokenBuckets(limits)
        self._tidied = time.monotonic()
        self._lock = threading.Lock()

    def take(self, action: str, client: str, now: float, limit: Limit | None = None, cost: float = 1) -> int:
        """0 if the request is allowed, else the seconds to wait; see `TokenBuckets.take`."""
        chosen = limit or self._limits[action]
        if action not in self._local and not watch_of(self._engine).doubtful:
            try:
                return self._take(action, self._hidden(client), chosen, min(cost, chosen.burst))
            except SQLAlchemyError as error:
                if not_now(error):
                    watch_of(self._engine).suspect()
                # a limit must not be the reason why nothing works
        return self._here.take(action, client, now, limit, cost)

    def _take(self, action: str, client: str, limit: Limit, cost: float) -> int:
        clock = cast(extract("epoch", func.clock_timestamp()), Float)
        rate = limit.per_minute / 60
        available = func.least(limit.burst, _BUCKET.tokens + func.greatest(0, clock - _BUCKET.seen) * rate)
        new = insert(rate_bucket).values(
            action=action,
            client=client,
            tokens=limit.burst - cost,
            seen=clock,
            full_at=clock + cost / rate,
        )
        taken = new.on_conflict_do_update(
            index_elements=[_BUCKET.action, _BUCKET.client],
            set_={
                "tokens": available - cost,
                "seen": clock,
                "full_at": clock + (limit.burst - available + cost) / rate,
            },
            where=available >= cost,
        ).returning(_BUCKET.tokens)
        with self._engine.begin() as connection:
            connection.execute(select(func.set_config("synchronous_commit", "off", True)))
            self._tidy(connection)
            if connection.execute(taken).first() is not None:
                return 0
            here = (_BUCKET.action == action) & (_BUCKET.client == client)
            left = connection.execute(select(available).where(here)).scalar()
        return max(1, math.ceil((cost - (left or 0.0)) / rate))

    def _tidy(self, connection: Connection) -> None:
        """Forget buckets that are full again, now and then."""
        with self._lock:
            if time.monotonic() - self._tidied < _TIDY_SECONDS:
                return
            self._tidied = time.monotonic()
        clock = cast(extract("epoch", func.clock_timestamp()), Float)
        connection.execute(delete(rate_bucket).where(_BUCKET.full_at < clock))

    def _hidden(self, client: str) -> str:
        return hmac.new(self._key, b"client\n" + client.encode(), hashlib.sha256).hexdigest()[:24]
