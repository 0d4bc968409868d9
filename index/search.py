"""The search pipeline, one step a line. It never raises for what a customer typed; the result says what failed."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.languages import fallbacks, is_chinese
from index.analysis import family, in_script, spans, tokens, words
from index.deadline import Deadline
from index.models import ArticleHit, Degraded, SearchQuery, SearchResult, Verdict
from index.parts.language_centering import centred
from index.protocols import Embedder, Vectors
from index.query import synonyms
from index.query.autocomplete import unfinished
from index.query.hints import LiveHints
from index.query.language import detect
from index.query.normalize import normalize
from index.query.parser import ParsedQuery, parse
from index.query.pinned_answers import pinned
from index.query.spelling import correct
from index.query.synonyms import Expansion
from index.ranking import confidence, fuse, phrase_match
from index.ranking.confidence import Calibration
from index.ranking.evidence import Rows, evidence_for, shared
from index.ranking.fuse import Evidence, Floats
from index.ranking.related import nearest, nearest_passage
from index.ranking.retrievers import RETRIEVER_DEPTH, dense_legs, keyword_legs, spokesmen, terms_of, translations
from index.result_cache import CachedResult, ResultCache
from index.storage.generation import Generation, IndexedArticle
from index.storage.live import LiveIndex
from kb.hints import Hints
from kb.models import ArticleRef

log = logging.getLogger("signpost.search")

Visible = Callable[[Iterable[ArticleRef]], set[ArticleRef]]
_Seen = tuple[tuple[int, ...], frozenset[int]]

# With a filter, more is fetched, as most of it will be dropped.
_FILTERED = 4
_CACHED_QUERIES = 2048
# Of the languages a reader did not ask for, the one most can make something of.
_LINGUA_FRANCA = "en"


@dataclass(frozen=True)
class CandidateSet:
    """Candidates of one question, before anything is decided: article rows, and their evidence.

    `passages` has the best passage of each, and of its translations that may be shown in its stead. `legs` holds what
    each leg proposed, article rows best first: `keyword:<family>`, `passages` and `titles`. `lift` is what holding the
    question's codes adds to a score; `pinned` the key of the article an author pinned to it; `unmatched` its phrases
    and codes that no article holds; `added` what authors' synonyms add, and what its last word may become if it is
    only `begun`. `considered` are the article rows that were candidates before filters, `shown` those of them that may
    be shown. `by_meaning` is False where the model is missing or late, and words are all there is.
    """

    rows: Rows
    evidence: Evidence
    passages: Mapping[int, int]
    degraded: Degraded | None
    legs: Mapping[str, Sequence[int]]
    asked: ParsedQuery
    lift: Floats
    pinned: str | None
    unmatched: tuple[str, ...]
    added: tuple[Expansion, ...]
    begun: bool
    by_meaning: bool
    considered: tuple[int, ...]
    shown: frozenset[int]


@dataclass(frozen=True)
class Ranking:
    """Candidates in their order, and how sure it is: what a search answers from.

    `matrix` holds fuse.features, `scores` their sum, `order` candidate numbers, best first. `probability` is None
    without a calibration.
    """

    found: CandidateSet
    matrix: Floats
    scores: Floats
    order: Rows
    signals: Floats
    calibration: Calibration | None
    probability: float | None


class Search:
    """Hybrid search over the serving generation.

    `embedder` is an Embedder, or a function that returns one or raises (then keywords alone answer). `visible` is asked
    which articles may be shown: the store, not the index, is the authority. `hints` are authors' synonyms and pins.
    """

    def __init__(
        self,
        live: LiveIndex,
        embedder: Embedder | Callable[[], Embedder] | None,
        visible: Visible,
        budget_ms: int = 400,
        calibration_file: Path | None = None,
        hints: LiveHints | None = None,
    ) -> None:
        self._live = live
        self._embedder = embedder
        self._visible = visible
        self._deadline = Deadline(budget_ms)
        self._calibration_file = calibration_file
        self._hints = hints
        self._vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self._recent = ResultCache()

    def search(self, query: SearchQuery) -> SearchResult:
        """Answer a question. See SearchResult for what `confidence` and `degraded` mean."""
        began = time.perf_counter()
        text = normalize(query.text)
        lang = detect(text, query.lang)
        generation = self._live.current()
        if generation is None:
            return SearchResult(text, lang, Verdict.ASK_HUMAN, 0.0, (), Degraded.NO_INDEX, _ms(began))
        if not any(words(text)):
            return SearchResult(text, lang, Verdict.ASK_HUMAN, 0.0, (), None, _ms(began))
        # The question as typed is part of the key through `text` alone: spaces and letter forms make no other question.
        key = (generation.folder, lang, replace(query, text=text))
        said, calibration = self._said(), self._calibration(generation)
        given = self._recent.get(key)
        if given and given.hints is said and given.calibration is calibration and self._holds(generation, query, given):
            return replace(given.result, took_ms=_ms(began))
        result, seen, whole = self._corrected(generation, text, lang, query, began)
        if whole:
            self._recent.keep(key, CachedResult(result, said, calibration, seen))
        return replace(result, took_ms=_ms(began))

    def _holds(self, generation: Generation, query: SearchQuery, given: CachedResult) -> bool:
        """Whether the same articles may be shown as when an answer was given."""
        return all(self._shown(generation, rows, query) == shown for rows, shown in given.seen)

    def _corrected(
        self, generation: Generation, text: str, lang: str, query: SearchQuery, began: float
    ) -> tuple[SearchResult, tuple[_Seen, ...], bool]:
        """What is found for a text, or for what was meant by it if that finds more; what that rests on; and whether
        with more time, or a model, it would have been the same."""
        result, seen = self._answered(generation, text, lang, query, began)
        meant = None if query.as_typed else self._meant(generation, text, lang)
        whole = result.degraded is None
        if meant is None:
            return result, (seen,), whole
        if result.verdict is Verdict.ANSWER:
            return replace(result, did_you_mean=meant), (seen,), whole
        if not self._deadline.allows_another(began):
            return replace(result, did_you_mean=meant), (seen,), False
        other, seen_too = self._answered(generation, meant, lang, query, began)
        whole = whole and other.degraded is None
        if _is_better(other, result):
            result = replace(other, query=text, corrected=True)
        return replace(result, did_you_mean=meant), (seen, seen_too), whole

    def _meant(self, generation: Generation, text: str, lang: str) -> str | None:
        """The question with its misspelt words put right, None when there are none."""
        return correct(text, lang, generation.vocabularies, generation.lexicons, self._said().words)

    def _calibration(self, generation: Generation) -> Calibration | None:
        return confidence.calibration_for(generation.manifest.fingerprint, self._calibration_file)

    def _said(self) -> Hints:
        """Authors' synonyms and pins, as they are now."""
        return self._hints.current() if self._hints else _NO_HINTS

    def _answered(
        self, generation: Generation, text: str, lang: str, query: SearchQuery, began: float
    ) -> tuple[SearchResult, _Seen]:
        """What is found for a text as it stands, and what that rests on."""
        ranking = self.ranked(generation, text, lang, query, began)
        found = ranking.found
        hits = self._hits(generation, found, ranking.scores, ranking.order, lang, query)
        said = confidence.verdict(
            ranking.probability, ranking.calibration, len(hits), degraded=found.degraded is not None
        )
        if hits and hits[0].pinned:
            said = Verdict.ANSWER
        result = SearchResult(
            text, lang, said, ranking.probability, hits, found.degraded, _ms(began), unmatched=found.unmatched
        )
        return result, (found.considered, found.shown)

    def ranked(
        self, generation: Generation, text: str, lang: str, query: SearchQuery, began: float | None = None
    ) -> Ranking:
        """The candidates of a normalized question, ordered, with the probability that the answer is shown."""
        found = self.candidates(generation, text, lang, query, began)
        matrix = fuse.features(found.evidence)
        boost = np.array([generation.articles[r].boost for r in found.rows], np.float32)
        scores = fuse.score(matrix, boost) if found.by_meaning else fuse.keyword_only(found.evidence, boost)
        scores = _lifted(generation, found, scores)
        order = np.argsort(-scores, kind="stable")
        calibration = self._calibration(generation)
        signals = confidence.signals(found.evidence, scores, order, confidence.length(found.asked.text))
        probability = confidence.confidence(signals, calibration)
        if not found.by_meaning and probability is not None:
            probability *= _KEYWORD_CONFIDENCE
        probability = phrase_match.tempered(
            probability, calibration, found.asked, found.unmatched, bool(found.lift.any())
        )
        if found.begun and probability is not None and calibration is not None:
            # Half a word is no question yet, so nothing answers it outright.
            probability = min(probability, calibration.answer_from - _LESS)
        if found.pinned is not None:
            probability = 1.0
        return Ranking(found, matrix, scores, order, signals, calibration, probability)

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        """Visible other articles in an article's language, the nearest first; empty when it is not indexed."""
        generation = self._live.current()
        row = generation.row_of.get(ref) if generation else None
        if generation is None or row is None:
            return ()
        found = nearest(generation, row)
        chosen = self._shown(generation, [other for other, _ in found])
        return tuple(
            self._hit(generation, other, nearest_passage(generation, other, row), likeness, frozenset())
            for other, likeness in found
            if other in chosen
        )[:limit]

    def candidates(
        self, generation: Generation, text: str, lang: str, query: SearchQuery, began: float | None = None
    ) -> CandidateSet:
        """Every leg's best articles that may be shown, with the evidence for each. Legs that are late are left out."""
        began = began or time.perf_counter()
        asked, hints = parse(text), self._said()
        depth = RETRIEVER_DEPTH * (_FILTERED if query.category or query.audience or query.language else 1)
        begun = unfinished(asked.text, lang, generation.vocabularies, generation.lexicons)
        more = (*synonyms.added(asked.text, lang, hints), *begun)
        terms = terms_of(generation, asked.text, lang, more)
        start = self._deadline.start
        asking = start(began, self._query_vectors, generation, synonyms.spoken(asked.text, more), lang)
        reading = start(began, keyword_legs, generation, asked.text, lang, depth, more)
        vectors, degraded = asking.result() or (None, Degraded.DEADLINE)
        near = start(began, dense_legs, generation, vectors, depth).result() if vectors is not None else {}
        named = reading.result()
        if near is None or named is None:
            degraded = Degraded.DEADLINE
        legs = (named or {}) | (near or {})
        held = phrase_match.mentions(generation, asked, lang)
        pin = generation.row_of.get(pinned(asked.text, lang, query.lang or lang, hints) or _NOBODY)
        rows = {row for leg in legs.values() for row in leg} | held.rows | ({pin} if pin is not None else set())
        rows |= translations(generation, rows, (*fallbacks(query.lang or lang), lang, _LINGUA_FRANCA))
        considered = tuple(sorted(rows))
        allowed = self._shown(generation, considered, query)
        shown = phrase_match.without(generation, sorted(allowed), asked.excluded, lang)
        kept, unmatched = held.narrowed(shown)
        evidence, best = evidence_for(generation, np.array(kept, np.int64), terms, vectors, lang, text)
        passages = dict(zip(kept, best.tolist(), strict=True))
        voices = spokesmen(generation, kept, (*fallbacks(lang), *fallbacks(query.lang or lang), _LINGUA_FRANCA))
        key = generation.articles[pin].key if pin is not None else None
        key = key if key in {generation.articles[r].key for r in kept} else None
        return CandidateSet(
            np.array(kept, np.int64)[voices],
            shared(generation, kept, evidence, voices),
            passages,
            degraded,
            legs,
            asked,
            held.lift(kept)[voices],
            key,
            unmatched,
            more,
            bool(begun),
            vectors is not None,
            considered,
            allowed,
        )

    def _query_vectors(
        self, generation: Generation, text: str, lang: str
    ) -> tuple[dict[str, Vectors] | None, Degraded | None]:
        """The question's vector for each language of the collection; None, and why, without a model."""
        try:
            embedder = self._embedder() if callable(self._embedder) else self._embedder
            if embedder is None:
                return None, Degraded.KEYWORD_ONLY
            if embedder.fingerprint != generation.manifest.fingerprint:
                log.error("the index was built by %s, the model is %s: keyword results only",
                          generation.manifest.fingerprint, embedder.fingerprint)  # fmt: skip
                return None, Degraded.KEYWORD_ONLY
            plain = self._encoded(embedder, text)
            mean = generation.means.query
            vectors = {"": centred(plain, mean(lang))}
            if is_chinese(lang):
                # The model reads one script better than across scripts, so each script is asked in its own.
                for tag in ("zh-Hant", "zh-Hans"):
                    if tag in generation.manifest.languages:
                        vectors[tag] = centred(self._encoded(embedder, in_script(text, tag)), mean(tag))
            return vectors, None
        except Exception as error:  # a missing or broken model must never cost the customer the results
            # Its own words are left out: they might quote the question.
            log.warning("search without vectors: %s", type(error).__name__)
            return None, Degraded.KEYWORD_ONLY

    def _encoded(self, embedder: Embedder, text: str) -> Vectors:
        key = (embedder.fingerprint, text)
        with self._lock:
            if key in self._vectors:
                self._vectors.move_to_end(key)
                return self._vectors[key]
        vector: Vectors = embedder.encode_queries([text])[0]
        with self._lock:
            self._vectors[key] = vector
            while len(self._vectors) > _CACHED_QUERIES:
                self._vectors.popitem(last=False)
        return vector

    def _shown(self, generation: Generation, rows: Sequence[int], query: SearchQuery | None = None) -> frozenset[int]:
        """Which article rows pass the filters and may be seen, as the store says now."""
        kept = [r for r in rows if query is None or _passes(generation.articles[r], query)]
        allowed = self._visible([generation.articles[r].ref for r in kept])
        return frozenset(r for r in kept if generation.articles[r].ref in allowed)

    def _hits(
        self, generation: Generation, found: CandidateSet, scores: Floats, order: Rows, lang: str, query: SearchQuery
    ) -> tuple[ArticleHit, ...]:
        """The best articles, each in the reader's language where it exists; translations of one article are one hit."""
        preferred = (*fallbacks(query.lang or lang), lang, _LINGUA_FRANCA)
        hits: list[ArticleHit] = []
        seen: set[str] = set()
        wanted: dict[str, frozenset[str]] = {}
        for i in order:
            row = int(found.rows[i])
            article = generation.articles[row]
            if article.key in seen:
                continue
            seen.add(article.key)
            family_of = [r for r in generation.rows_by_key[article.key] if r in found.passages]
            shown = min(
                family_of,
                key=lambda r: (
                    preferred.index(generation.articles[r].lang)
                    if generation.articles[r].lang in preferred
                    else len(preferred) + (r != row)
                ),
            )
            tag = generation.articles[shown].lang
            if tag not in wanted:
                wanted[tag] = _marked(found, tag, lang)
            hit = self._hit(generation, shown, found.passages[shown], float(scores[i]), wanted[tag])
            hits.append(replace(hit, pinned=article.key == found.pinned))
            if len(hits) >= query.limit:
                break
        return tuple(hits)

    def _hit(self, generation: Generation, row: int, passage: int, score: float, wanted: frozenset[str]) -> ArticleHit:
        article, best = generation.articles[row], generation.passages[passage]
        return ArticleHit(
            article.ref, article.key, article.title, article.category, best.anchor, best.heading, best.text,
            tuple(spans(best.text, article.lang, wanted)) if wanted else (), score,
        )  # fmt: skip


# Keywords alone know less: what they find is believed by this much.
_KEYWORD_CONFIDENCE = 0.5
# So much surer must a corrected question be, that it is answered instead of the one typed.
_WORTH_CORRECTING = 0.05
_LESS = 0.001
_NO_HINTS = Hints()
# An article no collection has.
_NOBODY = ArticleRef("", "")


def _passes(article: IndexedArticle, query: SearchQuery) -> bool:
    return (
        (query.category is None or article.category == query.category)
        and (query.audience is None or article.audience in (query.audience, "everyone"))
        and (query.language is None or article.lang == query.language)
    )


def _lifted(generation: Generation, found: CandidateSet, scores: Floats) -> Floats:
    """Scores with what holding the codes adds; above all of them, those of the pinned article."""
    if found.lift.any():
        scores = scores + found.lift
    if found.pinned is not None:
        own = np.array([generation.articles[r].key == found.pinned for r in found.rows])
        scores = np.where(own, scores.max() + 1, scores)
    return np.asarray(scores, np.float32)


def _marked(found: CandidateSet, tag: str, lang: str) -> frozenset[str]:
    """The tokens that are highlighted in texts of a language."""
    # The E of E-99 is no reason to mark E-17.
    own = frozenset(t for t in tokens(found.asked.text, tag, query=True) if len(t) > 1 or not t.isascii())
    if found.added and family(tag) == family(lang):
        return own | frozenset(synonyms.means_tokens(found.added, lang))
    return own


def _is_better(other: SearchResult, typed: SearchResult) -> bool:
    """Whether what was meant finds more than what was typed. Keywords alone find nothing at all for a misspelt word."""
    if not other.hits or (other.degraded is not None and typed.degraded is None):
        return False
    if typed.degraded is not None or not typed.hits:
        return True
    return (other.confidence or 0.0) > (typed.confidence or 0.0) + _WORTH_CORRECTING


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
