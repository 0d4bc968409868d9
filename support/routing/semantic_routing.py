"""Semantic routing: embedding similarity of a request to each team's description and to tickets it answered before.

Tickets are embedded by the delivery worker, a few at a time, never while somebody waits for a page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine, select

from core.database.connection import writing
from core.database.timestamps import iso
from core.database.upsert import insert_for
from index.protocols import Embedder
from support.routing.schema import ticket_vector
from support.routing.teams import Team
from support.tickets.schema import message, ticket

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
        first_message = (
            select(message.c.text)
            .where(message.c.ticket_id == ticket.c.id)
            .order_by(message.c.id)
            .limit(1)
            .scalar_subquery()
        )
        without_vector = (
            select(ticket.c.id, ticket.c.subject, first_message.label("words"))
            .outerjoin_from(ticket, ticket_vector, ticket_vector.c.ticket_id == ticket.c.id)
            .where(
                ticket_vector.c.ticket_id.is_(None),
                ticket.c.first_reply_at != "",
                ticket.c.created_at >= iso(now - _PAST),
            )
            .order_by(ticket.c.id.desc())
            .limit(_AT_A_TIME)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(without_vector).all()
        if not rows:
            return 0
        embedder = self._embedder()
        vectors = embedder.encode_passages([f"{row.subject}\n{row.words or ''}".strip()[:_CHARACTERS] for row in rows])
        values = [
            {
                "ticket_id": row.id,
                "fingerprint": embedder.fingerprint,
                "vector": vector.astype(np.float32).tobytes(),
            }
            for row, vector in zip(rows, vectors, strict=True)
        ]
        with writing(self._engine) as connection:
            # Two workers may have embedded the same tickets.
            connection.execute(insert_for(connection, ticket_vector).on_conflict_do_nothing(), values)
        return len(rows)

    def _past(self, fingerprint: str) -> dict[str, np.ndarray]:
        answered = (
            select(ticket.c.team, ticket_vector.c.vector)
            .join_from(ticket_vector, ticket, ticket.c.id == ticket_vector.c.ticket_id)
            .where(ticket_vector.c.fingerprint == fingerprint, ticket.c.quarantine == "")
            .order_by(ticket_vector.c.ticket_id.desc())
            .limit(_PAST_MOST)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(answered).all()
        found: dict[str, list[np.ndarray]] = {}
        for row in rows:
            found.setdefault(row.team, []).append(np.frombuffer(row.vector, np.float32))
        return {team: np.stack(vectors) for team, vectors in found.items()}

    def _description(self, embedder: Embedder, team: Team) -> np.ndarray:
        key = (embedder.fingerprint, team.name)
        if key not in self._described:
            self._described[key] = embedder.encode_passages([team.description])[0]
        return self._described[key]
