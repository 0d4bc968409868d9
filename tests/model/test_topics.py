"""How well topics are found with the real model, on sets that stand beside the project (`../shared/eval`).

Where they are not, nothing is measured, and the report of the run says so.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from bench import gaps
from index.protocols import Embedder
from insight.topics.questions import Question, topics_of

SETS = Path(__file__).parents[3] / "shared" / "eval"


def questions_of(name: str) -> list[Question]:
    path = SETS / name / "queries.jsonl"
    if not path.is_file():
        pytest.skip(f"no test set {name} in ../shared/eval: its topics were not measured")
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Question(row["id"], row["lang"], row["text"]) for row in rows]


def test_questions_of_customers_fall_into_the_topics_people_gave_them(serving: Embedder) -> None:
    asked = questions_of("banking77")
    labels = gaps.read_labels(SETS / "banking77" / "qrels.tsv")

    found = gaps.quality(topics_of(asked, serving), [labels[one.id] for one in asked])

    assert found["v_measure"] >= 0.82


def test_a_question_in_three_languages_is_one_topic(serving: Embedder) -> None:
    # A question of these is known by what its id ends with, in all three languages.
    by_lang = [questions_of(name)[:400] for name in ("xquad-en", "xquad-tr", "xquad-zh")]
    asked = [one for questions in by_lang for one in questions]
    topics = topics_of(asked, serving)
    together = defaultdict(list)
    for one, topic in zip(asked, topics, strict=True):
        together[one.id.rpartition("-")[2]].append(topic)
    triples = [found for found in together.values() if len(found) == 3]

    assert len(triples) == 400
    assert sum(len(set(found)) == 1 for found in triples) >= 0.9 * len(triples)
    pure: dict[int, Counter[str]] = defaultdict(Counter)
    for name, found in together.items():
        for topic in found:
            pure[topic][name] += 1
    assert sum(max(names.values()) for names in pure.values()) >= 0.9 * len(asked)
