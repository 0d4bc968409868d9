"""Similar open tickets: those whose words are mostly the same, whoever wrote them.

Words only, weighed by how rare they are among the open tickets: it needs no model, says the same at every look, and
finds what it is for, the twentieth ticket of the morning about one thing. A person chooses whom the answer goes to.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from support.agents.ticket_search import words_of

_LEAST = 0.35
_TEXT = 600


@dataclass(frozen=True)
class OpenTicket:
    """An open ticket as it is compared. `seen` is its newest public message."""

    id: int
    reference: str
    subject: str
    text: str
    name: str
    lang: str
    assignee_id: int | None
    seen: int


def similar(ticket_id: int, words: str, others: Sequence[OpenTicket], limit: int = 5) -> tuple[OpenTicket, ...]:
    """Those of `others` that say nearly what `words` say, most alike first."""
    texts = {one.id: set(words_of(f"{one.subject}\n{one.text[:_TEXT]}")) for one in others}
    own = set(words_of(words[: _TEXT + 200]))
    texts[ticket_id] = own
    often = Counter(word for found in texts.values() for word in found)
    weight = {word: math.log(1 + len(texts) / count) for word, count in often.items()}

    def length(found: set[str]) -> float:
        return math.sqrt(sum(weight[word] ** 2 for word in found))

    own_length = length(own)
    scored: list[tuple[float, OpenTicket]] = []
    for one in others:
        both = texts[one.id] & own
        if one.id != ticket_id and both:
            score = sum(weight[word] ** 2 for word in both) / (own_length * length(texts[one.id]))
            if score >= _LEAST:
                scored.append((score, one))
    return tuple(one for _score, one in sorted(scored, key=lambda pair: -pair[0])[:limit])
