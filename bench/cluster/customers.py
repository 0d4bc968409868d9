"""Customers: searches and tickets, and what they saw of a fault."""

import http.client
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.cluster.nodes import PATIENCE, Door, ask

ARTICLES = 40


@dataclass
class Window:
    """What clients saw from a fault until things were well again."""

    fault: str
    searches: int = 0
    search_errors: int = 0
    longest_gap_seconds: float = 0.0
    tickets_acknowledged: int = 0
    tickets_refused_at_first: int = 0
    slowest_acknowledgement_seconds: float = 0.0
    found_everywhere_seconds: float = 0.0


@dataclass
class Load:
    """Customers: searches that are answered or not, and tickets that are sent until they are acknowledged."""

    doors: Callable[[], Sequence[Door]]
    searches_a_second: float
    tickets_a_second: float
    window: Window = field(default_factory=lambda: Window("start"))
    acknowledged: list[str] = field(default_factory=list)
    answered_at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        for rate, what, threads in (
            (self.searches_a_second, self._search, 4),
            (self.tickets_a_second, self._ticket, 4),
        ):
            for number in range(threads):
                thread = threading.Thread(target=self._every, args=(threads / rate, number / rate, what), daemon=True)
                self._threads.append(thread)
                thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def turn(self, fault: str) -> Window:
        """Begin a new window; the one before."""
        with self._lock:
            before, self.window = self.window, Window(fault)
            self.answered_at = time.monotonic()
        return before

    def _every(self, seconds: float, first: float, what: Callable[[], None]) -> None:
        due = time.monotonic() + first
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            what()
            due = max(due + seconds, time.monotonic() - seconds)

    def _search(self) -> None:
        word = secrets.randbelow(ARTICLES)
        answered = False
        for door in self.doors():  # a browser behind HAProxy has one address; without it the next node is asked
            try:
                status, found = ask(door, "GET", f"/api/v1/search?q=place{word:03}&lang=en", seconds=2.0)
            except (OSError, http.client.HTTPException):
                continue
            if status == 200 and found["results"]:
                answered = True
                break
        now = time.monotonic()
        with self._lock:
            self.window.searches += 1
            if not answered:
                self.window.search_errors += 1
                return
            gap, self.answered_at = now - self.answered_at, now
            self.window.longest_gap_seconds = max(self.window.longest_gap_seconds, round(gap, 2))

    def _ticket(self) -> None:
        key, began, tries = secrets.token_hex(8), time.monotonic(), 0
        words = f"Case {key}: the left earbud is silent since {secrets.token_hex(4)}."
        body = {"message": words, "email": f"ada.{key}@example.org", "lang": "en", "consent": True}
        while time.monotonic() - began < PATIENCE:
            for door in self.doors():
                tries += 1
                try:
                    status, stored = ask(door, "POST", "/api/v1/tickets", body, 20.0, key)
                except (OSError, http.client.HTTPException):
                    continue
                if status in {200, 201}:
                    with self._lock:
                        self.acknowledged.append(stored["reference"])
                        self.window.tickets_acknowledged += 1
                        self.window.tickets_refused_at_first += tries > 1
                        took = round(time.monotonic() - began, 1)
                        slowest = max(self.window.slowest_acknowledgement_seconds, took)
                        self.window.slowest_acknowledgement_seconds = slowest
                    return
            time.sleep(0.5)
