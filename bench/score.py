"""Retrieval metrics of a run, as trec_eval computes them with binary grades: recall@1/5, nDCG@10, MRR@10."""

import math
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


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    return {k: round(sum(r[k] for r in rows) / len(rows), 4) for k in rows[0]} | {"queries": len(rows)}
