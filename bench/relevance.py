"""Search quality on a retrieval test set.

    python -m bench.relevance --set DIR --run OUT.tsv [--queries FILE] [--corpus DIR]

Indexes DIR/corpus.jsonl (or --corpus's, for a set without one) as articles through the product's own code, runs
DIR/queries.jsonl (or FILE) through the product's own search, writes ten ranks for every query and prints the metrics.
One configuration for all sets. The relevance judgements are read only after all searches.
"""

import argparse
import json
import sys
from pathlib import Path

from bench import score
from bench.collection import open_search, read_articles, read_questions
from index.models import SearchQuery

DEPTH = 10


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.relevance", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--set", required=True, type=Path, help="folder with queries.jsonl, and corpus.jsonl, qrels.tsv"
    )
    parser.add_argument("--run", required=True, type=Path, help="the run file to write")
    parser.add_argument("--queries", type=Path, help="another queries file for the same set")
    parser.add_argument("--corpus", type=Path, help="a folder whose corpus.jsonl is searched instead")
    parser.add_argument("--precision", choices=("auto", "fp32", "int8"), default="auto")
    given = parser.parse_args(arguments)
    corpus, queries = given.corpus or given.set, given.queries or given.set / "queries.jsonl"
    for path in (corpus / "corpus.jsonl", queries):
        if not path.is_file():
            print(f"{path} does not exist. Name a set's folder with --set, or a corpus with --corpus.", file=sys.stderr)
            return 2
    write_run(corpus, queries, given.run, given.precision)
    print(json.dumps(score.metrics(given.set, queries, given.run), ensure_ascii=False, indent=1))
    return 0


def write_run(corpus: Path, queries: Path, run: Path, precision: str = "auto") -> None:
    """Run every query of a file and write a run file: ten ranks a query, or one line of rank 0."""
    lines = []
    with open_search(read_articles(corpus), precision) as (search, _live):
        for question in read_questions(queries):
            result = search.search(SearchQuery(question.text, question.lang, limit=DEPTH))
            told = f"{result.confidence or 0.0:.6f}\t{result.verdict}"
            lines += [
                f"{question.id}\t{rank}\t{hit.ref.slug}\t{hit.score:.6f}\t{told}"
                for rank, hit in enumerate(result.hits, 1)
            ] or [f"{question.id}\t0\t\t0\t{told}"]
    run.parent.mkdir(parents=True, exist_ok=True)
    run.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
