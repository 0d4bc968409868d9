"""Publishes a generation to PostgreSQL: what a publisher built in files goes there in one transaction.

Vectors, words and texts of an article are written only where it changed. What depends on the whole collection is
frozen while an epoch lasts: the means that vectors are centred on, and the mean lengths that weigh words. When these
have moved too far, or the model or the recipe is another one, a new epoch is written beside the old and one UPDATE
swaps them (docs/adr/0023-search-in-postgresql.md). The spread of vectors is not in what is stored of articles: it is
written again when it has moved.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from core.database.connection import unpooled
from index.analysis import FAMILIES, family
from index.database import repository, write_repository
from index.database.generation import QUESTION
from index.database.rows import (
    ARTICLE_BAG,
    FIGURES,
    FORMS,
    PASSAGES,
    PASSAGES_AN_ARTICLE,
    TITLES,
    WORDS,
    WRITTEN,
    ArticleRow,
    EpochRow,
    Frozen,
    Serving,
    TermRows,
    article_bag,
)
from index.database.soundness import broken_tables, problems
from index.database.spread import SPREAD_SINCE, packed_spread, spread_of
from index.database.statements import ask
from index.database.store import NoVectorStore, SearchTables, prepare
from index.database.words import Words
from index.parts.language_centering import Means, means_of, subtract_mean
from index.parts.lexicon import ARTICLE_B, ARTICLE_K1, PASSAGE_B, PASSAGE_K1, Level
from index.parts.windows import Windows
from index.storage.generation import UNREAD, Generation

Ids = NDArray[np.int64]

# A new epoch begins when a mean has moved by this much of a vector's length, or a mean length by this share.
_MEAN_MOVED, _LENGTH_MOVED = 0.05, 0.1
# The same once the last vector is there: means of the first few are not those of a collection.
_MEAN_OF_SOME_MOVED = 0.01
# The spread is written again when its mean has moved by this much, or its covariance by this share.
_SPREAD_MOVED, _COVARIANCE_MOVED = 0.005, 0.02
# Passages by which it is told how far centring on the means of the epoch moves them.
_SPREAD_SAMPLE = 2000
# Articles written at once from which on the server's statistics are made anew.
_MANY = 200


class TooManyPassages(ValueError):
    """An article has more passages than the tables can number."""


@dataclass(frozen=True)
class Published:
    """What a publish wrote: `articles` of them were written or removed. `begun` says why an epoch began, '' if not."""

    serving: Serving
    articles: int
    begun: str


def publish(
    tables: SearchTables, generation: Generation, revision: int = 0, *, anyway: bool = False, anew: bool = False,
    whole: bool = False,
) -> Published | None:  # fmt: skip
    """Make PostgreSQL serve what a generation in files holds of a published revision; None if it does already, or holds
    a later revision, or the same with more vectors: publishers may come in any order. With `anyway` it is served even
    so, as of the revision that is there; with `anew` all of it is written, as an epoch.

    Tables that were lost, or have lost columns or all their rows, are made and written anew; where only some rows are
    missing, that is seen with `whole`, which counts them. Raises NoVectorStore where tables cannot be made."""
    engine = unpooled(tables.engine)
    try:
        for mended in (False, True):
            with engine.begin() as connection:
                write_repository.lock(connection)
                if not broken_tables(connection):
                    damaged = mended or bool(problems(connection, whole=whole))
                    told = None if anyway else revision
                    return _Publish(connection, generation, told, anew=anew, damaged=damaged).run()
            if not mended:
                prepare(tables.engine, mend=True)
    finally:
        engine.dispose()
    raise NoVectorStore("The tables of search were lost again while they were being made.")


def go_back(tables: SearchTables) -> int | None:
    """Serve the epoch before again; None if there is none. The next publish goes on with it."""
    with tables.engine.begin() as connection:
        write_repository.lock(connection)
        earlier = repository.earlier_epoch(connection)
        row = repository.epoch_row(connection, earlier) if earlier is not None else None
        if row is None:
            return None
        write_repository.serve(connection, row.epoch, row.generation)
        return row.epoch


class _Publish:
    """One transaction."""

    def __init__(
        self, connection: Connection, generation: Generation, revision: int | None, *, anew: bool, damaged: bool
    ) -> None:
        self._connection = connection
        self._new = generation
        self._anew, self._damaged = anew, damaged
        self._began = ""
        self._anyway = revision is None
        self._revision = revision or 0
        self._weighed: dict[str, tuple[Level, Level]] = {}

    def run(self) -> Published | None:
        connection, new = self._connection, self._new
        if int(np.diff(new.first_passage).max(initial=0)) >= ARTICLE_BAG:
            raise TooManyPassages("an article has more than 65,534 passages")
        now = repository.serving(connection)
        row = repository.epoch_row(connection, now.epoch) if now else None
        if row is not None and self._anyway:
            self._revision = row.manifest.get("revision", 0)
        elif row is not None and not self._damaged and self._is_there(row):
            return None
        frozen = repository.frozen(connection, row.epoch) if row and not self._damaged else None
        begun = self._reason(row, frozen)
        stored: dict[int, ArticleRow] = {}
        words: dict[tuple[int, int], Words] = {}
        if row is None or frozen is None or begun:
            epoch, generation = max([0, now.epoch if now else 0, *repository.epochs(connection)]) + 1, 1
            if row is None or self._damaged:
                write_repository.clear(connection)  # what was left would be in the way
            frozen = Frozen(new.means.packed(), _lengths(new), packed_spread(*new.spread))
            self._began = uuid.uuid4().hex
            write_repository.write_epoch(connection, EpochRow(epoch, generation, self._manifest()), frozen)
        else:
            epoch, generation = row.epoch, row.generation + 1
            self._began = row.manifest.get("began", "")
            spread = _moved_spread(new, frozen)
            since = generation if spread else row.manifest.get(SPREAD_SINCE, 1)
            manifest = {**self._manifest(), SPREAD_SINCE: since}
            write_repository.go_on(connection, EpochRow(epoch, generation, manifest), spread)
            stored = {one.article: one for one in repository.articles(connection, epoch)}
            words = {key: Words().updated(some) for key, some in repository.terms(connection, epoch).items()}
        changed = self._write(epoch, generation, stored, words, means_of(frozen.means), frozen.lengths)
        serving = write_repository.serve(connection, epoch, generation)
        # One epoch is kept to go back to, and until the next publish the one that nodes may be reading.
        write_repository.remove_epochs(
            connection, [epoch, *([now.epoch] if now and begun else []), *self._earlier(epoch)]
        )
        if begun or changed > _MANY:
            write_repository.analyze(connection)
        return Published(serving, changed, begun)

    def _manifest(self) -> dict[str, Any]:
        return {
            **_manifest(self._new), "revision": self._revision, "windows": len(self._new.windows), "began": self._began
        }  # fmt: skip

    def _reason(self, row: EpochRow | None, frozen: Frozen | None) -> str:
        if self._damaged:
            return "it was damaged"
        return _reason(row, frozen, self._new) or ("all was to be written anew" if self._anew else "")

    def _is_there(self, row: EpochRow) -> bool:
        """Whether what is stored is this generation, or further."""
        stored, wanted = row.manifest, self._manifest()
        if self._revision < stored.get("revision", 0):
            return True
        return not self._anew and bool(
            stored["content"] == wanted["content"] and stored["pending"] <= wanted["pending"]
        )

    def _earlier(self, epoch: int) -> list[int]:
        """The epoch to keep beside this one: the latest of another format or model, which nodes of the release before
        read and a person may go back to, else the one before."""
        others = [one for one in repository.epochs(self._connection) if one != epoch]
        rows = [row for one in others if (row := repository.epoch_row(self._connection, one)) is not None]
        wanted = self._manifest()
        unlike = [
            row.epoch for row in rows if any(row.manifest[key] != wanted[key] for key in ("format", "fingerprint"))
        ]
        return (unlike or others)[-1:]

    def _write(
        self, epoch: int, generation: int, stored: Mapping[int, ArticleRow], words: Mapping[tuple[int, int], Words],
        means: Means, lengths: Mapping[str, float],
    ) -> int:  # fmt: skip
        connection, new = self._connection, self._new
        by_ref = {(one.lang, one.slug): one for one in stored.values()}
        free = max(stored, default=-1) + 1
        rows: list[ArticleRow] = []
        numbers = np.zeros(len(new.articles), np.int64)
        written: list[int] = []
        for row, article in enumerate(new.articles):
            old = by_ref.pop((article.lang, article.slug), None)
            number = old.article if old else free
            free += old is None
            numbers[row] = number
            passages, titles = _states(new, row)
            stamp = hashlib.blake2b(repr((article.content, passages, titles)).encode(), digest_size=16).hexdigest()
            own = ArticleRow(
                number, article.lang, article.slug, article.key, article.title.replace("\0", " "), article.category,
                article.audience, article.boost, article.same_titles, article.content, stamp, passages, titles,
            )  # fmt: skip
            if own != old:
                rows.append(own)
            if old is None or old.stamp != stamp:
                written.append(row)
        replaced = [old for row in written if (old := stored.get(int(numbers[row]))) is not None]
        gone = [*by_ref.values(), *replaced]
        numbered = self._write_terms(epoch, generation, words, lengths)
        self._remove(epoch, gone)
        write_repository.write_articles(connection, epoch, rows, generation)
        self._write_articles(epoch, np.array(written, np.int64), numbers, means, lengths, numbered)
        return len(written) + len(by_ref)

    def _remove(self, epoch: int, gone: Sequence[ArticleRow]) -> None:
        if not gone:
            return
        connection = self._connection
        numbers = [one.article for one in gone]
        ids = np.array([article_bag(number) for number in numbers], np.int64)
        (bags,) = ask(connection, [repository.bags(epoch, ids)])
        for name in sorted({family(one.lang) for one in gone}):
            own = [one.article for one in gone if family(one.lang) == name]
            words = [np.frombuffer(bags[article_bag(number)][0], "<i4")[::2] for number in own]
            write_repository.remove_postings(
                connection, epoch, FAMILIES.index(name), np.concatenate(words),
                np.repeat(np.array(own, np.int64), [len(some) for some in words]),
            )  # fmt: skip
        write_repository.remove_articles(
            connection, epoch, numbers,
            np.concatenate([_row_ids(one.article, len(one.passages)) for one in gone]),
            np.concatenate([_row_ids(one.article, len(one.titles)) for one in gone]),
        )  # fmt: skip

    def _write_terms(
        self, epoch: int, generation: int, words: Mapping[tuple[int, int], Words], lengths: Mapping[str, float]
    ) -> "dict[tuple[int, str], NDArray[np.int32]]":
        """Write words whose figures are not what is stored; returns the number of each word of the generation."""
        numbered: dict[tuple[int, str], NDArray[np.int32]] = {}
        for name in FAMILIES:
            for kind in (WORDS, FORMS, WRITTEN):
                old = words.get((kind, FAMILIES.index(name)), Words())
                if name not in self._new.manifest.families and not old.words:
                    continue
                own, figures = self._figures(kind, name, lengths)
                known, new = old.number(own)
                numbers = np.array([known[word] for word in own], np.int32)
                numbered[kind, name] = numbers
                size = len(old.words) + len(new)
                wanted = {key: np.zeros(size, getattr(old, key).dtype) for key in FIGURES}
                differs = np.zeros(size, bool)
                differs[len(old.words) :] = True
                for key, values in wanted.items():
                    values[numbers] = figures[key]
                    differs[: len(old.words)] |= values[: len(old.words)] != getattr(old, key)
                chosen = np.flatnonzero(differs).astype(np.int32)
                if len(chosen):
                    spelt = [*old.words, *new]
                    rows = TermRows(
                        chosen, [spelt[n] for n in chosen.tolist()], *(wanted[key][chosen] for key in FIGURES)
                    )
                    write_repository.write_terms(self._connection, epoch, kind, FAMILIES.index(name), rows, generation)
        return numbered

    def _figures(
        self, kind: int, name: str, lengths: Mapping[str, float]
    ) -> "tuple[Sequence[str], dict[str, NDArray[np.float32] | NDArray[np.int32]]]":
        """A family's words, and their figures under the epoch's mean lengths."""
        new = self._new
        if name not in new.manifest.families:
            return [], {key: np.zeros(0, np.float32) for key in FIGURES}
        if kind == WORDS:
            articles, passages = self._levels(name, lengths)
            return new.lexicons[name].words, {
                "frequency": articles.frequency, "first": articles.first, "second": articles.second,
                "passage_frequency": passages.frequency, "passage_first": passages.first,
                "passage_second": passages.second,
            }  # fmt: skip
        if kind == FORMS:
            own, level = new.exact[name].known_forms, new.exact[name].level
            none = np.zeros(len(own), np.float32)
            return own, {
                "frequency": none.astype(np.int32), "first": none, "second": none,
                "passage_frequency": level.frequency, "passage_first": level.first, "passage_second": level.second,
            }  # fmt: skip
        vocabulary = new.vocabularies[name]
        none = np.zeros(len(vocabulary.words), np.float32)
        return vocabulary.words, {
            **dict.fromkeys(FIGURES, none), "frequency": np.array(vocabulary.counts, np.int32),
            "passage_frequency": none.astype(np.int32),
        }  # fmt: skip

    def _levels(self, name: str, lengths: Mapping[str, float]) -> tuple[Level, Level]:
        if name not in self._weighed:
            lexicon = self._new.lexicons[name]
            self._weighed[name] = (
                _weighed(lexicon.articles, ARTICLE_K1, ARTICLE_B, lengths.get(f"{name} articles")),
                _weighed(lexicon.passages, PASSAGE_K1, PASSAGE_B, lengths.get(f"{name} passages")),
            )
        return self._weighed[name]

    def _write_articles(
        self, epoch: int, rows: Ids, numbers: Ids, means: Means, lengths: Mapping[str, float],
        numbered: "Mapping[tuple[int, str], NDArray[np.int32]]",
    ) -> None:  # fmt: skip
        """Write all that belongs to these rows of articles."""
        if not len(rows):
            return
        connection, new = self._connection, self._new
        passages, passage_ids = _rows_of(rows, new.first_passage, numbers)
        first_title = np.searchsorted(new.title_articles, np.arange(len(new.articles) + 1))
        titles, title_ids = _rows_of(rows, first_title, numbers)
        raw, raw_titles = new.raw_vectors()
        langs = new.article_lang[new.passage_article[passages]]
        vectors = _centred(raw[passages], langs, means.passage)
        vectors[new.passage_state[passages] == UNREAD] = 0
        write_repository.write_vectors(connection, PASSAGES, epoch, passage_ids, vectors.astype(np.float16))
        own = raw_titles[titles].copy()
        title_langs, is_title = new.title_lang[titles], new.is_title[titles]
        for flag, mean in ((True, means.title), (False, means.query)):
            own[is_title == flag] = _centred(own[is_title == flag], title_langs[is_title == flag], mean)
        own[new.title_state[titles] == UNREAD] = 0
        write_repository.write_vectors(connection, TITLES, epoch, title_ids, own.astype(np.float16))
        texts = [new.passages.encoded(int(p)) for p in passages]
        write_repository.write_texts(connection, epoch, passage_ids, texts)
        self._write_windows(epoch, passages, passage_ids, langs, means)
        self._write_bags(epoch, rows, passages, passage_ids, numbers, lengths, numbered)

    def _write_windows(self, epoch: int, passages: Ids, ids: Ids, langs: NDArray[np.str_], means: Means) -> None:
        new = self._new
        chosen = new.windows.rows_of(passages)
        counts = np.diff(new.windows.starts)[passages]
        own = Windows.of(counts.tolist(), new.windows.vectors[chosen]).with_lengths(langs, means)
        own = own.without(np.flatnonzero(new.passage_state[passages] == UNREAD))
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        write_repository.write_windows(
            self._connection, epoch, np.repeat(ids, counts), within, own.lengths, own.vectors
        )

    def _write_bags(
        self, epoch: int, rows: Ids, passages: Ids, passage_ids: Ids, numbers: Ids, lengths: Mapping[str, float],
        numbered: "Mapping[tuple[int, str], NDArray[np.int32]]",
    ) -> None:  # fmt: skip
        new, connection = self._new, self._connection
        owner = new.passage_article[passages]
        for name in new.manifest.families:
            articles, level = self._levels(name, lengths)
            words, forms = numbered[WORDS, name], numbered[FORMS, name]
            own = rows[new.article_family[rows] == name]
            in_family = new.row_in_family[own]
            write_repository.write_bags(
                connection, epoch, numbers[own] * PASSAGES_AN_ARTICLE + ARTICLE_BAG,
                [_bag(articles, int(row), words) for row in in_family], [b""] * len(own),
            )  # fmt: skip
            first, last = articles.indptr[in_family], articles.indptr[in_family + 1]
            places = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.zeros(0, int)])
            write_repository.write_postings(
                connection, epoch, FAMILIES.index(name), words[articles.indices[places]],
                np.repeat(numbers[own], last - first), articles.weights[places],
            )  # fmt: skip
            chosen = np.flatnonzero(new.article_family[owner] == name)
            in_family = new.passage_in_family[passages[chosen]]
            exact = new.exact[name].level
            write_repository.write_bags(
                connection, epoch, passage_ids[chosen], [_bag(level, int(row), words) for row in in_family],
                [_numbers(exact, int(row), forms) for row in in_family],
            )  # fmt: skip


def _manifest(generation: Generation) -> dict[str, Any]:
    """A manifest without what is the publisher's own; as JSON gives it back."""
    told = {**asdict(generation.manifest), "excluded": []}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}


def _reason(row: EpochRow | None, frozen: Frozen | None, new: Generation) -> str:
    """Why what is stored cannot be gone on with; '' if it can."""
    if row is None or frozen is None:
        return "nothing was there"
    stored, wanted = row.manifest, _manifest(new)
    for name in ("format", "fingerprint", "recipe"):
        if stored[name] != wanted[name]:
            return {"fingerprint": "another model"}.get(name, f"another {name}")
    completes = stored["pending"] and not wanted["pending"]
    moved = min(_MEAN_MOVED, _MEAN_OF_SOME_MOVED) if completes else _MEAN_MOVED
    for before, now in zip(means_of(frozen.means).groups, new.means.groups, strict=True):
        for lang, mean in now.items():
            # A language that is new has been centred on the mean over all.
            if np.linalg.norm(mean - before.get(lang, before[""])) > moved:
                return "means have moved"
    for name, length in _lengths(new).items():
        before_length = frozen.lengths.get(name)
        if before_length is None or not 1 - _LENGTH_MOVED < length / before_length < 1 + _LENGTH_MOVED:
            return "lengths have moved"
    return ""


def _moved_spread(new: Generation, frozen: Frozen) -> bytes:
    """The spread of vectors as they are stored, centred on the means of the epoch; b"" where that of before will do."""
    mean, covariance = new.spread
    read = np.flatnonzero(new.passage_state != UNREAD)
    if len(read):
        some = read[np.unique(np.linspace(0, len(read) - 1, _SPREAD_SAMPLE).astype(np.int64))]
        vectors, langs = np.asarray(new.raw_vectors()[0][some], np.float32), new.passage_lang[some]
        there, here = (_centred(vectors, langs, means.passage) for means in (means_of(frozen.means), new.means))
        mean = mean + (there.mean(axis=0) - here.mean(axis=0))
        covariance = covariance + (_covariance(there) - _covariance(here))
    old_mean, old_covariance = spread_of(frozen.spread)
    has_moved = np.linalg.norm(mean - old_mean) > _SPREAD_MOVED or (
        np.linalg.norm(covariance - old_covariance) > _COVARIANCE_MOVED * np.linalg.norm(old_covariance)
    )
    return packed_spread(mean.astype(np.float32), covariance.astype(np.float32)) if has_moved else b""


def _covariance(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = vectors.mean(axis=0)
    return np.asarray(vectors.T @ vectors / len(vectors) - np.outer(mean, mean))


def _lengths(generation: Generation) -> dict[str, float]:
    """The mean lengths that words are weighed with."""
    levels = [(name, generation.lexicons[name]) for name in generation.manifest.families]
    return {f"{name} articles": lexicon.articles.bags.mean_length for name, lexicon in levels} | {
        f"{name} passages": lexicon.passages.bags.mean_length for name, lexicon in levels
    }


def _weighed(level: Level, k1: float, b: float, mean_length: float | None) -> Level:
    if mean_length is None or mean_length == level.bags.mean_length:
        return level
    return Level.from_bags(level.bags, len(level.frequency), k1, b, mean_length)


def _states(new: Generation, row: int) -> tuple[bytes, bytes]:
    """A byte for each passage and each title of an article row: see ArticleRow."""
    first, last = new.first_passage[row], new.first_passage[row + 1]
    begin, end = np.searchsorted(new.title_articles, [row, row + 1])
    titles = new.title_state[begin:end] + np.where(new.is_title[begin:end], 0, QUESTION)
    return new.passage_state[first:last].astype(np.uint8).tobytes(), titles.astype(np.uint8).tobytes()


def _row_ids(article: int, count: int) -> Ids:
    return article * PASSAGES_AN_ARTICLE + np.arange(count, dtype=np.int64)


def _rows_of(articles: Ids, first: NDArray[np.int64], numbers: Ids) -> tuple[Ids, Ids]:
    """Passages (or titles) of some articles by row, and their ids."""
    rows = [np.arange(first[a], first[a + 1]) for a in articles.tolist()]
    ids = [_row_ids(int(numbers[a]), len(own)) for a, own in zip(articles.tolist(), rows, strict=True)]
    return np.concatenate(rows).astype(np.int64), np.concatenate(ids)


def _centred(vectors: NDArray[np.float32], langs: NDArray[np.str_], mean: object) -> NDArray[np.float32]:
    out = vectors.copy()
    for lang in sorted(set(langs.tolist())):
        own = langs == lang
        out[own] = subtract_mean(out[own], mean(lang))  # type: ignore[operator]
    return out


_WORD = np.dtype([("word", "<i4"), ("weight", "<f4")])


def _bag(level: Level, row: int, numbers: NDArray[np.int32]) -> bytes:
    first, last = level.indptr[row], level.indptr[row + 1]
    found = np.zeros(int(last - first), _WORD)
    found["word"], found["weight"] = numbers[level.indices[first:last]], level.weights[first:last]
    return found.tobytes()


def _numbers(level: Level, row: int, numbers: NDArray[np.int32]) -> bytes:
    first, last = level.indptr[row], level.indptr[row + 1]
    return numbers[level.indices[first:last]].astype("<i4").tobytes()
