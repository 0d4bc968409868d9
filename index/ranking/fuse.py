"""Pure: the evidence for each candidate article becomes one score.

Rank fusion is worse than vectors alone across languages, since the keyword leg finds only the question's own language.
So evidence speaks by its strength instead of its rank: features are computed for every candidate, and a linear model
weighs them. It was fitted by `python -m bench.fit` on collections with a licence, so that the right article's share of
a softmax over the candidates is greatest (ListNet's top-one loss; Cao et al., ICML 2007), and is the same for every
language and collection.
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


@dataclass(frozen=True)
class Evidence:
    """What the legs found, one row a candidate article; every array has shape (candidates,).

    `cosine`: best centred cosine of its passages; `cosine_z`: the same against all passages of the collection.
    `keyword`: article BM25 divided by the query's idf mass; `keyword_z`: BM25 against all articles of its language.
    `passage`: best passage's BM25 by idf mass; `passage_z`: against all passages. `coverage`: the greatest share of the
    query's idf mass standing in one passage; `exact`: the same of words as they are written, without accents. `window`:
    best cosine of a piece of a passage (index/parts/windows.py). `title`: best cosine of its title and questions, 0
    without, and of those of its translations; `own_title`: without these.
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
    # A title that many articles share says little about which of them is meant; then, and where there is none, the
    # text speaks for it, so that the same weights hold for collections with titles and without.
    text = np.maximum(e.cosine, 0.9 * e.window)
    title = e.unique_title * e.title + (1 - e.unique_title) * text
    keyword_share, passage_share, coverage_share = (_share(v) for v in (e.keyword, e.passage, e.coverage))
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


def _share(values: Floats) -> Floats:
    """Each value against the best candidate's."""
    return values / max(float(values.max()), 1e-6)


def _root(values: Floats) -> Floats:
    return np.sqrt(np.maximum(values, 0))


@lru_cache(maxsize=1)
def weights() -> Mapping[str, float]:
    """The shipped weight of each feature."""
    stored: dict[str, float] = json.loads(_WEIGHTS.read_text(encoding="utf-8"))["weights"]
    return stored


def score(matrix: Floats, boost: Floats, use: Mapping[str, float] | None = None) -> Floats:
    """One score a candidate, greater is better; `boost` is the author's factor (1.0 = none) and acts like odds."""
    chosen = use or weights()
    vector = np.array([chosen.get(name, 0.0) for name in FEATURES], np.float32)
    # Rounded, so that equal evidence ties whatever order the processor summed it in.
    return np.asarray(np.round(matrix @ vector + np.log(np.maximum(boost, 1e-3)), 4), np.float32)


def keyword_only(e: Evidence, boost: Floats) -> Floats:
    """The score without vectors: what is left when the model is missing."""
    return np.asarray((e.keyword + 0.5 * e.passage) * np.maximum(boost, 1e-3), np.float32)
