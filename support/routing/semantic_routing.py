"""How near a request is to each team in meaning: to the team's description, and to what the team answered before.

Tickets' vectors are made by the delivery worker, a few at a time, never while somebody waits for a page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine, text

from core.database import writing
from core.timestamps import iso
from index.protocols import Embedder
from support.routing.teams import Team

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
    """Teams by nearness, best first. `clear`: the first is far enough ahead to decide by."""

    scores: tuple[tuple[str, float], ...]
    clear: bool


class SemanticRouting:
    """`embedder` may raise while it is loading; then nothing is decided by meaning."""

    def __init__(self, engine: Engine, embedder: Callable[[], Embedder]):
        self._engine = engine
        self._embedder = embedder
        self._described: dict[tuple[str, str], np.ndarray] = {}

    def ranking(self, asked: str, teams: Iterable[Team]) -> Ranking | str:
        """The teams in order; or, in words, why there is no order."""
        described = [team for team in teams if team.description]
        if len(described) < 2:
            return "fewer than two teams have a description"
        try:
            embedder = self._embedder()
            query = embedder.encode_queries([asked[:_CHARACTERS]])[0]
        except Exception as error:  # whatever keeps the model away, the request still reaches a team
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
        """Make the vectors of some answered tickets that have none yet; how many. Waits for the model if need be."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT t.id, t.subject,"
                    " (SELECT text FROM message m WHERE m.ticket_id = t.id ORDER BY m.id LIMIT 1) AS words"
                    " FROM ticket t LEFT JOIN ticket_vector v ON v.ticket_id = t.id"
                    " WHERE v.ticket_id IS NULL AND t.first_reply_at <> '' AND t.created_at >= :since"
                    " ORDER BY t.id DESC LIMIT :most"
                ),
                {"since": iso(now - _PAST), "most": _AT_A_TIME},
            ).all()
        if not rows:
            return 0
        embedder = self._embedder()
        vectors = embedder.encode_passages([f"{row.subject}\n{row.words or ''}".strip()[:_CHARACTERS] for row in rows])
        with writing(self._engine) as connection:
            for row, vector in zip(rows, vectors, strict=True):
                connection.execute(
                    text(
                        "INSERT INTO ticket_vector (ticket_id, fingerprint, vector) VALUES (:id, :print, :vector)"
                        " ON CONFLICT (ticket_id) DO NOTHING"
                    ),
                    {"id": row.id, "print": embedder.fingerprint, "vector": vector.astype(np.float32).tobytes()},
                )
        return len(rows)

    def _past(self, fingerprint: str) -> dict[str, np.ndarray]:
        with self._engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT t.team, v.vector FROM ticket_vector v JOIN ticket t ON t.id = v.ticket_id"
                    " WHERE v.fingerprint = :print AND t.quarantine = '' ORDER BY v.ticket_id DESC LIMIT :most"
                ),
                {"print": fingerprint, "most": _PAST_MOST},
            ).all()
        found: dict[str, list[np.ndarray]] = {}
        for row in rows:
            found.setdefault(row.team, []).append(np.frombuffer(row.vector, np.float32))
        return {team: np.stack(vectors) for team, vectors in found.items()}

    def _description(self, embedder: Embedder, team: Team) -> np.ndarray:
        key = (embedder.fingerprint, team.name)
        if key not in self._described:
            self._described[key] = embedder.encode_passages([team.description])[0]
        return self._described[key]
