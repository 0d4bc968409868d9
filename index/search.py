"""The hybrid search pipeline, one step a line. Never raises for what a customer typed; the result says what failed."""

import logging
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from core.events import emit
from core.texts.languages import fallbacks, is_chinese
from index.analysis import in_script, words
from index.deadline import Deadline
from index.embed.query_embedder import QueryEmbedder
from index.models import ArticleHit, Degraded, SearchQuery, SearchResult, UrgentMatch, Verdict
from index.parts.language_centering import subtract_mean
from index.presentation import article_hit, article_hits, in_danger, plausible
from index.protocols import Embedder, Vectors
from index.query.emoji import with_emoji_named
from index.query.hints import LiveHints
from index.query.language import detect
from index.query.normalize import normalize
from index.query.pinned_answers import pinned_article
from index.query.spelling import Correction, correct
from index.ranking import confidence, few_words, filters, first_place, fuse, phrase_match
from index.ranking.candidates import FALLBACK_LANGUAGE, CandidateSet, Ranking
from index.ranking.confidence import Calibration
from index.ranking.evidence import evidence_for, impute_meaning, share_titles
from index.ranking.fuse import Floats
from index.ranking.related import nearest, nearest_passages
from index.ranking.retrievers import (
    RETRIEVER_DEPTH,
    dense_retriever,
    keyword_retriever,
    representatives,
    terms_of,
    translations,
)
from index.reading import QueryReader
from index.result_cache import CachedResult, ResultCache
from index.shown_passage import passages_to_show
from index.storage.generation import Generation
from index.storage.live import Live
from index.urgent import UrgentLook, UrgentSearch
from kb.models import ArticleRef
from kb.source.search_hints import Hints

log = logging.getLogger("signpost.search")

Visible = Callable[[Iterable[ArticleRef]], set[ArticleRef]]
_Visibility = tuple[tuple[int, ...], frozenset[int]]

# Retrieval depth is multiplied by this when a filter is set: translations of what passes it are retrieved too.
_FILTERED_DEPTH = 4


@dataclass
class _QueryVectors:
    """A query's vectors and what is near them, as far as they are ready."""

    vectors: dict[str, Vectors] | None = None
    degraded: Degraded | None = Degraded.DEADLINE
    retriever_results: Mapping[str, list[int]] = field(default_factory=dict)


class Search:
    """Hybrid search over the serving generation.

    `embedder` is an Embedder, or a function that returns one or raises (search then degrades to keywords). `visible`
    returns which of some articles may be shown: the store, not the index, is the authority on visibility. `hints` are
    authors' synonyms and pinned answers. `visibility` returns a value that changes whenever `visible` may give another
    answer; without it `visible` is asked for every query.
    """

    def __init__(
        self,
        live: Live,
        embedder: Embedder | Callable[[], Embedder] | None,
        visible: Visible,
        budget_ms: int = 400,
        calibration_file: Path | None = None,
        hints: LiveHints | None = None,
        visibility: Callable[[], Hashable] | None = None,
        pool: Executor | None = None,
    ) -> None:
        self._live = live
        self._queries = QueryEmbedder(embedder)
        self._visible = visible
        self._visibility = visibility
        self._known_visible: tuple[str, Hashable, list[bool]] | None = None
        self._said_of: tuple[str, str] | None = None
        self._deadline = Deadline(budget_ms, pool)
        self._calibration_file = calibration_file
        self._hints = hints
        self._results = ResultCache()
        self._reader = QueryReader()
        self._urgent = UrgentSearch(live, self._queries, self._deadline, self._reader)

    def search(self, query: SearchQuery) -> SearchResult:
        """Answer a question. See SearchResult for what `confidence` and `degraded` mean."""
        began = time.perf_counter()
        try:
            result = self._search(query, began)
        except Exception:
            self._live.doubt()
            raise
        if not query.looks_for_danger or not self._current_hints().urgent:
            return result
        hints, degraded = self._current_hints(), result.degraded
        # Where nothing is searched besides, nobody waits for what was found.
        searching = bool(query.text.strip())
        look = self._urgent.look(query.danger_in, query.lang, hints, searching=searching, raised_by=query.raised_by)
        if look.match is None and result.did_you_mean:
            meant = self._urgent.look(result.did_you_mean, query.lang, hints, searching=True)
            look = UrgentLook(meant.match, look.complete and meant.complete)
        if look.match is None and not look.complete:
            degraded = degraded or Degraded.DEADLINE
        urgent = look.match
        if urgent is not None and urgent.article is not None:
            result = self._with_article(result, query, urgent.article, guessed=urgent.meant)
        if urgent is not None:
            result = replace(result, hits=tuple(map(in_danger, result.hits)))
        return replace(result, urgent=urgent, degraded=degraded, took_ms=_ms(began))

    def urgent(self, text: str, reader: str | None) -> UrgentMatch | None:
        """The author's urgent message that a text calls for: see UrgentSearch.look."""
        return self._urgent.look(text, reader, self._current_hints()).match

    def urgent_at_once(self, text: str, reader: str | None) -> UrgentMatch | None:
        """The same without computing anything: see UrgentSearch.at_once."""
        return self._urgent.at_once(text, reader, self._current_hints())

    def prepare(self) -> None:
        """What the first searches would wait for, but for the model: examples of urgent messages, tables of words."""
        self._urgent.prepare(self._current_hints())
        generation = self._live.current()
        for lang in generation.manifest.languages if generation is not None else ():
            self.search(SearchQuery(_MISSPELT, lang))

    def _with_article(
        self, result: SearchResult, query: SearchQuery, ref: ArticleRef, *, guessed: bool
    ) -> SearchResult:
        """The result with the article of an urgent message before all others, in the reader's language or else in that
        of the message: under what is said to somebody in danger no other advice stands first. The others keep their
        order, and none of them is crowned in its place. Where danger is `guessed`, by meaning alone, a best answer
        stays one and the first of a list the first, and the article is the second: a false alarm takes nothing away."""
        ref = self._as_read(ref, fallbacks(query.lang or result.lang))
        first = 1 if guessed and result.verdict is not Verdict.ASK_HUMAN and result.hits else 0
        place = next((n for n, hit in enumerate(result.hits) if hit.ref == ref), None)
        if place is not None and place <= first:
            return result
        found = self._fetched_in_time(ref, query) if place is None else result.hits[place]
        if found is None:
            return result
        others = [hit for hit in result.hits if hit.ref != ref]
        hits = (*others[:first], found, *others[first:])[: max(query.limit, 1)]
        more = place is None or place >= result.plausible
        verdict = Verdict.SUGGEST if result.verdict is Verdict.ANSWER and not first else result.verdict
        return replace(result, hits=hits, verdict=verdict, plausible=min(result.plausible + more, len(hits)))

    def _as_read(self, ref: ArticleRef, reader: Sequence[str]) -> ArticleRef:
        """An article in the best of the reader's languages that it is written in; else as it is."""
        if ref.lang in reader:
            return ref
        with self._live.searching() as generation:
            row = generation.row_of.get(ref) if generation else None
            if generation is None or row is None:
                return ref
            refs = [generation.refs[one] for one in generation.rows_by_key[generation.articles[row].key]]
            own = [one for one in refs if one.lang in reader]
            return min(own, key=lambda one: reader.index(one.lang), default=ref)

    def _fetched_in_time(self, ref: ArticleRef, query: SearchQuery) -> ArticleHit | None:
        """The same as `_first_passage`; None where a database fails or is late: what was found is shown without it."""
        try:
            return self._deadline.start_late(self._first_passage, ref, query).result()
        except Exception as error:
            self._live.doubt()
            log.warning("the article of an urgent message is not first: %s", type(error).__name__)
            return None

    def _first_passage(self, ref: ArticleRef, query: SearchQuery) -> ArticleHit | None:
        """An article that was not found, with its first passage; None where it may not be shown, or is filtered out."""
        with self._live.searching() as generation:
            row = generation.row_of.get(ref) if generation else None
            if generation is None or row is None or row not in self._visible_rows(generation, [row], query):
                return None
            passage, end = (int(generation.first_passage[n]) for n in (row, row + 1))
            if passage == end:
                return None
            (passage,) = passages_to_show(generation, [row], [passage])
            return article_hit(generation, row, passage, 0.0, None, None)

    def _search(self, query: SearchQuery, began: float) -> SearchResult:
        text = normalize(query.text)
        with self._live.searching() as generation:
            lang = detect(text, query.lang, generation.lexicons if generation else None)
            return self._search_generation(generation, query, text, lang, began)

    def _search_generation(
        self, generation: Generation | None, query: SearchQuery, text: str, lang: str, began: float
    ) -> SearchResult:
        if generation is None:
            return SearchResult(text, lang, Verdict.ASK_HUMAN, 0.0, (), Degraded.NO_INDEX, _ms(began))
        if not any(words(with_emoji_named(text, lang))):
            return SearchResult(text, lang, Verdict.ASK_HUMAN, 0.0, (), None, _ms(began))
        # The cache key uses the normalised text only: spacing and letter forms do not make another query.
        key = (generation.name, lang, replace(query, text=text, message="", raised_by=""))
        hints, calibration = self._current_hints(), self._calibration(generation)
        cached = self._results.get(key)
        if (
            cached
            and cached.hints is hints
            and cached.calibration is calibration
            and self._is_valid(generation, query, cached)
        ):
            return replace(cached.result, took_ms=_ms(began))
        result, visibility, complete = self._search_with_correction(generation, text, lang, query, began)
        if complete:
            self._results.put(key, CachedResult.of(result, hints, calibration, visibility))
        return replace(result, took_ms=_ms(began))

    def _is_valid(self, generation: Generation, query: SearchQuery, cached: CachedResult) -> bool:
        """Whether a cached result is still valid: the same candidates are visible as when it was cached."""
        is_visible = self._is_visible(generation)
        return all(
            self._visible_rows(generation, rows, query, is_visible) == frozenset(shown)
            for rows, shown in cached.visibility
        )

    def _search_with_correction(
        self, generation: Generation, text: str, lang: str, query: SearchQuery, began: float
    ) -> tuple[SearchResult, tuple[_Visibility, ...], bool]:
        """The result for a text, or for its spelling correction if that is better; the visibility of each candidate set
        it depends on; and whether it is all that its generation has (nothing failed or was cut short), so that it may
        be cached."""
        result, visibility = self._search_once(generation, text, lang, query, began)
        spelt = None if query.as_typed else self._spelling_correction(generation, text, lang)
        complete = result.degraded in _COMPARED_BY_MEANING
        if spelt is None:
            return result, (visibility,), complete
        correction = spelt.text
        if result.verdict is Verdict.ANSWER or not spelt.is_sure:
            return replace(result, did_you_mean=correction), (visibility,), complete
        other = self._searched_once_more(generation, correction, lang, query, began)
        if other is None:
            # What was meant may have an answer: that it was not searched is no reason to send anybody to a person.
            verdict = Verdict.SUGGEST if result.hits else result.verdict
            return (
                replace(
                    result, did_you_mean=correction, verdict=verdict, degraded=result.degraded or Degraded.DEADLINE
                ),
                (visibility,),
                False,
            )
        found, correction_visibility = other
        complete = complete and found.degraded in _COMPARED_BY_MEANING
        if _is_better(found, result):
            result = replace(found, query=text, corrected=True)
        return replace(result, did_you_mean=correction), (visibility, correction_visibility), complete

    def _searched_once_more(
        self, generation: Generation, correction: str, lang: str, query: SearchQuery, began: float
    ) -> tuple[SearchResult, _Visibility] | None:
        """The result for a correction; None without time for it, or where that fails: what was found as typed stays."""
        if not self._deadline.allows_another(began):
            return None
        try:
            return self._search_once(generation, correction, lang, query, time.perf_counter(), is_correction=True)
        except Exception as error:
            self._live.doubt()
            log.warning("a corrected spelling is not searched: %s", type(error).__name__)
            return None

    def _spelling_correction(self, generation: Generation, text: str, lang: str) -> Correction | None:
        """The query with its misspelt words corrected, None when there are none."""
        return correct(
            text, lang, generation.vocabularies, generation.lexicons, self._current_hints().words,
            generation.manifest.languages,
        )  # fmt: skip

    def _calibration(self, generation: Generation) -> Calibration | None:
        return confidence.calibration_for(generation.manifest.fingerprint, self._calibration_file)

    def _current_hints(self) -> Hints:
        """Authors' current synonyms and pinned answers."""
        return self._hints.current() if self._hints else _NO_HINTS

    def _search_once(
        self,
        generation: Generation,
        text: str,
        lang: str,
        query: SearchQuery,
        began: float,
        *,
        is_correction: bool = False,
    ) -> tuple[SearchResult, _Visibility]:
        """The result for a text without correction, and the visibility of its candidates."""
        ranking = self.rank(generation, text, lang, query, began, is_correction=is_correction)
        candidates = ranking.candidates
        hits = article_hits(generation, ranking, lang, query)
        verdict = confidence.verdict(
            ranking.probability,
            ranking.first_probability,
            ranking.calibration,
            len(hits),
            degraded=candidates.degraded not in _COMPARED_BY_MEANING,
            incomplete=candidates.degraded is Degraded.INDEXING,
            first_unread=bool(hits) and _is_unread(generation, hits[0].ref),
        )
        if hits and hits[0].pinned:
            verdict = Verdict.ANSWER
        result = SearchResult(
            text,
            lang,
            verdict,
            ranking.probability,
            hits,
            candidates.degraded,
            _ms(began),
            unmatched=candidates.unmatched,
            first_confidence=ranking.first_probability,
            plausible=plausible(hits),
        )
        return result, (candidates.retrieved_rows, candidates.visible_rows)

    def rank(
        self,
        generation: Generation,
        text: str,
        lang: str,
        query: SearchQuery,
        began: float | None = None,
        *,
        is_correction: bool = False,
    ) -> Ranking:
        """The candidates of a normalised query, ranked, with the probability that the answer is shown. Few words are
        taken for what they say unless the text `is_correction`: every word near to a misspelt one is in an article."""
        candidates = self.candidates(generation, text, lang, query, began)
        matrix = fuse.features(candidates.evidence)
        boost = generation.boost[candidates.rows]
        scores = fuse.score(matrix, boost) if candidates.has_vectors else fuse.keyword_only(candidates.evidence, boost)
        scores = _boost(generation, candidates, scores)
        order = np.argsort(-scores, kind="stable")
        calibration = self._calibration(generation)
        first_signals, of_five = first_place.first_signals(
            generation, candidates.evidence, candidates.rows, candidates.passages, scores, order,
            candidates.parsed_query.text, lang, candidates.expansions,
        )  # fmt: skip
        length = confidence.length(candidates.parsed_query.text)
        signals = confidence.signals(candidates.evidence, scores, order, length, of_five)
        probability = confidence.confidence(signals, calibration)
        probability = phrase_match.adjust_confidence(
            _scaled(probability, candidates, generation), calibration, candidates.parsed_query, candidates.unmatched,
            bool(candidates.code_boost.any()),
        )  # fmt: skip
        first = _scaled(confidence.first_confidence(first_signals, calibration), candidates, generation)
        is_guessed = few_words.is_guessed(generation, candidates.parsed_query.text, lang, candidates.expansions)
        is_unknown = is_guessed or first_place.is_mostly_unknown(generation, first_signals)
        if len(order) and first is not None and first > _below_answer(calibration) and not is_unknown:
            row = int(candidates.rows[order[0]])
            is_unknown = first_place.missing_quantity(generation, row, candidates.parsed_query.text) is not None
        if first is not None and (candidates.is_prefix or candidates.unmatched or is_unknown):
            # An unfinished word is not a query yet; what nobody wrote is not answered, nor what was put in its place.
            first = min(first, _below_answer(calibration))
        is_meant = not (is_correction or candidates.is_prefix or candidates.unmatched)
        shown = candidates.rows[order[: confidence.SHOWN]].tolist()
        if probability is not None and calibration is not None and is_meant and few_words.stand_in_an_article(
            generation, shown, candidates.parsed_query.text, lang, candidates.expansions
        ):  # fmt: skip
            probability = max(probability, calibration.suggest_from)
        if candidates.is_prefix and probability is not None and calibration is not None:
            probability = min(probability, calibration.answer_from - _EPSILON)
        if candidates.pinned_key is not None:
            probability = first = 1.0
        if first is not None and probability is not None:
            first = min(first, probability)  # they are fitted apart, and the first is one of the five
        return Ranking(candidates, matrix, scores, order, signals, calibration, probability, first_signals, first)

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        """Visible other articles in an article's language, the most similar first; empty when it is not indexed."""
        with self._live.searching() as generation:
            return self._related(generation, ref, limit)

    def _related(self, generation: Generation | None, ref: ArticleRef, limit: int) -> tuple[ArticleHit, ...]:
        row = generation.row_of.get(ref) if generation else None
        if generation is None or row is None:
            return ()
        neighbours = nearest(generation, row)
        visible_rows = self._visible_rows(generation, [other for other, _ in neighbours])
        shown = [(other, similarity) for other, similarity in neighbours if other in visible_rows][:limit]
        rows = [other for other, _ in shown]
        passages = passages_to_show(generation, rows, nearest_passages(generation, rows, row))
        return tuple(
            article_hit(generation, other, passage, similarity, None, None)
            for (other, similarity), passage in zip(shown, passages, strict=True)
        )

    def candidates(
        self, generation: Generation, text: str, lang: str, query: SearchQuery, began: float | None = None
    ) -> CandidateSet:
        """Each retriever's best visible articles, with the evidence for each. A late retriever is left out."""
        began = began or time.perf_counter()
        hints = self._current_hints()
        reading = self._reader.read(generation, text, lang, hints)
        parsed_query, expansions = reading.query, reading.expansions
        searched = filters.searched_rows(generation, query)
        depth = RETRIEVER_DEPTH * (1 if searched is None else _FILTERED_DEPTH)
        start = self._deadline.start
        query_vectors = _QueryVectors()
        if (other := _other_script(generation, reading.embedded, lang)) is not None:
            start(
                began, self._embed, generation, other
            )  # by another processor, while the question is embedded as typed
        dense_search = start(
            began, self._dense_search, query_vectors, generation, reading.embedded, lang, depth, searched
        )
        time.sleep(0)  # The embedding begins now: without this it waits for the lock of the interpreter.
        # In the meantime, what needs no vectors.
        terms = terms_of(generation, parsed_query.text, lang, expansions)
        keyword_search = start(
            began, keyword_retriever, generation, parsed_query.text, lang, depth, expansions, searched
        )
        is_visible = self._is_visible(generation)
        keyword, late = keyword_search.result(), dense_search.result() is None
        vectors, degraded = query_vectors.vectors, query_vectors.degraded
        if late or keyword is None:
            degraded = Degraded.DEADLINE
        retriever_results = {**(keyword or {}), **({} if late else query_vectors.retriever_results)}
        phrase_matches = phrase_match.find_matches(generation, parsed_query, lang)
        # As read, or else as typed: authors pin what people write, with its short forms.
        pinned = (pinned_article(t, lang, query.lang or lang, hints) for t in (parsed_query.text, text))
        pin = generation.row_of.get(next(filter(None, pinned), _NO_ARTICLE))
        rows = {row for result in retriever_results.values() for row in result} | phrase_matches.rows
        rows |= {pin} if pin is not None else set()
        rows |= translations(generation, rows, (*fallbacks(query.lang or lang), lang, FALLBACK_LANGUAGE))
        retrieved_rows = tuple(sorted(rows))
        visible_rows = self._visible_rows(generation, retrieved_rows, query, is_visible)
        shown = phrase_match.exclude(generation, sorted(visible_rows), parsed_query.excluded, lang)
        kept, unmatched = phrase_matches.filter_rows(shown)
        evidence, best, weighed = evidence_for(generation, np.array(kept, np.int64), terms, vectors, lang)
        passages = dict(zip(kept, best.tolist(), strict=True))
        representative = representatives(
            generation, kept, (*fallbacks(lang), *fallbacks(query.lang or lang), FALLBACK_LANGUAGE)
        )
        key = generation.articles[pin].key if pin is not None else None
        key = key if key in {generation.articles[r].key for r in kept} else None
        return CandidateSet(
            np.array(kept, np.int64)[representative],
            impute_meaning(
                share_titles(generation, kept, evidence, representative),
                generation.unread[np.array(kept, np.int64)[representative]],
            )
            if vectors is not None and degraded is Degraded.INDEXING
            else share_titles(generation, kept, evidence, representative),
            passages,
            degraded,
            retriever_results,
            parsed_query,
            phrase_matches.code_boost(kept)[representative],
            key,
            unmatched,
            expansions,
            reading.is_prefix,
            vectors,
            retrieved_rows,
            visible_rows,
            weighed,
        )

    def _query_vectors(
        self, generation: Generation, text: str, lang: str
    ) -> tuple[dict[str, Vectors] | None, Degraded | None]:
        """The query's vector, centred for each language of the collection; None and the reason without a model."""
        try:
            embedder = self._queries.current()
            if embedder is None:
                return None, Degraded.KEYWORD_ONLY
            if embedder.fingerprint != generation.manifest.fingerprint:
                self._say_once(generation.name, generation.manifest.fingerprint, embedder.fingerprint)
                return None, Degraded.KEYWORD_ONLY
            if generation.words_only:
                return None, Degraded.KEYWORD_ONLY
            plain = self._queries.embed(embedder, text)
            mean = generation.means.query
            vectors = {"": subtract_mean(plain, mean(lang))}
            if is_chinese(lang):
                # The model matches better within one script than across, so each script gets its own query vector.
                for tag in _SCRIPTS:
                    if tag in generation.manifest.languages:
                        vectors[tag] = subtract_mean(self._queries.embed(embedder, in_script(text, tag)), mean(tag))
            return vectors, Degraded.INDEXING if generation.manifest.pending else None
        except Exception as error:  # a missing or broken model must never cost the customer the results
            # The error's message is not logged: it might quote the query.
            log.warning("search without vectors: %s", type(error).__name__)
            return None, Degraded.KEYWORD_ONLY

    def _embed(self, generation: Generation, text: str) -> None:
        """Embed a text that a query's vectors need besides its own. What fails here fails there again, and is told."""
        with suppress(Exception):
            embedder = self._queries.current()
            if embedder and embedder.fingerprint == generation.manifest.fingerprint and not generation.words_only:
                self._queries.embed(embedder, text)

    def _say_once(self, generation: str, index: str, model: str) -> None:
        """That there are results by words only: once for each generation, since every search would say it again."""
        said = (generation, model)
        if said != self._said_of:
            self._said_of = said
            emit("model_differs", index=index, model=model)

    def _dense_search(
        self, found: "_QueryVectors", generation: Generation, text: str, lang: str, depth: int,
        searched: filters.Mask | None,
    ) -> "_QueryVectors":  # fmt: skip
        """Embed a query and find what is near it. Its vectors are in `found` even if the rest is late."""
        vectors, found.degraded = self._query_vectors(generation, text, lang)
        if vectors is not None:
            found.vectors = vectors
            found.retriever_results = dense_retriever(generation, vectors, depth, searched)
        return found

    def _is_visible(self, generation: Generation) -> list[bool] | None:
        """Whether each article row is visible now; None when `visible` must be asked for each query.

        A store that does not answer within half of the budget is not waited for: what it said last counts, or else what
        it said when the generation was built.
        """
        if self._visibility is None:
            return None
        try:
            found = self._deadline.start_late(self._ask_visible, generation).result()
        except Exception as error:
            log.warning("search with visibility as it was last known: %s", type(error).__name__)
            found = None
        if found is not None:
            return found
        known = self._known_visible
        return known[2] if known is not None and known[0] == generation.name else [True] * len(generation.refs)

    def _ask_visible(self, generation: Generation) -> list[bool]:
        assert self._visibility is not None  # noqa: S101 - see _is_visible
        state, known = self._visibility(), self._known_visible
        if known is None or known[0] != generation.name or known[1] != state:
            allowed = self._visible(generation.refs)
            known = self._known_visible = generation.name, state, [ref in allowed for ref in generation.refs]
        return known[2]

    def _visible_rows(
        self,
        generation: Generation,
        rows: Sequence[int],
        query: SearchQuery | None = None,
        is_visible: list[bool] | None = None,
    ) -> frozenset[int]:
        """Article rows that pass the filters and that the store says are visible now (`_is_visible`, if known)."""
        if query is not None and (query.category or query.audience or query.language):
            rows = [r for r in rows if filters.passes(generation.articles[r], query)]
        is_visible = is_visible or self._is_visible(generation)
        if is_visible is not None:
            return frozenset(r for r in rows if is_visible[r])
        allowed = self._visible([generation.refs[r] for r in rows])
        return frozenset(r for r in rows if generation.refs[r] in allowed)


# Confidence is multiplied by this for keyword-only results, for which the calibration was not fitted.
_KEYWORD_CONFIDENCE = 0.5
# A spelling correction replaces the typed query only if its confidence is higher by this margin.
_CORRECTION_MARGIN = 0.05
_EPSILON = 0.001
# Degradations of results that were compared by meaning as far as there are vectors.
_COMPARED_BY_MEANING = (None, Degraded.INDEXING)
_NO_HINTS = Hints()
# Asks for every table that the spelling of a question is compared with.
_MISSPELT = "serach"
_SCRIPTS = ("zh-Hant", "zh-Hans")
# Null object: an article no collection has.
_NO_ARTICLE = ArticleRef("", "")


def _other_script(generation: Generation, text: str, lang: str) -> str | None:
    """A Chinese text in the other script, where the collection has articles in it and the text differs there."""
    if not is_chinese(lang):
        return None
    written = (in_script(text, tag) for tag in _SCRIPTS if tag in generation.manifest.languages)
    return next((other for other in written if other != text), None)


def _scaled(probability: float | None, candidates: CandidateSet, generation: Generation) -> float | None:
    """The probability, lowered for keyword-only results, and by the share of the collection that has not been read."""
    if probability is None:
        return None
    if not candidates.has_vectors:
        return probability * _KEYWORD_CONFIDENCE
    return probability * (1 - generation.pending_share)


def _is_unread(generation: Generation, ref: ArticleRef) -> bool:
    row = generation.row_of.get(ref)
    return row is not None and bool(generation.unread[row])


def _below_answer(calibration: Calibration | None) -> float:
    """The greatest first_confidence that is no ANSWER."""
    return calibration.first.answer_from - _EPSILON if calibration and calibration.first else 0.0


def _boost(generation: Generation, candidates: CandidateSet, scores: Floats) -> Floats:
    """Scores with the code boost added; the pinned article's raised above all others."""
    if candidates.code_boost.any():
        scores = scores + candidates.code_boost
    if candidates.pinned_key is not None:
        own = np.array([generation.articles[r].key == candidates.pinned_key for r in candidates.rows])
        scores = np.where(own, scores.max() + 1, scores)
    return np.asarray(scores, np.float32)


def _is_better(other: SearchResult, typed: SearchResult) -> bool:
    """Whether the corrected query's result beats the typed one's; keyword-only results are compared by having hits."""
    if not other.hits or (other.degraded not in _COMPARED_BY_MEANING and typed.degraded in _COMPARED_BY_MEANING):
        return False
    if typed.degraded not in _COMPARED_BY_MEANING or not typed.hits:
        return True
    return (other.confidence or 0.0) > (typed.confidence or 0.0) + _CORRECTION_MARGIN


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
