"""Progress output of reading and embedding, on a terminal or in a log."""

import sys
import time

from app.ops.bootstrap import Progress

_A_MOMENT = 1.0


class EmbeddingProgress:
    """Say it while there is something to embed: texts done, and the time left. Nothing is said when nothing is."""

    def __init__(self) -> None:
        self._progress = Progress("Embedding", stream=sys.stderr)
        self._total = 0
        self._said = ""

    def __enter__(self) -> "EmbeddingProgress":
        return self

    def __call__(self, done: int, total: int) -> None:
        self._total = total
        self._progress.at(done, total, f"{done} of {total} texts")

    def say(self, sentence: str) -> None:
        """Print what is being waited for, on a line of its own; a sentence that was said last only again when it
        changes."""
        if sentence != self._said:
            self._said = sentence
            print(sentence, file=sys.stderr, flush=True)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._total and kind is None:
            self._progress.done(f"{self._total} texts")


class ReadingProgress:
    """Say how many files are read while that takes longer than a moment."""

    def __init__(self) -> None:
        self._progress = Progress("Reading articles", stream=sys.stderr)
        self._began = time.monotonic()
        self._said = False

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._began > _A_MOMENT:
            self._said = True
            self._progress.at(done, total, f"{done} of {total} files")

    def done(self) -> None:
        if self._said:
            self._progress.done()


class TryingProgress:
    """Say how many questions were tried while that takes longer than a moment."""

    def __init__(self, total: int) -> None:
        self._progress = Progress("Trying questions", stream=sys.stderr)
        self._began = time.monotonic()
        self._total = total
        self._tried = 0
        self._said = False

    def __call__(self, _seconds: float) -> None:
        self._tried += 1
        if time.monotonic() - self._began > _A_MOMENT:
            self._said = True
            self._progress.at(self._tried, self._total, f"{self._tried} of {self._total}")

    def done(self) -> None:
        if self._said:
            self._progress.done(f"{self._tried} questions")
