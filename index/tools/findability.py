"""Findability check: does each of an article's `questions` retrieve it? Also reports near-duplicate articles.

Leave-one-out: each question is searched in a scratch index without that question, so that it cannot match itself. The
article must be among the first three hits. `measure` says of every question at which place, and what stands above;
`measure_article` the same of one article that is being written.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from index.analysis import tokens
from index.models import Degraded, SearchQuery, Verdict
from index.protocols import Embedder
from index.query.actions import actions_in
from index.query.hints import LiveHints
from index.ranking.related import near_duplicates
from index.search import Search
from index.storage.build import IndexTarget, bring_up_to_date, is_complete, serving_generation, set_serving
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from kb.models import Article, ArticleRef

TOP = 3
# The number of an article's title among its questions.
TITLE = -1
# The number of scratch indexes, among which the questions are divided.
_BATCHES = 8
# How far down a question's article is looked for, and how many of those above it are named.
LOOKED_AT = 10
# Harmonic mean of the shares of words that a question has of a heading, and a heading of a question.
_PLAINLY, _HARDLY = 0.6, 0.3
_RIVALS = 3


@dataclass(frozen=True)
class Placement:
    """Where a question finds its article: `rank` from 1, 0 where it is not among the first LOOKED_AT. `rivals` are the
    articles above it, best first; of one that comes first the next, if search shows that one without being asked."""

    ref: ArticleRef
    question: str
    rank: int
    verdict: Verdict
    rivals: tuple[ArticleRef, ...] = ()


class NotMeasured(RuntimeError):
    """A search was not answered in full, so that its places mean nothing."""


@dataclass(frozen=True)
class FindabilityFinding:
    """A question that fails, or a near-duplicate. `severity` is error or warning; `field` is of the front matter."""

    ref: ArticleRef
    path: str
    field: str
    severity: str
    code: str
    message: str


def check(
    articles: Sequence[Article], embedder: Embedder, cache_folder: Path | None = None
) -> list[FindabilityFinding]:
    """Check every question of every article with leave-one-out, and find near-duplicates."""
    findings: list[FindabilityFinding] = []
    entries = [(article, number) for article in articles for number in range(len(article.questions))]
    with tempfile.TemporaryDirectory(prefix="signpost-lint-") as scratch:
        cache = cache_folder or Path(scratch) / "vectors"
        for batch, group in enumerate(batches(entries)):
            with scratch_search(leave_out(articles, group), embedder, Path(scratch) / str(batch), cache) as (search, _):
                findings += [
                    finding
                    for article, number in group
                    for finding in _check_question(search, article, article.questions[number])
                ]
        with scratch_search(articles, embedder, Path(scratch) / "all", cache) as (_, live):
            generation = live.current()
            findings += _near_duplicates(articles, generation) if generation else ()
    order = {article.ref: i for i, article in enumerate(articles)}
    return sorted(findings, key=lambda finding: order[finding.ref])


def measure(
    articles: Sequence[Article],
    embedder: Embedder,
    cache_folder: Path,
    *,
    hints: LiveHints | None = None,
    after_each: Callable[[float], object] | None = None,
    most: int | None = None,
) -> Iterator[Placement]:
    """The placement of every question, each left out while it is asked; at most so many. Raises NotMeasured.

    `after_each` gets the seconds a search took, and may raise to end it.
    """
    entries = [(article, number) for article in articles for number in range(len(article.questions))][:most]
    with tempfile.TemporaryDirectory(prefix="signpost-questions-") as scratch:
        for batch, group in enumerate(batches(entries)):
            without, folder = leave_out(articles, group), Path(scratch) / str(batch)
            with scratch_search(without, embedder, folder, cache_folder, hints) as (search, _):
                for article, number in group:
                    began = time.perf_counter()
                    yield _placement(search, article, article.questions[number])
                    if after_each:
                        after_each(time.perf_counter() - began)


def measure_article(
    article: Article,
    contents: Mapping[ArticleRef, str],
    read: Callable[[Collection[ArticleRef]], Sequence[Article]],
    embedder: Embedder,
    index_folder: Path,
    *,
    hints: LiveHints | None = None,
) -> Iterator[Placement]:
    """The placement of every question of one article, as if it were published as it is, among what is.

    Everything else comes from a copy of the serving generation, so that a trial costs as much as one article.
    `contents` and `read` are as in IndexTarget. Raises NotMeasured, also while not everything is indexed.
    """
    serving = serving_generation(index_folder)
    if serving is None or not is_complete(serving):
        raise NotMeasured("not everything is indexed yet")
    if not article.questions:
        return
    with tempfile.TemporaryDirectory(prefix="signpost-trial-") as scratch:
        folder = Path(scratch)
        try:
            shutil.copytree(serving, folder / "generations" / serving.name)
        except (OSError, shutil.Error):  # a newer one has taken its place meanwhile
            raise NotMeasured("the index has just changed") from None
        set_serving(folder, serving.name)
        entries = [(article, number) for number in range(len(article.questions))]
        for group in (entries[batch::_BATCHES] for batch in range(min(_BATCHES, len(entries)))):
            [without] = leave_out([article], group)
            target = IndexTarget({**contents, article.ref: f"trial {group[0][1]}"}, partial(_with, without, read))
            bring_up_to_date(target, embedder, folder, cache_folder=index_folder / "vectors")
            search = Search(LiveIndex(folder), embedder, set, budget_ms=10_000, hints=hints)
            for _article, number in group:
                yield _placement(search, article, article.questions[number])


def _with(
    article: Article, read: Callable[[Collection[ArticleRef]], Sequence[Article]], refs: Collection[ArticleRef]
) -> list[Article]:
    others = [ref for ref in refs if ref != article.ref]
    return [*(read(others) if others else ()), *([article] if article.ref in refs else [])]


def _placement(search: Search, article: Article, question: str) -> Placement:
    found = search.search(SearchQuery(question, article.lang, limit=LOOKED_AT))
    if found.degraded not in {None, Degraded.INDEXING}:
        raise NotMeasured(f"search was degraded: {found.degraded}")
    keys = [hit.key for hit in found.hits]
    rank = keys.index(article.key) + 1 if article.key in keys else 0
    above = found.hits[: rank - 1] if rank else found.hits
    if rank == 1 and found.plausible > 1:
        above = found.hits[1:2]
    rivals = tuple(hit.ref for hit in above[:_RIVALS])
    return Placement(article.ref, question, rank, found.verdict, rivals)


def batches(entries: Sequence[tuple[Article, int]]) -> list[list[tuple[Article, int]]]:
    """The questions in batches that are left out together (k-fold, k = _BATCHES).

    One index per question would be exact but slow; leaving out one in _BATCHES at a time hardly affects the others. The
    folds are offset by language, or a question and its translations would be left out at the same time.
    """
    langs = sorted({article.lang for article, _ in entries})
    groups: list[list[tuple[Article, int]]] = [[] for _ in range(_BATCHES)]
    place = dict.fromkeys(langs, 0)
    for entry in entries:
        lang = entry[0].lang
        groups[(place[lang] + 3 * langs.index(lang)) % _BATCHES].append(entry)
        place[lang] += 1
    return [group for group in groups if group]


@contextmanager
def scratch_search(
    articles: Sequence[Article], embedder: Embedder, folder: Path, cache: Path, hints: LiveHints | None = None
) -> Iterator[tuple[Search, LiveIndex]]:
    """Search over a temporary index of these articles, all of them visible."""
    bring_up_to_date(articles, embedder, folder, cache_folder=cache)
    live = LiveIndex(folder)
    yield Search(live, embedder, set, budget_ms=10_000, hints=hints), live


def leave_out(articles: Sequence[Article], entries: Sequence[tuple[Article, int]]) -> list[Article]:
    """The articles without these questions and titles, each identified by its article and number (or TITLE).

    An article must have a title, so its first question replaces one that is left out.
    """
    left_out: dict[ArticleRef, set[int]] = {}
    for article, number in entries:
        left_out.setdefault(article.ref, set()).add(number)
    return [_without_questions(article, left_out.get(article.ref, set())) for article in articles]


def _without_questions(article: Article, numbers: set[int]) -> Article:
    kept = tuple(q for i, q in enumerate(article.questions) if i not in numbers)
    return replace(article, questions=kept, title=next(iter(kept), "") if TITLE in numbers else article.title)


def _check_question(search: Search, article: Article, question: str) -> Iterator[FindabilityFinding]:
    if _only_repeats_title(question, article):
        yield _finding(article, "warning", "question-repeats-title",
            f"“{question}” only repeats the title's words; write how customers ask it")  # fmt: skip
    hits = search.search(SearchQuery(question, article.lang, limit=TOP)).hits
    if not any(hit.key == article.key for hit in hits):
        first = f"the first is {hits[0].ref.slug}" if hits else "nothing was found"
        yield _finding(article, "error", "question-not-found",
            f"“{question}” does not find this article among the first {TOP} ({first}); say it in the article in these"
            " words, or move the question to the article that answers it")  # fmt: skip
    elif hits[0].ref == article.ref and (heading := _other_section(article, question, hits[0].heading)):
        yield _finding(article, "warning", "question-shows-another-section",
            f"“{question}” shows {f'the section “{hits[0].heading}”' if hits[0].heading else 'the introduction'},"
            f" not “{heading}”; say it in that section in these words (`flask kb explain` says why)")  # fmt: skip


def _other_section(article: Article, question: str, shown: str) -> str:
    """The heading that a question plainly means, where another section is shown than its own: it names what is asked to
    be done and the one shown its opposite, or it has most of the question's words and the one shown hardly any."""
    headings = [section.heading for section in article.sections if section.heading and section.heading != shown]
    asked = actions_in(question)
    if actions_in(shown).crosses(asked):
        named = [heading for heading in headings if actions_in(heading).named & asked.named]
        return next(iter(named), "")
    title = set(tokens(article.title, article.lang, query=True))
    words = set(tokens(question, article.lang, query=True)) - title

    def alike(heading: str) -> float:
        own = set(tokens(heading, article.lang, query=True)) - title
        common = len(own & words)
        return 2 * common / (len(own) + len(words)) if common > 1 else 0.0

    best = max(headings, key=alike, default="")
    return best if best and alike(best) >= _PLAINLY and alike(shown) < _HARDLY else ""


def _finding(article: Article, severity: str, code: str, message: str) -> FindabilityFinding:
    return FindabilityFinding(article.ref, article.source, "questions", severity, code, message)


def _only_repeats_title(question: str, article: Article) -> bool:
    question_tokens = set(tokens(question, article.lang, query=True))
    return bool(question_tokens) and question_tokens <= set(tokens(article.title, article.lang))


def _near_duplicates(articles: Sequence[Article], generation: Generation) -> Iterator[FindabilityFinding]:
    by_ref = {article.ref: article for article in articles}
    for pair in near_duplicates(generation):
        one, other = (by_ref[generation.articles[row].ref] for row in (pair.row, pair.other))
        similarity = f"{pair.semantic:.2f} in meaning, {pair.words:.2f} in words"
        message = f"says nearly the same as {one.source or one.slug} ({similarity}); merge them, or tell them apart"
        yield replace(_finding(other, "warning", "near-twin", message), field="title")
