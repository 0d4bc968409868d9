"""The nouns of findability, and what changed between two measurements (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kb.models import ArticleRef

# An article among the first three results counts as found.
TOP = 3
_VERDICTS = ("answer", "suggest", "ask_human")


@dataclass(frozen=True, order=True)
class Question:
    """A question of an article."""

    lang: str
    slug: str
    text: str

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.lang, self.slug)


@dataclass(frozen=True)
class Place:
    """Where a question finds its article: `rank` from 1, 0 for not among the first ten. `rivals` are the articles above
    it, or the one beside it. `since` is the revision from which on it stands there (0: not known)."""

    rank: int
    verdict: str
    rivals: tuple[ArticleRef, ...] = ()
    since: int = 0

    @property
    def found(self) -> bool:
        return 1 <= self.rank <= TOP

    @property
    def standing(self) -> tuple[int, int]:
        """The smaller, the better."""
        return self.rank or 99, _VERDICTS.index(self.verdict) if self.verdict in _VERDICTS else len(_VERDICTS)


class Effect(StrEnum):
    """What a publish does to a question."""

    BROKEN = "broken"  # it found its article among the first three, and does no more
    MENDED = "mended"  # the other way round
    LOWER = "lower"
    HIGHER = "higher"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class Change:
    """`was` is None for a new question, `now` for one that is gone. `revision` is 0 of what is not published."""

    question: Question
    effect: Effect
    was: Place | None
    now: Place | None
    revision: int = 0


@dataclass(frozen=True)
class Run:
    """All questions tried at a revision. `basis` tells one collection and model from another; `left_out` are questions
    beyond the bound."""

    id: int
    revision: int
    at: datetime
    basis: str
    questions: int
    found: int
    broken: int
    mended: int
    left_out: int = 0


Places = Mapping[Question, Place]


def effect_of(was: Place | None, now: Place | None) -> Effect | None:
    """None where nothing changed but the rivals."""
    if was is None or now is None:
        return Effect.NEW if now is not None else Effect.GONE if was is not None else None
    if was.found != now.found:
        return Effect.BROKEN if was.found else Effect.MENDED
    if was.standing == now.standing:
        return None
    return Effect.LOWER if now.standing > was.standing else Effect.HIGHER


_ORDER = tuple(Effect)


def compare(before: Places, after: Places) -> list[Change]:
    """What changed, what broke first; questions whose place is the same are left out."""
    changes = []
    for question in before.keys() | after.keys():
        was, now = before.get(question), after.get(question)
        effect = effect_of(was, now)
        if effect is not None:
            changes.append(Change(question, effect, was, now))
    return sorted(changes, key=lambda one: (_ORDER.index(one.effect), one.question))


def found_of(places: Iterable[Place]) -> int:
    return sum(place.found for place in places)
