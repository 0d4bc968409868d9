"""The titles and questions of a site's own articles as near misses of its urgent messages.

What an article answers in ordinary words is no danger: `Descale the kettle` is nearer to who asks how to do so than any
example is that names the kettle too. They are in the index, and looked up only where something else took a text for
danger. Left out are articles that an urgent message names or that have words of danger in their title, and whatever
says nearly what an example says: a site may well have an article on swollen batteries.
"""

from collections.abc import Callable

import numpy as np

from index.protocols import Vectors
from index.storage.generation import UNREAD, Generation
from kb.source.search_hints import Hints

# The nearest that are looked at, of which those that speak of danger are left out.
_DEPTH = 12
# As near as this to an example, a title is about the danger itself.
_OF_DANGER = 0.75

# Whether words of danger stand in a text in a language.
HasWords = Callable[[str, str], bool]


class SiteQuestions:
    """The titles and questions of one generation."""

    def __init__(self, generation: Generation, hints: Hints, has_words: HasWords) -> None:
        self._generation = generation
        self._has_words = has_words
        named = {entry.article for some in hints.urgent.values() for entry in some if entry.article}
        self._keys = {generation.articles[row].key for ref in named if (row := generation.row_of.get(ref)) is not None}

    def nearest(self, asked: Vectors, examples: Vectors) -> Vectors:
        """How near each of some centred vectors is to a title or question that is about no danger; -1 to none."""
        return np.array([self._nearest(vector, examples) for vector in asked], np.float32)

    def _nearest(self, vector: Vectors, examples: Vectors) -> float:
        generation = self._generation
        if not len(generation.title_articles):
            return -1.0
        scores, rows = (some[0] for some in generation.titles.search(vector[None, :], _DEPTH))
        there = [(score, row) for score, row in zip(scores.tolist(), rows.tolist(), strict=True) if self._is_read(row)]
        if not there:
            return -1.0
        of_danger = (generation.title_vectors[np.array([row for _, row in there])] @ examples.T).max(axis=1)
        for (score, row), near in zip(there, of_danger.tolist(), strict=True):
            article = generation.articles[int(generation.title_articles[row])]
            named = article.key in self._keys
            if near < _OF_DANGER and not named and not self._has_words(article.title, article.lang):
                return float(score)
        return -1.0

    def _is_read(self, row: int) -> bool:
        return row >= 0 and self._generation.title_state[row] != UNREAD
