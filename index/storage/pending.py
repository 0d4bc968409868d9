"""Passages and titles of a generation that have no vector of their own yet: their texts, and what stands in meanwhile.

A large library is searchable by its words long before it is embedded. So a generation may be written with vectors
missing; later ones get them, until none is missing.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from index.embed.cache import KnownVectors, VectorCache
from index.protocols import Vectors
from index.storage.generation import OWN, STAND_IN, UNREAD, Generation, States
from index.storage.generation_writer import ComputedVectors, NewArticle
from kb.models import Article, ArticleRef, PassageKind
from kb.passages import passages_of, windows_of

Read = Callable[[Collection[ArticleRef]], Sequence[Article]]
_ARTICLES_AT_ONCE = 32


@dataclass(frozen=True)
class PendingText:
    """The text of one pending row: a title's or question's, or a passage's with its windows."""

    is_title: bool
    row: int
    text: str
    windows: tuple[str, ...] = ()


def pending_texts(generation: Generation, read: Read) -> Iterator[PendingText]:
    """All of them, article by article, titles before passages. Articles that are not what they were are left out: they
    are embedded when they are published."""
    pending = set(generation.passage_article[generation.passage_state != OWN].tolist())
    pending |= set(generation.title_articles[generation.title_state != OWN].tolist())
    for rows in _batched(sorted(pending), _ARTICLES_AT_ONCE):
        by_ref = {article.ref: article for article in read([generation.refs[row] for row in rows])}
        for row in rows:
            article = by_ref.get(generation.refs[row])
            if article is not None:
                yield from _of_article(generation, row, article)


def _of_article(generation: Generation, row: int, article: Article) -> Iterator[PendingText]:
    passages = passages_of(article)
    titles = [p for p in passages if p.kind is not PassageKind.BODY and p.text]
    body = [p for p in passages if p.kind is PassageKind.BODY]
    first, last = (int(n) for n in generation.first_passage[row : row + 2])
    first_title, last_title = (int(n) for n in np.searchsorted(generation.title_articles, [row, row + 1]))
    if len(body) != last - first or len(titles) != last_title - first_title:
        return
    for number, passage in enumerate(titles, first_title):
        if generation.title_state[number] != OWN:
            yield PendingText(True, number, passage.embed_text)
    starts = generation.windows.starts
    for number, passage in enumerate(body, first):
        windows = tuple(windows_of(passage))
        if generation.passage_state[number] != OWN and len(windows) == starts[number + 1] - starts[number]:
            yield PendingText(False, number, passage.embed_text, windows)


@dataclass
class Gathered:
    """Vectors computed since the last generation."""

    texts: list[PendingText] = field(default_factory=list)
    vectors: list[tuple[Vectors, Vectors]] = field(default_factory=list)

    def embed(self, some: Sequence[PendingText], cache: VectorCache) -> int:
        """Compute the vectors of some texts, or find them; returns how many passages were computed."""
        body, titles = [t for t in some if not t.is_title], [t for t in some if t.is_title]
        found = cache.vectors([t.text for t in body], [t.text for t in titles], [w for t in body for w in t.windows])
        windows = np.split(found.windows, np.cumsum([len(t.windows) for t in body])[:-1]) if body else []
        self.texts += [*body, *titles]
        self.vectors += [*zip(found.passages, windows, strict=True), *((v, found.queries[:0]) for v in found.queries)]
        return found.computed

    def take(self) -> ComputedVectors:
        """All of them, for the next generation; none is left here."""
        size = self.vectors[0][0].shape[0]
        pairs = list(zip(self.texts, self.vectors, strict=True))
        body = sorted((p for p in pairs if not p[0].is_title), key=lambda p: p[0].row)
        titles = [p for p in pairs if p[0].is_title]
        none = np.zeros((0, size), np.float32)
        taken = ComputedVectors(
            np.array([t.row for t, _ in body], np.int64),
            np.stack([v for _, (v, _) in body]) if body else none,
            np.concatenate([w for _, (_, w) in body]) if body else none,
            np.array([t.row for t, _ in titles], np.int64),
            np.stack([v for _, (v, _) in titles]) if titles else none,
        )
        self.texts, self.vectors = [], []
        return taken


def with_stand_ins(
    known: KnownVectors, new: Sequence[NewArticle], before: Generation | None
) -> tuple[KnownVectors, tuple[States, States]]:
    """What is known of new articles, with the vectors of the texts that they replace where their own are missing; and
    the states of their passages and titles."""
    counts = np.array([len(pieces) for article in new for pieces in article.windows], np.int64)
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    missing = known.no_passage.copy()
    missing[owner[known.no_window]] = True
    body = np.where(missing, UNREAD, OWN).astype(np.uint8)
    titles = np.where(known.no_query, UNREAD, OWN).astype(np.uint8)
    batch = replace(
        known.batch,
        passages=known.batch.passages.copy(),
        queries=known.batch.queries.copy(),
        windows=known.batch.windows.copy(),
    )
    batch.passages[missing] = 0
    batch.windows[missing[owner]] = 0
    if before is not None and before.passages:
        raw_passages, raw_titles = before.raw_vectors()
        passage = title = 0
        for article in new:
            row = before.row_of.get(article.article.ref)
            olds = _readable(before, row)
            for number, own in enumerate(article.body):
                if row is not None and missing[passage] and len(olds):
                    old = _predecessor(before, olds, own.anchor, number)
                    batch.passages[passage] = raw_passages[old]
                    theirs = before.windows.vectors[before.windows.starts[old] : before.windows.starts[old + 1]]
                    count = int(counts[passage])
                    chosen = np.arange(count) * len(theirs) // count
                    batch.windows[first[passage] : first[passage + 1]] = theirs[chosen]
                    body[passage] = STAND_IN
                passage += 1
            old_titles = _readable_titles(before, row)
            for number in range(len(article.titles)):
                if titles[title] == UNREAD and number < len(old_titles):
                    batch.queries[title] = raw_titles[old_titles[number]]
                    titles[title] = STAND_IN
                title += 1
    return replace(known, batch=batch), (body, titles)


def _readable(before: Generation, row: int | None) -> NDArray[np.int64]:
    if row is None:
        return np.zeros(0, np.int64)
    rows = np.arange(before.first_passage[row], before.first_passage[row + 1])
    return np.asarray(rows[before.passage_state[rows] != UNREAD])


def _readable_titles(before: Generation, row: int | None) -> NDArray[np.int64]:
    if row is None:
        return np.zeros(0, np.int64)
    rows = np.flatnonzero(before.title_articles == row)
    return np.asarray(rows[before.title_state[rows] != UNREAD])


def _predecessor(before: Generation, rows: NDArray[np.int64], anchor: str, number: int) -> int:
    """The passage that one with this anchor, the `number`-th of its article, takes the place of."""
    same = [row for row in rows.tolist() if before.passages[row].anchor == anchor]
    return int(same[min(number, len(same) - 1)] if same else rows[min(number, len(rows) - 1)])


def _batched(rows: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
