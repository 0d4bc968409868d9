"""Nouns of links to other sites."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Only what failed so often, over so long, is called broken: a site may be down for a weekend.
FAILURES = 3
FAILING = timedelta(days=3)


class Outcome(StrEnum):
    """What came of asking. GONE and FAILED count against a link; the others say nothing of whether it is broken."""

    OK = "ok"
    GONE = "gone"  # 404 or 410
    FAILED = "failed"  # no name, no connection, no certificate, a server error
    REFUSED = "refused"  # a sign-in, a check against robots, too many requests
    ROBOTS = "robots"  # robots.txt asks machines to stay away
    SKIPPED = "skipped"  # not https, or in the own network, and that is not allowed
    UNASKED = ""


@dataclass(frozen=True)
class Policy:
    """What may be asked besides https at public addresses."""

    http: bool = False
    private: bool = False


@dataclass(frozen=True)
class Result:
    """`detail` is a short technical reason. `after` is for how long the server asks to be left alone."""

    outcome: Outcome
    status: int = 0
    detail: str = ""
    after: timedelta | None = None


@dataclass(frozen=True)
class ExternalLink:
    url: str
    host: str
    outcome: Outcome = Outcome.UNASKED
    status: int = 0
    detail: str = ""
    checked_at: datetime | None = None
    next_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0

    @property
    def broken(self) -> bool:
        """Failed again and again, over days."""
        if self.failing_since is None or self.checked_at is None or self.failures < FAILURES:
            return False
        return self.checked_at - self.failing_since >= FAILING
