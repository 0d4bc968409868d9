"""The parts of a generation that are read from PostgreSQL with each search, behind the interfaces of those in files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from index.database import repository
from index.database.reader import Reader
from index.dense.half_precision import to_single
from index.parts.language_centering import Means
from index.parts.lexicon import Floats, Level, Lexicon, Terms
from index.parts.passages import IndexedPassage, decoded
from index.parts.surface_forms import SurfaceForms
from index.parts.windows import Windows, window_cosines
from index.protocols import Vectors

Ids = NDArray[np.int64]

_NO_ROWS = np.zeros(0, np.int64)
_WORD = np.dtype([("word", "<i4"), ("weight", "<f4")])


@dataclass(frozen=True)
class Place:
    """Where a part is read from: how, of which epoch, and in which schema pgvector is."""

    read: Reader
    epoch: int
    vector_schema: str


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
        scores = np.full((len(vectors), depth), np.finfo(np.float32).min, np.float32)
        rows = np.full((len(vectors), depth), -1, np.int64)
        only, without = self._numbering.among(among)
        if not len(self) or (only is not None and not len(only)):
            return scores, rows
        place = self._place
        for i, vector in enumerate(vectors):
            near, ids = place.read(
                repository.nearest, self._kind, place.epoch, vector, depth, place.vector_schema, only, without
            )
            scores[i, : len(near)], rows[i, : len(near)] = near, self._numbering.rows(ids)
        return scores, rows


class DatabaseVectors:
    """The stored vectors of a DatabaseIndex, by row."""

    def __init__(self, place: Place, kind: str, numbering: Numbering, dimensions: int) -> None:
        self._place, self._kind, self._numbering = place, kind, numbering
        self.shape: tuple[int, ...] = (len(numbering.ids), dimensions)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Vectors:
        place, ids = self._place, self._numbering.ids[rows]
        if not len(ids):
            return np.zeros((0, self.shape[1]), np.float32)
        return to_single(place.read(repository.vectors, self._kind, place.epoch, ids, place.vector_schema))

    def products(self, rows: Any, vector: Vectors) -> Vectors:
        place, ids = self._place, self._numbering.ids[rows]
        return place.read(repository.products, self._kind, place.epoch, ids, vector, place.vector_schema)


class DatabaseKeyword:
    """A KeywordIndex: BM25 over the postings of one family, summed by the server."""

    def __init__(self, place: Place, family: int, lexicon: Lexicon, articles: Numbering) -> None:
        self._place, self._family, self._lexicon, self._articles = place, family, lexicon, articles

    def __len__(self) -> int:
        return len(self._articles.ids)

    def search(
        self, tokens: Sequence[str], depth: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        frequency = self._lexicon.articles.frequency
        words = [word for word in self._lexicon.lookup(tokens) if word is not None and frequency[word]]
        # As index/keyword/postings.py has it.
        weights = {word: log(len(self) / (int(frequency[word]) + 1)) + 1 for word in words}
        only = None if among is None else self._articles.ids[among]
        found = self._place.read(
            repository.best_by_words, self._place.epoch, self._family, weights, depth, only
        )  # fmt: skip
        rows = self._articles.rows(np.array([number for number, _ in found], np.int64))
        return [(int(row), score) for row, (_, score) in zip(rows, found, strict=True) if score]


class Bags:
    """The bags of words of passages and articles that a search has read."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: dict[int, tuple[bytes, bytes]] = {}

    def fetch(self, ids: Ids) -> None:
        """Read those that are not known yet, all at once."""
        missing = [number for number in dict.fromkeys(ids.tolist()) if number not in self._known]
        if missing:
            asked = np.array(missing, np.int64)
            self._known |= self._place.read(repository.bags, self._place.epoch, asked)

    def of(self, ids: Ids, part: int) -> tuple[list[int], bytes]:
        """The length in bytes of each bag, and the bags."""
        self.fetch(ids)
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
        idf = idf_by_term[words]
        found = np.flatnonzero(idf)
        owner = np.searchsorted(np.cumsum(lengths), found, side="right")
        idf = idf[found]
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

    @staticmethod
    def at(place: Place, numbering: Numbering) -> "DatabaseWindows":
        none = np.zeros((0, 0), np.float16)
        return DatabaseWindows(_NO_ROWS, none, np.zeros(0, np.float32), place=place, numbering=numbering)

    def best(
        self, passages: Ids, langs: NDArray[np.str_], means: Means, vectors: Mapping[str, Vectors]
    ) -> NDArray[np.float32]:
        found = np.zeros(len(passages), np.float32)
        place = self.place
        for lang in sorted(set(langs.tolist())):
            query = vectors.get(lang, vectors[""])
            own = np.flatnonzero(langs == lang)
            found[own] = place.read(
                repository.best_windows, place.epoch, self.numbering.ids[passages[own]], query,
                float(means.passage(lang) @ query), place.vector_schema,
            )  # fmt: skip
        return found

    def prepare(self, passages: Sequence[int]) -> None:
        """Read the windows of passages that are going to be shown."""
        missing = self.numbering.ids[[p for p in passages if p not in self.shown]] if len(passages) else _NO_ROWS
        if not len(missing):
            return
        place = self.place
        read = place.read(repository.windows, place.epoch, missing, place.vector_schema)
        for passage, number in zip(self.numbering.rows(missing).tolist(), missing.tolist(), strict=True):
            own = slice(*np.searchsorted(read.ids, [number, number + 1]))
            self.shown[passage] = read.lengths[own], read.vectors[own]

    def cosines(self, passage: int, mean: Vectors, query: Vectors) -> Vectors:
        self.prepare([passage])
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
        ids = self._numbering.ids[list(numbers)] if len(self) else _NO_ROWS
        missing = np.array([number for number in ids.tolist() if number not in self._known], np.int64)
        if len(missing):
            self._known |= self._place.read(repository.texts, self._place.epoch, missing)

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
