"""Findability: every question of every article is tried, and what a publish broke or mended is kept.

A question is tried as `flask kb lint` tries it: by the product's search, without that question in the index, so that it
cannot find itself. It takes a search for each, and is for a thread in the background, or a command.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from core.texts.languages import is_chinese
from index.protocols import Embedder
from index.query.hints import LiveHints
from index.query.language import detect
from insight.counting import evened
from insight.findability.models import Change, Effect, Place, Places, Question, Run, compare, found_of
from insight.findability.repository import FindabilityRepository, Words
from kb.models import Article, ArticleRef

# Half an hour of searches on a small machine; more are counted, and not tried.
MOST_QUESTIONS = 20_000
# Customers' words are offered from this long, unless they were confirmed only where more than one visit used them.
OFFERED_DAYS = 90
_OFFERED_MOST = 12
_SHORTEST = 2

AfterEach = Callable[[float], object]


@dataclass(frozen=True)
class Comparison:
    """What publishing these articles would change. `questions` and the numbers found are of before and after."""

    changes: tuple[Change, ...]
    questions: tuple[int, int]
    found: tuple[int, int]
    left_out: int = 0

    def of(self, effect: Effect) -> list[Change]:
        return [one for one in self.changes if one.effect is effect]


class FindabilityService:
    """`published` gives what readers see on a day, `contents` their digests; `cache_folder` holds known vectors."""

    def __init__(
        self,
        engine: Engine,
        embedder: Callable[[], Embedder],
        published: Callable[[date], Sequence[Article]],
        contents: Callable[[date], Mapping[ArticleRef, str]],
        cache_folder: Path,
        hints: LiveHints | None = None,
    ) -> None:
        self.repository = FindabilityRepository(engine)
        self._embedder = embedder
        self._published = published
        self._contents = contents
        self._cache_folder = cache_folder
        self._hints = hints

    def due(self, today: date) -> bool:
        """Whether something is published that was not measured. Raises ModelNotReady."""
        return not self._is_measured(today)

    def _basis(self, today: date) -> str:
        told = "\n".join(sorted(f"{ref.lang}/{ref.slug} {digest}" for ref, digest in self._contents(today).items()))
        return hashlib.sha256(f"{self._embedder().fingerprint}\n{told}".encode()).hexdigest()[:32]

    def measure(self, now: datetime, today: date, revision: int, after_each: AfterEach | None = None) -> Run | None:
        """Try every question of what is published, and keep what changed; None while another process is at it.

        Raises ModelNotReady, NotMeasured, and what `after_each` does.
        """
        embedder = self._embedder()
        if not self.repository.take_lease(now):
            return None
        try:
            basis, articles = self._basis(today), _searched(self._published(today))
            places = self._places(articles, embedder, after_each)
            changes = compare(self.repository.places(), places)
            broken, mended = (sum(one.effect is kind for one in changes) for kind in (Effect.BROKEN, Effect.MENDED))
            run = Run(0, revision, now, basis, len(places), found_of(places.values()), broken, mended, _rest(articles))
            self.repository.store(run, places, changes)
            return run
        finally:
            self.repository.end_lease()

    def searches(self, articles: Sequence[Article], today: date) -> int:
        """How many `compare` will make."""
        wanted = sum(len(one.questions) for one in articles if one.visible_on(today) and not one.exclude)
        return wanted + (0 if self._is_measured(today) else sum(len(one.questions) for one in self._published(today)))

    def _is_measured(self, today: date) -> bool:
        last = self.repository.last_run()
        return last is not None and last.basis == self._basis(today)

    def compare(self, articles: Sequence[Article], today: date, after_each: AfterEach | None = None) -> Comparison:
        """What would change if these were published; stores nothing. Raises ModelUnavailable and NotMeasured."""
        embedder = self._embedder()
        if self._is_measured(today):
            before: Places = self.repository.places()
        else:
            before = self._places(_searched(self._published(today)), embedder, after_each)
        wanted = _searched([one for one in articles if one.visible_on(today)])
        after = self._places(wanted, embedder, after_each)
        return Comparison(
            tuple(compare(before, after)), (len(before), len(after)),
            (found_of(before.values()), found_of(after.values())), _rest(wanted),
        )  # fmt: skip

    def _places(self, articles: Sequence[Article], embedder: Embedder, after_each: AfterEach | None) -> Places:
        from index.tools.findability import measure  # here, because it loads the search engines

        measured = measure(
            articles, embedder, self._cache_folder, hints=self._hints, after_each=after_each, most=MOST_QUESTIONS
        )
        return {
            Question(one.ref.lang, one.ref.slug, one.question): Place(one.rank, one.verdict.value, one.rivals)
            for one in measured
        }

    def try_article(
        self, article: Article, today: date, read: Callable[[Collection[ArticleRef]], Sequence[Article]]
    ) -> list[tuple[Question, Place]]:
        """Where the questions of one article would find it, were it published as it is; `read` gives published ones.
        Raises ModelNotReady, ModelUnavailable and NotMeasured."""
        from index.tools.findability import measure_article  # here, because it loads the search engines

        found = measure_article(
            article, self._contents(today), read, self._embedder(), self._cache_folder.parent, hints=self._hints
        )
        return [
            (Question(one.ref.lang, one.ref.slug, one.question), Place(one.rank, one.verdict.value, one.rivals))
            for one in found
        ]

    # What customers asked and an article answered

    def offered(self, articles: Sequence[Article], today: date) -> dict[ArticleRef, list[Words]]:
        """For each of these articles the words that led customers to it and that it does not have among its questions:
        in its language, of more than one visit, or of one that said it helped; never more often in vain than not."""
        only = articles[0].ref if len(articles) == 1 else None
        found = self.repository.words(today - timedelta(days=OFFERED_DAYS), only)
        return {one.ref: offers for one in articles if (offers := _new_to(one, found.get(one.ref, ())))}


def _new_to(article: Article, words: Sequence[Words]) -> list[Words]:
    known = {evened(text) for text in (*article.questions, article.title)}
    fitting = (
        one
        for one in words
        if (one.opened > 1 or one.confirmed)
        and (one.read or one.confirmed)
        and one.failed * 2 < one.opened
        and evened(one.text) not in known
        and _says_something(one.text)
        and _same_language(detect(one.text, article.lang), article.lang)
    )
    return list(fitting)[:_OFFERED_MOST]


def _says_something(words: str) -> bool:
    """Whether there are words in it, and nothing that was taken out of it, which no article should be asked with."""
    return "[" not in words and sum(sign.isalpha() for sign in words) >= _SHORTEST


def _same_language(one: str, other: str) -> bool:
    return one.split("-")[0] == other.split("-")[0] and (not is_chinese(one) or one == other)


def _searched(articles: Sequence[Article]) -> list[Article]:
    return [one for one in articles if not one.exclude]


def _rest(articles: Sequence[Article]) -> int:
    return max(0, sum(len(one.questions) for one in articles) - MOST_QUESTIONS)
