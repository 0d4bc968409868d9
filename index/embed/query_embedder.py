"""Vectors of questions, the latest kept: one question is asked of search, of spelling and of urgent messages."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from index.protocols import Embedder, Vectors

_KEPT = 2048


class QueryEmbedder:
    """`embedder` is an Embedder, or a function that returns one or raises; None where there is no model. Safe to use
    from many threads."""

    def __init__(self, embedder: Embedder | Callable[[], Embedder] | None) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._under_way: dict[tuple[str, str], threading.Event] = {}
        self._lock = threading.Lock()

    def current(self) -> Embedder | None:
        return self._embedder() if callable(self._embedder) else self._embedder

    def embed(self, embedder: Embedder, text: str) -> Vectors:
        """The vector of a text, shape (dimensions,). Another thread that embeds the same text is waited for."""
        key = (embedder.fingerprint, text)
        while True:
            with self._lock:
                if key in self._vectors:
                    self._vectors.move_to_end(key)
                    return self._vectors[key]
                other = self._under_way.get(key)
                if other is None:
                    own = self._under_way[key] = threading.Event()
                    break
            other.wait()  # where it failed, it is tried again here
        try:
            vector: Vectors = embedder.encode_queries([text])[0]
            with self._lock:
                self._vectors[key] = vector
                while len(self._vectors) > _KEPT:
                    self._vectors.popitem(last=False)
            return vector
        finally:
            with self._lock:
                del self._under_way[key]
            own.set()
