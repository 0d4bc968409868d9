"""Authors' urgent messages for a text, found beside a search: by words, and by meaning where there is a model."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from index.deadline import Deadline
from index.embed.query_embedder import QueryEmbedder
from index.models import UrgentMatch
from index.parts.language_centering import Means, shipped_means
from index.parts.lexicon import Lexicon
from index.protocols import Embedder, Vectors
from index.query.apostrophes import otherwise
from index.query.danger_emoji import with_danger_named
from index.query.danger_sentences import both_ends, clauses, compared_by_meaning, runs, sentences
from index.query.language import detect, shows
from index.query.normalize import normalize
from index.query.urgent_matcher import Meaning, UrgentMatcher, decided
from index.query.urgent_words import WordHit, has_words, in_script_of
from index.reading import QueryReader, read_query
from index.site_questions import HasWords, SiteQuestions
from index.storage.live import Live
from kb.source.search_hints import Hints

log = logging.getLogger("signpost.search")

# How long a request that is being sent waits for its meaning: the sender waits for the acknowledgement.
_REQUEST_SECONDS = 5.0
# How long a search waits for it when everything else is there: milliseconds are enough where nobody else is searching,
# and a warning that comes late is better than none.
_SEARCH_SECONDS = 1.0
# How long the titles of the articles are waited for, which may lie in a database that is silent.
# Clauses are embedded, which takes milliseconds, where the whole text is not far from danger: of calm questions with
# several three in four are farther, of told danger that only a clause tells none.
_CLAUSES_FROM = 0.2
_ARTICLES_SECONDS = 0.3
# Texts in which danger was found, remembered for who asks again and is refused; and how much of a refused one is read,
# at its beginning and at its end.
_REMEMBERED, _READ_AT_ONCE = 512, 1000


@dataclass(frozen=True)
class UrgentLook:
    """What was found in a text; not `complete` where the time was over before its meaning was compared."""

    match: UrgentMatch | None
    complete: bool = True


class UrgentSearch:
    """Looks for danger with the vectors that search uses."""

    def __init__(self, live: Live, queries: QueryEmbedder, deadline: Deadline, reader: QueryReader) -> None:
        self._live = live
        self._reader = reader
        self._queries = queries
        self._deadline = deadline
        self._matcher = UrgentMatcher()
        self._found = _Remembered()

    def look(
        self, text: str, reader: str | None, hints: Hints, *, searching: bool = False, raised_by: str = ""
    ) -> UrgentLook:
        """The author's urgent message that a text calls for. By words where there is no model, or no time for it: a
        search has a second from now, or its budget where that is more, a request that is sent some seconds. A sentence
        of the text that was found before, `raised_by`, is looked at by itself where the rest says nothing: by now it
        may stand where meaning is not compared."""
        found = self._heard(text, reader, hints, searching)
        if found.match is not None or not raised_by:
            return found
        written = sentences(text)
        if raised_by not in written:
            return found
        again = self._heard(raised_by, reader, hints, searching)
        if again.match is None:
            return UrgentLook(None, found.complete and again.complete)
        return UrgentLook(replace(again.match, sentence=written.index(raised_by)))

    def _heard(self, text: str, reader: str | None, hints: Hints, searching: bool) -> UrgentLook:
        """What is found in a text as it is written, or with its apostrophes the other way."""
        found = self._look(text, reader, hints, searching)
        if found.match is not None or not hints.urgent or (other := otherwise(text)) is None:
            return found
        again = self._look(other, reader, hints, searching)
        if again.match is not None:
            self._found.keep(text, reader, hints, again.match)
        return UrgentLook(again.match, found.complete and again.complete)

    def _look(self, text: str, reader: str | None, hints: Hints, searching: bool) -> UrgentLook:
        if not hints.urgent:
            return UrgentLook(None)
        lang = detect(normalize(text), reader, self._lexicons())
        typed, text = text, with_danger_named(text, lang)
        words = self._said(text, lang, reader or lang, hints)
        if words is not None and words.certain:
            return UrgentLook(words.match)
        seconds = max(_SEARCH_SECONDS, self._deadline.seconds) if searching else _REQUEST_SECONDS
        compared = self._deadline.start_late(self._compared, text, lang, reader or lang, hints, words, seconds=seconds)
        found = compared.result()
        if found is None:
            return UrgentLook(decided(words, None), complete=False)
        match = decided(words, *found)
        if match is not None and words is None:
            match = self._matcher.words.of_its_kind(match, text, lang, reader or lang, hints)
        if match is not None:
            self._found.keep(typed, reader, hints, match)
        return UrgentLook(match)

    def at_once(self, text: str, reader: str | None, hints: Hints) -> UrgentMatch | None:
        """What can be said of a text for which nothing may be computed, since its sender is over a limit: by words, or
        what was found in the same text a moment ago."""
        if not hints.urgent:
            return None
        known = self._found.of(text, reader, hints)
        if known is not None:
            return known
        text = both_ends(text, 2 * _READ_AT_ONCE)
        lang = detect(normalize(text), reader, self._lexicons())
        some = (with_danger_named(one, lang) for one in (text, otherwise(text)) if one is not None)
        found = (decided(self._said(one, lang, reader or lang, hints), None) for one in some)
        return next((match for match in found if match is not None), None)

    def prepare(self, hints: Hints) -> None:
        """Embed the examples, so that the first search need not. Nothing without a model."""
        try:
            embedder = self._queries.current()
            if embedder is not None and hints.urgent:
                self._matcher.prepare(hints, embedder, self._means(embedder))
        except Exception as error:  # the first search tries again
            log.warning("examples of urgent messages not prepared: %s", type(error).__name__)

    def _said(self, text: str, lang: str, reader: str, hints: Hints) -> WordHit | None:
        """What an author's words say; and what the text says plainly, which needs no meaning where it is sure."""
        words = self._by_words(text, lang, reader, hints)
        if words is not None and words.certain:
            return words
        plain = self._matcher.words.plainly(text, lang, reader, hints)
        return plain if plain is not None and (plain.certain or words is None) else words

    def _by_words(self, text: str, lang: str, reader: str, hints: Hints) -> WordHit | None:
        """What words say; also those of English, where only the reader's language speaks against it (`it caught fire`
        on a Turkish page), and words that are misspelt by a letter: danger missed is worse than a box too many."""
        lexicons = self._lexicons()
        found = self._matcher.words.by_words(text, lang, reader, hints)
        if found is None and (other := detect(normalize(text), "en", lexicons)) != lang:
            found, lang = self._matcher.words.by_words(text, other, reader, hints), other
        if found is None and (spelt := self._matcher.words.spelt(text, lang, reader, hints, lexicons)) != text:
            return self._matcher.words.by_words(spelt, lang, reader, hints)
        return found

    def _compared(
        self, text: str, lang: str, reader: str, hints: Hints, words: WordHit | None
    ) -> tuple[Meaning | None]:
        """What a text means, in a tuple, which a step that is late has not."""
        return (self.by_meaning(text, lang, reader, hints, words),)

    def by_meaning(
        self, text: str, lang: str, reader: str, hints: Hints, words: WordHit | None = None
    ) -> Meaning | None:
        """What a text means, in which `words` of danger stand; None without a model, or where no entry has examples."""
        try:
            embedder = self._queries.current()
            if embedder is None:
                return None
            numbered = compared_by_meaning(text)
            if not numbered:
                return None
            generation = self._live.current()
            means = self._means(embedder)
            parts = [in_script_of(part, lang, hints) for _, part, _ in numbered]
            # As search reads them, each by itself: what stands beside a sentence changes nothing of what it means. Of
            # a question of one sentence the vector is known already.
            asked = [in_script_of(self._as_searched(written, lang, hints), lang, hints) for _, _, written in numbered]
            if len(asked) == 1:
                vectors = self._queries.embed(embedder, asked[0])[None]
            else:
                vectors = np.stack(self._matcher.embedded(asked, embedder))
            lexicons = generation.lexicons if generation is not None else None
            of_site = partial(self._near_site, hints, embedder)
            meaning = self._matcher.by_meaning(vectors, lang, reader, hints, embedder, means, parts, lexicons, of_site)
            rest = lang, reader, hints, embedder, means, lexicons, of_site
            # In long sentences by their clauses, where no words are there around which to look; by runs of words in
            # languages in which there may be none.
            if not (has_words(lang, hints) and shows(text, lang)):
                meaning = self._matcher.with_parts(meaning, vectors, runs(parts), *rest)
            elif words is None and meaning is not None and meaning.score >= _CLAUSES_FROM:
                meaning = self._matcher.with_parts(meaning, vectors, clauses(parts, lang), *rest)
            if meaning is not None and meaning.match is not None:
                number = numbered[meaning.match.sentence][0]
                meaning = replace(meaning, match=replace(meaning.match, sentence=number))
            if meaning is not None and words is not None:
                own = {*words.others, words.match.sentence}
                meaning = meaning.of(place for place, (number, _, _) in enumerate(numbered) if number in own)
            return self._matcher.with_around(words, meaning, lang, reader, hints, embedder, means, parts)
        except Exception as error:  # as in index/search.py: no model, no meaning
            log.warning("urgent messages by words only: %s", type(error).__name__)
            return None

    def _as_searched(self, sentence: str, lang: str, hints: Hints) -> str:
        """The text whose vector a search for a sentence looks up."""
        generation = self._live.current()
        if generation is None:
            return read_query(normalize(sentence), lang).text
        return self._reader.read(generation, normalize(sentence), lang, hints).embedded

    def _near_site(self, hints: Hints, embedder: Embedder, asked: Vectors, examples: Vectors) -> Vectors:
        """How near vectors are to what the site's articles answer; to nothing where these are not there in time."""
        try:
            step = self._deadline.start_late(
                self._near_articles, hints, embedder, asked, examples, seconds=_ARTICLES_SECONDS
            )
            found = step.result()
        except Exception as error:  # danger is told without them
            log.warning("urgent messages without the titles of the articles: %s", type(error).__name__)
            found = None
        return found if found is not None else np.full(len(asked), -1.0, np.float32)

    def _near_articles(self, hints: Hints, embedder: Embedder, asked: Vectors, examples: Vectors) -> Vectors | None:
        with self._live.searching() as generation:
            if generation is None or generation.manifest.fingerprint != embedder.fingerprint:
                return None
            return SiteQuestions(generation, hints, self._has_words(hints)).nearest(asked, examples)

    def _has_words(self, hints: Hints) -> HasWords:
        return lambda text, lang: self._matcher.words.by_words(text, lang, lang, hints) is not None

    def _lexicons(self) -> Mapping[str, Lexicon] | None:
        try:
            generation = self._live.current()
        except Exception:  # words are looked for all the same
            return None
        return generation.lexicons if generation is not None else None

    def _means(self, embedder: Embedder) -> Means:
        """What vectors are centred by: the generation's own, where it was built by this model."""
        generation = self._live.current()
        if generation is not None and generation.manifest.fingerprint == embedder.fingerprint:
            return generation.means
        return shipped_means(embedder.fingerprint, embedder.dimensions)


class _Remembered:
    """The latest texts with what was found in them, while the hints stay the same. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hints: Hints | None = None
        self._matches: OrderedDict[tuple[str, str | None], UrgentMatch] = OrderedDict()

    def keep(self, text: str, reader: str | None, hints: Hints, match: UrgentMatch) -> None:
        with self._lock:
            if self._hints is not hints:
                self._matches.clear()
                self._hints = hints
            self._matches[_key(text), reader] = match
            while len(self._matches) > _REMEMBERED:
                self._matches.popitem(last=False)

    def of(self, text: str, reader: str | None, hints: Hints) -> UrgentMatch | None:
        with self._lock:
            return self._matches.get((_key(text), reader)) if self._hints is hints else None


def _key(text: str) -> str:
    return " ".join(text[:_READ_AT_ONCE].split())
