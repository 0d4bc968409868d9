"""Explains a ranking: each retriever's candidates, the contribution of every feature, and the confidence signals.

It reads the ranking that search itself produces.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from index.analysis import family, words
from index.models import SearchQuery, SearchResult, Verdict
from index.presentation import why_first_passage
from index.query.asked_quantity import Quantity
from index.query.danger_sentences import sentences
from index.query.language import detect
from index.query.normalize import normalize
from index.ranking import confidence, few_words, first_place, fuse
from index.ranking.candidates import Ranking
from index.ranking.evidence import PassageEvidence, passages_of
from index.ranking.first_names import FIRST_SIGNALS
from index.ranking.retrievers import query_tokens, terms_of
from index.search import Search
from index.shown_passage import ChosenBy
from index.site_names import without_site_names
from index.storage.generation import Generation
from kb.models import ArticleRef

# How many candidates are explained, besides the expected one.
MAX_CANDIDATES = 5


@dataclass(frozen=True)
class Token:
    """One query token of a language family, with its document frequency (`articles`) and inverse document frequency."""

    text: str
    articles: int
    idf: float


@dataclass(frozen=True)
class Part:
    """`contribution` is value times weight: what one feature adds to a score, or one signal to the log-odds."""

    name: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True)
class Candidate:
    """One ranked article. `place` counts from 1; `ranks` is its rank in each retriever's results, None where it was not
    retrieved. `score` is the sum of the contributions, the log of the author's `boost`, and `code_boost`.
    `missing` are the query's words that it does not contain; `shown` is its (or its shown translation's) place on the
    results page, or None."""

    place: int
    ref: ArticleRef
    title: str
    score: float
    boost: float
    code_boost: float
    ranks: dict[str, int | None]
    parts: tuple[Part, ...]
    missing: tuple[str, ...]
    heading: str
    anchor: str
    passage: str
    shown: int | None


class MissReason(StrEnum):
    """Why an expected article is no candidate: it is not indexed, no retriever returned it, or it was filtered out (not
    visible today, without a required phrase, or with an excluded word)."""

    NOT_INDEXED = "not_indexed"
    NO_LEG = "no_leg"
    LEFT_OUT = "left_out"


@dataclass(frozen=True)
class ExpectedArticle:
    """The expected article. One of `absence` and `candidate` is None.

    `behind` is its difference to the first, feature by feature, the greatest deficit first.
    """

    ref: ArticleRef
    absence: MissReason | None
    candidate: Candidate | None
    behind: tuple[tuple[str, float], ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownUrgent:
    """The urgent message above the result: its `kind`, the author's phrase or example that the `sentence` of the
    question matched (`why`), and its article, '' without one; `article_first` says that this took the first place.
    `verdict` is the one without the message."""

    kind: str
    lang: str
    title: str
    why: str
    sentence: str
    article: str
    article_first: bool
    verdict: Verdict


@dataclass(frozen=True)
class ExplainedPassage:
    """A passage of the first article, with what speaks for it there (index/ranking/evidence.py); `shown`: on the page.
    `meaning` is of the whole passage, `piece` of its nearest piece, `coverage` the share of the question's words."""

    heading: str
    anchor: str
    text: str
    score: float
    meaning: float
    piece: float
    coverage: float
    words: float
    shown: bool


@dataclass(frozen=True)
class Explanation:
    """`result` is what the visitor gets. `asked` is the query as searched: without its operators, and corrected if the
    correction was used. `tokens` by language family; `retrievers` are each retriever's articles, best first. Without an
    index, or words to search for, there is only the result. `bias` and the thresholds are None without calibration.
    `signals` lead to the result's `confidence` (the answer is among five), `first_signals` to its `first_confidence`.
    `urgent` is None where no urgent message is shown. `is_guessed`: all that was asked are words taken for others by a
    guess; `is_mostly_unknown`: most of it stands in none of few articles. `passages` are those of the first article,
    and `chosen_by` says why one of them is shown. `embedded` is what meaning is compared by:
    without the names that nearly every article has. `missing_quantity`: the question asks how long, how much or how
    large, and nothing in the first article says so.
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
    retrievers: dict[str, tuple[ArticleRef, ...]]
    candidates: tuple[Candidate, ...]
    weighed: int
    signals: tuple[Part, ...]
    bias: float | None
    suggest_from: float | None
    answer_from: float | None
    expected: ExpectedArticle | None
    first_signals: tuple[Part, ...] = ()
    first_bias: float | None = None
    first_answer_from: float | None = None
    urgent: ShownUrgent | None = None
    is_guessed: bool = False
    is_mostly_unknown: bool = False
    passages: tuple[ExplainedPassage, ...] = ()
    chosen_by: ChosenBy | None = None
    embedded: str = ""
    missing_quantity: Quantity | None = None


def explain(
    search: Search, generation: Generation | None, query: SearchQuery, expected: ArticleRef | None = None
) -> Explanation:
    """Explain how `search` answers a query from `generation`, and where the expected article ranks."""
    result = search.search(query)
    urgent = _urgent(search, query, result)
    text = normalize(query.text)
    if generation is None or not any(words(text)):
        absent = ExpectedArticle(expected, MissReason.NOT_INDEXED, None) if expected else None
        return Explanation(
            query.text, text, query.lang, result, {}, (), (), (), (), None, {}, (), 0, (), None, None, None, absent,
            urgent=urgent,
        )  # fmt: skip
    lang = detect(text, query.lang, generation.lexicons)
    if result.corrected and result.did_you_mean:
        text = result.did_you_mean
    ranking = search.rank(generation, text, lang, query)
    candidates, calibration = ranking.candidates, ranking.calibration
    explainer = _Explainer(generation, lang, ranking, result)
    passages, chosen_by = explainer.passages(query)
    weights = calibration.weights if calibration else {}
    first_weights = calibration.first.weights if calibration and calibration.first else {}
    return Explanation(
        query=query.text,
        asked=candidates.parsed_query.text,
        reader=query.lang,
        result=result,
        tokens={name: explainer.tokens(name) for name in generation.manifest.families},
        synonyms=tuple(word for expansion in candidates.expansions for word in expansion.means),
        phrases=candidates.parsed_query.phrases,
        excluded=candidates.parsed_query.excluded,
        codes=tuple(code.typed for code in candidates.parsed_query.codes),
        pinned=candidates.pinned_key,
        retrievers={
            name: tuple(generation.articles[r].ref for r in rows) for name, rows in candidates.retriever_results.items()
        },
        candidates=tuple(explainer.candidate(place) for place in range(1, min(MAX_CANDIDATES, len(ranking.order)) + 1)),
        weighed=len(ranking.order),
        signals=_parts(confidence.SIGNALS, ranking.signals, [weights.get(n, 0.0) for n in confidence.SIGNALS]),
        bias=calibration.bias if calibration else None,
        suggest_from=calibration.suggest_from if calibration else None,
        answer_from=calibration.answer_from if calibration else None,
        expected=explainer.expected(expected) if expected else None,
        first_signals=_parts(FIRST_SIGNALS, ranking.first_signals, [first_weights.get(n, 0.0) for n in FIRST_SIGNALS]),
        first_bias=calibration.first.bias if calibration and calibration.first else None,
        first_answer_from=calibration.first.answer_from if calibration and calibration.first else None,
        urgent=urgent,
        is_guessed=few_words.is_guessed(generation, candidates.parsed_query.text, lang, candidates.expansions),
        is_mostly_unknown=first_place.is_mostly_unknown(generation, ranking.first_signals),
        passages=passages,
        chosen_by=chosen_by,
        embedded=without_site_names(generation, candidates.parsed_query.text, lang),
        missing_quantity=first_place.missing_quantity(generation, row_of_first, candidates.parsed_query.text)
        if (row_of_first := next((int(candidates.rows[i]) for i in ranking.order), None)) is not None
        else None,
    )


def _urgent(search: Search, query: SearchQuery, result: SearchResult) -> ShownUrgent | None:
    found = result.urgent
    if found is None:
        return None
    calm = search.search(replace(query, looks_for_danger=False))
    written = sentences(query.text)
    sentence = written[found.sentence] if found.sentence < len(written) else query.text
    first = bool(result.hits) and result.hits[0].ref == found.article
    return ShownUrgent(
        kind=found.name,
        lang=found.lang,
        title=found.title,
        why=found.why,
        sentence=sentence,
        article=f"{found.article.lang}/{found.article.slug}" if found.article else "",
        article_first=first and not (calm.hits and calm.hits[0].ref == found.article),
        verdict=calm.verdict,
    )


class _Explainer:
    def __init__(self, generation: Generation, lang: str, ranking: Ranking, result: SearchResult) -> None:
        self._generation = generation
        self._text = ranking.candidates.parsed_query.text
        self._lang = lang
        self._ranking = ranking
        self._shown = {hit.ref: (place, hit) for place, hit in enumerate(result.hits, 1)}
        self._is_keyword_only = result.degraded is not None

    def tokens(self, name: str) -> tuple[Token, ...]:
        level = self._generation.lexicons[name].articles
        explained = []
        for text in query_tokens(self._generation, name, self._text, self._lang):
            terms = level.terms(self._generation.lexicons[name].lookup([text]))
            document_frequency = int(level.frequency[terms.ids].sum())
            explained.append(Token(text, document_frequency, round(terms.mass, 3)))
        return tuple(explained)

    def candidate(self, place: int) -> Candidate:
        candidates, number = self._ranking.candidates, int(self._ranking.order[place - 1])
        row = int(candidates.rows[number])
        article = self._generation.articles[row]
        shown, hit = self._shown.get(article.ref, (None, None))
        # On the page it is that of the section that the question names, or has the steps that it asks for.
        passage = self._generation.passages[int(candidates.passages[row])]
        heading, anchor, text = (
            (passage.heading, passage.anchor, passage.text) if hit is None else (hit.heading, hit.anchor, hit.passage)
        )
        return Candidate(
            place=place,
            ref=article.ref,
            title=article.title,
            score=round(float(self._ranking.scores[number]), 4),
            boost=article.boost,
            code_boost=round(float(candidates.code_boost[number]), 4) if len(candidates.code_boost) else 0.0,
            ranks={name: _place(rows, row) for name, rows in candidates.retriever_results.items()},
            parts=self._features(number),
            missing=self._missing(row),
            heading=heading,
            anchor=anchor,
            passage=text,
            shown=shown,
        )

    def passages(self, query: SearchQuery) -> tuple[tuple[ExplainedPassage, ...], ChosenBy | None]:
        """Those of the first article of the page that was found by its own score, and why one of them is shown."""
        found = why_first_passage(self._generation, self._ranking, self._lang, query)
        if found is None:
            return (), None
        row, shown, by = found
        candidates = self._ranking.candidates
        terms = terms_of(self._generation, self._text, self._lang, candidates.expansions)
        vectors = None if candidates.vectors is None else dict(candidates.vectors)
        weighed = passages_of(self._generation, row, terms, vectors)
        self._generation.prepare_shown([one.passage for one in weighed])
        return tuple(self._passage(one, one.passage == shown) for one in weighed), by

    def _passage(self, one: PassageEvidence, shown: bool) -> ExplainedPassage:
        passage = self._generation.passages[one.passage]
        return ExplainedPassage(
            passage.heading, passage.anchor, passage.text, round(one.score, 4), round(one.cosine, 4),
            round(one.window, 4), round(one.coverage, 4), round(one.keyword, 4), shown,
        )  # fmt: skip

    def _features(self, number: int) -> tuple[Part, ...]:
        if self._is_keyword_only:  # fuse.keyword_only uses no weights
            return ()
        weights = fuse.weights()
        return _parts(fuse.FEATURES, self._ranking.matrix[number], [weights.get(n, 0.0) for n in fuse.FEATURES])

    def _missing(self, row: int) -> tuple[str, ...]:
        """The query's tokens that an article does not contain, under its language family's analyzer."""
        name = str(self._generation.article_family[row])
        if name != family(self._lang):
            return ()
        lexicon = self._generation.lexicons[name]
        place = self._generation.row_in_family[[row]]
        return tuple(
            text for text in query_tokens(self._generation, name, self._text, self._lang)
            if lexicon.articles.scores(place, lexicon.articles.terms(lexicon.lookup([text])))[1][0] == 0
        )  # fmt: skip

    def expected(self, ref: ArticleRef) -> ExpectedArticle:
        row = self._generation.row_of.get(ref)
        if row is None:
            return ExpectedArticle(ref, MissReason.NOT_INDEXED, None)
        rows = self._ranking.candidates.rows[self._ranking.order]
        places = np.flatnonzero(rows == row)
        if not len(places):
            was_retrieved = any(row in result for result in self._ranking.candidates.retriever_results.values())
            absence = MissReason.LEFT_OUT if was_retrieved else MissReason.NO_LEG
            return ExpectedArticle(ref, absence, None, missing=self._missing(row))
        own = self.candidate(int(places[0]) + 1)
        first = self.candidate(1)
        deficits = {b.name: b.contribution - a.contribution for a, b in zip(first.parts, own.parts, strict=True)}
        deficits["boost"] = float(np.log(max(own.boost, 1e-3)) - np.log(max(first.boost, 1e-3)))
        behind = sorted(((n, round(v, 4)) for n, v in deficits.items() if abs(v) > 1e-4), key=lambda pair: pair[1])
        return ExpectedArticle(ref, None, own, tuple(behind), own.missing)


def _parts(names: Sequence[str], values: fuse.Floats, weights: Sequence[float]) -> tuple[Part, ...]:
    return tuple(
        Part(name, round(float(v), 4), round(float(w), 4), round(float(v) * float(w), 4))
        for name, v, w in zip(names, values, weights, strict=True)
    )


def _place(rows: Sequence[int], row: int) -> int | None:
    return rows.index(row) + 1 if row in rows else None
