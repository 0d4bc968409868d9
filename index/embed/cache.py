"""A persistent embedding cache keyed by text hash: a rebuild embeds only texts that are not in it.

One SQLite file per model fingerprint. Each batch is committed before the next is computed, so a killed build resumes
where it stopped. Damaged entries or files are recomputed: the cache holds nothing that cannot be derived again.
"""

import hashlib
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.protocols import Embedder, Vectors

log = logging.getLogger("signpost.index")

Progress = Callable[[int, int], None]
_BATCH = 64
_LOOKUP = 500
_ONE = "SELECT data FROM vector WHERE hash = ?"
# A stored vector whose norm differs from 1 by more than this is taken to be damaged.
_TOLERANCE = 1e-2


@dataclass(frozen=True)
class EmbeddingBatch:
    """Vectors in the order of the texts. `computed` is the number of passages that were cache misses."""

    passages: Vectors
    queries: Vectors
    windows: Vectors
    computed: int


@dataclass(frozen=True)
class KnownVectors:
    """Vectors as far as they are known. The masks say which rows have none; `missing` counts the texts without."""

    batch: EmbeddingBatch
    no_passage: NDArray[np.bool_]
    no_query: NDArray[np.bool_]
    no_window: NDArray[np.bool_]
    missing: int


class VectorCache:
    """The embedding cache of one model, by (kind of text, text). `folder` is shared by all models and processes."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.@-]+", "_", embedder.fingerprint)
        self._path = folder / f"{name}.sqlite"
        self._embedder = embedder

    def vectors(
        self,
        passages: Sequence[str],
        queries: Sequence[str],
        windows: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> EmbeddingBatch:
        """Vectors of passages, of texts encoded as queries (titles and questions are), and of passages' windows.

        `progress` gets (texts done, texts to compute).
        """
        try:
            return self._vectors(passages, queries, windows, progress)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            log.error("the vectors in %s are damaged (%s); they are computed again", self._path.name, error)
            for path in (self._path, *(self._path.with_name(self._path.name + end) for end in ("-wal", "-shm"))):
                path.unlink(missing_ok=True)
            return self._vectors(passages, queries, windows, progress)

    def known(self, passages: Sequence[str], queries: Sequence[str], windows: Sequence[str]) -> "KnownVectors":
        """What `vectors` would give without computing anything; rows of texts that have no vector yet are zero."""
        pending = {"p": _PendingTexts("p", [*passages, *windows]), "q": _PendingTexts("q", queries)}
        try:
            with closing(self._open()) as db:
                for group in pending.values():
                    self._find(db, group)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            pending = {"p": _PendingTexts("p", [*passages, *windows]), "q": _PendingTexts("q", queries)}
        size = self._embedder.dimensions
        both, queried = pending["p"].stacked(size), pending["q"].stacked(size)
        absent = pending["p"].absent()
        cut = len(passages)
        return KnownVectors(
            EmbeddingBatch(both[:cut], queried, both[cut:], 0), absent[:cut], pending["q"].absent(), absent[cut:],
            sum(len(group.missing) for group in pending.values()),
        )  # fmt: skip

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=30)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("CREATE TABLE IF NOT EXISTS vector (hash BLOB PRIMARY KEY, data BLOB NOT NULL, used REAL)")
            db.commit()
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _vectors(
        self, passages: Sequence[str], queries: Sequence[str], windows: Sequence[str], progress: Progress | None
    ) -> EmbeddingBatch:
        # A window is encoded like a passage, so that a short passage without a title shares its vector.
        wanted = {"p": _PendingTexts("p", [*passages, *windows]), "q": _PendingTexts("q", queries)}
        with closing(self._open()) as db:
            for group in wanted.values():
                self._find(db, group)
            total = sum(len(group.missing) for group in wanted.values())
            done, computed = 0, wanted["p"].missing_of(len(passages))
            for kind, group in wanted.items():
                encode = self._embedder.encode_queries if kind == "q" else self._embedder.encode_passages
                todo = list(group.missing.items())
                for start in range(0, len(todo), _BATCH):
                    batch = todo[start : start + _BATCH]
                    vectors = np.asarray(encode([text for _, text in batch]), np.float32)
                    rows = [(key, v.tobytes(), time.time()) for (key, _), v in zip(batch, vectors, strict=True)]
                    db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", rows)
                    db.commit()
                    group.take((key for key, _ in batch), vectors)
                    done += len(batch)
                    if progress:
                        progress(done, total)
        size = self._embedder.dimensions
        both = wanted["p"].stacked(size)
        return EmbeddingBatch(both[: len(passages)], wanted["q"].stacked(size), both[len(passages) :], computed)

    def _find(self, db: sqlite3.Connection, group: "_PendingTexts") -> None:
        unique = list(group.missing)
        for start in range(0, len(unique), _LOOKUP):
            # One by one, not by a list of placeholders: in the same process a look by primary key costs microseconds.
            found = ((key, db.execute(_ONE, (key,)).fetchone()) for key in unique[start : start + _LOOKUP])
            rows = [(key, row[0]) for key, row in found if row is not None]
            sound = [(key, vector) for key, data in rows if (vector := _vector(data)) is not None]
            if len(sound) < len(rows):
                log.error(
                    "%d vectors in %s are damaged; they are computed again", len(rows) - len(sound), self._path.name
                )
            group.take((key for key, _ in sound), [vector for _, vector in sound])


class _PendingTexts:
    """Texts of one kind, which may repeat, and the vectors found so far."""

    def __init__(self, kind: str, texts: Sequence[str]) -> None:
        keys = [hashlib.blake2b(f"{kind}\0{t}".encode(), digest_size=16).digest() for t in texts]
        self.missing = dict(zip(keys, texts, strict=True))
        self._keys = keys
        self._row: dict[bytes, int] = {}
        self._found: list[Vectors] = []

    def take(self, keys: Iterable[bytes], vectors: Iterable[Vectors]) -> None:
        for key, vector in zip(keys, vectors, strict=True):
            self._row[key] = len(self._found)
            self._found.append(vector)
            self.missing.pop(key, None)

    def missing_of(self, first: int) -> int:
        """How many of the first `first` texts are missing."""
        return len({*self._keys[:first]} & self.missing.keys())

    def stacked(self, dimensions: int) -> Vectors:
        out = np.zeros((len(self._keys), dimensions), np.float32)
        for i, key in enumerate(self._keys):
            if key in self._row:
                out[i] = self._found[self._row[key]]
        return out

    def absent(self) -> NDArray[np.bool_]:
        """Which texts have no vector yet."""
        return np.array([key not in self._row for key in self._keys], bool)


def _vector(data: bytes) -> Vectors | None:
    """A stored vector; None when it is damaged."""
    if len(data) % 4:
        return None
    vector = np.frombuffer(data, np.float32)
    return vector if abs(float(np.dot(vector, vector)) - 1) < _TOLERANCE else None


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
