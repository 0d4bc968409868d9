"""A change of a published article that waits for its time: until then visitors read what is there.

What waits is a suggestion, so it is seen, followed when the file moves, brought together with what others change
meanwhile, taken up sooner or declined as any other is. When its time has come it is saved as its planner would have
saved it, with the rights they have then; where that needs somebody's decision it is held, and nothing is published.
"""

from datetime import datetime, tzinfo

from sqlalchemy import Engine

from core.database.connection import writing
from kb.authoring import plans
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.merge import conflicts, text_of
from kb.authoring.models import Author, ChangedMeanwhile, Kind, Saved, Suggested
from kb.authoring.plans import Plan
from kb.authoring.scopes import NotAllowed
from kb.authoring.service import REASON_MOST, AuthoringService

# Saved by others in the moment between.
_TRIES = 3


class Held(Exception):
    """A change is not published until somebody decides; `code` says why: conflict, gone, unreadable, not_allowed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def wall_clock(now: datetime, zone: tzinfo) -> str:
    """A moment as plans have it, whose order is that of time. What an hour that is skipped would have begun, begins
    after it; what falls into an hour that comes twice, the first time."""
    return now.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


class ScheduledChanges:
    """Cheap to create; thread-safe."""

    def __init__(self, engine: Engine, authoring: AuthoringService) -> None:
        self._engine = engine
        self._authoring = authoring

    def plan(self, path: str, version: int, due: str, author: Author, reason: str, weight: str, now: datetime) -> None:
        """Let a suggestion become the article's text at `due`; in place of a plan the suggestion has already. Raises
        NoSuchArticle where it is none that waits, CannotEdit or NotAllowed."""
        found, text = self._authoring.version(path, version)
        if found.kind is not Kind.SUGGESTED or found.settled:
            raise NoSuchArticle(path)
        if not author.may_publish_at(self._authoring.spot(path), self._authoring.spot_of(path, text)):
            raise NotAllowed(path)
        reason = " ".join(reason.split())[:REASON_MOST]
        with writing(self._engine) as connection:
            for one in plans.open_ones(connection, path):
                if one.version == version:
                    plans.end(connection, one.id, plans.CANCELLED, now)
            plans.add(connection, path, version, due, author.login, reason, weight, now)

    def of(self, path: str) -> list[Plan]:
        """The changes of an article that wait or are held, the next one first."""
        with self._engine.connect() as connection:
            return plans.open_ones(connection, path)

    def every(self) -> dict[str, Plan]:
        """By path the change that is held, else the next one that waits."""
        with self._engine.connect() as connection:
            found = plans.open_ones(connection)
        by_path: dict[str, Plan] = {}
        for one in sorted(found, key=lambda one: not one.held):
            by_path.setdefault(one.path, one)
        return by_path

    def due(self, clock: str) -> list[Plan]:
        """Those whose time has come, in order."""
        with self._engine.connect() as connection:
            return [one for one in plans.open_ones(connection) if not one.held and one.due <= clock]

    def cancel(self, path: str, number: int, author: Author, now: datetime) -> bool:
        """Drop a plan; its suggestion stays. Whether it was open. Raises NotAllowed."""
        found = next((one for one in self.of(path) if one.id == number), None)
        if found is None:
            return False
        if found.login != author.login and not author.may_publish_at(self._authoring.spot(path)):
            raise NotAllowed(path)
        return self._end(found, plans.CANCELLED, now)

    def hold(self, plan: Plan, code: str, now: datetime) -> bool:
        """Note why a change was not published; whether nobody had."""
        return self._end(plan, plans.HELD, now, code)

    def carry_out(self, plan: Plan, author: Author, now: datetime) -> Saved:
        """Save a change whose time has come. What others changed at other places meanwhile stays. Raises Held, or
        CannotEdit("disk") where it may be tried again."""
        try:
            version, text = self._authoring.version(plan.path, plan.version)
            before = self._authoring.spot(plan.path)
            if not author.may_publish_at(before, self._authoring.spot_of(plan.path, text)):
                raise Held("not_allowed")
            base = version.base
            for _try in range(_TRIES):
                outcome = self._authoring.save(plan.path, text, base, author, plan.reason, now, plan.version)
                if not isinstance(outcome, ChangedMeanwhile):
                    break
                if outcome.remote or conflicts(outcome.parts):
                    raise Held("conflict")
                text, base = text_of(outcome.parts), outcome.version
        except NoSuchArticle:
            raise Held("gone") from None
        except NotAllowed:
            raise Held("not_allowed") from None
        except CannotEdit as failure:
            if failure.code == "disk":
                raise
            raise Held("unreadable") from None
        if not isinstance(outcome, Saved):
            raise Held("not_allowed" if isinstance(outcome, Suggested) else "conflict")
        self._end(plan, plans.DONE, now)
        return outcome

    def _end(self, plan: Plan, state: str, now: datetime, code: str = "") -> bool:
        with writing(self._engine) as connection:
            return plans.end(connection, plan.id, state, now, code)
