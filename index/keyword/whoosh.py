"""BM25 over Whoosh's inverted index: one document an article, tokenised only by index/analysis.py.

Whoosh is pure Python and slow beyond some thousand documents (docs/search.md), hence one document an article rather
than a passage, and only its posting lists are used: its own matchers and collectors score one posting at a time, which
took half of a search. It retrieves candidates; their scores are computed from our own term statistics
(index/parts/lexicon.py), so that exchanging the engine does not change a score.

Whoosh writes some hundred documents a second, so updates are incremental: `update` hard-links the large segment
(`base`) and writes a small one (`delta`), and `rows.arrays` maps the documents of both to rows, -1 for deleted ones.
When there are many deleted or delta documents (`is_worn`), `write` merges everything into one segment.
"""

import math
import os
import shutil
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh import analysis, fields, index
from whoosh.codec.whoosh3 import W3LeafMatcher
from whoosh.reading import TermNotFound

from index.keyword.mapped_storage import MappedStorage
from index.keyword.postings import best_rows
from index.parts import arrays

K1 = 1.5
B = 0.4
_FIELD = "body"
# Postings cached in memory, twelve bytes each: frequent query terms are then read once.
_HELD_POSTINGS = 1_000_000
_ROWS = "rows.arrays"
_PARTS = ("base", "delta")
# More delta and deleted documents than this number, and than this share of all, slow searches down.
_WORN_DOCUMENTS = 64
_WORN_SHARE = 0.1

Rows = NDArray[np.int32]


def _schema() -> fields.Schema:
    tokens = analysis.RegexTokenizer(r"\S+")
    return fields.Schema(**{_FIELD: fields.TEXT(analyzer=tokens, phrase=False)})


class WhooshIndex:
    """An open folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        stored = arrays.read(folder / _ROWS)
        self._parts = [
            (index.FileIndex(MappedStorage(folder / part)).reader(), stored[part])
            for part in _PARTS
            if len(stored[part])
        ]
        for reader, rows in self._parts:
            weakref.finalize(self, reader.close)
            if reader.doc_count_all() != len(rows):
                raise ValueError(f"{folder.name} holds {reader.doc_count_all()} documents instead of {len(rows)}")
        # A reader keeps file positions and is not thread-safe; under the GIL a lock costs nothing.
        self._lock = threading.Lock()
        self._lengths = stored["lengths"]
        mean = float(self._lengths.mean()) if len(self) else 1.0
        self._norm = K1 * (1 - B + B * self._lengths / max(mean, 1.0))
        self._terms: dict[str, tuple[Rows, NDArray[np.float64]]] = {}
        self._held = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def search(
        self, tokens: Sequence[str], depth: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        scores = np.zeros(len(self))
        with self._lock:
            for token in dict.fromkeys(tokens):
                rows, weights = self._term(token)
                scores[rows] += weights
        if among is not None:
            scores[~among] = 0
        return best_rows(scores, depth)

    def _term(self, token: str) -> tuple[Rows, NDArray[np.float64]]:
        """The rows that contain a token, and its BM25 contribution to each."""
        if token not in self._terms:
            rows, frequency = self._postings(token)
            if len(rows) == 0:
                return rows, frequency
            idf = math.log(len(self) / (len(rows) + 1)) + 1
            if self._held > _HELD_POSTINGS:
                self._terms.clear()
                self._held = 0
            self._held += len(rows)
            self._terms[token] = rows, idf * frequency * (K1 + 1) / (frequency + self._norm[rows])
        return self._terms[token]

    def _postings(self, token: str) -> tuple[Rows, NDArray[np.float64]]:
        """The rows that contain a token, and its term frequencies."""
        found = []
        for reader, numbers in self._parts:
            try:
                matcher = reader.postings(_FIELD, token)
            except TermNotFound:
                continue
            documents, frequency = _documents(matcher)
            found.append((numbers[documents], frequency))
        if not found:
            return np.zeros(0, np.int32), np.zeros(0)
        rows, counts = (np.concatenate(column) for column in zip(*found, strict=True))
        return rows[rows >= 0], counts[rows >= 0]


def _documents(matcher: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The documents of a posting list, and their term frequencies."""
    documents: list[Any] = []
    frequency: list[Any] = []
    if isinstance(matcher, W3LeafMatcher):
        # By block: one posting at a time would take a microsecond each, 20 ms for a common word of 18,000 articles.
        while matcher.is_active():
            matcher.id(), matcher.weight()  # reads the block
            documents.extend(matcher._ids)
            frequency.extend(matcher._weights)
            matcher._next_block()
    while matcher.is_active():
        documents.append(matcher.id())
        frequency.append(matcher.weight())
        matcher.next()
    return np.array(documents, np.int64), np.array(frequency, np.float64)


def write(folder: Path, documents: Sequence[Sequence[str]]) -> None:
    """Write all documents as one segment; rows are positions in the list."""
    _write_part(folder / "base", documents)
    rows, lengths = np.arange(len(documents), dtype=np.int32), [len(d) for d in documents]
    _write_rows(folder, rows, np.zeros(0, np.int32), lengths)


def update(folder: Path, before: Path, sources: Sequence[int], document: Callable[[int], Sequence[str]]) -> None:
    """Write an index equal to `write`'s, reusing the folder `before`: `sources` gives each row's row in `before` (-1:
    none); `document` returns a row's tokens and is called for new rows only."""
    stored = arrays.read(before / _ROWS)
    place = np.full(len(stored["lengths"]) + 1, -1, np.int64)
    alive = np.flatnonzero(stored["base"] >= 0)
    place[stored["base"][alive]] = alive
    # A source of -1 indexes the last entry, which is -1.
    places = place[np.array(sources, np.int64)]
    base = np.full(len(stored["base"]), -1, np.int32)
    base[places[places >= 0]] = np.flatnonzero(places >= 0)
    delta = np.flatnonzero(places < 0).astype(np.int32)
    written = [document(int(row)) for row in delta]
    lengths = np.zeros(len(sources), np.int32)
    lengths[places >= 0] = stored["lengths"][np.array(sources, np.int64)[places >= 0]]
    lengths[delta] = [len(d) for d in written]
    shutil.copytree(before / "base", folder / "base", copy_function=link)
    if written:
        _write_part(folder / "delta", written)
    _write_rows(folder, base, delta, lengths)


def is_worn(folder: Path) -> bool:
    """Whether a full `write` pays: the folder has many delta or deleted documents."""
    stored = arrays.read(folder / _ROWS)
    extra = len(stored["delta"]) + int((stored["base"] < 0).sum())
    return extra > max(_WORN_DOCUMENTS, _WORN_SHARE * len(stored["lengths"]))


def link(source: str, target: str) -> None:
    """Hard-link an immutable file; copy it where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write_part(folder: Path, documents: Sequence[Sequence[str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    created = index.create_in(str(folder), _schema())
    writer = created.writer(limitmb=256)
    for tokens in documents:
        writer.add_document(**{_FIELD: " ".join(tokens)})
    writer.commit(optimize=True)


def _write_rows(folder: Path, base: Rows, delta: Rows, lengths: Sequence[int] | Rows) -> None:
    arrays.write(folder / _ROWS, {"base": base, "delta": delta, "lengths": np.array(lengths, np.int32)})
