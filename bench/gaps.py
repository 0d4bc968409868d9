"""How well questions are grouped into topics, by the product's own grouping.

    python -m bench.gaps --queries FILE.jsonl --out OUT.tsv [--label FILE.tsv]

Reads lines `{"id", "lang", "text"}` and writes `id<TAB>topic`, in their order. With `--label`, lines `id<TAB>label`
(the first of an id counts), it prints a JSON object: `purity` (share of questions that have their topic's most frequent
label), `inverse_purity` (share that are in the topic that holds most of their label), `v_measure` (Rosenberg and
Hirschberg 2007), `adjusted_rand`, the numbers of questions, topics and labels, and the seconds it took. The number of
topics is not given.
"""

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from index.embed import open_embedder
from insight.topics.questions import Question, topics_of


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSONL file. Raises ValueError naming the line that is none."""
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            questions.append(Question(str(row["id"]), str(row.get("lang") or ""), str(row["text"])))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f'{path}, line {number}: expected {{"id", "lang", "text"}} ({error}).'
            raise ValueError(message) from error
    return questions


def read_labels(path: Path) -> dict[str, str]:
    """id -> label of a TSV file."""
    labels: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        name, tab, rest = line.partition("\t")
        if tab:
            labels.setdefault(name, rest.split("\t")[0].strip())
    return labels


def quality(topics: Sequence[int], labels: Sequence[str]) -> dict[str, float]:
    """How well topics agree with labels, both one a question: each from 0 to 1, adjusted Rand from -.5."""
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    return {
        "purity": _purity(topics, labels),
        "inverse_purity": _purity(labels, topics),
        "v_measure": float(v_measure_score(labels, topics)),
        "adjusted_rand": float(adjusted_rand_score(labels, topics)),
    }


def _purity(groups: Sequence[object], classes: Sequence[object]) -> float:
    largest: dict[object, int] = {}
    for (group, _), count in Counter(zip(groups, classes, strict=True)).items():
        largest[group] = max(largest.get(group, 0), count)
    return sum(largest.values()) / len(groups) if groups else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.gaps", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--queries", type=Path, required=True, help='JSONL: {"id", "lang", "text"} a line')
    parser.add_argument("--out", type=Path, required=True, help="TSV: id and topic a line")
    parser.add_argument("--label", type=Path, help="TSV: id and label a line; prints how well topics agree with them")
    parser.add_argument("--model-dir", type=Path, default=Path("var/model"), help="where `make setup` put the model")
    arguments = parser.parse_args()
    try:
        questions = read_questions(arguments.queries)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    began = time.perf_counter()
    topics = topics_of(questions, open_embedder(model_dir=arguments.model_dir, workers=0))
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(questions)} questions, {len(set(topics))} topics, {seconds:.1f} s, {memory} MB", file=sys.stderr)
    lines = [f"{q.id}\t{topic}\n" for q, topic in zip(questions, topics, strict=True)]
    arguments.out.write_text("".join(lines), encoding="utf-8")
    if arguments.label:
        labels = read_labels(arguments.label)
        judged = [(topic, labels[q.id]) for q, topic in zip(questions, topics, strict=True) if q.id in labels]
        figures = quality([t for t, _ in judged], [label for _, label in judged])
        counts = {"questions": len(judged), "topics": len({t for t, _ in judged})}
        counts["labels"] = len({label for _, label in judged})
        print(json.dumps({k: round(v, 4) for k, v in figures.items()} | counts | {"seconds": round(seconds, 1)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
