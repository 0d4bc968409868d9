"""BM25 in a Whoosh folder: one document an article, tokens made by index/analysis.py and by nothing else.

Whoosh is pure Python and slow beyond some thousand documents (docs/search.md), hence one document an article rather
than a passage, and only its postings are used: its own matchers and collectors weigh one posting at a time, which took
half of a search. It finds candidates; what is ranked by is computed from our own statistics
(index/parts/lexicon.py), so that an engine can be exchanged without moving a score.

Whoosh writes some hundred documents a second, so a change of a few does not write all of them again: `splice` links
the large folder (`base`) as it is and writes a small one (`delta`) beside it, and `rows.arrays` says which row each
document of the two is, -1 for those that are gone. When much is gone or beside (`is_worn`), it is time to `write` all
anew.
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

from index.parts import arrays

K1 = 1.5
B = 0.4
_FIELD = "body"
# Postings kept in memory, twelve bytes each: the words that most questions share are then read once.
_HELD_POSTINGS = 1_000_000
_ROWS = "rows.arrays"
_PARTS = ("base", "delta")
# Beyond so many documents beside the base or gone from it, and this share of all, a search would feel it.
_WORN_DOCUMENTS = 64
_WORN_SHARE = 0.1

Rows = NDArray[np.int32]


def _schema() -> fields.Schema:
    tokens = analysis.RegexTokenizer(r"\S+")
    return fields.Schema(**{_FIELD: fields.TEXT(analyzer=tokens, phrase=False)})


class WhooshIndex:
    """An opened folder."""

    def __init__(self, folder: Path) -> None:
        stored = arrays.read(folder / _ROWS)
        self._parts = [
            (index.open_dir(str(folder / part), readonly=True).reader(), stored[part])
            for part in _PARTS
            if len(stored[part])
        ]
        for reader, rows in self._parts:
            weakref.finalize(self, reader.close)
            if reader.doc_count_all() != len(rows):
                raise ValueError(f"{folder.name} holds {reader.doc_count_all()} documents instead of {len(rows)}")
        # A reader keeps positions in its files, so one thread reads at a time; being Python, no two would run anyway.
        self._lock = threading.Lock()
        self._lengths = stored["lengths"]
        mean = float(self._lengths.mean()) if len(self) else 1.0
        self._norm = K1 * (1 - B + B * self._lengths / max(mean, 1.0))
        self._terms: dict[str, tuple[Rows, NDArray[np.float64]]] = {}
        self._held = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def search(self, tokens: Sequence[str], depth: int) -> list[tuple[int, float]]:
        scores = np.zeros(len(self))
        with self._lock:
            for token in dict.fromkeys(tokens):
                rows, weights = self._term(token)
                scores[rows] += weights
        found = np.flatnonzero(scores)
        best = found[np.argsort(-scores[found], kind="stable")[:depth]]
        return [(int(row), float(scores[row])) for row in best]

    def _term(self, token: str) -> tuple[Rows, NDArray[np.float64]]:
        """The rows that hold a token, and what it adds to the score of each."""
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
        """The rows that hold a token, and how often each does."""
        found = [
            (numbers[documents], frequency)
            for reader, numbers in self._parts
            if (_FIELD, token) in reader
            for documents, frequency in [_documents(reader.postings(_FIELD, token))]
        ]
        if not found:
            return np.zeros(0, np.int32), np.zeros(0)
        rows, counts = (np.concatenate(column) for column in zip(*found, strict=True))
        return rows[rows >= 0], counts[rows >= 0]


def _documents(matcher: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Documents that hold a term, and how often each does."""
    documents: list[int] = []
    frequency: list[float] = []
    while matcher.is_active():
        documents.append(matcher.id())
        frequency.append(matcher.weight())
        matcher.next()
    return np.array(documents, np.int64), np.array(frequency, np.float64)


def write(folder: Path, documents: Sequence[Sequence[str]]) -> None:
    """Write all documents; their rows are their places in the list."""
    _write_part(folder / "base", documents)
    rows, lengths = np.arange(len(documents), dtype=np.int32), [len(d) for d in documents]
    _write_rows(folder, rows, np.zeros(0, np.int32), lengths)


def splice(folder: Path, before: Path, sources: Sequence[int], document: Callable[[int], Sequence[str]]) -> None:
    """Write what `write` would, from the folder `before`: `sources` says for each row which row of `before` it is (-1:
    none), `document` gives a row's tokens and is asked for few of them."""
    stored = arrays.read(before / _ROWS)
    place = np.full(len(stored["lengths"]) + 1, -1, np.int64)
    alive = np.flatnonzero(stored["base"] >= 0)
    place[stored["base"][alive]] = alive
    # A source of -1 reads the last entry, which is none.
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
    """Whether `splice` was used so often that writing all anew pays."""
    stored = arrays.read(folder / _ROWS)
    extra = len(stored["delta"]) + int((stored["base"] < 0).sum())
    return extra > max(_WORN_DOCUMENTS, _WORN_SHARE * len(stored["lengths"]))


def link(source: str, target: str) -> None:
    """Another name for a file that is never changed; a copy where the file system has no links."""
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
