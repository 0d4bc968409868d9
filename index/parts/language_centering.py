"""Pure: take the language out of vectors, so that a question finds an answer in another language as easily.

E5 vectors carry a strong language component: in a mixed collection a question prefers texts of its own language.
Subtracting each language's mean removes it (mixed-language recall@5 from .52 to .93, docs/search.md). Passages lose
the mean of passages, titles that of titles, queries and authors' `questions` that of queries. Means that were measured
over many collections ship for the default model; a collection's own passages and titles correct theirs as they grow in
number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from index.protocols import Vectors

_SHIPPED = Path(__file__).parents[1] / "data" / "means.npz"
# So many passages (or titles) of a language weigh as much as the shipped mean.
_PRIOR = 100.0
_GROUPS = ("passage", "title", "query")


@dataclass(frozen=True)
class Means:
    """Mean vectors by language tag; '' holds the mean of the languages there are, used for any other."""

    passages: Mapping[str, Vectors]
    titles: Mapping[str, Vectors]
    queries: Mapping[str, Vectors]

    def passage(self, lang: str) -> Vectors:
        return self.passages.get(lang, self.passages[""])

    def title(self, lang: str) -> Vectors:
        return self.titles.get(lang, self.titles[""])

    def query(self, lang: str) -> Vectors:
        return self.queries.get(lang, self.queries[""])

    def save(self, path: Path) -> None:
        groups = zip(_GROUPS, (self.passages, self.titles, self.queries), strict=True)
        arrays: dict[str, Any] = {f"{group}/{lang}": v for group, means in groups for lang, v in means.items()}
        np.savez(path, **arrays)

    @staticmethod
    def load(path: Path) -> "Means":
        # numpy itself leaves a damaged file open.
        with path.open("rb") as file, np.load(file) as stored:
            return _grouped({k: stored[k].astype(np.float32) for k in stored.files})


def _grouped(arrays: Mapping[str, Vectors]) -> Means:
    groups = [{k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{g}/")} for g in _GROUPS]
    return Means(*groups)


@lru_cache(maxsize=1)
def _stored() -> dict[str, Vectors]:
    if not _SHIPPED.is_file():
        return {}
    with np.load(_SHIPPED) as stored:
        return {k: stored[k].astype(np.float32) for k in stored.files}


def shipped(fingerprint: str, dimensions: int) -> Means:
    """The means that come with a model, or zeros for a model that has none."""
    model = fingerprint.split("@")[0]
    found = {k.removeprefix(f"{model}/"): v for k, v in _stored().items() if k.startswith(f"{model}/")}
    if not found:
        zero = np.zeros(dimensions, np.float32)
        return Means({"": zero}, {"": zero}, {"": zero})
    return _grouped(found)


def of_collection(
    prior: Means, vectors: Vectors, langs: Sequence[str], titles: Vectors, title_langs: Sequence[str]
) -> Means:
    """The means to use with a collection: its own, drawn towards the shipped ones where it is small.

    Without shipped means (another model), the titles' mean stands for the queries', which nobody has seen.
    """
    own_titles = _blend(prior.titles, titles, title_langs)
    queries = prior.queries if prior.queries[""].any() else own_titles
    return Means(_blend(prior.passages, vectors, langs), own_titles, queries)


def _blend(prior: Mapping[str, Vectors], vectors: Vectors, langs: Sequence[str]) -> dict[str, Vectors]:
    blended = dict(prior)
    tags = np.array(langs)
    for lang in set(langs):
        own = vectors[tags == lang]
        # A language nobody measured starts from the general mean.
        base = prior.get(lang, prior[""])
        trust = _PRIOR if base.any() else 0.0
        blended[lang] = ((own.sum(axis=0) + trust * base) / (len(own) + trust)).astype(np.float32)
    return blended


def centred(vectors: Vectors, mean: Vectors) -> Vectors:
    """`vectors` less `mean`, each made of length 1 again. A vector that equals the mean becomes zero."""
    moved = vectors - mean
    length = np.linalg.norm(moved, axis=-1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-6), np.float32)
