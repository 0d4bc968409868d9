"""Questions that readers wrote for articles of others (bench/questions/README.md), and these articles."""

import csv
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.collection import Question, read_articles
from bench.fit import ARTICLES, DEMO
from core.texts.languages import canonical
from kb.models import Article
from kb.source.folder_reader import read_folder
from kb.transfer.service import look

FOLDER = Path(__file__).parent / "questions"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.tsv")))
KNOWN = "known"
# The documentation trees, beside the folder of the test sets.
_TREES = "real-kb.tar.gz"


@dataclass(frozen=True)
class Written:
    """A question, its kind, and the slugs of the articles that answer it."""

    question: Question
    kind: str
    answers: frozenset[str]


def read(name: str) -> list[Written]:
    """The questions of a collection, in the order of the file."""
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Written(
            Question(f"{name}/{number}", canonical(row["lang"]), row["question"]),
            row["kind"],
            frozenset((row["answers"] or "").split("|")) - {""},
        )
        for number, row in enumerate(rows)
    ]


def articles_of(name: str, root: Path) -> list[Article]:
    """The articles that the questions of a collection were written for; `root` holds the test sets."""
    if name == DEMO:
        return list(read_folder(ARTICLES).articles)
    if (root / name / "corpus.jsonl").is_file():
        return read_articles(root / name)
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        with tarfile.open(root.parent / _TREES) as packed:
            members = [m for m in packed.getmembers() if m.name.removeprefix("./").split("/")[1:2] == [name]]
            packed.extractall(scratch, members, filter="data")
        source = next(Path(scratch).glob(f"*/{name}"))
        folder = Path(scratch) / "articles"
        with look(source, folder) as found:
            found.write()
        return list(read_folder(folder).articles)


def relevant(written: Sequence[Written], articles: Sequence[Article]) -> dict[str, set[str]]:
    """By question the keys of the articles that answer it; questions without an answer are not in it."""
    by_slug: dict[str, set[str]] = {}
    for article in articles:
        by_slug.setdefault(article.slug, set()).add(article.key)
    return {w.question.id: set[str]().union(*(by_slug[slug] for slug in w.answers)) for w in written if w.answers}
