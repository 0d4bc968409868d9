"""Signals that the first result is right: its evidence against the rest's, and what of the question it leaves out.

`confidence` asks whether the answer is among the five shown. A near question (about our product, but nothing that
anybody wrote) has five good-looking results and no answer: all its words match but the one that matters. So these
signals read what the question's informative words find in the first article and in the passage shown, and how far the
first stands out from the rest and from articles on another topic.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.analysis import family, tokens
from index.parts.lexicon import Level, Lexicon
from index.query.asked_quantity import Quantity, names_quantity, quantity_asked
from index.query.character_pairs import between_words
from index.query.commonness import informativeness
from index.query.synonyms import Expansion
from index.ranking.first_names import COLUMNS as _COLUMNS
from index.ranking.first_names import FIRST_SIGNALS
from index.ranking.fuse import Evidence, Floats
from index.ranking.retrievers import query_words
from index.storage.generation import Generation

Rows = NDArray[np.int64]

# Default of a margin where there is no other candidate.
_NO_RIVAL = 5.0
# Articles this similar (cosine of their mean passages) are about the same topic.
_SAME_TOPIC = 0.5
# Rivals looked at.
_RIVALS = 10
_IDF_SCALE = 7.0
# In fewer articles than these, a question of which this share is said in words that none of them has is another one as
# often as not (docs/search.md).
_FEW_ARTICLES, _UNKNOWN_SHARE = 25, 0.5


def first_signals(
    generation: Generation,
    evidence: Evidence,
    rows: Rows,
    passages: Mapping[int, int],
    scores: Floats,
    order: Rows,
    text: str,
    lang: str,
    expansions: Sequence[Expansion],
) -> tuple[Floats, Floats]:
    """The input of the calibration of the first result, shape (len(FIRST_SIGNALS),); and the same as it counts for the
    five shown. There an unknown pair of Chinese characters between two words is none: it may hide what tells a question
    from a near one, so that no answer is crowned for it, but sends nobody to a person.

    `rows` are the candidates' article rows, `passages` the best passage of each; `scores` and `order` as in Ranking;
    `text` is the query as searched.
    """
    if len(order) == 0:
        none = np.zeros(len(FIRST_SIGNALS), np.float32)
        return none, none
    first, rest = int(order[0]), order[1:]
    row = int(rows[first])
    passage = int(passages[row])
    columns = [getattr(evidence, name) for name in _COLUMNS]
    values = [float(column[first]) for column in columns]
    best = sum(bool(len(rest) == 0 or column[first] >= column[rest].max()) for column in columns) / len(columns)
    s = scores[order].astype(np.float64)
    odds = np.exp(s - s[0])
    share = float(odds[0] / odds.sum())
    margin = float(s[0] - s[1]) if len(s) > 1 else _NO_RIVAL
    five = float(s[0] - s[1:5].mean()) if len(s) > 1 else _NO_RIVAL
    generation.prepare_ranked(
        [int(r) for r in rows[order[: _RIVALS + 1]]], [int(passages[int(r)]) for r in rows[order[:_RIVALS]]]
    )
    topic, near = _topic_margin(generation, rows, order, s)
    same = str(generation.article_family[row]) == family(lang)
    pairs = query_words(generation, str(generation.article_family[row]), text, lang)
    strict, lenient = _words(generation, row, passage, pairs, same, expansions)
    size = float(np.log(len(generation.rows_by_key) + 1)) / 7
    before = [
        *values,
        float(s[0]) / 10, float(np.log(share / (1 - share + 1e-3))), float(np.log1p(max(margin, 0))),
        float(np.log1p(max(five, 0))), float(np.log1p(max(topic, 0))), near, best,
    ]  # fmt: skip
    after = [size, size * float(evidence.cosine[first])]
    of_first = np.array([*before, *strict, *after], np.float32)
    return of_first, of_first if lenient is strict else np.array([*before, *lenient, *after], np.float32)


def is_mostly_unknown(generation: Generation, signals: Floats) -> bool:
    """Whether most of what a question says, everyday words aside, stands in none of few articles. Later the signals
    weigh that; in the first weeks what is left of the question stands out in whatever article has it."""
    share = signals[FIRST_SIGNALS.index("rare_unknown")]
    return len(generation.rows_by_key) < _FEW_ARTICLES and bool(share >= _UNKNOWN_SHARE)


def missing_quantity(generation: Generation, row: int, text: str) -> Quantity | None:
    """The quantity (how long, how much money) that a question asks for and nothing in an article names; None where it
    asks for none or the article names one."""
    quantity = quantity_asked(text)
    if quantity is None:
        return None
    passages = range(int(generation.first_passage[row]), int(generation.first_passage[row + 1]))
    generation.prepare_shown(passages)
    named = any(names_quantity(generation.passages[at].text, quantity) for at in passages)
    return None if named else quantity


def _topic_margin(generation: Generation, rows: Rows, order: Rows, s: np.ndarray) -> tuple[float, float]:
    """(score margin to the best candidate about another topic, share of the nearest rivals about the same one)."""
    top = [int(r) for r in rows[order[: _RIVALS + 1]]]
    if len(top) < 2:
        return _NO_RIVAL, 0.0
    means = generation.article_means(top)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
    near = means[1:] @ means[0] > _SAME_TOPIC
    other = np.flatnonzero(~near)
    return float(s[0] - s[1 + other[0]]) if len(other) else float(s[0] - s[len(top) - 1]), float(near.mean())


def _words(
    generation: Generation,
    row: int,
    passage: int,
    pairs: Sequence[tuple[str, str]],
    same: bool,
    expansions: Sequence[Expansion],
) -> tuple[list[float], list[float]]:
    """What of the question's words the first article and the shown passage lack, zeros in another language; and the
    same without pairs of Chinese characters between two words."""
    name = str(generation.article_family[row])
    count = float(np.sqrt(len(pairs)))
    if not same or not pairs:
        none = [count, float(not same), *([0.0] * 8)]
        return none, none
    lexicon = generation.lexicons[name]
    ids = lexicon.lookup([token for token, _ in pairs])
    known = np.array([i is not None for i in ids])
    idf = lexicon.articles.idf(ids)
    in_article = contained(lexicon.articles, int(generation.row_in_family[row]), ids)
    in_passage = contained(lexicon.passages, int(generation.passage_in_family[passage]), ids)
    if expansions:
        # A word counts as found where one of its synonyms is.
        expanded = expanded_words(lexicon, int(generation.row_in_family[row]), pairs, expansions, name)
        known, in_article, in_passage = known | expanded, in_article | expanded, in_passage | expanded
    missing, lacking = ~in_article & known, ~in_passage & known
    informative = np.array([informativeness(word) for _, word in pairs])

    def lack(idf: np.ndarray, unknown: NDArray[np.bool_]) -> list[float]:
        weighed = idf * informative
        return [
            count, 0.0,
            _share(idf, unknown), _most(idf, unknown), _share(weighed, missing), _most(weighed, missing),
            _share(weighed, unknown), _most(weighed, unknown), _share(weighed, lacking), _most(weighed, lacking),
        ]  # fmt: skip

    strict, between = lack(idf, ~known), between_words([token for token, _ in pairs], known)
    return strict, lack(np.where(between, np.float32(0), idf), ~known & ~between) if between.any() else strict


def expanded_words(
    lexicon: Lexicon, row: int, pairs: Sequence[tuple[str, str]], expansions: Sequence[Expansion], lang: str
) -> NDArray[np.bool_]:
    """For which of the words an article, a row of its family's lexicon, has a synonym."""
    found: set[str] = set()
    for expansion in expansions:
        for word in expansion.means:
            own = contained(lexicon.articles, row, lexicon.lookup(tokens(word, lang, query=True)))
            if len(own) and own.all():
                found.update(expansion.typed)
    return np.array([token in found for token, _ in pairs], bool)


def contained(level: Level, row: int, ids: Sequence[int | None]) -> NDArray[np.bool_]:
    """Which of the words a row of a lexicon has."""
    own = level.row_words(row)
    return np.array([i is not None and i in own for i in ids], bool)


def _share(weights: np.ndarray, chosen: NDArray[np.bool_]) -> float:
    return float(weights[chosen].sum() / max(float(weights.sum()), 1e-6))


def _most(weights: np.ndarray, chosen: NDArray[np.bool_]) -> float:
    return float(weights[chosen].max(initial=0.0)) / _IDF_SCALE
