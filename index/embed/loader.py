"""Lazy loading of the process's embedding model, on first use or in the background, with a health check."""

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from core.events import emit
from index.embed.choose import open_embedder
from index.embed.model import choose
from index.protocols import Embedder, Vectors

_RETRY_SECONDS = 30.0


class ModelNotReady(RuntimeError):
    """The model is still loading, or failed recently; search degrades to keywords."""


class EmbedderLoader:
    """Loads the embedder with `load` and returns it. Thread-safe."""

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._background: threading.Thread | None = None
        self._failed_at: float | None = None

    def get(self) -> Embedder:
        """The embedder. Blocks until it is loaded, unless it is loading in the background or failed recently: then
        raises ModelNotReady at once, so that no visitor waits."""
        if self._embedder is not None:
            return self._embedder
        if self._failed_at is not None and time.monotonic() - self._failed_at < _RETRY_SECONDS:
            raise ModelNotReady("the model could not be loaded; the log says why")
        if self._background is not None and self._background.is_alive():
            raise ModelNotReady("the model is still loading")
        return self._loaded()

    @property
    def fingerprint(self) -> str:
        """Of the model that is loaded; '' while none is."""
        return self._embedder.fingerprint if self._embedder is not None else ""

    def warm(self) -> None:
        """Load the model in the background and run one query."""
        if self._embedder is None and (self._background is None or not self._background.is_alive()):
            self._background = threading.Thread(target=self._warm, name="model", daemon=True)
            self._background.start()

    def wait(self, seconds: float) -> None:
        """Wait until the background load has ended, at most `seconds`."""
        if self._background is not None:
            self._background.join(seconds)

    def state(self) -> str:
        """Health check: `ok` if a query succeeds now, else `loading` (started if need be) or `failed`."""
        if self._embedder is None:
            if self._failed_at is not None and time.monotonic() - self._failed_at < _RETRY_SECONDS:
                return "failed"
            self.warm()
            return "loading"
        try:
            self._embedder.encode_queries(["ready"])
        except Exception:  # Any error means `failed`; searches log the error itself.
            return "failed"
        return "ok"

    def _warm(self) -> None:
        try:
            self._loaded().encode_queries(["warm up"])
        except Exception:  # Already in the log; search goes on with keywords.
            return

    def _loaded(self) -> Embedder:
        with self._lock:
            if self._embedder is None:
                began = time.perf_counter()
                try:
                    embedder = self._load()
                except Exception as error:
                    self._failed_at = time.monotonic()
                    emit("model_failed", error=type(error).__name__, trace=traceback.format_exc())
                    raise
                if not isinstance(embedder, LateEmbedder):
                    seconds = round(time.perf_counter() - began, 2)
                    emit("model_ready", seconds=seconds, fingerprint=embedder.fingerprint)
                self._failed_at = None
                self._embedder = embedder
            return self._embedder


def load_embedder(name: str, precision: str, model_dir: Path, kind: str, *, indexing: bool) -> Embedder:
    """The embedder of these settings (see `open_embedder`). With `indexing`, one that uses every processor and is
    loaded when the first text is embedded."""

    def load() -> Embedder:
        return open_embedder(
            model=name, precision=precision, model_dir=model_dir, kind=kind, workers=0 if indexing else 1
        )

    if not indexing or kind != "model":
        return load()
    return LateEmbedder(choose(name, precision, model_dir).fingerprint, load)


class LateEmbedder:
    """A lazily loaded embedder whose fingerprint is known at once: an up-to-date index is checked without the model.

    `before_load` is called when it is about to be loaded.
    """

    def __init__(self, fingerprint: str, load: Callable[[], Embedder]) -> None:
        self.fingerprint = fingerprint
        self._load = load
        self._loaded: Embedder | None = None
        self.before_load: Callable[[], object] | None = None

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.encode_passages(texts)

    @property
    def _embedder(self) -> Embedder:
        if self._loaded is None:
            if self.before_load:
                self.before_load()
            self._loaded = self._load()
        return self._loaded
