"""The watches of several help centres in one process: one for each database, however many of them are in it."""

import re
import threading
from dataclasses import dataclass

from core.database.connection import new_watch
from core.database.postgresql import is_postgresql
from core.database.watch import DatabaseWatch

_SCHEMA = re.compile(r"(?<=[?&])schema=[^&]*&?")


@dataclass
class _Held:
    watch: DatabaseWatch
    users: int


class Watches:
    """Hands out watches. With `start` each looks once a second as long as somebody has it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._constant = False

    def take(self, url: str) -> DatabaseWatch:
        """The watch of the database at this address, to be given back."""
        with self._lock:
            held = self._held.get(_database(url))
            if held is None:
                held = self._held[_database(url)] = _Held(new_watch(url), 0)
                if self._constant:
                    held.watch.start()
            held.users += 1
            return held.watch

    def give_back(self, watch: DatabaseWatch) -> None:
        """The last one stops it."""
        with self._lock:
            for name, held in list(self._held.items()):
                if held.watch is watch:
                    held.users -= 1
                    if not held.users:
                        del self._held[name]
                        watch.stop()

    def know(self, url: str, watch: DatabaseWatch) -> None:
        """Hand out this one, which somebody else starts and stops, for its database."""
        with self._lock:
            self._held[_database(url)] = _Held(watch, 1)

    def start(self) -> None:
        with self._lock:
            self._constant = True
            for held in self._held.values():
                held.watch.start()


def _database(url: str) -> str:
    """What addresses of schemas of one database have in common; a role of a brand's own may be locked out by itself."""
    return _SCHEMA.sub("", url).rstrip("?&") if is_postgresql(url) else url
