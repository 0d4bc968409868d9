"""Progress output of embedding, on a terminal or in a log."""

import sys

from app.ops.bootstrap import Progress


class EmbeddingProgress:
    """Say it while there is something to embed: texts done, and the time left. Nothing is said when nothing is."""

    def __init__(self) -> None:
        self._progress = Progress("Embedding", stream=sys.stderr)
        self._total = 0

    def __enter__(self) -> "EmbeddingProgress":
        return self

    def __call__(self, done: int, total: int) -> None:
        self._total = total
        self._progress.at(done, total, f"{done} of {total} texts")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._total and kind is None:
            self._progress.done(f"{self._total} texts")
