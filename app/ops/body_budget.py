"""Request bodies that are still arriving, bounded for each client and in all.

waitress writes a body to a temporary file before the application sees it. Many large uploads at once, or slow ones,
would fill the disk without any limit of the application being asked; so bytes are counted here as they arrive.
"""

import threading
from collections import Counter
from functools import partial
from typing import Any

from waitress.utilities import Error

from app.ops.connections import BoundedChannel, BoundedParser
from core.network.client_networks import household

_SMALL = 64 * 1024  # waitress keeps a body so small in memory


class TooMuchAtOnce(Error):  # type: ignore[misc]  # waitress has no types
    """The answer to a body for which there is no room now."""

    code = 503
    reason = "Service Unavailable"


class BodyBudget:
    """Bytes of bodies in arrival. `client` is '' for those that are counted in all only. Thread-safe."""

    def __init__(self, most: int, most_of_client: int):
        self._most, self._most_of_client = most, most_of_client
        self._of: Counter[str] = Counter()
        self._all = 0
        self._lock = threading.Lock()

    def take(self, client: str, size: int) -> bool:
        """Whether there is room for so many bytes more."""
        with self._lock:
            if self._all + size > self._most or (client and self._of[client] + size > self._most_of_client):
                return False
            self._all += size
            if client:
                self._of[client] += size
            return True

    def give_back(self, client: str, size: int) -> None:
        with self._lock:
            self._all -= size
            if client:
                self._of[client] -= size
                if self._of[client] <= 0:
                    del self._of[client]

    @property
    def used(self) -> int:
        return self._all


class _Parser(BoundedParser):
    error: Any

    def __init__(self, adj: Any, budget: BodyBudget, client: str):
        super().__init__(adj)
        self._budget = budget
        self._client = client
        self._taken = 0

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        more = self.body_bytes_received - self._taken
        if self.body_bytes_received > _SMALL and more > 0 and self.error is None:
            if self._budget.take(self._client, more):
                self._taken += more
            else:
                self.error = TooMuchAtOnce("Many files arrive just now. Nothing was stored; please send again soon.")
                self.completed = True
                self.give_back()
        return consumed

    def close(self) -> None:
        super().close()
        self.give_back()

    def give_back(self) -> None:
        taken, self._taken = self._taken, 0
        if taken:
            self._budget.give_back(self._client, taken)

    def __del__(self) -> None:
        self.give_back()


def bounded_channel(budget: BodyBudget, *, by_client: bool) -> type[BoundedChannel]:
    """The class of a server's connections. Without `by_client` (behind a proxy, every client has its address) bodies
    are counted in all only."""

    class Channel(BoundedChannel):
        def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None):
            client = household(str(addr[0])) if by_client and isinstance(addr, tuple) else ""
            self.parser_class = partial(_Parser, budget=budget, client=client)
            super().__init__(server, sock, addr, adj, map=map)

        def handle_close(self) -> None:
            super().handle_close()
            if self.request is not None:  # a body that will never be complete
                self.request.give_back()

    return Channel
