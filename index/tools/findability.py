"""Do the questions an article must answer find it? And which articles say nearly the same?

Each of an article's `questions` is asked of a scratch index of all articles from which that one question was left out,
so that it cannot find itself. The answer must be among the first three.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from index.analysis import tokens
from index.models import SearchQuery
from index.protocols import Embedder
from index.ranking.related import twins
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from kb.models import Article, ArticleRef

TOP = 3
# The number that stands for an article's title among its questions.
TITLE = -1
# Scratch indexes that share the questions among them.
_TURNS = 8


@dataclass(frozen=True)
class FindabilityFinding:
    """A question that fails, or an article with a twin. `severity` is error or warning; `field` the header's field."""

    ref: ArticleRef
    path: str
    field: str
    severity: str
    code: str
    message: str


def check(
    articles: Sequence[Article], embedder: Embedder, cache_folder: Path | None = None
) -> list[FindabilityFinding]:
    """Every question of every article, left out of the index while it is asked; and near twins."""
    doubts: list[FindabilityFinding] = []
    entries = [(article, number) for article in articles for number in range(len(article.questions))]
    with tempfile.TemporaryDirectory(prefix="signpost-lint-") as scratch:
        cache = cache_folder or Path(scratch) / "vectors"
        for turn, asked in enumerate(turns(entries)):
            with searching(without(articles, asked), embedder, Path(scratch) / str(turn), cache) as (search, _):
                doubts += [d for article, number in asked for d in _ask(search, article, article.questions[number])]
        with searching(articles, embedder, Path(scratch) / "all", cache) as (_, live):
            generation = live.current()
            doubts += _twins(articles, generation) if generation else ()
    order = {article.ref: i for i, article in enumerate(articles)}
    return sorted(doubts, key=lambda d: order[d.ref])


def turns(entries: Sequence[tuple[Article, int]]) -> list[list[tuple[Article, int]]]:
    """The questions in groups that are left out together.

    An index a question would be exact and slow; leaving out one in _TURNS at a time hardly matters to the rest. Each
    language begins elsewhere, or a question and its translations would be missing at the same time.
    """
    langs = sorted({article.lang for article, _ in entries})
    groups: list[list[tuple[Article, int]]] = [[] for _ in range(_TURNS)]
    place = dict.fromkeys(langs, 0)
    for entry in entries:
        lang = entry[0].lang
        groups[(place[lang] + 3 * langs.index(lang)) % _TURNS].append(entry)
        place[lang] += 1
    return [group for group in groups if group]


@contextmanager
def searching(
    articles: Sequence[Article], embedder: Embedder, folder: Path, cache: Path
) -> Iterator[tuple[Search, LiveIndex]]:
    """Search over a scratch index of these articles, all of them visible."""
    bring_up_to_date(articles, embedder, folder, cache_folder=cache)
    live = LiveIndex(folder)
    yield Search(live, embedder, set, budget_ms=10_000), live


def without(articles: Sequence[Article], entries: Sequence[tuple[Article, int]]) -> list[Article]:
    """The articles less these questions and titles, each named by its article and number (or TITLE).

    An article always has a title, so its first question takes the place of one left out.
    """
    left_out: dict[ArticleRef, set[int]] = {}
    for article, number in entries:
        left_out.setdefault(article.ref, set()).add(number)
    return [_less(article, left_out.get(article.ref, set())) for article in articles]


def _less(article: Article, numbers: set[int]) -> Article:
    kept = tuple(q for i, q in enumerate(article.questions) if i not in numbers)
    return replace(article, questions=kept, title=next(iter(kept), "") if TITLE in numbers else article.title)


def _ask(search: Search, article: Article, question: str) -> Iterator[FindabilityFinding]:
    if _only_repeats_title(question, article):
        yield _doubt(article, "warning", "question-repeats-title",
            f"“{question}” only repeats the title's words; write how customers ask it")  # fmt: skip
    hits = search.search(SearchQuery(question, article.lang, limit=TOP)).hits
    if not any(hit.key == article.key for hit in hits):
        first = f"the first is {hits[0].ref.slug}" if hits else "nothing was found"
        yield _doubt(article, "error", "question-not-found",
            f"“{question}” does not find this article among the first {TOP} ({first}); say it in the article in these"
            " words, or move the question to the article that answers it")  # fmt: skip


def _doubt(article: Article, severity: str, code: str, message: str) -> FindabilityFinding:
    return FindabilityFinding(article.ref, article.source, "questions", severity, code, message)


def _only_repeats_title(question: str, article: Article) -> bool:
    asked = set(tokens(question, article.lang, query=True))
    return bool(asked) and asked <= set(tokens(article.title, article.lang))


def _twins(articles: Sequence[Article], generation: Generation) -> Iterator[FindabilityFinding]:
    by_ref = {article.ref: article for article in articles}
    for pair in twins(generation):
        one, other = (by_ref[generation.articles[row].ref] for row in (pair.row, pair.other))
        much = f"{pair.meaning:.2f} in meaning, {pair.words:.2f} in words"
        told = f"says nearly the same as {one.source or one.slug} ({much}); merge them, or tell them apart"
        yield replace(_doubt(other, "warning", "near-twin", told), field="title")
