"""Keeps the articles folder and its Git remote together: before and after a save, and again in the background.

Nobody waits for the network longer than a moment. What goes wrong stands in `state` and is tried again with growing
pauses; what only a person can decide waits for that person.
"""

import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import writing
from core.events import emit
from core.file_lock import locked, try_locked
from core.private_files import private_folder
from kb.authoring import remote_state
from kb.authoring.article_files import CannotEdit, alone
from kb.authoring.git_remote import Conflict, Decision, RemoteTrouble, TextConflict, clone, exchange
from kb.authoring.git_types import Signature
from kb.authoring.remote_address import RemoteAddress
from kb.authoring.remote_state import RemoteState

# How long a save waits for what others pushed.
A_MOMENT = 1.0
_PAUSES = (10, 30, 60, 300, 900, 1800)
# Nothing is tried sooner by itself where only a person can help.
_WAITS_FOR_PEOPLE = frozenset({"conflict", "rewritten", "gone", "uncommitted", "no_repository", "filter", "host_key"})
_FRESH = timedelta(seconds=5)


class RemoteSync:
    """Thread-safe; of several processes one exchanges at a time. Cheap to create."""

    def __init__(
        self, engine: Engine, folder: Path, address: RemoteAddress, data_dir: Path, by: Signature,
        every: timedelta, clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._engine, self._folder, self.address, self._data_dir = engine, folder, address, data_dir
        self._by, self._every, self._clock = by, every, clock
        self._lock = threading.Lock()
        self._running: threading.Event | None = None
        self._again = False

    def state(self) -> RemoteState:
        with self._engine.connect() as connection:
            return remote_state.read(connection)

    def ask(self, wait: float = 0.0) -> None:
        """Exchange in a thread, once more where that is under way; wait at most `wait` seconds for it."""
        with self._lock:
            done = self._running
            if done is None:
                done = self._running = threading.Event()
                threading.Thread(target=self._work, args=(done,), name="git remote", daemon=True).start()
            else:
                self._again = True
        if wait:
            done.wait(wait)

    def pull(self) -> None:
        """Bring in what others pushed, and wait a moment for it, unless that was done just now or could not be."""
        state, now = self.state(), self._clock()
        last = state.tried_at if state.code else state.done_at
        if last is None or not timedelta() <= now - last < (_FRESH * 6 if state.code else _FRESH):
            self.ask(A_MOMENT)

    def run_if_due(self) -> None:
        state = self.state()
        if state.next_at is None or self._clock() >= state.next_at:
            self.run()

    def run(self, *, patient: bool = False) -> RemoteState:
        """Exchange now, in this thread; what became of it. Where somebody else is at it, what became of the last, or
        the `patient` exchange after them: what was saved meanwhile is not among what they push."""
        private_folder(self._data_dir)
        lock = self._data_dir / "git-remote.lock"
        if patient:
            with locked(lock):
                return self._exchanged()
        with try_locked(lock) as mine:
            return self._exchanged() if mine else self.state()

    def decide(self, how: str, tip: str) -> None:
        """What to do about a remote that was rewritten or whose branch is gone; see git_remote.Decision."""
        self._change(lambda state: replace(state, decision=(how, tip), next_at=None))
        self.ask(A_MOMENT)

    def choose(self, path: str, seen: str, keep: str) -> None:
        """Which side's file a conflict at `path` (below the repository) is decided for; `seen` is the remote's."""
        self._change(lambda state: replace(state.with_choice(path, (seen, keep)), next_at=None))
        self.ask(A_MOMENT)

    def conflicts(self) -> list[Conflict]:
        """What only a person can decide and nobody has yet; nothing where it cannot be seen."""
        try:
            with clone(self._folder, self.address) as found:
                every = found.conflicts()
        except RemoteTrouble:
            return []
        choices = self.state().choices if every else {}
        return [one for one in every if choices.get(one.path, ("-", ""))[0] != one.seen]

    def conflict_at(self, article: str) -> TextConflict | None:
        """What both sides made of an article's text, at the same place."""
        return next((one.texts for one in self.conflicts() if one.article == article), None)

    def settle(self, article: str, seen: str) -> None:
        """Note that somebody saw the remote's text and saved another one."""
        try:
            with clone(self._folder, self.address) as found:
                path = found.path_of(article)
        except RemoteTrouble:
            return
        self._change(lambda state: state.with_choice(path, (seen, "ours")))

    def articles_of(self, paths: tuple[str, ...]) -> dict[str, str]:
        """The path below the articles folder of each of these, '' for what lies elsewhere."""
        try:
            with clone(self._folder, self.address) as found:
                return {path: found.article_of(path) for path in paths}
        except RemoteTrouble:
            return dict.fromkeys(paths, "")

    def _work(self, done: threading.Event) -> None:
        try:
            while True:
                try:
                    self.run(patient=True)
                except SQLAlchemyError as failure:  # the background asks again
                    emit("git_remote_failed", code="failed", error=type(failure).__name__)
                with self._lock:
                    if not self._again:
                        self._running = None
                        return
                    self._again = False
        finally:
            with self._lock:
                if self._running is done:
                    self._running = None
            done.set()

    def _exchanged(self) -> RemoteState:
        before, now = self.state(), self._clock()
        decision = Decision(*before.decision) if before.decision[0] else None
        choices = {path.encode(): one for path, one in before.choices.items()}
        changed: tuple[str, ...] = ()
        pushed, kept = False, ""
        trouble: RemoteTrouble | None = None
        try:
            done = exchange(self._folder, self.address, self._alone, choices, self._by, now, decision)
            changed, pushed, kept = done.changed, done.pushed, done.kept
        except RemoteTrouble as found:
            trouble = found
        except CannotEdit:
            trouble = RemoteTrouble("disk")
        ahead = self._ahead()

        def outcome(state: RemoteState) -> RemoteState:
            if trouble is None:
                made = replace(
                    state, code="", detail="", since=None, tries=0, paths=(), done_at=now, next_at=now + self._every,
                    kept=kept or state.kept, decision=("", ""),
                    choices={path: one for path, one in state.choices.items() if before.choices.get(path) != one},
                )  # fmt: skip
            else:
                same = state.code == trouble.code
                tries = state.tries + 1 if same else 1
                pause = _PAUSES[min(tries, len(_PAUSES)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
                wait = self._every if trouble.code in _WAITS_FOR_PEOPLE else timedelta(seconds=pause)
                made = replace(
                    state, code=trouble.code, detail=trouble.detail, paths=trouble.paths, tries=tries,
                    since=state.since if same else now, next_at=now + wait,
                    decision=("", "") if trouble.code in {"rewritten", "gone"} else state.decision,
                )  # fmt: skip
            return replace(made, tried_at=now, ahead=ahead)

        state = self._change(outcome)
        if changed or pushed:
            emit("git_remote_synced", changed=len(changed), pushed=pushed)
        if trouble is not None and before.code != trouble.code:
            emit("git_remote_failed", code=trouble.code, error=trouble.detail if trouble.code == "failed" else "")
        return state

    def _alone(self) -> AbstractContextManager[None]:
        return alone(self._folder)

    def _ahead(self) -> int:
        try:
            with clone(self._folder, self.address) as found:
                return found.ahead()
        except RemoteTrouble:
            return 0

    def _change(self, made: Callable[[RemoteState], RemoteState]) -> RemoteState:
        with writing(self._engine) as connection:
            state = made(remote_state.read(connection))
            remote_state.write(connection, state)
            return state
