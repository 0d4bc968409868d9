"""Why a question finds what it finds: what each leg proposed, what every feature was worth, how sure the order is.

Nothing is computed here a second time: it is the ranking that search answers from, taken apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from index.analysis import family, words
from index.models import SearchQuery, SearchResult
from index.query.language import detect
from index.query.normalize import normalize
from index.ranking import confidence, fuse
from index.ranking.retrievers import query_tokens
from index.search import Ranking, Search
from index.storage.generation import Generation
from kb.models import ArticleRef

# How many candidates are told about, beside the one that was expected.
TOLD = 5


@dataclass(frozen=True)
class Token:
    """One of the question's words as a language family writes it: how many articles hold it, and its weight there."""

    text: str
    articles: int
    idf: float


@dataclass(frozen=True)
class Part:
    """`contribution` is value times weight: what one feature adds to a score, or one signal to the odds."""

    name: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True)
class Candidate:
    """One article that was weighed. `place` counts from 1; `legs` says at which place each leg proposed it, None where
    it did not. `score` is the sum of the contributions, the logarithm of the author's `boost`, and `lift`, what holding
    the question's codes adds. `missing` are the question's words that it does not hold; `shown` is the place
    on the results page of it or the translation shown for it, or None."""

    place: int
    ref: ArticleRef
    title: str
    score: float
    boost: float
    lift: float
    legs: dict[str, int | None]
    parts: tuple[Part, ...]
    missing: tuple[str, ...]
    heading: str
    anchor: str
    passage: str
    shown: int | None


class MissReason(StrEnum):
    """Why an expected article was not weighed at all: search does not have it, nothing proposed it, or it was proposed
    and left out (hidden from readers today, without a quoted phrase, or with an excluded word)."""

    NOT_INDEXED = "not_indexed"
    NO_LEG = "no_leg"
    LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Expected:
    """The article somebody expected. One of `absence` and `candidate` is None.

    `behind` is what it lacks to the first, feature by feature, the greatest lack first.
    """

    ref: ArticleRef
    absence: MissReason | None
    candidate: Candidate | None
    behind: tuple[tuple[str, float], ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """`result` is what the visitor gets. `asked` is what was looked for: the question without its operators, or the
    corrected one if that is what was answered. `tokens` by language family; `legs` article by article, best first.
    Without an index, or words to look for, there is only the result. `bias` and the thresholds are None without
    calibration.
    """

    query: str
    asked: str
    reader: str | None
    result: SearchResult
    tokens: dict[str, tuple[Token, ...]]
    synonyms: tuple[str, ...]
    phrases: tuple[str, ...]
    excluded: tuple[str, ...]
    codes: tuple[str, ...]
    pinned: str | None
    legs: dict[str, tuple[ArticleRef, ...]]
    candidates: tuple[Candidate, ...]
    weighed: int
    signals: tuple[Part, ...]
    bias: float | None
    suggest_from: float | None
    answer_from: float | None
    expected: Expected | None


def explain(
    search: Search, generation: Generation | None, query: SearchQuery, expected: ArticleRef | None = None
) -> Explanation:
    """How `search` answers a question from `generation`, and what became of the article somebody expected."""
    result = search.search(query)
    text = normalize(query.text)
    if generation is None or not any(words(text)):
        absent = Expected(expected, MissReason.NOT_INDEXED, None) if expected else None
        return Explanation(
            query.text, text, query.lang, result, {}, (), (), (), (), None, {}, (), 0, (), None, None, None, absent
        )
    lang = detect(text, query.lang)
    if result.corrected and result.did_you_mean:
        text = result.did_you_mean
    ranking = search.ranked(generation, text, lang, query)
    found, calibration = ranking.found, ranking.calibration
    telling = _Explainer(generation, lang, ranking, result)
    weights = calibration.weights if calibration else {}
    return Explanation(
        query=query.text,
        asked=found.asked.text,
        reader=query.lang,
        result=result,
        tokens={name: telling.tokens(name) for name in generation.manifest.families},
        synonyms=tuple(word for added in found.added for word in added.means),
        phrases=found.asked.phrases,
        excluded=found.asked.excluded,
        codes=tuple(code.typed for code in found.asked.codes),
        pinned=found.pinned,
        legs={name: tuple(generation.articles[r].ref for r in rows) for name, rows in found.legs.items()},
        candidates=tuple(telling.candidate(place) for place in range(1, min(TOLD, len(ranking.order)) + 1)),
        weighed=len(ranking.order),
        signals=_parts(confidence.SIGNALS, ranking.signals, [weights.get(n, 0.0) for n in confidence.SIGNALS]),
        bias=calibration.bias if calibration else None,
        suggest_from=calibration.suggest_from if calibration else None,
        answer_from=calibration.answer_from if calibration else None,
        expected=telling.expected(expected) if expected else None,
    )


class _Explainer:
    def __init__(self, generation: Generation, lang: str, ranking: Ranking, result: SearchResult) -> None:
        self._generation = generation
        self._text = ranking.found.asked.text
        self._lang = lang
        self._ranking = ranking
        self._shown = {hit.ref: place for place, hit in enumerate(result.hits, 1)}
        self._keywords_only = result.degraded is not None

    def tokens(self, name: str) -> tuple[Token, ...]:
        level = self._generation.lexicons[name].articles
        found = []
        for text in query_tokens(self._generation, name, self._text, self._lang):
            terms = level.terms(self._generation.lexicons[name].lookup([text]))
            held = int(level.frequency[terms.ids].sum())
            found.append(Token(text, held, round(terms.mass, 3)))
        return tuple(found)

    def candidate(self, place: int) -> Candidate:
        found, number = self._ranking.found, int(self._ranking.order[place - 1])
        row = int(found.rows[number])
        article = self._generation.articles[row]
        passage = self._generation.passages[int(found.passages[int(found.rows[number])])]
        return Candidate(
            place=place,
            ref=article.ref,
            title=article.title,
            score=round(float(self._ranking.scores[number]), 4),
            boost=article.boost,
            lift=round(float(found.lift[number]), 4) if len(found.lift) else 0.0,
            legs={name: _place(rows, row) for name, rows in found.legs.items()},
            parts=self._features(number),
            missing=self._missing(row),
            heading=passage.heading,
            anchor=passage.anchor,
            passage=passage.text,
            shown=self._shown.get(article.ref),
        )

    def _features(self, number: int) -> tuple[Part, ...]:
        if self._keywords_only:  # fuse.keyword_only does without the weights
            return ()
        weights = fuse.weights()
        return _parts(fuse.FEATURES, self._ranking.matrix[number], [weights.get(n, 0.0) for n in fuse.FEATURES])

    def _missing(self, row: int) -> tuple[str, ...]:
        """The question's words an article does not hold, as its language family writes them."""
        name = str(self._generation.article_family[row])
        if name != family(self._lang):
            return ()
        lexicon = self._generation.lexicons[name]
        place = self._generation.row_in_family[[row]]
        return tuple(
            text for text in query_tokens(self._generation, name, self._text, self._lang)
            if lexicon.articles.scores(place, lexicon.articles.terms(lexicon.lookup([text])))[1][0] == 0
        )  # fmt: skip

    def expected(self, ref: ArticleRef) -> Expected:
        row = self._generation.row_of.get(ref)
        if row is None:
            return Expected(ref, MissReason.NOT_INDEXED, None)
        rows = self._ranking.found.rows[self._ranking.order]
        places = np.flatnonzero(rows == row)
        if not len(places):
            proposed = any(row in leg for leg in self._ranking.found.legs.values())
            absence = MissReason.LEFT_OUT if proposed else MissReason.NO_LEG
            return Expected(ref, absence, None, missing=self._missing(row))
        own = self.candidate(int(places[0]) + 1)
        first = self.candidate(1)
        lacks = {b.name: b.contribution - a.contribution for a, b in zip(first.parts, own.parts, strict=True)}
        lacks["boost"] = float(np.log(max(own.boost, 1e-3)) - np.log(max(first.boost, 1e-3)))
        behind = sorted(((n, round(v, 4)) for n, v in lacks.items() if abs(v) > 1e-4), key=lambda pair: pair[1])
        return Expected(ref, None, own, tuple(behind), own.missing)


def _parts(names: Sequence[str], values: fuse.Floats, weights: Sequence[float]) -> tuple[Part, ...]:
    return tuple(
        Part(name, round(float(v), 4), round(float(w), 4), round(float(v) * float(w), 4))
        for name, v, w in zip(names, values, weights, strict=True)
    )


def _place(rows: Sequence[int], row: int) -> int | None:
    return rows.index(row) + 1 if row in rows else None
