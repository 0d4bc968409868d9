"""Retrieval metrics of a run, as trec_eval computes them with binary grades: recall@1/5, nDCG@10, MRR@10."""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.collection import read_lines


def judgements(path: Path) -> dict[str, set[str]]:
    """query id -> ids of the right documents; empty without a file."""
    relevant: dict[str, set[str]] = defaultdict(set)
    if path.is_file():
        for line in filter(None, path.read_text(encoding="utf-8").split("\n")):
            query, document, grade = line.split("\t")[:3]
            if grade.isdigit() and int(grade) > 0:
                relevant[query].add(document)
    return dict(relevant)


def ndcg(ranked: list[bool], relevant: int) -> float:
    """nDCG@10 of a ranking with binary labels; `relevant` is the number of all relevant documents."""
    ideal = sum(1 / math.log2(i + 2) for i in range(min(10, relevant)))
    return sum(1 / math.log2(i + 2) for i, right in enumerate(ranked[:10]) if right) / ideal


def metrics(folder: Path, queries: Path, run: Path) -> dict[str, Any]:
    """Means over the judged queries of a run file, by language direction too; {} for a set without judgements."""
    relevant = judgements(folder / "qrels.tsv")
    ranked: dict[str, list[str]] = defaultdict(list)
    for line in filter(None, run.read_text(encoding="utf-8").split("\n")):
        query, rank, document = line.split("\t")[:3]
        if int(rank) > 0:
            ranked[query].append(document)
    corpus = folder / "corpus.jsonl"
    document_lang = {d["id"]: d["lang"] for d in read_lines(corpus)} if corpus.is_file() else {}
    rows: list[dict[str, float]] = []
    directions: dict[str, list[dict[str, float]]] = defaultdict(list)
    for query in read_lines(queries):
        right = relevant.get(query["id"])
        if not right:
            continue
        hits = [d in right for d in ranked[query["id"]][:10]]
        row = {
            "recall@1": float(any(hits[:1])),
            "recall@5": float(any(hits[:5])),
            "ndcg@10": ndcg(hits, len(right)),
            "mrr@10": next((1 / (i + 1) for i, hit in enumerate(hits) if hit), 0.0),
        }
        rows.append(row)
        directions[f"{query['lang']} -> {document_lang.get(next(iter(right)), '?')}"].append(row)
    if not rows:
        return {}
    out: dict[str, Any] = {"set": folder.name, "queries": queries.name, "all": _mean(rows)}
    if len(directions) > 1:
        out["by_direction"] = {k: _mean(v) for k, v in sorted(directions.items())}
    return out


def first_file(run: Path) -> Path:
    """The file beside a run file with each query's confidence that the first is right."""
    return run.with_name(f"{run.stem}.first{run.suffix}")


def verdict_metrics(relevant: dict[str, set[str]], run: Path, documents: set[str] | None = None) -> dict[str, float]:
    """What the verdict of a run was worth, over the judged queries.

    `first_right_of_answers`: of the `answer` verdicts, the share whose first is right; `answered_of_first_right`: of
    the queries whose first is right, the share that was answered; `ask_human_of_found`: of those whose answer is among
    five, the share sent to a person; `unknown_answered`: of those none of whose documents is left (`documents`), the
    share answered; `auroc`: how well the confidence that the first is right tells right ones from the others.
    """
    ranked: dict[str, list[str]] = defaultdict(list)
    verdicts: dict[str, str] = {}
    for line in filter(None, run.read_text(encoding="utf-8").split("\n")):
        query, rank, document, _score, _confidence, verdict = line.split("\t")
        if int(rank) > 0:
            ranked[query].append(document)
        verdicts[query] = verdict
    rows = filter(None, first_file(run).read_text(encoding="utf-8").split("\n"))
    sure = {query: float(value) for query, value in (row.split("\t") for row in rows)}
    judged = [q for q in relevant if q in verdicts]
    right = {q for q in judged if ranked[q] and ranked[q][0] in relevant[q]}
    found = {q for q in judged if relevant[q] & set(ranked[q][:5])}
    answered = {q for q in judged if verdicts[q] == "answer"}
    unknown = {q for q in judged if documents is not None and not relevant[q] & documents}
    person = {q for q in judged if verdicts[q] == "ask_human"}
    figures = {
        "queries": float(len(judged)),
        "first_right": len(right) / max(1, len(judged)),
        "first_right_of_answers": len(answered & right) / max(1, len(answered)),
        "answered_of_first_right": len(answered & right) / max(1, len(right)),
        "ask_human_of_found": len(person & found) / max(1, len(found)),
        "unknown_answered": len(answered & unknown) / max(1, len(unknown)),
        "auroc": auroc([sure[q] for q in judged if q in right], [sure[q] for q in judged if q not in right]),
    }
    return {name: round(value, 4) for name, value in figures.items()}


def auroc(positive: list[float], negative: list[float]) -> float:
    """The chance that a random positive is above a random negative; 1 without either."""
    if not positive or not negative:
        return 1.0
    below = sorted(negative)
    ranks = [bisect_left(below, value) + bisect_right(below, value) for value in positive]
    return sum(ranks) / 2 / len(positive) / len(negative)


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    return {k: round(sum(r[k] for r in rows) / len(rows), 4) for k in rows[0]} | {"queries": len(rows)}
