"""How a search reads: in one transaction that sees one moment, whichever of its threads asks."""

import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")


class SearchOver(Exception):
    """A step of a search came when the search had ended without it."""


class Reader(Protocol):
    """Runs a function of `repository.py`, which gets a connection first."""

    def __call__(self, read: Callable[..., T], *arguments: Any, **named: Any) -> T: ...


class EachByItself:
    """Every read is a transaction of its own: for commands, which are in no hurry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, read: Callable[..., T], *arguments: Any, **named: Any) -> T:
        with self._engine.connect() as connection:
            return read(connection, *arguments, **named)


class Snapshot:
    """One transaction. Its reads take turns, since a connection can do one thing at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._turn = threading.Lock()
        self._over = False
        self._returned = False

    def __call__(self, read: Callable[..., T], *arguments: Any, **named: Any) -> T:
        try:
            with self._turn:
                if self._over:
                    raise SearchOver
                return read(self._connection, *arguments, **named)
        finally:
            if self._over:
                self._give_back()

    def close(self) -> None:
        """End the transaction; a late step that is reading now does it when it has read."""
        self._over = True
        self._give_back()

    def _give_back(self) -> None:
        if not self._turn.acquire(blocking=False):
            return  # who is reading comes here afterwards
        try:
            if not self._returned:
                self._returned = True
                self._connection.close()
        finally:
            self._turn.release()
