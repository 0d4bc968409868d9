"""Vectors that were computed once are kept: a rebuild embeds only texts this model has never seen.

One SQLite file a model fingerprint. Each batch is committed before the next is computed, so a killed build goes on
where it stopped.
"""

import hashlib
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from index.protocols import Embedder, Vectors

Progress = Callable[[int, int], None]
_BATCH = 64
_LOOKUP = 500


class VectorCache:
    """Vectors by (kind of text, text), for one model. `folder` is shared by all models and processes."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.@-]+", "_", embedder.fingerprint)
        self._path = folder / f"{name}.sqlite"
        self._embedder = embedder
        with closing(self._open()) as db:
            db.execute("CREATE TABLE IF NOT EXISTS vector (hash BLOB PRIMARY KEY, data BLOB NOT NULL, used REAL)")
            db.commit()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=30)
        db.execute("PRAGMA journal_mode=WAL")
        return db

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts encoded as queries (titles and questions are), shape (len(texts), dimensions)."""
        return self._get("q", texts, None)[0]

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[Vectors, int]:
        """Vectors of passages, and how many of them had to be computed. `progress` is told (done, to do)."""
        return self._get("p", texts, progress)

    def _get(self, kind: str, texts: Sequence[str], progress: Progress | None) -> tuple[Vectors, int]:
        keys = [hashlib.blake2b(f"{kind}\0{t}".encode(), digest_size=16).digest() for t in texts]
        encode = self._embedder.encode_queries if kind == "q" else self._embedder.encode_passages
        with closing(self._open()) as db:
            found = self._find(db, keys)
            missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in found}
            todo = list(missing.items())
            for start in range(0, len(todo), _BATCH):
                batch = todo[start : start + _BATCH]
                vectors = encode([t for _, t in batch])
                rows = [(k, v.tobytes(), time.time()) for (k, _), v in zip(batch, vectors, strict=True)]
                db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", rows)
                db.commit()
                found.update((k, v) for (k, _), v in zip(batch, vectors, strict=True))
                if progress:
                    progress(min(start + _BATCH, len(todo)), len(todo))
        if not keys:
            return np.zeros((0, self._embedder.dimensions), np.float32), 0
        return np.stack([found[k] for k in keys]).astype(np.float32), len(todo)

    def _find(self, db: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        unique = list(dict.fromkeys(keys))
        for start in range(0, len(unique), _LOOKUP):
            some = unique[start : start + _LOOKUP]
            marks = ",".join("?" * len(some))
            query = f"SELECT hash, data FROM vector WHERE hash IN ({marks})"  # noqa: S608 - question marks only
            for key, data in db.execute(query, some):
                found[key] = np.frombuffer(data, np.float32)
        return found
