"""Questions a typical help centre has no answer to: they teach, and test, when to say so.

Written for this product, in `index/data/no_answer/<language>.txt`: one question a line, under the name of its topic. A
topic can be a help centre's own (a bank's, a vet's), so whoever uses them leaves out those that are.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "no_answer"


@dataclass(frozen=True)
class UnanswerableQuestion:
    """A question without an answer. `topic` is named in the language of its file."""

    lang: str
    topic: str
    text: str


@lru_cache(maxsize=1)
def strangers() -> tuple[UnanswerableQuestion, ...]:
    """Every question, language by language."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        topic = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                topic = line.lstrip("# ").strip()
            elif line.strip():
                found.append(UnanswerableQuestion(path.stem, topic, line.strip()))
    return tuple(found)


def held_out(text: str) -> bool:
    """Whether a question is in the half that tests. By its text alone, so that it is so in every run."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1
