"""How long somebody must wait who failed to sign in. Every wait ends; nothing is ever locked for good.

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

from sqlalchemy import Connection, Row, text

from core.timestamps import iso, moment

_FORGET = timedelta(days=1)
_REMEMBER = timedelta(days=30)


@dataclass(frozen=True)
class ThrottleCurve:
    """`free` failures cost nothing; then each doubles the wait from one second up to `longest`."""

    free: int
    longest: float

    def wait(self, failures: int) -> timedelta:
        if failures <= self.free:
            return timedelta(0)
        return timedelta(seconds=min(self.longest, 2.0 ** min(failures - self.free - 1, 20)))


PAIR, ADDRESS, ACCOUNT = ThrottleCurve(3, 900), ThrottleCurve(20, 900), ThrottleCurve(10, 30)


@dataclass(frozen=True)
class SignInAttempt:
    """Who tries, from where. `key` keeps the stored hashes from being guessed."""

    login: str
    address: str
    key: bytes

    def _hash(self, *parts: str) -> str:
        return hmac.new(self.key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()[:32]

    @property
    def known(self) -> str:
        return "known:" + self._hash("pair", self.login, self.address)

    @property
    def counted(self) -> tuple[tuple[str, ThrottleCurve], ...]:
        return (
            ("pair:" + self._hash("pair", self.login, self.address), PAIR),
            ("address:" + self._hash("address", self.address), ADDRESS),
            ("account:" + self._hash("account", self.login), ACCOUNT),
        )


def seconds_to_wait(connection: Connection, attempt: SignInAttempt, now: datetime) -> int:
    """0 when the attempt may be looked at."""
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


def failed(connection: Connection, attempt: SignInAttempt, now: datetime) -> None:
    """Count a failure everywhere it counts."""
    rows = {row.key: row for row in _rows(connection, [key for key, _pace in attempt.counted])}
    for key, pace in attempt.counted:
        failures = 1 + (rows[key].failures if key in rows else 0)
        _put(connection, key, failures, iso(now + pace.wait(failures)), now)


def succeeded(connection: Connection, attempt: SignInAttempt, now: datetime) -> None:
    """Forget the failures of this account, and remember that it was used from here."""
    for key, _pace in attempt.counted:
        if not key.startswith("address:"):  # else whoever has one account could try all others without end
            connection.execute(text("DELETE FROM desk_attempts WHERE key = :key"), {"key": key})
    _put(connection, attempt.known, 0, "", now)


def forget(connection: Connection, now: datetime) -> int:
    """Remove what is too old to matter; how many rows."""
    return connection.execute(
        text(
            "DELETE FROM desk_attempts WHERE (key LIKE 'known:%' AND updated_at < :long_ago)"
            " OR (key NOT LIKE 'known:%' AND updated_at < :old)"
        ),
        {"long_ago": iso(now - _REMEMBER), "old": iso(now - _FORGET)},
    ).rowcount


def _rows(connection: Connection, keys: list[str]) -> list[Row[Any]]:
    names = {f"k{i}": key for i, key in enumerate(keys)}
    statement = f"SELECT * FROM desk_attempts WHERE key IN ({', '.join(':' + n for n in names)})"  # noqa: S608
    return list(connection.execute(text(statement), names))


def _put(connection: Connection, key: str, failures: int, until: str, now: datetime) -> None:
    connection.execute(
        text(
            "INSERT INTO desk_attempts (key, failures, wait_until, updated_at) VALUES (:key, :failures, :until, :now)"
            " ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, wait_until = excluded.wait_until,"
            " updated_at = excluded.updated_at"
        ),
        {"key": key, "failures": failures, "until": until, "now": iso(now)},
    )
