"""Throttling of failed sign-ins by increasing waits. No account is ever locked for good.

Three things are counted: the account from this address, the address, and the account from anywhere. The last one
waits at most half a minute, and not at all where the account has signed in from this address before: else whoever
knows a name could keep its owner out. Addresses are stored as keyed hashes and forgotten after a day, or thirty days
after a successful sign-in.
"""

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, not_, or_, select

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from core.network.client_networks import household
from support.agents.schema import desk_attempts

_FORGET = timedelta(days=1)
_REMEMBER = timedelta(days=30)
_KNOWN = "known:"


@dataclass(frozen=True)
class ThrottleCurve:
    """Exponential backoff: `free` failures cost nothing; then each doubles the wait from one second up to `longest`."""

    free: int
    longest: float

    def wait(self, failures: int) -> timedelta:
        if failures <= self.free:
            return timedelta(0)
        return timedelta(seconds=min(self.longest, 2.0 ** min(failures - self.free - 1, 20)))


PAIR, ADDRESS, ACCOUNT = ThrottleCurve(3, 900), ThrottleCurve(20, 900), ThrottleCurve(10, 30)


@dataclass(frozen=True)
class SignInAttempt:
    """Account and address of an attempt. `key` is the HMAC key of the stored hashes.

    An address counts as its client: an IPv6 address as its /64, all of which one machine may use.
    """

    login: str
    address: str
    key: bytes

    def _hash(self, *parts: str) -> str:
        return hmac.new(self.key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()[:32]

    @property
    def known(self) -> str:
        return _KNOWN + self._hash("pair", self.login, household(self.address))

    @property
    def counted(self) -> tuple[tuple[str, ThrottleCurve], ...]:
        return (
            ("pair:" + self._hash("pair", self.login, household(self.address)), PAIR),
            ("address:" + self._hash("address", household(self.address)), ADDRESS),
            ("account:" + self._hash("account", self.login), ACCOUNT),
        )


def seconds_to_wait(connection: Connection, attempt: SignInAttempt, now: datetime) -> int:
    """Seconds until the attempt is allowed; 0 for now."""
    keys = [key for key, _pace in attempt.counted]
    rows = {row.key: row for row in _rows(connection, [*keys, attempt.known])}
    known = attempt.known in rows
    ends = [
        moment(rows[key].wait_until)
        for key in keys
        if key in rows and rows[key].wait_until and not (known and key.startswith("account:"))
    ]
    left = max(((end - now).total_seconds() for end in ends), default=0.0)
    return max(0, math.ceil(left))


def record_failure(connection: Connection, attempt: SignInAttempt, now: datetime) -> None:
    """Count a failure in all counters."""
    rows = {row.key: row for row in _rows(connection, [key for key, _pace in attempt.counted])}
    for key, pace in attempt.counted:
        failures = 1 + (rows[key].failures if key in rows else 0)
        _put(connection, key, failures, iso(now + pace.wait(failures)), now)


def record_success(connection: Connection, attempt: SignInAttempt, now: datetime) -> None:
    """Forget the failures of this account, and remember that it was used from here."""
    # Not those of the address: else whoever has one account could try all others without end.
    of_account = [key for key, _pace in attempt.counted if not key.startswith("address:")]
    connection.execute(delete(desk_attempts).where(desk_attempts.c.key.in_(of_account)))
    _put(connection, attempt.known, 0, "", now)


def forget(connection: Connection, now: datetime) -> int:
    """Delete expired counters; how many rows."""
    is_known = desk_attempts.c.key.startswith(_KNOWN)
    old = or_(
        and_(is_known, desk_attempts.c.updated_at < iso(now - _REMEMBER)),
        and_(not_(is_known), desk_attempts.c.updated_at < iso(now - _FORGET)),
    )
    return connection.execute(delete(desk_attempts).where(old)).rowcount


def _rows(connection: Connection, keys: list[str]) -> list[Row[Any]]:
    columns = (desk_attempts.c.key, desk_attempts.c.failures, desk_attempts.c.wait_until)
    return list(connection.execute(select(*columns).where(desk_attempts.c.key.in_(keys))))


def _put(connection: Connection, key: str, failures: int, until: str, now: datetime) -> None:
    counted = insert_for(connection, desk_attempts).values(
        key=key, failures=failures, wait_until=until, updated_at=iso(now)
    )
    connection.execute(
        counted.on_conflict_do_update(
            index_elements=[desk_attempts.c.key],
            set_={
                "failures": counted.excluded.failures,
                "wait_until": counted.excluded.wait_until,
                "updated_at": counted.excluded.updated_at,
            },
        )
    )
