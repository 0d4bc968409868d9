"""Similar past answers: semantic search over what the team replied to earlier questions, in any language.

The vectors of answered tickets are those routing compares with (support/routing/semantic_routing.py
makes them, in the background). Without a model there are no such answers, and the desk goes on.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine

from index.embed.loader import EmbedderLoader
from index.protocols import Vectors
from support.agents.redaction import Known, placeholders_in, redacted
from support.routing import repository as vectors_repository
from support.tickets import repository

_QUESTION = 1_000
# Of cosine, for multilingual-e5-small, whose values lie close together: below _NEAR it is mostly another matter, and so
# is what lies _BEHIND the best. A person decides in the end.
_NEAR, _BEHIND = 0.85, 0.03
_MOST = 20_000


@dataclass(frozen=True)
class PastAnswer:
    """A reply of the team to a similar question, redacted: it is offered as an answer to somebody else. `gaps` are the
    placeholders in it."""

    reference: str
    subject: str
    text: str
    author: str
    likeness: float

    @property
    def gaps(self) -> tuple[str, ...]:
        return placeholders_in(self.text)


class PastAnswers:
    """Search over answered tickets. Vectors of another model than the current one are skipped."""

    def __init__(self, engine: Engine, model: EmbedderLoader, ours: Sequence[str] = ()):
        """`ours` are our own addresses and numbers, which may stay in an answer."""
        self._ours = tuple(ours)
        self._engine = engine
        self._model = model
        self._lock = threading.Lock()
        self._known: tuple[tuple[str, int, int], Sequence[int], Vectors] | None = None

    def like(self, subject: str, message: str, *, but: int, limit: int = 3) -> tuple[PastAnswer, ...]:
        """The most similar answered questions, best first; empty when the model is not ready."""
        try:
            embedder = self._model.get()
            vector = embedder.encode_queries([f"{subject}\n{message}".strip()[:_QUESTION]])[0]
        except Exception:  # Whatever fails in the model, a ticket can be answered without it; search logs its failures.
            return ()
        ids, vectors = self._all(embedder.fingerprint)
        if not ids:
            return ()
        scores = vectors @ vector
        best = [(ids[i], float(scores[i])) for i in np.argsort(-scores)[: limit + 8] if ids[i] != but]
        least = max(_NEAR, best[0][1] - _BEHIND) if best else _NEAR
        return self._load([(ticket_id, score) for ticket_id, score in best if score >= least], limit)

    def _all(self, model: str) -> tuple[Sequence[int], Vectors]:
        with self._engine.connect() as connection:
            stamp = (model, *vectors_repository.stamp(connection, model))
            with self._lock:
                if self._known is not None and self._known[0] == stamp:
                    return self._known[1], self._known[2]
            rows = vectors_repository.newest(connection, model, _MOST)
        ids = [int(row.ticket_id) for row in rows]
        vectors = np.stack([np.frombuffer(row.vector, np.float32) for row in rows]) if rows else np.zeros((0, 1), "f4")
        with self._lock:
            self._known = (stamp, ids, vectors)
        return ids, vectors

    def _load(self, best: Sequence[tuple[int, float]], limit: int) -> tuple[PastAnswer, ...]:
        found: list[PastAnswer] = []
        with self._engine.connect() as connection:
            for ticket_id, likeness in best:
                row = repository.first_answer(connection, ticket_id)
                if row is not None and len(found) < limit:
                    known = Known(
                        row.name, row.email, row.phone, row.reference, tuple(json.loads(row.fields).values()),
                        row.author_name, self._ours,
                    )  # fmt: skip
                    text = redacted(row.text, known)
                    found.append(PastAnswer(row.reference, row.subject, text, row.author_name, likeness))
        return tuple(found)
