"""Semantic routing: embedding similarity of a request to each team's description and to tickets it answered before.

Tickets are embedded by the delivery worker, a few at a time, never while somebody waits for a page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from core.database.connection import writing
from index.protocols import Embedder
from support.routing import repository
from support.teams.teams import Team

_CHARACTERS = 1_000
_PAST = timedelta(days=180)
_PAST_MOST = 500
_NEAREST = 3
_AT_A_TIME = 20
# Cosines of multilingual-e5-small lie close together, so the distance to the second team decides, not the cosine.
# With four described teams and 29 questions in English, Turkish and Chinese: below 0.01 right and wrong are mixed, at
# 0.01 22 of 23 decided were right, and small talk is still decided now and then (which then costs nothing).
_CLEAR = 0.01


@dataclass(frozen=True)
class Ranking:
    """Teams by similarity, best first. `clear`: the margin of the first is large enough to decide by."""

    scores: tuple[tuple[str, float], ...]
    clear: bool


class SemanticRouting:
    """`embedder` may raise while it is loading; then there is no semantic routing."""

    def __init__(self, engine: Engine, embedder: Callable[[], Embedder]):
        self._engine = engine
        self._embedder = embedder
        self._described: dict[tuple[str, str], np.ndarray] = {}

    def ranking(self, asked: str, teams: Iterable[Team]) -> Ranking | str:
        """The ranking; or, in words, why there is none."""
        described = [team for team in teams if team.description]
        if len(described) < 2:
            return "fewer than two teams have a description"
        try:
            embedder = self._embedder()
            query = embedder.encode_queries([asked[:_CHARACTERS]])[0]
        except Exception as error:  # without the model, the request still reaches a team
            return f"meaning could not be compared ({type(error).__name__})"
        past = self._past(embedder.fingerprint)
        scores = []
        for team in described:
            near = float(self._description(embedder, team) @ query)
            if (known := past.get(team.name)) is not None and len(known) >= _NEAREST:
                near = max(near, float(np.sort(known @ query)[-_NEAREST:].mean()))
            scores.append((team.name, near))
        scores.sort(key=lambda pair: -pair[1])
        return Ranking(tuple(scores), scores[0][1] - scores[1][1] >= _CLEAR)

    def remember(self, now: datetime) -> int:
        """Embed some answered tickets that have no vector yet; how many. Waits for the model if need be."""
        with self._engine.connect() as connection:
            rows = repository.without_vector(connection, now - _PAST, _AT_A_TIME)
        if not rows:
            return 0
        embedder = self._embedder()
        vectors = embedder.encode_passages([f"{row.subject}\n{row.words or ''}".strip()[:_CHARACTERS] for row in rows])
        stored = [(row.id, vector.astype(np.float32).tobytes()) for row, vector in zip(rows, vectors, strict=True)]
        with writing(self._engine) as connection:
            repository.store(connection, embedder.fingerprint, stored)
        return len(rows)

    def _past(self, fingerprint: str) -> dict[str, np.ndarray]:
        with self._engine.connect() as connection:
            rows = repository.by_team(connection, fingerprint, _PAST_MOST)
        found: dict[str, list[np.ndarray]] = {}
        for row in rows:
            found.setdefault(row.team, []).append(np.frombuffer(row.vector, np.float32))
        return {team: np.stack(vectors) for team, vectors in found.items()}

    def _description(self, embedder: Embedder, team: Team) -> np.ndarray:
        key = (embedder.fingerprint, team.name)
        if key not in self._described:
            self._described[key] = embedder.encode_passages([team.description])[0]
        return self._described[key]
