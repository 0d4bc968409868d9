"""Pure: learned fusion (linear learning to rank): the evidence for each candidate article becomes one score.

Reciprocal rank fusion is worse than vectors alone across languages, since the keyword retriever finds only the query's
own language. So scores are fused instead of ranks: features are computed for every candidate and combined by a linear
model. It was fitted by `python -m bench.fit` on collections with a licence, minimising ListNet's top-one loss (the
softmax share of the right article; Cao et al., ICML 2007), and is the same for every language and collection.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_WEIGHTS = Path(__file__).parents[1] / "data" / "fusion.json"

FEATURES = (
    "cosine", "cosine_z", "cosine_squared", "keyword", "keyword_root", "keyword_z", "keyword_z_log", "keyword_share",
    "keyword_share_squared", "passage", "passage_root", "passage_z", "passage_z_log", "passage_share", "coverage",
    "coverage_share", "title", "title_squared", "title_gap", "same_language", "both", "window", "exact",
    "title_across", "title_coverage", "title_keyword", "title_window",
)  # fmt: skip

# Below this share of a question its best words are few.
_THIRD = 0.3


@dataclass(frozen=True)
class Evidence:
    """Features before fusion, one row a candidate article; every array has shape (candidates,).

    `cosine`: best centred cosine of its passages; `cosine_z`: its z-score over all passages of the collection.
    `keyword`: article BM25 divided by the query's idf mass; `keyword_z`: z-score of BM25 over the articles of its
    language. `passage`: best passage's BM25 by idf mass; `passage_z`: its z-score over all passages. `coverage`: the
    greatest share of the query's idf mass found in one passage; `exact`: the same for unstemmed words without accents.
    `window`: best cosine of a window of a passage (index/parts/windows.py). `title`: best cosine of its title and
    questions, 0 without, and of those of its translations; `own_title`: without the translations.
    `unique_title`: 1 / number of articles with this title. `same_language`: 1.0 or 0.0.
    """

    cosine: Floats
    cosine_z: Floats
    keyword: Floats
    keyword_z: Floats
    passage: Floats
    passage_z: Floats
    coverage: Floats
    window: Floats
    exact: Floats
    title: Floats
    own_title: Floats
    unique_title: Floats
    same_language: Floats

    def __len__(self) -> int:
        return len(self.cosine)


def features(e: Evidence) -> Floats:
    """Shape (candidates, len(FEATURES)), in the order of FEATURES."""
    if len(e) == 0:
        return np.zeros((0, len(FEATURES)), np.float32)
    # A title that many articles share does not tell them apart; for those, and for articles without a title, the text's
    # cosine is imputed, so that the same weights work for collections with and without titles.
    text = np.maximum(e.cosine, 0.9 * e.window)
    title = e.unique_title * e.title + (1 - e.unique_title) * text
    keyword_share, passage_share, coverage_share = (_share(v, e) for v in (e.keyword, e.passage, e.coverage))
    columns = (
        e.cosine, e.cosine_z, e.cosine**2,
        e.keyword, _root(e.keyword), e.keyword_z, np.log1p(np.maximum(e.keyword_z, 0)), keyword_share, keyword_share**2,
        e.passage, _root(e.passage), e.passage_z, np.log1p(np.maximum(e.passage_z, 0)), passage_share,
        e.coverage, coverage_share,
        title, np.maximum(title, 0) ** 2, title - title.max(),
        e.same_language, e.cosine * e.keyword, e.window, e.exact,
        title * (1 - e.same_language), title * e.coverage, title * e.keyword, title * e.window,
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def _share(values: Floats, e: Evidence) -> Floats:
    """Each value divided by the best candidate's. In another language than the question's, where others are in it, by
    a third of the question at least: words that two languages share are names, and where nothing else is found, one of
    them (`chat`) covers no question."""
    best = max(float(values.max()), 1e-6)
    shares = values / best
    if best >= _THIRD or e.same_language.max() < 1:
        return shares
    return np.asarray(shares - (1 - e.same_language) * (shares - values / _THIRD), np.float32)


def _root(values: Floats) -> Floats:
    return np.sqrt(np.maximum(values, 0))


@lru_cache(maxsize=1)
def weights() -> Mapping[str, float]:
    """The shipped weight of each feature."""
    stored: dict[str, float] = json.loads(_WEIGHTS.read_text(encoding="utf-8"))["weights"]
    return stored


def score(matrix: Floats, boost: Floats, use: Mapping[str, float] | None = None) -> Floats:
    """One score a candidate, greater is better; `boost` is the author's factor (1.0 = none), applied as a log-odds."""
    vector = _shipped_vector() if use is None else _vector(use)
    # Rounded, so that equal evidence ties whatever the processor's order of summation.
    return np.asarray(np.round(matrix @ vector + np.log(np.maximum(boost, 1e-3)), 4), np.float32)


def _vector(by_name: Mapping[str, float]) -> Floats:
    return np.array([by_name.get(name, 0.0) for name in FEATURES], np.float32)


@lru_cache(maxsize=1)
def _shipped_vector() -> Floats:
    return _vector(weights())


def keyword_only(e: Evidence, boost: Floats) -> Floats:
    """The fallback score without vectors: article BM25 plus half of the best passage's, times the author's boost."""
    return np.asarray((e.keyword + 0.5 * e.passage) * np.maximum(boost, 1e-3), np.float32)
