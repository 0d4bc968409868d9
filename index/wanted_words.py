"""The words of a question that are looked for in what is shown, and what each says of a sentence."""

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from index.analysis import STOP, family, fold, to_simplified, tokens, words
from index.headings import words_of
from index.parts.passages import IndexedPassage
from index.protocols import Vectors
from index.query import synonyms
from index.query.asked_for import asks_for_steps, has_number
from index.query.asked_quantity import names_quantity, quantity_asked
from index.ranking.candidates import CandidateSet
from index.storage.generation import Generation

WIDE = re.compile("[\u2e80-\uffef]")
# Of a number that is asked for: what stands for it without one (`for ever`, `free of charge`).
_NO_NUMBER = 0.5


class WantedWords:
    """A question's words to highlight in articles of a language, with what was found out about them: a question's
    results share most of their words."""

    def __init__(
        self,
        tokens: frozenset[str],
        lang: str,
        generation: Generation,
        *,
        asks_for_number: bool = False,
        question: str = "",
    ) -> None:
        self.tokens = tokens
        self._quantity = quantity_asked(question) if question else None
        self.asks_for_number = asks_for_number or self._quantity is not None
        self.asks_for_steps = asks_for_steps(question)
        self._question = _phrase(question)
        self._asked = words_of(question, lang)
        self._lang = lang
        self._lexicon = generation.lexicons[family(lang)]
        self._of_text: dict[str, frozenset[str]] = {}
        self._weights: dict[str, float] = {}

    def of(self, text: str) -> frozenset[str]:
        """Those that a highlighted text has."""
        found = self._of_text.get(text)
        if found is None:
            found = self._of_text[text] = self.tokens.intersection(tokens(text, self._lang))
        return found

    def in_title(self, title: str) -> frozenset[str]:
        """Those that a title has."""
        return self.tokens & words_of(title, self._lang)

    def are_named(self, name: str) -> bool:
        """Whether the question calls something by its name: as it is written, or by the forms of all its words."""
        written = _written(name, self._lang)
        return written is not None and (written[0] in self._question or bool(written[1] and written[1] <= self._asked))

    def number_in(self, text: str) -> float:
        """How far a text has the number that is asked for, between 0 and 1: of a quantity also what stands for one."""
        number = has_number(text)
        if self._quantity is None or not number:
            return float(number) if self._quantity is None else _NO_NUMBER * names_quantity(text, self._quantity)
        return float(names_quantity(text, self._quantity))

    def rarity(self) -> float:
        """The weight of a word that no article has: no word weighs more."""
        return math.log1p((self._lexicon.articles.rows + 0.5) / 0.5)

    def weight(self, token: str) -> float:
        """How rare a word is."""
        if token not in self._weights:
            rows, number = self._lexicon.articles.rows, self._lexicon.ids.get(token)
            frequency = 0 if number is None else int(self._lexicon.articles.frequency[number])
            self._weights[token] = math.log1p((rows - frequency + 0.5) / (frequency + 0.5))
        return self._weights[token]


def word_evidence(
    stored: IndexedPassage,
    highlights: Sequence[tuple[int, int]],
    wanted: WantedWords,
    above: Sequence[frozenset[str]] = (),
) -> tuple[Vectors, float]:
    """Of the question's words in the passage, the share that each sentence has, rare words before common ones, and
    those of few sentences before what the whole passage speaks of; and what all of them weigh, of which the rarest
    word would weigh 1. `above` are those of the titles of each sentence."""
    weights: dict[str, float] = {}
    having: dict[str, int] = {}
    sentences, text = stored.sentences, stored.text
    inside: dict[int, set[str]] = {}
    ends = [last for _, last, _ in sentences]
    for start, end in highlights:
        own = wanted.of(text[start:end])
        for token in own:
            if token not in weights:
                weights[token] = wanted.weight(token)
        # Sentences stand in order: the first that ends after this word begins, and those that begin before it ends.
        number = bisect_right(ends, start)
        while number < len(ends) and sentences[number][0] < end:
            known = inside.setdefault(number, set())
            for token in own - known:
                having[token] = having.get(token, 0) + 1
            known.update(own)
            number += 1
    for number, own in enumerate(above):
        known = inside.setdefault(number, set())
        for token in own - known:
            weights.setdefault(token, wanted.weight(token))
            having[token] = having.get(token, 0) + 1
        known.update(own)
    for token in weights:
        weights[token] *= _rarity(having.get(token, 1), len(sentences))  # a word may stand outside of all sentences
    total = sum(weights.values()) or 1.0
    shares = np.zeros(len(sentences), np.float32)
    for number, known in inside.items():
        shares[number] = sum([weights[word] for word in known]) / total
    return shares, sum(weights.values()) / wanted.rarity()


def highlight_tokens(candidates: CandidateSet, tag: str, lang: str) -> frozenset[str]:
    """The tokens to highlight in texts of a language."""
    # Single letters are left out: the E of E-99 is no reason to highlight E-17.
    own = frozenset(t for t in tokens(candidates.parsed_query.text, tag, query=True) if len(t) > 1 or not t.isascii())
    if candidates.expansions and family(tag) == family(lang):
        return own | frozenset(synonyms.means_tokens(candidates.expansions, lang))
    return own


@lru_cache(maxsize=4096)
def _rarity(having: int, sentences: int) -> float:
    """What a word that so many of the sentences have says, by the share of one that stands in a single sentence."""
    return math.sqrt(math.log1p(sentences / having) / math.log1p(sentences))


@lru_cache(maxsize=4096)
def _phrase(text: str) -> str:
    """The words of a text in their order, a space around each; of Chinese in one script."""
    return f" {' '.join(fold(to_simplified(word).casefold()) for word in words(text))} "


@lru_cache(maxsize=8192)
def _written(name: str, lang: str) -> tuple[str, frozenset[str]] | None:
    """A name as it stands in a question, and the forms of its words, where all of them are looked for: of `Model A` one
    is. None for what is no name: `a` is a word, and a number counts something."""
    phrase = _phrase(name)
    said = phrase.strip()
    if not said or (len(said) == 1 and (said.isdigit() or said in STOP[family(lang)] or WIDE.match(said))):
        return None
    own = words_of(name, lang)
    # Where words have no spaces between them the name has none around it.
    return said if WIDE.search(said) else phrase, own if len(own) >= len(phrase.split()) else frozenset()
