"""What a search knows of a query before anything is shown: its candidates, and their ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.models import Degraded
from index.protocols import Vectors
from index.query.parser import ParsedQuery
from index.query.synonyms import Expansion
from index.ranking.confidence import Calibration
from index.ranking.evidence import Rows, WeighedPassages
from index.ranking.fuse import Evidence, Floats

# The translation shown to readers of languages an article does not have.
FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True)
class CandidateSet:
    """The candidate set of one query, unranked: article rows, and their evidence.

    `passages` has the best passage of each row, and of its translations that may be shown instead. `retriever_results`
    holds each retriever's article rows, best first: `keyword:<family>`, `passages` and `titles`. `code_boost` is added
    to the score of articles that contain the query's codes; `pinned_key` is the key of the article an author pinned;
    `unmatched` are phrases and codes that no article contains; `expansions` are synonyms, and completions of the last
    word if it `is_prefix`. `retrieved_rows` are the article rows before filters and visibility, `visible_rows` those
    left after. `vectors` are the query's, by language; None when the model is missing or late: candidates then come
    from keywords alone. `weighed` is what speaks for each of the rows' passages.
    """

    rows: Rows
    evidence: Evidence
    passages: Mapping[int, int]
    degraded: Degraded | None
    retriever_results: Mapping[str, Sequence[int]]
    parsed_query: ParsedQuery
    code_boost: Floats
    pinned_key: str | None
    unmatched: tuple[str, ...]
    expansions: tuple[Expansion, ...]
    is_prefix: bool
    vectors: Mapping[str, Vectors] | None
    retrieved_rows: tuple[int, ...]
    visible_rows: frozenset[int]
    weighed: WeighedPassages

    @property
    def has_vectors(self) -> bool:
        return self.vectors is not None


@dataclass(frozen=True)
class Ranking:
    """Candidates ranked, with the confidence in the ranking.

    `matrix` holds fuse.features, `scores` their weighted sum, `order` candidate numbers, best first, `signals`
    confidence.signals, `first_signals` those of first_place. `probability` that the answer is among the five shown, and
    `first_probability` that the first is right, are None without a calibration.
    """

    candidates: CandidateSet
    matrix: Floats
    scores: Floats
    order: Rows
    signals: Floats
    calibration: Calibration | None
    probability: float | None
    first_signals: Floats
    first_probability: float | None
