"""Unanswerable (out-of-scope) questions, to fit and test when search says that it has no answer.

Written for this product, in `index/data/no_answer/<language>.txt`: one question a line, under the name of its topic. A
help centre may cover a topic after all (a bank, a vet), so callers leave out the topics it covers.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "no_answer"


@dataclass(frozen=True)
class UnanswerableQuestion:
    """A question that a typical help centre cannot answer. `topic` is in the language of its file."""

    lang: str
    topic: str
    text: str


@lru_cache(maxsize=1)
def unanswerable_questions() -> tuple[UnanswerableQuestion, ...]:
    """All questions, grouped by language."""
    questions = []
    for path in sorted(FOLDER.glob("*.txt")):
        topic = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                topic = line.lstrip("# ").strip()
            elif line.strip():
                questions.append(UnanswerableQuestion(path.stem, topic, line.strip()))
    return tuple(questions)


def held_out(text: str) -> bool:
    """Whether a question is in the test half; decided by a hash of its text, so the same in every run."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1
