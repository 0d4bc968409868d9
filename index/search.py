"""The search pipeline, one step a line. It never raises for what a customer typed; the result says what failed."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import confidence, fuse
from index.analysis import in_script, spans, tokens, words
from index.centre import centred
from index.confidence import Calibration
from index.evidence import Rows, evidence_for
from index.fuse import Evidence, Floats
from index.generation import Generation
from index.language import detect
from index.lexicon import Terms
from index.live import LiveIndex
from index.normalize import normalize
from index.protocols import Embedder, Vectors
from index.types import ArticleHit, Degraded, SearchQuery, SearchResult, Verdict
from kb.languages import fallbacks, is_chinese
from kb.types import ArticleRef

log = logging.getLogger("signpost.search")

Visible = Callable[[Iterable[ArticleRef]], set[ArticleRef]]

# The best so many articles of each leg are candidates; they hold the answer for 98 to 100 % of questions.
LEG_DEPTH = 30
# Passages fetched to fill LEG_DEPTH articles: a few of each, since one article may hold many near ones.
_PASSAGE_DEPTH = 200
# With a filter, more is fetched, as most of it will be dropped.
_FILTERED = 4
_CACHED_QUERIES = 2048
_MAX_QUERY_TERMS = 60
# Of the languages a reader did not ask for, the one most can make something of.
_LINGUA_FRANCA = "en"
# As many questions as the server answers at once may be with the model; one that hangs blocks no other.
_MODEL_THREADS = 16


@dataclass(frozen=True)
class Found:
    """Candidates of one question, before anything is decided: article rows, their evidence, and their best passage.

    `legs` holds what each leg proposed, article rows best first: `keyword:<family>`, `passages` and `titles`.
    """

    rows: Rows
    evidence: Evidence
    best_passage: Rows
    degraded: Degraded | None
    legs: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Ranking:
    """Candidates in their order, and how sure it is: what a search answers from.

    `matrix` holds fuse.features, `scores` their sum, `order` candidate numbers, best first. `probability` is None
    without a calibration.
    """

    found: Found
    matrix: Floats
    scores: Floats
    order: Rows
    signals: Floats
    calibration: Calibration | None
    probability: float | None


class Search:
    """Hybrid search over the serving generation.

    `embedder` is an Embedder, or a function that returns one or raises (then keywords alone answer). `visible` is asked
    which articles may be shown: the store, not the index, is the authority.
    """

    def __init__(
        self,
        live: LiveIndex,
        embedder: Embedder | Callable[[], Embedder] | None,
        visible: Visible,
        budget_ms: int = 400,
        calibration_file: Path | None = None,
    ) -> None:
        self._live = live
        self._embedder = embedder
        self._visible = visible
        self._budget_ms = budget_ms
        self._calibration_file = calibration_file
        self._vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_MODEL_THREADS, thread_name_prefix="question")

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
        ranking = self.ranked(generation, text, lang, query, began)
        found, reader = ranking.found, query.lang or lang
        hits = self._hits(generation, found, ranking.scores, ranking.order, text, lang, reader, query.limit)
        said = confidence.verdict(
            ranking.probability, ranking.calibration, len(hits), degraded=found.degraded is not None
        )
        return SearchResult(text, lang, said, ranking.probability, hits, found.degraded, _ms(began))

    def ranked(
        self, generation: Generation, text: str, lang: str, query: SearchQuery, began: float | None = None
    ) -> Ranking:
        """The candidates of a normalized question, ordered, with the probability that the answer is shown."""
        found = self.candidates(generation, text, lang, query, began)
        matrix = fuse.features(found.evidence)
        boost = np.array([generation.articles[r].boost for r in found.rows], np.float32)
        keywords_only = found.degraded is not None
        scores = fuse.keyword_only(found.evidence, boost) if keywords_only else fuse.score(matrix, boost)
        order = np.argsort(-scores, kind="stable")
        calibration = confidence.calibration_for(generation.manifest.fingerprint, self._calibration_file)
        signals = confidence.signals(found.evidence, scores, order, confidence.length(text))
        probability = confidence.confidence(signals, calibration)
        if keywords_only and probability is not None:
            probability *= _KEYWORD_CONFIDENCE
        return Ranking(found, matrix, scores, order, signals, calibration, probability)

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        """Visible articles in the same language nearest to one, best first; empty when it is not indexed."""
        generation = self._live.current()
        row = generation.row_of.get(ref) if generation else None
        if generation is None or row is None:
            return ()
        first, last = generation.first_passage[row], generation.first_passage[row + 1]
        own = generation.passage_vectors[first:last].mean(axis=0, keepdims=True)
        scores, passages = generation.dense.search(own, _PASSAGE_DEPTH)
        best: dict[int, tuple[float, int]] = {}
        for score, passage in zip(scores[0], passages[0], strict=True):
            article = int(generation.passage_article[passage]) if passage >= 0 else row
            if article != row and generation.articles[article].lang == ref.lang and article not in best:
                best[article] = (float(score), int(passage))
        chosen = self._shown(generation, list(best))
        return tuple(self._hit(generation, a, best[a][1], best[a][0], frozenset()) for a in best if a in chosen)[:limit]

    def candidates(
        self, generation: Generation, text: str, lang: str, query: SearchQuery, began: float | None = None
    ) -> Found:
        """Every leg's best articles that may be shown, with the evidence for each."""
        began = began or time.perf_counter()
        depth = LEG_DEPTH * (_FILTERED if query.category or query.audience else 1)
        terms = self._terms(generation, text, lang)
        legs = self._keyword_leg(generation, text, lang, depth)
        vectors, degraded = self._vectors_in_time(generation, text, lang, began)
        if vectors is not None:
            legs |= _dense_leg(generation, vectors, depth)
        rows = {row for leg in legs.values() for row in leg}
        rows |= _translations(generation, rows, (*fallbacks(query.lang or lang), lang, _LINGUA_FRANCA))
        kept = sorted(self._shown(generation, sorted(rows), query.category, query.audience))
        evidence, best = evidence_for(generation, np.array(kept, np.int64), terms, vectors, lang)
        return Found(np.array(kept, np.int64), evidence, best, degraded, legs)

    def _vectors_in_time(
        self, generation: Generation, text: str, lang: str, began: float
    ) -> tuple[dict[str, Vectors] | None, Degraded | None]:
        """The question's vectors, or None and why: the model is the only step that may take long, so it is waited for
        no longer than the budget. What comes late is kept for the next time the same is asked."""
        asked = self._pool.submit(self._query_vectors, generation, text, lang)
        try:
            return asked.result(max(0.0, self._budget_ms - _ms(began)) / 1000)
        except TimeoutError:
            return None, Degraded.DEADLINE

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

    def _keyword_leg(self, generation: Generation, text: str, lang: str, depth: int) -> dict[str, list[int]]:
        """Articles that hold the question's words, for each family."""
        legs = {}
        for name in generation.manifest.families:
            wanted = query_tokens(generation, name, text, lang)
            found = generation.keyword[name].search(wanted, depth)
            legs[f"keyword:{name}"] = [int(generation.family_articles[name][row]) for row, _score in found]
        return legs

    def _terms(self, generation: Generation, text: str, lang: str) -> dict[str, tuple[Terms, Terms]]:
        terms = {}
        for name in generation.manifest.families:
            lexicon = generation.lexicons[name]
            ids = lexicon.lookup(query_tokens(generation, name, text, lang))
            terms[name] = (lexicon.articles.terms(ids), lexicon.passages.terms(ids))
        return terms

    def _shown(
        self, generation: Generation, rows: Sequence[int], category: str | None = None, audience: str | None = None
    ) -> set[int]:
        """Which article rows pass the filters and may be seen, as the store says now."""
        kept = [
            r for r in rows
            if (category is None or generation.articles[r].category == category)
            and (audience is None or generation.articles[r].audience in (audience, "everyone"))
        ]  # fmt: skip
        allowed = self._visible([generation.articles[r].ref for r in kept])
        return {r for r in kept if generation.articles[r].ref in allowed}

    def _hits(
        self, generation: Generation, found: Found, scores: Floats, order: Rows, text: str, lang: str, reader: str,
        limit: int,
    ) -> tuple[ArticleHit, ...]:  # fmt: skip
        """The best articles, each in the reader's language where it exists; translations of one article are one hit."""
        position = {int(row): i for i, row in enumerate(found.rows)}
        preferred = (*fallbacks(reader), lang, _LINGUA_FRANCA)
        hits: list[ArticleHit] = []
        seen: set[str] = set()
        wanted: dict[str, frozenset[str]] = {}
        for i in order:
            row = int(found.rows[i])
            article = generation.articles[row]
            if article.key in seen:
                continue
            seen.add(article.key)
            family_of = [r for r in generation.rows_by_key[article.key] if r in position]
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
                wanted[tag] = frozenset(tokens(text, tag, query=True))
            passage = int(found.best_passage[position[shown]])
            hits.append(self._hit(generation, shown, passage, float(scores[i]), wanted[tag]))
            if len(hits) >= limit:
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


def query_tokens(generation: Generation, name: str, text: str, lang: str) -> list[str]:
    """The question's distinct tokens as family `name` writes them; of a long one the rarest, which decide."""
    tag = lang if name == "und" else name
    found = list(dict.fromkeys(tokens(text, tag, query=True)))
    if len(found) <= _MAX_QUERY_TERMS:
        return found
    lexicon = generation.lexicons[name]
    frequency = {t: int(lexicon.articles.frequency[i]) for t in found if (i := lexicon.ids.get(t)) is not None}
    return sorted(frequency, key=lambda t: frequency[t])[:_MAX_QUERY_TERMS]


def _dense_leg(generation: Generation, vectors: dict[str, Vectors], depth: int) -> dict[str, list[int]]:
    """Articles of the nearest passages, and of the nearest titles and questions."""
    legs = {}
    sources = (
        ("passages", generation.dense, generation.passage_article, generation.passage_lang,
         _PASSAGE_DEPTH * depth // LEG_DEPTH),
        ("titles", generation.titles, generation.title_articles, generation.title_lang, depth * 3),
    )  # fmt: skip
    for name, index, article_of, lang_of, fetch in sources:
        chosen: dict[int, float] = {}
        for tag, vector in vectors.items():
            scores, found = index.search(vector[None, :], fetch)
            for score, row in zip(scores[0], found[0], strict=True):
                if row < 0 or _vector_name(vectors, str(lang_of[row])) != tag:
                    continue
                article = int(article_of[row])
                chosen[article] = max(chosen.get(article, -1.0), float(score))
        legs[name] = sorted(chosen, key=lambda a: -chosen[a])[:depth]
    return legs


def _translations(generation: Generation, rows: set[int], langs: Sequence[str]) -> set[int]:
    """The same articles in languages the reader reads: what is found in one language is shown in another."""
    keys = {generation.articles[r].key for r in rows}
    return {r for key in keys for r in generation.rows_by_key[key] if generation.articles[r].lang in langs}


def _vector_name(vectors: dict[str, Vectors], lang: str) -> str:
    """Which of the question's vectors a text in `lang` is compared with."""
    return lang if lang in vectors else ""


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
