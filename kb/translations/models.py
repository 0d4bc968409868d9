"""Nouns of translations: how much a change weighs, how a translation stands, and what it was made from."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kb.models import Article, Section


class Weight(StrEnum):
    """How much of an edit concerns those who translate and read it. TYPO concerns nobody, MINOR the translators, MAJOR
    readers of a translation, too."""

    TYPO = "typo"
    MINOR = "minor"
    MAJOR = "major"

    @property
    def rank(self) -> int:
        return list(Weight).index(self)


class State(StrEnum):
    """How an article stands in a language."""

    CURRENT = "current"
    OUTDATED = "outdated"
    DRAFT = "draft"
    MISSING = "missing"


class How(StrEnum):
    """How it is known what a translation was made from: somebody said so, it came back from a translator, the source
    was like this when both were first seen; or it is not known (the dates say that it is older)."""

    SAID = "said"
    IMPORTED = "imported"
    SEEN = "seen"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Content:
    """What of an article is translated."""

    title: str
    summary: str
    body: str
    updated: date | None = None


@dataclass(frozen=True)
class NewerSource:
    """What a reader of a translation is told: the source has changed by much `since`, under these headings."""

    source: Article
    since: datetime
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Basis:
    """What the translation at `path` was made from, and how the source stands to it.

    `digest` is of the source's text it was made from ('' where that is not known), `seen_digest` of the source when it
    was looked at last; `weight` the heaviest change between the two, since `stale_at`. `changed` are the headings under
    which the source changed, '' for what stands before the first.
    """

    path: str
    source: str
    digest: str
    how: How
    at: datetime
    own_digest: str
    seen_digest: str
    own_updated: str = ""
    login: str = ""
    weight: Weight | None = None
    stale_at: datetime | None = None
    changed: tuple[str, ...] = ()

    @property
    def outdated(self) -> bool:
        """Whether the source has changed since by more than typing errors."""
        return self.stale_at is not None and self.weight is not Weight.TYPO
