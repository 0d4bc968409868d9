"""All benchmarks in one run, as in `make bench`.

    python -m bench [--eval DIR] [--json OUT]

Relevance on each retrieval test set below DIR (the sets are not part of this repository; without them that part is
left out, with a sentence), then latency, indexing and memory on the demo articles.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import latency, relevance, score
from bench.collection import read_articles
from bench.server import ROOT, CannotMeasure

EVAL = ROOT.parent / "shared" / "eval"
_METRICS = ("recall@1", "recall@5", "ndcg@10", "mrr@10")


def sets(folder: Path) -> list[tuple[Path, Path]]:
    """(set, queries file) of every set with a corpus and relevance judgements, query variants included."""
    return [
        (judged.parent, queries)
        for judged in sorted(folder.glob("*/qrels.tsv"))
        if judged.stat().st_size and (judged.parent / "corpus.jsonl").is_file()
        for queries in sorted(judged.parent.glob("queries*.jsonl"), key=lambda p: len(p.name))
    ]


def name_of(folder: Path, queries: Path) -> str:
    """`tquad`, or `tquad.ascii` for a variant of its queries."""
    return folder.name + queries.stem.removeprefix("queries")


def measure_relevance(folder: Path) -> dict[str, dict[str, Any]]:
    """The metrics of each set, printed as they are computed."""
    print(f"{'set':20}{'questions':>10}" + "".join(f"{m:>10}" for m in _METRICS), flush=True)
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        for one, queries in sets(folder):
            run = Path(scratch) / "run.tsv"
            relevance.write_run(read_articles(one), queries, run)
            metrics = score.metrics(one, queries, run)["all"]
            found[name_of(one, queries)] = metrics
            row = f"{name_of(one, queries):20}{metrics['queries']:>10}"
            print(row + "".join(f"{metrics[m]:>10.3f}" for m in _METRICS), flush=True)
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n")[0])
    parser.add_argument("--eval", type=Path, default=EVAL, help="a folder of retrieval test sets")
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    given = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    try:
        if sets(given.eval):
            print("Relevance (the first run embeds every collection and takes long; later ones reuse the vectors)")
            figures["relevance"] = measure_relevance(given.eval)
        else:
            print(f"Relevance is left out: there is no retrieval test set in {given.eval} (name one with --eval).")
        kb = ROOT / "kb" / "articles"
        found = latency.measure(kb, latency.sample(latency.own_questions(kb), latency.SAMPLE))
        print("\n" + latency.table(found))
        figures["latency"] = asdict(found)
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    finally:  # what was measured is kept, whatever came after
        if given.json:
            given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
