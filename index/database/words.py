"""Pure: the words of one kind and family in memory, by numbers that stay while an epoch lasts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.database.rows import FIGURES, TermRows


def _none(kind: type) -> NDArray:  # type: ignore[type-arg]
    return np.zeros(0, kind)


@dataclass(frozen=True)
class Words:
    """`ids` numbers the words that are in use; `words` and the figures are by number. `updated` copies."""

    words: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    frequency: NDArray[np.int32] = field(default_factory=lambda: _none(np.int32))
    first: NDArray[np.float32] = field(default_factory=lambda: _none(np.float32))
    second: NDArray[np.float32] = field(default_factory=lambda: _none(np.float32))
    passage_frequency: NDArray[np.int32] = field(default_factory=lambda: _none(np.int32))
    passage_first: NDArray[np.float32] = field(default_factory=lambda: _none(np.float32))
    passage_second: NDArray[np.float32] = field(default_factory=lambda: _none(np.float32))

    def updated(self, rows: TermRows) -> "Words":
        """With these rows in place of those with the same numbers."""
        size = max(len(self.words), int(rows.numbers.max(initial=-1)) + 1)
        words = [*self.words, *([""] * (size - len(self.words)))]
        ids = dict(self.ids)
        figures = {}
        for name in FIGURES:
            old = getattr(self, name)
            figures[name] = np.concatenate([old, np.zeros(size - len(old), old.dtype)])
            figures[name][rows.numbers] = getattr(rows, name)
        used = (rows.frequency > 0) | (rows.passage_frequency > 0)
        for number, word, is_used in zip(rows.numbers.tolist(), rows.words, used.tolist(), strict=True):
            words[number] = word
            if is_used:
                ids[word] = number
            else:
                ids.pop(word, None)
        return Words(words, ids, **figures)

    def number(self, words: Iterable[str]) -> "tuple[dict[str, int], list[str]]":
        """The numbers of words, new ones after all that were ever given, and which words are new."""
        known = {word: number for number, word in enumerate(self.words) if word}
        new: list[str] = []
        for word in words:
            if word not in known:
                known[word] = len(self.words) + len(new)
                new.append(word)
        return known, new
