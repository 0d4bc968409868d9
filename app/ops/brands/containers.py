"""The open brands: each with services and pages of its own, opened when it is first needed, closed when many others
were needed since.

Nothing is shared but the embedding model and the threads that searches run in. A brand that cannot be opened (its
database is away) fails by itself and is tried again.
"""

import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask

from app import create_app
from app.container import Services, Shared
from app.ops.bootstrap import CannotGoOn
from app.ops.brands.registry import Brand
from app.settings.live import LiveSettings
from app.settings.schema import Settings
from app.web.ratelimit import client
from core.cluster.owners import NotOurs
from core.events import emit

_AGAIN_SECONDS = 10.0
# One at a time: routes are compiled through syntax trees, whose depth Python 3.11 counts for all threads together
# (SystemError, "AST constructor recursion depth mismatch").
_making_pages = threading.Lock()
STATES = ("open", "closed", "failed", "refused")


@dataclass(frozen=True)
class Failure:
    """The kind of an error, and what it says to an operator: '' for one nobody planned for."""

    error: str
    reason: str


class CannotBeOpened(Exception):
    """A brand whose settings are wrong, or whose services could not be built; the log says why."""


@dataclass
class Container:
    """A brand and what is open of it. `users` are the requests and turns under way: while there are any it stays.
    `live` follows its settings from the start of the process, opened or closed."""

    brand: Brand
    lock: threading.Lock = field(default_factory=threading.Lock)
    services: Services | None = None
    app: Flask | None = None
    live: LiveSettings | None = None
    users: int = 0
    used_at: float = 0.0
    asked_at: float = float("-inf")
    failed_at: float = float("-inf")
    failure: Failure | None = None

    def __post_init__(self) -> None:
        if self.brand.settings is not None:
            self.live = LiveSettings(self.brand.settings, {})

    @property
    def state(self) -> str:
        """`refused` (its settings), `failed`, `open` or `closed`."""
        if self.brand.settings is None:
            return "refused"
        if self.failure is not None:
            return "failed"
        return "closed" if self.services is None else "open"


class Containers:
    """All brands. At most `most` that nobody uses stay open."""

    def __init__(self, brands: Sequence[Brand], shared: Shared, most: int) -> None:
        self.every = {brand.name: Container(brand) for brand in brands}
        self._shared = shared
        self.watches = shared.watches
        self._most = most
        self._open: set[str] = set()
        self._lock = threading.Lock()
        self._draining = False
        # Told of services that were just built, of settings that are served with, and of a brand that was just closed.
        self.on_open: Callable[[Container, Services], None] = lambda _container, _services: None
        self.on_served: Callable[[Settings], None] = lambda _settings: None
        self.on_close: Callable[[Container], None] = lambda _container: None

    @property
    def draining(self) -> bool:
        """Whether this process ends: every brand says so from now on."""
        return self._draining

    @draining.setter
    def draining(self, value: bool) -> None:
        self._draining = value
        for container in self.every.values():
            if container.services is not None:
                container.services.draining = value

    def enter(self, container: Container, *, pages: bool) -> Services:
        """Open a brand, with its pages if wanted, and keep it open until `leave`. Raises CannotBeOpened."""
        with container.lock:
            services = self._opened(container, pages)
            if container.live is not None:
                container.live.refresh()
            container.users += 1
        return services

    def leave(self, container: Container, *, asked: bool = True) -> None:
        """A turn of background work (not `asked`) does not make a brand one that visitors need."""
        with container.lock:
            container.users -= 1
            if asked:
                container.used_at = time.monotonic()
            elif container.app is None and not container.users and len(self._open) > self._most:
                self._closed(container)
        if asked:
            self._close_some()

    @contextmanager
    def using(self, container: Container) -> Iterator[Services]:
        """The services of a brand, without its pages."""
        services = self.enter(container, pages=False)
        try:
            yield services
        finally:
            self.leave(container, asked=False)

    def close(self) -> None:
        """Close all, whoever still uses them."""
        for container in self.every.values():
            with container.lock:
                self._closed(container)

    def _opened(self, container: Container, pages: bool) -> Services:
        settings = container.brand.settings
        if settings is None or time.monotonic() - container.failed_at < _AGAIN_SECONDS:
            raise CannotBeOpened(container.brand.name)
        try:
            services = container.services
            if services is None:
                if container.live is not None:
                    container.live.refresh(now=True)
                services = self._built(settings)
                services.draining = self._draining
                container.services = services
                with self._lock:
                    self._open.add(container.brand.name)
                self.on_open(container, services)
                self.on_served(settings)
            if pages and container.app is None:
                with _making_pages:
                    container.app = create_app(settings, services, container.live)
                services.prepare_soon()
        except NotOurs as error:
            container.failed_at = time.monotonic()
            failure = Failure(type(error).__name__, str(error))
            if failure != container.failure:
                container.failure = failure
                emit("brand_refused", name=container.brand.name, problems=[failure.reason])
            raise CannotBeOpened(container.brand.name) from error
        except Exception as error:  # whatever it is, it is this brand's, and the others go on
            container.failed_at = time.monotonic()
            failure = _failure(settings, error)
            if failure != container.failure:  # it is tried again every ten seconds, maybe for days
                container.failure = failure
                # What an operator can mend is said in a sentence; of the rest, where it happened.
                trace = "" if failure.reason else traceback.format_exc()
                emit("brand_failed", error=failure.error, reason=failure.reason, trace=trace)
            raise CannotBeOpened(container.brand.name) from error
        if container.failure is not None:
            container.failure = None
            emit("brand_recovered")
        return services

    def _built(self, settings: Settings) -> Services:
        counted = client if settings.rate_limits == "on" else str
        watch = self.watches.take(settings.database)
        try:
            return Services.build(settings, client=counted, shared=self._shared, watch=watch)
        except BaseException:
            self.watches.give_back(watch)
            raise

    def _close_some(self) -> None:
        with self._lock:
            # Those with pages only: what just background work has opened, it closes itself.
            with_pages = [name for name in self._open if self.every[name].app is not None]
            over = len(with_pages) - self._most
            if over <= 0:
                return
            longest = sorted(with_pages, key=lambda name: self.every[name].used_at)
        for name in longest:
            container = self.every[name]
            # Whoever is opening or entering it just now keeps it.
            if over > 0 and not container.users and container.lock.acquire(blocking=False):
                try:
                    if not container.users:
                        self._closed(container)
                        over -= 1
                finally:
                    container.lock.release()

    def _closed(self, container: Container) -> None:
        services, container.services, container.app = container.services, None, None
        with self._lock:
            self._open.discard(container.brand.name)
        if services is not None:
            self.on_close(container)
            services.close()
            self.watches.give_back(services.watch)


def _failure(settings: Settings, error: Exception) -> Failure:
    from app.ops.setup import plain_reasons

    try:
        with plain_reasons(settings):
            raise error
    except CannotGoOn as said:
        return Failure(type(error).__name__, str(said))
    except Exception:
        return Failure(type(error).__name__, "")
