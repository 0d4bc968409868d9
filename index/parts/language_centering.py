"""Pure: per-language mean centering of embeddings, so that a query finds an answer in another language as easily.

E5 vectors carry a strong language component: in a mixed collection a query prefers texts of its own language.
Subtracting each language's mean removes it (mixed-language recall@5 from .52 to .93, docs/search.md). Passages are
centred on the mean of passages, titles on that of titles, queries and authors' `questions` on that of queries. Means
over many collections ship for the default model; they are the prior for a collection's own means of passages and
titles, which weigh more as these grow in number.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.protocols import Vectors

_SHIPPED = Path(__file__).parents[1] / "data" / "means.npz"
# Prior strength: this many passages (or titles) of a language weigh as much as the shipped mean.
_PRIOR = 100.0
_GROUPS = ("passage", "title", "query")
_PIECE = 512

Languages = Sequence[str] | NDArray[np.str_]
Rows = slice | NDArray[np.int64]


@dataclass(frozen=True)
class Means:
    """Mean vectors by language tag; '' is the mean over all languages, used for any other."""

    passages: Mapping[str, Vectors]
    titles: Mapping[str, Vectors]
    queries: Mapping[str, Vectors]

    def passage(self, lang: str) -> Vectors:
        return self.passages.get(lang, self.passages[""])

    def title(self, lang: str) -> Vectors:
        return self.titles.get(lang, self.titles[""])

    def query(self, lang: str) -> Vectors:
        return self.queries.get(lang, self.queries[""])

    @property
    def groups(self) -> tuple[Mapping[str, Vectors], ...]:
        return self.passages, self.titles, self.queries

    def save(self, path: Path) -> None:
        path.write_bytes(self.packed())

    def packed(self) -> bytes:
        """As they are stored."""
        groups = zip(_GROUPS, self.groups, strict=True)
        arrays: dict[str, Any] = {f"{group}/{lang}": v for group, means in groups for lang, v in means.items()}
        written = io.BytesIO()
        np.savez(written, **arrays)
        return written.getvalue()

    @staticmethod
    def load(path: Path) -> "Means":
        return means_of(path.read_bytes())


def means_of(packed: bytes) -> Means:
    """Means from what is stored."""
    with np.load(io.BytesIO(packed)) as stored:
        return _grouped({k: stored[k].astype(np.float32) for k in stored.files})


def _grouped(arrays: Mapping[str, Vectors]) -> Means:
    groups = [{k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{g}/")} for g in _GROUPS]
    return Means(*groups)


@lru_cache(maxsize=1)
def _shipped_vectors() -> dict[str, Vectors]:
    if not _SHIPPED.is_file():
        return {}
    with np.load(_SHIPPED) as stored:
        return {k: stored[k].astype(np.float32) for k in stored.files}


def shipped_means(fingerprint: str, dimensions: int) -> Means:
    """The means shipped for a model, or zeros for a model that has none."""
    model = fingerprint.split("@")[0]
    found = {k.removeprefix(f"{model}/"): v for k, v in _shipped_vectors().items() if k.startswith(f"{model}/")}
    if not found:
        zero = np.zeros(dimensions, np.float32)
        return Means({"": zero}, {"": zero}, {"": zero})
    return _grouped(found)


def of_collection(prior: Means, vectors: Vectors, langs: Languages, titles: Vectors, title_langs: Languages) -> Means:
    """The means for a collection: its own, shrunk towards the shipped ones where it is small.

    Without shipped means (another model), the titles' mean is used for queries, which are unknown at build time.
    """
    own_titles = _blend(prior.titles, titles, title_langs)
    queries = prior.queries if prior.queries[""].any() else own_titles
    return Means(_blend(prior.passages, vectors, langs), own_titles, queries)


def _blend(prior: Mapping[str, Vectors], vectors: Vectors, langs: Languages) -> dict[str, Vectors]:
    blended = dict(prior)
    for lang, rows in rows_by_language(np.asarray(langs)).items():
        own = vectors[rows]
        # The prior of a language without a shipped mean is the mean over all languages.
        base = prior.get(lang, prior[""])
        trust = _PRIOR if base.any() else 0.0
        blended[lang] = ((own.sum(axis=0) + trust * base) / (len(own) + trust)).astype(np.float32)
    return blended


def centred_queries(vectors: Vectors, langs: Sequence[str], prior: Means) -> Vectors:
    """Vectors of questions, each minus its language's mean: their own, shrunk towards `prior` where they are few."""
    means = _blend(prior.queries, vectors, langs)
    return subtract_mean(vectors, np.stack([means[lang] for lang in langs]))


def rows_by_language(langs: NDArray[np.str_]) -> dict[str, Rows]:
    """The rows of each language: a slice where they follow one another, as those of sorted articles do, so that they
    need not be copied."""
    if not len(langs):
        return {}
    starts = np.flatnonzero(np.concatenate(([True], langs[1:] != langs[:-1])))
    names: list[str] = langs[starts].tolist()
    if len(set(names)) < len(names):
        return {lang: np.flatnonzero(langs == lang) for lang in sorted(set(names))}
    ends = [*starts[1:].tolist(), len(langs)]
    return {lang: slice(start, end) for lang, start, end in zip(names, starts.tolist(), ends, strict=True)}


def pieces(rows: Rows) -> Iterator[Rows]:
    """Some hundred rows at a time: what is computed of them then stays in the processor's cache."""
    if not isinstance(rows, slice):
        yield from np.array_split(rows, -(-len(rows) // _PIECE) or 1)
        return
    for start in range(rows.start, rows.stop, _PIECE):
        yield slice(start, min(start + _PIECE, rows.stop))


def subtract_mean(vectors: Vectors, mean: Vectors) -> Vectors:
    """`vectors` minus `mean`, normalised to length 1. A vector that equals the mean becomes zero."""
    moved = vectors - mean
    length = np.linalg.norm(moved, axis=-1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-6), np.float32)
