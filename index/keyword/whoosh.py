"""BM25 in a Whoosh folder: one document an article, tokens made by index/analysis.py and by nothing else.

Whoosh is pure Python and slow beyond some thousand documents (docs/search.md), hence one document an article rather
than a passage, and only its postings are used: its own matchers and collectors weigh one posting at a time, which took
half of a search. It finds candidates; what is ranked by is computed from our own statistics (index/lexicon.py), so that
an engine can be exchanged without moving a score.
"""

import math
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh import analysis, fields, index

K1 = 1.5
B = 0.4
_FIELD = "body"
# Postings kept in memory, twelve bytes each: the words that most questions share are then read once.
_HELD_POSTINGS = 1_000_000


def _schema() -> fields.Schema:
    tokens = analysis.RegexTokenizer(r"\S+")
    return fields.Schema(**{_FIELD: fields.TEXT(analyzer=tokens, phrase=False)})


class WhooshIndex:
    """An opened folder. Document numbers are rows: `write` makes one segment, in order."""

    def __init__(self, folder: Path) -> None:
        self._reader = index.open_dir(str(folder), readonly=True).reader()
        weakref.finalize(self, self._reader.close)
        # A reader keeps positions in its files, so one thread reads at a time; being Python, no two would run anyway.
        self._lock = threading.Lock()
        count = len(self)
        lengths = np.fromiter((self._reader.doc_field_length(row, _FIELD) or 0 for row in range(count)), float, count)
        mean = self._reader.field_length(_FIELD) / count if count else 1.0
        self._norm = K1 * (1 - B + B * lengths / max(mean, 1.0))
        self._terms: dict[str, tuple[NDArray[np.int32], NDArray[np.float64]]] = {}
        self._held = 0

    def __len__(self) -> int:
        return int(self._reader.doc_count_all())

    def search(self, tokens: Sequence[str], depth: int) -> list[tuple[int, float]]:
        scores = np.zeros(len(self))
        with self._lock:
            for token in dict.fromkeys(tokens):
                rows, weights = self._term(token)
                scores[rows] += weights
        found = np.flatnonzero(scores)
        best = found[np.argsort(-scores[found], kind="stable")[:depth]]
        return [(int(row), float(scores[row])) for row in best]

    def _term(self, token: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The rows that hold a token, and what it adds to the score of each."""
        if token not in self._terms:
            if (_FIELD, token) not in self._reader:
                return np.zeros(0, np.int32), np.zeros(0)
            rows, frequency = _postings(self._reader.postings(_FIELD, token))
            idf = math.log(len(self) / (len(rows) + 1)) + 1
            if self._held > _HELD_POSTINGS:
                self._terms.clear()
                self._held = 0
            self._held += len(rows)
            self._terms[token] = rows, idf * frequency * (K1 + 1) / (frequency + self._norm[rows])
        return self._terms[token]


def _postings(matcher: Any) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Rows that hold a term, and how often each does."""
    rows: list[int] = []
    frequency: list[float] = []
    while matcher.is_active():
        rows.append(matcher.id())
        frequency.append(matcher.weight())
        matcher.next()
    return np.array(rows, np.int32), np.array(frequency, np.float64)


def write(folder: Path, documents: Sequence[Sequence[str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    created = index.create_in(str(folder), _schema())
    writer = created.writer(limitmb=256)
    for tokens in documents:
        writer.add_document(**{_FIELD: " ".join(tokens)})
    writer.commit(optimize=True)
