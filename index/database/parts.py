"""The parts of a generation that are read from PostgreSQL with each search, behind the interfaces of those in files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from index.database import repository
from index.database.reader import Reader
from index.database.rows import WindowRows
from index.database.statements import Ask, ask
from index.dense.half_precision import to_single
from index.parts.language_centering import Means
from index.parts.lexicon import Floats, Level, Lexicon, Terms
from index.parts.passages import IndexedPassage, decoded, section_of
from index.parts.surface_forms import SurfaceForms
from index.parts.windows import Windows, window_cosines
from index.protocols import Vectors

Ids = NDArray[np.int64]

_NO_ROWS = np.zeros(0, np.int64)
# A mask of at most so many rows is worth its ids.
_IDS_SENT = 20_000
_WORD = np.dtype([("word", "<i4"), ("weight", "<f4")])


@dataclass(frozen=True)
class Place:
    """Where a part is read from: how, of which epoch, and in which schema pgvector is."""

    read: Reader
    epoch: int
    vector_schema: str

    def ask(self, *asks: Ask[Any]) -> list[Any]:
        """The answers to all of them, in one round trip."""
        return self.read(ask, asks) if asks else []


@dataclass(frozen=True)
class Numbering:
    """The ids of rows, in row order; rows are numbered anew with each generation, ids stay."""

    ids: Ids
    order: Ids
    ordered: Ids

    @staticmethod
    def of(ids: Ids) -> "Numbering":
        order = np.argsort(ids, kind="stable")
        return Numbering(ids, order, ids[order])

    def rows(self, ids: Ids) -> Ids:
        """The rows of ids that are there."""
        return self.order[np.searchsorted(self.ordered, ids)]

    def among(self, mask: NDArray[np.bool_] | None) -> tuple[Ids | None, Ids | None]:
        """(ids to search, ids to leave out): whichever are fewer; None for no limit."""
        if mask is None:
            return None, None
        if mask.sum() * 2 <= len(mask):
            return self.ids[mask], None
        return None, self.ids[~mask]


class DatabaseIndex:
    """A DenseIndex: every vector of one epoch is compared, or every one that the mask has."""

    def __init__(self, place: Place, kind: str, numbering: Numbering) -> None:
        self._place, self._kind, self._numbering = place, kind, numbering

    def __len__(self) -> int:
        return len(self._numbering.ids)

    def search(
        self, vectors: Vectors, depth: int, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        if not len(vectors):
            return np.zeros((0, depth), np.float32), np.zeros((0, depth), np.int64)
        found = self._place.ask(*(self.ask(vector, depth, among) for vector in vectors))
        return np.stack([scores for scores, _ in found]), np.stack([rows for _, rows in found])

    def skips(self, among: NDArray[np.bool_]) -> bool:
        # The ids of what is looked at are sent with each search.
        return int(among.sum()) <= min(_IDS_SENT, len(self) // 2)

    def ask(
        self, vector: Vectors, depth: int, among: NDArray[np.bool_] | None = None
    ) -> Ask[tuple[NDArray[np.float32], Ids]]:
        """The same for one vector, as a part of a statement."""
        only, without = self._numbering.among(among)
        own = repository.nearest(
            self._kind, self._place.epoch, vector, depth, self._place.vector_schema, only, without
        )  # fmt: skip

        def padded(found: tuple[NDArray[np.float32], Ids]) -> tuple[NDArray[np.float32], Ids]:
            scores, rows = np.full(depth, np.finfo(np.float32).min, np.float32), np.full(depth, -1, np.int64)
            near, ids = found
            scores[: len(near)], rows[: len(near)] = near, self._numbering.rows(ids)
            return scores, rows

        return own.then(padded)


class DatabaseVectors:
    """The stored vectors of a DatabaseIndex, by row."""

    def __init__(self, place: Place, kind: str, numbering: Numbering, dimensions: int) -> None:
        self._place, self._kind, self._numbering = place, kind, numbering
        self.shape: tuple[int, ...] = (len(numbering.ids), dimensions)
        # What was asked for beforehand: products with a vector, by its identity (it is kept, so that no other one gets
        # that); and vectors.
        self._products: dict[int, tuple[Ids, NDArray[np.float32], Vectors]] = {}
        self._vectors: dict[int, Vectors] = {}

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Vectors:
        ids = self._numbering.ids[rows]
        if not len(ids):
            return np.zeros((0, self.shape[1]), np.float32)
        self.fetched(ids, self._place.ask(*self.ask(ids)))
        return np.stack([self._vectors[number] for number in ids.tolist()])

    def ask(self, ids: Ids) -> list[Ask[Any]]:
        """Those of some ids that are not here yet, as a part of a statement; `fetched` takes the answer."""
        missing = self._missing(ids)
        return [repository.vectors(self._kind, self._place.epoch, missing, self._place.vector_schema)] * bool(
            len(missing)
        )

    def ask_rows(self, rows: Ids) -> tuple[Ids, list[Ask[Any]]]:
        ids = self._numbering.ids[rows]
        return ids, self.ask(ids)

    def fetched(self, ids: Ids, answers: Sequence[Any]) -> None:
        missing = self._missing(ids)
        for found in answers:
            self._vectors |= zip(missing.tolist(), to_single(found), strict=True)

    def _missing(self, ids: Ids) -> Ids:
        return np.array([number for number in dict.fromkeys(ids.tolist()) if number not in self._vectors], np.int64)

    def products(self, rows: Any, vector: Vectors) -> Vectors:
        ids = self._numbering.ids[rows]
        known = self._products.get(id(vector))
        if known is not None:
            places = np.minimum(np.searchsorted(known[0], ids), max(0, len(known[0]) - 1))
            if len(known[0]) and (known[0][places] == ids).all():
                return np.asarray(known[1][places])
        if not len(ids):
            return np.zeros(0, np.float32)
        (found,) = self._place.ask(self.ask_products(ids, vector))
        return np.asarray(found)

    def ask_products(self, ids: Ids, vector: Vectors) -> Ask[Any]:
        return repository.products(self._kind, self._place.epoch, ids, vector, self._place.vector_schema)

    def ask_products_of(self, rows: Ids, vector: Vectors) -> list[Ask[Any]]:
        """Ask for products beforehand; they are kept when they come."""
        ids = np.sort(self._numbering.ids[rows])
        if not len(ids):
            return []

        def keep(found: NDArray[np.float32]) -> None:
            self._products[id(vector)] = ids, found, vector

        return [self.ask_products(ids, vector).then(keep)]


class DatabaseKeyword:
    """A KeywordIndex: BM25 over the postings of one family, summed by the server."""

    def __init__(self, place: Place, family: int, lexicon: Lexicon, articles: Numbering) -> None:
        self._place, self._family, self._lexicon, self._articles = place, family, lexicon, articles

    def __len__(self) -> int:
        return len(self._articles.ids)

    def search(
        self, tokens: Sequence[str], depth: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        (found,) = self._place.ask(self.ask(tokens, depth, among))
        return list(found)

    def ask(
        self, tokens: Sequence[str], depth: int, among: NDArray[np.bool_] | None = None
    ) -> Ask[list[tuple[int, float]]]:
        """The same as a part of a statement."""
        frequency = self._lexicon.articles.frequency
        words = [word for word in self._lexicon.lookup(tokens) if word is not None and frequency[word]]
        # As index/keyword/postings.py has it.
        weights = {word: log(len(self) / (int(frequency[word]) + 1)) + 1 for word in words}
        only = None if among is None else self._articles.ids[among]
        own = repository.best_by_words(self._place.epoch, self._family, weights, depth, only)

        def rows_of(found: list[tuple[int, float]]) -> list[tuple[int, float]]:
            rows = self._articles.rows(np.array([number for number, _ in found], np.int64))
            return [(int(row), score) for row, (_, score) in zip(rows, found, strict=True) if score]

        return own.then(rows_of)


class Bags:
    """The bags of words of passages and articles that a search has read."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: dict[int, tuple[bytes, bytes]] = {}

    def ask(self, ids: Ids) -> list[Ask[Any]]:
        """Ask for those that are not here yet; they are kept when they come."""
        missing = [number for number in dict.fromkeys(ids.tolist()) if number not in self._known]
        if not missing:
            return []
        return [repository.bags(self._place.epoch, np.array(missing, np.int64)).then(self._known.update)]

    def of(self, ids: Ids, part: int) -> tuple[list[int], bytes]:
        """The length in bytes of each bag, and the bags."""
        self._place.ask(*self.ask(ids))
        found = [self._known.get(number, (b"", b""))[part] for number in ids.tolist()]
        return [len(bag) for bag in found], b"".join(found)


@dataclass(frozen=True, eq=False)
class DatabaseLevel(Level):
    """Word statistics whose figures are in memory, and whose rows are read. `part` is 0 for words with their weights, 1
    for forms, which have none."""

    source: Bags = field(kw_only=True)
    ids: Ids = field(kw_only=True)
    part: int = field(kw_only=True)

    @staticmethod
    def of_figures(
        frequency: NDArray[np.int32], first: Floats, second: Floats, source: Bags, ids: Ids, part: int
    ) -> "DatabaseLevel":
        none, no_rows = np.zeros(0, np.int32), _NO_ROWS
        return DatabaseLevel(
            no_rows, none, none, none, np.zeros(0, np.float32), frequency, first, second,
            source=source, ids=ids, part=part,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        return len(self.ids)

    def row_words(self, row: int) -> set[int]:
        _, words, _ = self._read(self.ids[row : row + 1])
        return set(words.tolist())

    def scores(self, rows: NDArray[np.int64], terms: Terms) -> tuple[Floats, Floats]:
        if len(rows) == 0 or terms.mass <= 0 or len(terms.ids) == 0:
            return np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        idf_by_term = np.zeros(len(self.frequency), np.float32)
        idf_by_term[terms.ids] = terms.idf
        lengths, words, weights = self._read(self.ids[rows])
        found = terms.places(words, len(self.frequency))
        owner = np.searchsorted(np.cumsum(lengths), found, side="right")
        idf = idf_by_term[words[found]]
        bm25 = np.bincount(owner, idf * weights[found], len(rows))
        covered = np.bincount(owner, idf, len(rows)) / terms.mass
        return bm25.astype(np.float32), covered.astype(np.float32)

    def _read(self, ids: Ids) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
        sizes, data = self.source.of(ids, self.part)
        if self.part:
            words = np.frombuffer(data, "<i4")
            return np.array(sizes, np.int64) // 4, words, np.ones(len(words), np.float32)
        pairs = np.frombuffer(data, _WORD)
        return np.array(sizes, np.int64) // _WORD.itemsize, pairs["word"], pairs["weight"]


class DatabaseLexicon(Lexicon):
    """A family's words, by numbers that stay while an epoch lasts."""

    def __init__(self, words: Sequence[str], ids: dict[str, int], articles: Level, passages: Level) -> None:
        self.words = words
        self.ids = ids
        self.articles = articles
        self.passages = passages


class DatabaseForms(SurfaceForms):
    def __init__(self, known_forms: Sequence[str], ids: dict[str, int], level: Level) -> None:
        self.known_forms = known_forms
        self.ids = ids
        self.level = level


@dataclass(frozen=True, eq=False)
class DatabaseWindows(Windows):
    """Windows of passages; their best cosines are found by the server."""

    place: Place = field(kw_only=True)
    numbering: Numbering = field(kw_only=True)
    shown: dict[int, tuple[NDArray[np.float32], NDArray[np.float16]]] = field(default_factory=dict, kw_only=True)
    # What was asked for beforehand: best cosines with a vector, by its identity and the language.
    known: dict[tuple[int, str], tuple[Ids, NDArray[np.float32], Vectors]] = field(default_factory=dict, kw_only=True)

    @staticmethod
    def at(place: Place, numbering: Numbering) -> "DatabaseWindows":
        none = np.zeros((0, 0), np.float16)
        return DatabaseWindows(_NO_ROWS, none, np.zeros(0, np.float32), place=place, numbering=numbering)

    def best(
        self, passages: Ids, langs: NDArray[np.str_], means: Means, vectors: Mapping[str, Vectors]
    ) -> NDArray[np.float32]:
        self.place.ask(*self.ask_best(passages, langs, means, vectors))
        found = np.zeros(len(passages), np.float32)
        for lang in sorted(set(langs.tolist())):
            own = np.flatnonzero(langs == lang)
            ids, cosines, _ = self.known[id(vectors.get(lang, vectors[""])), lang]
            found[own] = cosines[np.searchsorted(ids, self.numbering.ids[passages[own]])]
        return found

    def ask_best(
        self, passages: Ids, langs: NDArray[np.str_], means: Means, vectors: Mapping[str, Vectors]
    ) -> list[Ask[Any]]:
        """Ask for best cosines beforehand; they are kept when they come."""
        asks: list[Ask[Any]] = []
        for lang in sorted(set(langs.tolist())):
            query = vectors.get(lang, vectors[""])
            ids = np.sort(self.numbering.ids[passages[langs == lang]])
            known = self.known.get((id(query), lang))
            if known is None or not np.isin(ids, known[0]).all():
                asks.append(self._ask_best(ids, lang, query, float(means.passage(lang) @ query)))
        return asks

    def _ask_best(self, ids: Ids, lang: str, query: Vectors, offset: float) -> Ask[Any]:
        def keep(found: NDArray[np.float32]) -> None:
            self.known[id(query), lang] = ids, found, query

        return repository.best_windows(self.place.epoch, ids, query, offset, self.place.vector_schema).then(keep)

    def ask_shown(self, passages: Sequence[int]) -> list[Ask[Any]]:
        """Ask for the windows of passages that are going to be shown."""
        rows = [passage for passage in dict.fromkeys(passages) if passage not in self.shown]
        if not rows:
            return []
        ids = self.numbering.ids[rows]

        def keep(read: WindowRows) -> None:
            for passage, number in zip(rows, ids.tolist(), strict=True):
                part = slice(*np.searchsorted(read.ids, [number, number + 1]))
                self.shown[passage] = read.lengths[part], read.vectors[part]

        return [repository.windows(self.place.epoch, ids, self.place.vector_schema).then(keep)]

    def cosines(self, passage: int, mean: Vectors, query: Vectors) -> Vectors:
        self.place.ask(*self.ask_shown([passage]))
        lengths, stored = self.shown[passage]
        return window_cosines(stored, lengths, mean, query)


class DatabaseTexts(Sequence[IndexedPassage]):
    """Passages by row, as they are shown. `articles` are their articles' rows."""

    def __init__(self, place: Place, numbering: Numbering, articles: NDArray[np.int32]) -> None:
        self._place, self._numbering = place, numbering
        self.articles = articles
        self._known: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self.articles)

    def prepare(self, numbers: Iterable[int]) -> None:
        """Read passages that are going to be looked at."""
        self._place.ask(*self.ask(numbers))

    def ask(self, numbers: Iterable[int]) -> list[Ask[Any]]:
        """The same as a part of a statement."""
        ids = self._numbering.ids[list(numbers)] if len(self) else _NO_ROWS
        missing = np.array([number for number in ids.tolist() if number not in self._known], np.int64)
        if not len(missing):
            return []
        return [repository.texts(self._place.epoch, missing).then(self._known.update)]

    def section(self, number: int) -> tuple[str, str]:
        """A passage's anchor and heading, without decoding the rest."""
        self.prepare([number])
        return section_of(self._known[int(self._numbering.ids[number])])

    @overload
    def __getitem__(self, row: int) -> IndexedPassage: ...
    @overload
    def __getitem__(self, row: slice) -> list[IndexedPassage]: ...
    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            rows = range(*row.indices(len(self)))
            self.prepare(rows)
            return [self[i] for i in rows]
        number = int(row) + (len(self) if row < 0 else 0)
        if not 0 <= number < len(self):
            raise IndexError(row)
        self.prepare([number])
        return decoded(int(self.articles[number]), self._known[int(self._numbering.ids[number])])
