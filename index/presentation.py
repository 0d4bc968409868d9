"""What of a result is shown: the sentence that answers, and how many articles are worth a look.

Neither decides anything: the order and the verdict stand when this is asked.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from index.analysis import family, tokens
from index.models import ArticleHit
from index.parts.passages import IndexedPassage
from index.protocols import Vectors
from index.storage.generation import Generation

# A share of the question's informative words counts as much as in choosing the passage (index/ranking/evidence.py).
_WORDS_WEIGHT = 0.3
# Scores are log-odds: an article this far below the best is the right one once in twenty times at most. Of the demo's
# typed questions 99 % have theirs within 2.2.
PLAUSIBLE_GAP = 3.0
_LEAST_SHOWN = 3
# Between sentences that nothing else tells apart: the cell of a table says less than a sentence of this many letters.
_LENGTH_WEIGHT, _FULL_LENGTH = 0.03, 40


def answering_sentence(
    generation: Generation,
    row: int,
    passage: int,
    stored: IndexedPassage,
    vectors: Mapping[str, Vectors] | None,
    highlights: Sequence[tuple[int, int]],
    wanted: frozenset[str],
) -> int | None:
    """The number of the sentence of a passage that answers best: by its window's meaning and by the question's words.

    `highlights` are where the words `wanted` stand in the passage. None where nothing speaks for any sentence.
    """
    if not stored.sentences or (vectors is None and not highlights):
        return None
    lang = generation.articles[row].lang
    score = np.array([_LENGTH_WEIGHT * min(1.0, (end - start) / _FULL_LENGTH) for start, end, _ in stored.sentences])
    if vectors is not None:
        cosines = _window_cosines(generation, passage, lang, vectors)
        score += cosines[np.minimum([window for _, _, window in stored.sentences], len(cosines) - 1)]
    if highlights:
        score += _WORDS_WEIGHT * _word_shares(generation, lang, stored, highlights, wanted)
    return int(score.argmax())


def plausible(hits: Sequence[ArticleHit]) -> int:
    """How many of the hits, from the first on, are near enough to the best one to be shown without being asked for."""
    ranked = [hit.score for hit in hits if not hit.pinned]
    if not ranked:
        return len(hits)
    near = sum(score >= max(ranked) - PLAUSIBLE_GAP for score in ranked) + len(hits) - len(ranked)
    return max(near, min(_LEAST_SHOWN, len(hits)))


def _window_cosines(generation: Generation, passage: int, lang: str, vectors: Mapping[str, Vectors]) -> Vectors:
    windows, query = generation.windows, vectors.get(lang, vectors[""])
    rows = slice(int(windows.starts[passage]), int(windows.starts[passage + 1]))
    found: Vectors = windows.vectors[rows].astype(np.float32) @ query - generation.means.passage(lang) @ query
    return np.asarray(found / np.maximum(windows.lengths[rows], 1e-6), np.float32)


def _word_shares(
    generation: Generation,
    lang: str,
    stored: IndexedPassage,
    highlights: Sequence[tuple[int, int]],
    wanted: frozenset[str],
) -> Vectors:
    """Of the question's words in the passage, the share that each sentence has, rare words before common ones."""
    lexicon = generation.lexicons[family(lang)]
    rows = lexicon.articles.rows
    weights: dict[str, float] = {}
    inside: list[set[str]] = [set() for _ in stored.sentences]
    own_tokens: dict[str, frozenset[str]] = {}
    for start, end in highlights:
        text = stored.text[start:end]
        if text not in own_tokens:
            own_tokens[text] = wanted.intersection(tokens(text, lang))
        own = own_tokens[text]
        for token in own:
            if token not in weights:
                number = lexicon.ids.get(token)
                frequency = 0 if number is None else int(lexicon.articles.frequency[number])
                weights[token] = math.log1p((rows - frequency + 0.5) / (frequency + 0.5))
        for words, (first, last, _) in zip(inside, stored.sentences, strict=True):
            if start < last and end > first:
                words |= own
    total = sum(weights.values()) or 1.0
    return np.array([sum(weights[word] for word in words) / total for words in inside], np.float32)
