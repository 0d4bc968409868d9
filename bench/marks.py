"""Which sentence of the first result is marked (index/marking.py), and whether it answers, on the demo articles.

    python -m bench.marks [--list]

Questions are from bench/questions/demo.tsv, those whose first result is right and shows several sentences. Which of
these answer was labelled by hand before their marks were looked at (bench/marks.tsv, a ¦ between them; none where the
passage that was shown has no answer). `--list` prints every mark that is none of them.
"""

import argparse
import csv
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bench.collection import open_search
from bench.fit import ARTICLES
from index.models import ArticleHit, SearchQuery
from kb.markup.quote import squeezed
from kb.source.folder_reader import read_folder

LABELS = Path(__file__).with_name("marks.tsv")


class Mark(StrEnum):
    """What is marked of a passage: a sentence that answers, another, none; or of a passage that has no answer."""

    RIGHT = "right"
    WRONG = "wrong"
    NONE = "none"
    IN_VAIN = "in vain"
    RIGHTLY_NONE = "rightly none"
    # Another passage is shown than the one that was labelled.
    MOVED = "moved"


@dataclass(frozen=True)
class Labelled:
    """A question, and the sentences that answer it."""

    lang: str
    question: str
    sentences: tuple[str, ...]

    def mark(self, hit: ArticleHit) -> Mark:
        shown, marked = squeezed(hit.passage), hit.highlight and squeezed(hit.passage[slice(*hit.highlight)])
        answers = list(map(squeezed, self.sentences))
        if not answers:
            return Mark.IN_VAIN if marked else Mark.RIGHTLY_NONE
        if not any(answer in shown for answer in answers):
            return Mark.MOVED
        if not marked:
            return Mark.NONE
        # Of a row every cell is marked.
        return Mark.RIGHT if any(answer in marked or marked in answer for answer in answers) else Mark.WRONG


def read() -> list[Labelled]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Labelled(r["lang"], r["question"], tuple(filter(None, (r["sentences"] or "").split("¦")))) for r in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print every mark that is not right")
    is_listed = parser.parse_args().list
    counted: dict[str, Counter[Mark]] = {}
    with open_search(list(read_folder(ARTICLES).articles)) as (search, _):
        for one in read():
            hits = search.search(SearchQuery(one.question, lang=one.lang)).hits
            mark = one.mark(hits[0]) if hits else Mark.MOVED
            counted.setdefault(one.lang, Counter())[mark] += 1
            if is_listed and mark in {Mark.WRONG, Mark.IN_VAIN}:
                print(f"{mark}: {one.question}\n    {hits[0].passage[slice(*(hits[0].highlight or (0, 0)))]}")
    counted["all"] = sum(counted.values(), Counter())
    for name, counts in counted.items():
        print(f"{name:8}", ", ".join(f"{mark} {counts[mark]}" for mark in Mark))


if __name__ == "__main__":
    main()
