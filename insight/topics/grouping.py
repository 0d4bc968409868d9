"""Pure: groups questions of several languages by meaning, without being told how many groups there are.

Two steps over language-centred vectors (index/parts/language_centering.py):

1. **Twins across languages.** A question and its nearest of another language are linked when each is the other's
   nearest by ratio margin (Artetxe and Schwenk 2019, arXiv 1811.01136): similarity divided by the mean similarity of
   both with their nearest few. A translation is often no nearer than another question about the same thing, so no
   threshold finds it; being each other's best does.
2. **Average linkage** (agglomerative, by reciprocal nearest neighbours) until no two groups have a mean similarity of
   `_SAME` within their common languages. Two groups that both speak the same two languages or more are kept apart
   where each is clearly nearer to its own translations than to the other's: translations tell questions apart that
   share all their words but one.

The figures were chosen on banking77, on XQuAD in three languages and on the demo's own questions;
docs/operate/insight.md has what they reach.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from index.protocols import Vectors

# Mean cosine of two groups within their common languages from which they are one.
_SAME = 0.45
# Two groups are told apart by translations where they are less than this share as near to each other's as to their own.
_TOLD_APART = 0.9
# Neighbours whose mean similarity a twin is measured against.
_AROUND = 4
# The least cosine of twins; between languages with few questions the neighbourhood says nothing, so it is higher there.
_TWIN_FLOOR = 0.25
_FEW = 50
_TWIN_FLOOR_OF_FEW = 0.35
# Most similar groups of a language that are tried before a group is left alone in a round.
_CANDIDATES = 16
# Rows of a matrix of similarities at a time: 512 x 20,000 questions are 40 MB.
_BLOCK = 512

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def group(vectors: Vectors, langs: Sequence[str]) -> Ints:
    """The number of the group of each question (n,), from 0 in order of first appearance.

    `vectors` (n, dimensions) float32, centred on their languages and of length 1; `langs` their language tags.
    """
    if len(vectors) != len(langs):
        raise ValueError(f"{len(vectors)} vectors have {len(langs)} languages")
    if not len(vectors):
        return np.zeros(0, np.int64)
    numbered = np.unique(np.asarray(langs), return_inverse=True)[1]
    # Equal vectors are one question: so many at one distance would fill the candidates of all of them.
    keys = np.concatenate([vectors, numbered[:, None]], axis=1)
    _, first, question = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    groups = _Groups(np.asarray(vectors, np.float32)[first], numbered[first])
    groups.link_twins()
    groups.merge_similar()
    return _in_order_of_appearance(groups.numbers()[question.ravel()])


def _in_order_of_appearance(numbers: Ints) -> Ints:
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


class _Groups:
    """Groups as sets of rows; a row is the sum of the vectors that one group has in one language."""

    def __init__(self, vectors: Floats, langs: Ints) -> None:
        self._vectors = vectors
        self._langs = langs
        n = len(vectors)
        self._sums = vectors.copy()
        self._counts = np.ones(n, np.float32)
        # A row's group is -1 once the row was added to another.
        self._group_of_row = np.arange(n)
        self._rows: dict[int, dict[int, int]] = {i: {int(langs[i]): i} for i in range(n)}
        self._members: dict[int, list[int]] = {i: [i] for i in range(n)}

    def numbers(self) -> Ints:
        """Each question's group."""
        out = np.zeros(len(self._vectors), np.int64)
        for number, members in enumerate(self._members.values()):
            out[members] = number
        return out

    def link_twins(self) -> None:
        """Join each other's nearest across languages, best first, at most one question a language in a group."""
        found = []
        for first, second in combinations(range(int(self._langs.max()) + 1), 2):
            found += _twins(self._vectors, np.flatnonzero(self._langs == first), np.flatnonzero(self._langs == second))
        home = list(range(len(self._vectors)))
        for _, left, right in sorted(found, reverse=True):
            a, b = home[left], home[right]
            if a != b and not self._rows[a].keys() & self._rows[b].keys():
                for member in self._members[b]:
                    home[member] = a
                self._join(a, b)

    def merge_similar(self) -> None:
        """Average linkage: in each round, all pairs that are each other's most similar are joined.

        A joined group is never more similar to a third than the nearer of its two parts was, so only those whose
        choice is gone choose again: this gives what joining one pair at a time gives.
        """
        choice: dict[int, int] = {}
        undecided = sorted(self._members)
        while undecided:
            choice |= self._choose(undecided)
            pairs = [(a, b) for a, b in choice.items() if a < b and choice.get(b) == a]
            if not pairs:
                return
            gone = set()
            for a, b in pairs:
                self._join(a, b)
                gone |= {a, b}
            choice = {a: b for a, b in choice.items() if a not in gone}
            undecided = sorted({a for a, _ in pairs} | {a for a, b in choice.items() if b in gone})

    def _choose(self, groups: Sequence[int]) -> dict[int, int]:
        """For each of these groups the most similar other one that is similar enough and not told apart."""
        candidates: dict[int, set[int]] = {g: set() for g in groups}
        live = np.flatnonzero(self._group_of_row >= 0)
        means = self._sums / self._counts[:, None]
        for lang in np.unique(self._langs[live]):
            there = live[self._langs[live] == lang]
            owners, others = self._group_of_row[there], means[there]
            rows = [self._rows[g][int(lang)] for g in groups if int(lang) in self._rows[g]]
            for begin in range(0, len(rows), _BLOCK):
                block = rows[begin : begin + _BLOCK]
                similar = means[block] @ others.T
                for i, row in enumerate(block):
                    near = np.flatnonzero(similar[i] >= _SAME)
                    if len(near) > _CANDIDATES:
                        near = near[np.argpartition(similar[i, near], -_CANDIDATES)[-_CANDIDATES:]]
                    own = int(self._group_of_row[row])
                    candidates[own].update(owners[near].tolist())
        chosen: dict[int, int] = {}
        for g, found in candidates.items():
            for similarity, other in sorted(((self._similarity(g, o), o) for o in found if o != g), reverse=True):
                if similarity < _SAME:
                    break
                if not self._told_apart(g, other):
                    chosen[g] = other
                    break
        return chosen

    def _similarity(self, a: int, b: int) -> float:
        """The mean cosine of all pairs of questions of one language, one of each group."""
        dots = weights = 0.0
        for lang in self._rows[a].keys() & self._rows[b].keys():
            mine, other = self._rows[a][lang], self._rows[b][lang]
            dots += float(self._sums[mine] @ self._sums[other])
            weights += float(self._counts[mine] * self._counts[other])
        return dots / weights

    def _told_apart(self, a: int, b: int) -> bool:
        """Whether both are clearly nearer to their own translations than to the other's."""
        common = sorted(self._rows[a].keys() & self._rows[b].keys())
        if len(common) < 2:
            return False
        ours, theirs = (
            np.stack([self._sums[self._rows[g][lang]] / self._counts[self._rows[g][lang]] for lang in common])
            for g in (a, b)
        )
        between = ~np.eye(len(common), dtype=bool)
        own = ((ours @ ours.T)[between].mean() + (theirs @ theirs.T)[between].mean()) / 2
        return bool((ours @ theirs.T)[between].mean() < _TOLD_APART * own)

    def _join(self, a: int, b: int) -> None:
        rows = self._rows[a]
        for lang, row in self._rows.pop(b).items():
            if lang in rows:
                self._sums[rows[lang]] += self._sums[row]
                self._counts[rows[lang]] += self._counts[row]
                self._group_of_row[row] = -1
            else:
                rows[lang] = row
                self._group_of_row[row] = a
        self._members[a] += self._members.pop(b)


def _twins(vectors: Floats, left: Ints, right: Ints) -> list[tuple[float, int, int]]:
    """Pairs of two languages that are each other's best by ratio margin, with that margin."""
    floor = _TWIN_FLOOR if min(len(left), len(right)) >= _FEW else _TWIN_FLOOR_OF_FEW
    around_left = _mean_of_nearest(vectors[left], vectors[right])
    around_right = _mean_of_nearest(vectors[right], vectors[left])
    best, margin = _best(vectors[left], vectors[right], around_left, around_right)
    back, _ = _best(vectors[right], vectors[left], around_right, around_left)
    mutual = np.flatnonzero(back[best] == np.arange(len(left)))
    cosine = np.einsum("ij,ij->i", vectors[left[mutual]], vectors[right[best[mutual]]])
    kept = mutual[(cosine >= floor) & (margin[mutual] >= 1)]
    return [(float(margin[i]), int(left[i]), int(right[best[i]])) for i in kept]


def _mean_of_nearest(these: Floats, others: Floats) -> Floats:
    few = min(_AROUND, len(others))
    parts = []
    for begin in range(0, len(these), _BLOCK):
        similar = these[begin : begin + _BLOCK] @ others.T
        parts.append(np.partition(similar, len(others) - few, axis=1)[:, -few:].mean(axis=1))
    return np.concatenate(parts)


def _best(these: Floats, others: Floats, around_these: Floats, around_others: Floats) -> tuple[Ints, Floats]:
    places, margins = [], []
    for begin in range(0, len(these), _BLOCK):
        end = begin + _BLOCK
        around = (around_these[begin:end, None] + around_others[None]) / 2
        margin = (these[begin:end] @ others.T) / np.maximum(around, 1e-6)
        places.append(margin.argmax(axis=1))
        margins.append(margin.max(axis=1))
    return np.concatenate(places), np.concatenate(margins)
