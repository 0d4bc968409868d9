"""Vectors of windows: pieces of about 300 characters of every body passage, without its title.

One vector for a whole passage blurs what single sentences say. The nearest window is a witness of its own, and what
finds answers in other languages (what it adds to every set: docs/search.md). Kept as the model gave them, in half
precision, and mapped: a search reads those of its candidates only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.parts import arrays
from index.parts.language_centering import Means
from index.parts.row_reuse import Run, borders, spliced, widened
from index.protocols import Vectors

Rows = NDArray[np.int64]
Halves = NDArray[np.float16]
# So many windows at once are made single precision while a generation is written.
_CHUNK = 8192


@dataclass(frozen=True, eq=False)
class Windows:
    """Row p's windows are `vectors[starts[p]:starts[p + 1]]`, at least one; `lengths` are those of the vectors less the
    mean of their language."""

    starts: NDArray[np.int64]
    vectors: Halves
    lengths: NDArray[np.float32]

    @staticmethod
    def of(counts: Sequence[int], vectors: Vectors) -> "Windows":
        """`counts` says how many windows each passage has."""
        return Windows(borders(counts), vectors.astype(np.float16), np.ones(len(vectors), np.float32))

    @staticmethod
    def spliced(runs: Sequence[Run], old: "Windows | None", new: "Windows") -> "Windows":
        """Rows of both put together; `runs` are of passages."""
        before = old or new
        own = widened(runs, before.starts, new.starts)
        return Windows(
            borders(spliced(runs, np.diff(before.starts), np.diff(new.starts))),
            spliced(own, before.vectors, new.vectors),
            spliced(own, before.lengths, new.lengths),
        )

    def measured(self, langs: NDArray[np.str_], means: Means) -> "Windows":
        """The same with their lengths; `langs` are the passages' languages."""
        tags = np.repeat(langs, np.diff(self.starts))
        lengths = np.ones(len(self.vectors), np.float32)
        for lang in sorted(set(langs.tolist())):
            rows = np.flatnonzero(tags == lang)
            for some in np.array_split(rows, -(-len(rows) // _CHUNK) or 1):
                moved = self.vectors[some].astype(np.float32) - means.passage(lang)
                lengths[some] = np.linalg.norm(moved, axis=1)
        return Windows(self.starts, self.vectors, lengths)

    def save(self, path: Path) -> None:
        arrays.write(path, {"starts": self.starts, "vectors": self.vectors, "lengths": self.lengths})

    @staticmethod
    def load(path: Path) -> "Windows":
        return Windows(**arrays.read(path))

    def __len__(self) -> int:
        return len(self.vectors)

    def best(
        self, passages: Rows, langs: NDArray[np.str_], means: Means, vectors: Mapping[str, Vectors]
    ) -> NDArray[np.float32]:
        """The greatest cosine of a window of each of `passages`, in languages `langs`, with the question.

        `vectors` holds the question's vectors by language, less their mean; '' stands for the other languages.
        """
        found = np.zeros(len(passages), np.float32)
        for lang in sorted(set(langs.tolist())):
            asked = vectors.get(lang, vectors[""])
            own = np.flatnonzero(langs == lang)
            first, last = self.starts[passages[own]], self.starts[passages[own] + 1]
            begins = borders(last - first)
            rows = np.arange(begins[-1]) - np.repeat(begins[:-1] - first, last - first)
            scores = self.vectors[rows].astype(np.float32) @ asked - means.passage(lang) @ asked
            found[own] = np.maximum.reduceat(scores / np.maximum(self.lengths[rows], 1e-6), begins[:-1])
        return found
