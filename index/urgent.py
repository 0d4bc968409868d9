"""Authors' urgent messages for a text, found beside a search: by words, and by meaning where there is a model."""

import logging
import time

import numpy as np

from index.deadline import Deadline
from index.embed.query_embedder import QueryEmbedder
from index.models import UrgentMatch
from index.parts.language_centering import shipped_means
from index.query.language import detect
from index.query.normalize import normalize
from index.query.urgent_matcher import MOST_SENTENCES, Meaning, UrgentMatcher, decided, in_script_of, sentences
from index.reading import QueryReader, read_query
from index.storage.live import Live
from kb.source.search_hints import Hints

log = logging.getLogger("signpost.search")

# How long a request that is being sent waits for its meaning: the sender waits for the acknowledgement.
_REQUEST_SECONDS = 5.0


class UrgentSearch:
    """Looks for danger with the vectors that search uses."""

    def __init__(self, live: Live, queries: QueryEmbedder, deadline: Deadline, reader: QueryReader) -> None:
        self._live = live
        self._reader = reader
        self._queries = queries
        self._deadline = deadline
        self._matcher = UrgentMatcher()

    def find(self, text: str, reader: str | None, hints: Hints, began: float | None = None) -> UrgentMatch | None:
        """The author's urgent message that a text calls for. By words where there is no model or no time for it: a
        search that began at `began` has its deadline, a request that is sent some seconds."""
        if not hints.urgent:
            return None
        lang = detect(normalize(text), reader)
        words = self._matcher.by_words(text, lang, reader or lang, hints)
        if words is not None and words.certain:
            return words.match
        seconds = _REQUEST_SECONDS if began is None else None
        began = time.perf_counter() if began is None else began
        meaning = self._deadline.start(began, self.by_meaning, text, lang, reader or lang, hints, seconds=seconds)
        return decided(words, meaning.result())

    def by_meaning(self, text: str, lang: str, reader: str, hints: Hints) -> Meaning | None:
        """What a text means; None without a model, or where no entry has examples."""
        try:
            embedder = self._queries.current()
            if embedder is None:
                return None
            parts = [in_script_of(part, lang, hints) for part in sentences(text)[:MOST_SENTENCES]]
            if not parts:
                return None
            generation = self._live.current()
            same = generation is not None and generation.manifest.fingerprint == embedder.fingerprint
            means = (
                generation.means
                if generation is not None and same
                else shipped_means(embedder.fingerprint, embedder.dimensions)
            )
            if len(parts) == 1:
                # A question of one sentence has been embedded already, by the search itself.
                searched = (
                    self._reader.read(generation, normalize(text), lang, hints).embedded
                    if generation is not None
                    else read_query(normalize(text), lang).text
                )
                vectors = self._queries.embed(embedder, in_script_of(searched, lang, hints))[None]
            else:
                vectors = np.stack(self._matcher.embedded(parts, embedder))
            return self._matcher.by_meaning(vectors, lang, reader, hints, embedder, means)
        except Exception as error:  # as in index/search.py: no model, no meaning
            log.warning("urgent messages by words only: %s", type(error).__name__)
            return None
