"""Search quality on a retrieval test set.

    python -m bench.relevance --set DIR --run OUT.tsv [--queries FILE] [--corpus DIR]
    python -m bench.relevance --set DIR --run OUT.tsv --without-answers SEED
    python -m bench.relevance --set DIR --run OUT.tsv --only N SEED

Indexes DIR/corpus.jsonl (or --corpus's, for a set without one) as articles through the product's own code, runs
DIR/queries.jsonl (or FILE) through the product's own search, writes ten ranks for every query and prints the metrics.
One configuration for all sets. The relevance judgements are read only after all searches.

`--without-answers` takes out half of the documents that answer something, split by document, and asks all questions:
those whose document is gone are near unknowns. `--only` leaves N documents, as a help centre has in its first weeks.
Both print what the verdict was worth: how often the first was right where it said `answer`, what share of the right
ones it said it for, and how many whose answer was among five were sent to a person.
"""

import argparse
import json
import sys
from pathlib import Path

from bench import score
from bench.collection import only, open_search, read_articles, read_questions, without_answers
from index.models import SearchQuery
from kb.models import Article

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
    fewer = parser.add_mutually_exclusive_group()
    fewer.add_argument("--without-answers", metavar="SEED", help="take out half of the documents that answer something")
    fewer.add_argument("--only", nargs=2, metavar=("N", "SEED"), help="leave N of the documents that answer something")
    given = parser.parse_args(arguments)
    corpus, queries = given.corpus or given.set, given.queries or given.set / "queries.jsonl"
    for path in (corpus / "corpus.jsonl", queries):
        if not path.is_file():
            print(f"{path} does not exist. Name a set's folder with --set, or a corpus with --corpus.", file=sys.stderr)
            return 2
    if given.only and not given.only[0].isdigit():
        print(f"--only takes a number of documents and a seed, not “{given.only[0]}”.", file=sys.stderr)
        return 2
    articles = read_articles(corpus)
    relevant = score.judgements(given.set / "qrels.tsv")
    if given.without_answers is not None:
        articles = without_answers(articles, relevant, given.without_answers)
    elif given.only:
        articles = only(articles, relevant, int(given.only[0]), given.only[1])
    asked = set(relevant) if len(articles) and (given.without_answers is not None or given.only) else None
    write_run(articles, queries, given.run, given.precision, asked)
    if asked is None:
        figures = score.metrics(given.set, queries, given.run)
        if figures:
            figures["verdict"] = score.verdict_metrics(relevant, given.run)
    else:
        figures = {"set": given.set.name, "documents": len(articles)}
        figures["verdict"] = score.verdict_metrics(relevant, given.run, {a.slug for a in articles})
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    return 0


def write_run(
    articles: list[Article], queries: Path, run: Path, precision: str = "auto", asked: set[str] | None = None
) -> None:
    """Run every query of a file (of `asked`, if given) and write a run file: ten ranks, or one line of rank 0."""
    lines: list[str] = []
    first: list[str] = []
    with open_search(articles, precision) as (search, _live):
        for question in read_questions(queries):
            if asked is not None and question.id not in asked:
                continue
            result = search.search(SearchQuery(question.text, question.lang, limit=DEPTH))
            told = f"{result.confidence or 0.0:.6f}\t{result.verdict}"
            first.append(f"{question.id}\t{result.first_confidence or 0.0:.6f}")
            lines += [
                f"{question.id}\t{rank}\t{hit.ref.slug}\t{hit.score:.6f}\t{told}"
                for rank, hit in enumerate(result.hits, 1)
            ] or [f"{question.id}\t0\t\t0\t{told}"]
    run.parent.mkdir(parents=True, exist_ok=True)
    run.write_text("\n".join(lines) + "\n", encoding="utf-8")
    # In a file of its own: the columns of a run file are fixed.
    score.first_file(run).write_text("\n".join(first) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
