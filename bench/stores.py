"""Search in PostgreSQL beside search in files: the same questions to both, in one run.

    python -m bench.stores [--eval DIR] [--only SET ...] [--sizes N ...] [--database URL] [--json OUT]

First every retrieval test set below DIR: nDCG@10 and recall@5 of both, for how many questions the verdict is equal,
and how long both took. It ends with 1 where they differ by more than is allowed. Then, with `--sizes`, the articles of
the set `bc` repeated until there are N passages: how long both take, what a change of one article takes to be found,
and how large either is. PostgreSQL is one of the tests' own, or an existing server with pgvector.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import Engine, column, func, select, table

from app.settings.schema import Settings
from bench import score
from bench.__main__ import EVAL, name_of, sets
from bench.collection import Question, _KeptQueries, embedder, read_articles, read_questions, repeated
from bench.postgres import Postgres
from bench.server import CannotMeasure, Machine, cpu_seconds
from core.database.connection import connect, for_searches
from index.database.live import DatabaseLive
from index.database.publisher import publish
from index.database.store import NoVectorStore, SearchTables, prepare
from index.models import SearchQuery, SearchResult
from index.result_cache import ResultCache
from index.search import Search
from index.storage.build import bring_up_to_date, serving_generation
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from kb.models import Article, Section

DEPTH = 10
# What may lie between the two, and for what share of the questions verdicts must be equal.
ALLOWED, EQUAL = 0.01, 0.995
_ASKED = 200
_PUBLISHES = 10


@dataclass(frozen=True)
class Compared:
    """One test set: figures of the files, and of the database."""

    set: str
    questions: int
    ndcg_files: float
    ndcg_database: float
    recall_files: float
    recall_database: float
    same_first: float
    same_verdict: float
    p50_files: float
    p50_database: float
    p95_files: float
    p95_database: float

    @property
    def holds(self) -> bool:
        return (
            abs(self.ndcg_files - self.ndcg_database) <= ALLOWED
            and abs(self.recall_files - self.recall_database) <= ALLOWED
            and self.same_verdict >= EQUAL
        )


@dataclass(frozen=True)
class Grown:
    """One size: milliseconds of a search, those of processors in this process and in the server's (-1: not on this
    machine), seconds until a change is found, megabytes."""

    passages: int
    p50_files: float
    p95_files: float
    p50_database: float
    p95_database: float
    ratio_p50: float
    ratio_p95: float
    cpu_files: float
    cpu_node: float
    cpu_server: float
    first_publish_s: float
    change_files_s: float
    change_database_s: float
    found_s: float
    files_mb: int
    database_mb: int


class Both:
    """A collection in files and in PostgreSQL, and a search over either."""

    def __init__(self, folder: Path, tables: SearchTables, searches: Engine, questions: Sequence[str]) -> None:
        self._folder, self._tables = folder, tables
        chosen = embedder()
        self._embedder = chosen
        kept = _KeptQueries(chosen)
        kept.remember(list(questions))
        self.node = DatabaseLive(searches, tables)
        self.files = Search(LiveIndex(folder), kept, set, budget_ms=60_000)
        self.database = Search(self.node, kept, set, budget_ms=60_000)

    def publish(self, articles: Sequence[Article]) -> tuple[float, float]:
        """Seconds that writing the files took, and those that the database took after that."""
        began = time.perf_counter()
        built = bring_up_to_date(articles, self._embedder, self._folder, cache_folder=_vectors())
        written = time.perf_counter()
        generation = built.opened or Generation(self._folder / "generations" / built.generation)
        publish(self._tables, generation)
        return written - began, time.perf_counter() - written

    def server_seconds(self) -> float:
        """What the server's processes for searches have used of processors so far; 0 where they run elsewhere."""
        activity = table("pg_stat_activity", column("pid"), column("backend_type"))
        with self._tables.engine.connect() as connection:
            pids = connection.scalars(select(activity.c.pid).where(activity.c.backend_type == "client backend"))
            return sum(cpu_seconds(pid) for pid in pids if Path(f"/proc/{pid}").is_dir())

    def files_mb(self) -> int:
        """What the generation that serves takes on the disk."""
        serving = serving_generation(self._folder)
        return sum(p.stat().st_size for p in serving.rglob("*") if p.is_file()) // 2**20 if serving else 0

    def database_mb(self) -> int:
        """What the database takes, with its indexes and what vacuum has not had yet."""
        with self._tables.engine.connect() as connection:
            size = connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
        return int(size) // 2**20


def _vectors() -> Path:
    return Settings.load().index_dir / "vectors"


def compare(folder: Path, queries: Path, both: Both, asked: Sequence[Question]) -> Compared:
    """Ask both every question of a set."""
    relevant = score.judgements(folder / "qrels.tsv")
    figures: dict[str, list[dict[str, float]]] = {"files": [], "database": []}
    taken: dict[str, list[float]] = {"files": [], "database": []}
    first = verdict = 0
    for question in asked:
        results: dict[str, SearchResult] = {}
        for name, search in (("files", both.files), ("database", both.database)):
            began = time.perf_counter()
            results[name] = search.search(SearchQuery(question.text, question.lang, limit=DEPTH))
            taken[name].append((time.perf_counter() - began) * 1000)
        one, other = results["files"], results["database"]
        verdict += one.verdict is other.verdict
        first += [hit.key for hit in one.hits[:1]] == [hit.key for hit in other.hits[:1]]
        right = relevant.get(question.id)
        for name, result in results.items():
            if right:
                hits = [hit.ref.slug in right for hit in result.hits]
                figures[name].append({"ndcg": score.ndcg(hits, len(right)), "recall": float(any(hits[:5]))})
    mean = {
        (name, key): sum(row[key] for row in rows) / max(1, len(rows))
        for name, rows in figures.items()
        for key in ("ndcg", "recall")
    }
    rounded = {key: round(value, 4) for key, value in mean.items()}
    return Compared(
        name_of(folder, queries), len(asked), rounded["files", "ndcg"], rounded["database", "ndcg"],
        rounded["files", "recall"], rounded["database", "recall"], round(first / len(asked), 4),
        round(verdict / len(asked), 4), *_percentiles(taken, 50), *_percentiles(taken, 95),
    )  # fmt: skip


def _percentiles(taken: dict[str, list[float]], percent: int) -> tuple[float, float]:
    files, database = (quantiles(taken[name], n=100)[percent - 1] for name in ("files", "database"))
    return round(files, 1), round(database, 1)


def measure_sets(folder: Path, only: Sequence[str], url: str) -> Iterator[Compared]:
    """Each set, as it is measured. Raises CannotMeasure."""
    for one, files in _by_set(folder, only):
        questions = {queries: read_questions(queries) for queries in files}
        texts = [question.text for some in questions.values() for question in some]
        with _both(url, texts) as both:
            both.publish(read_articles(one))
            for queries, asked in questions.items():
                yield compare(one, queries, both, asked)


def _by_set(folder: Path, only: Sequence[str]) -> list[tuple[Path, list[Path]]]:
    found: dict[Path, list[Path]] = {}
    for one, queries in sets(folder):
        if not only or one.name in only:
            found.setdefault(one, []).append(queries)
    if not found:
        raise CannotMeasure(f"There is no test set in {folder}.")
    return list(found.items())


def measure_size(folder: Path, passages: int, url: str) -> Grown:
    """One collection of so many passages."""
    articles = repeated(read_articles(folder), passages)
    questions = read_questions(folder / "queries.jsonl")[:_ASKED]
    with _both(url, [question.text for question in questions]) as both:
        _, first = both.publish(articles)
        taken: dict[str, list[float]] = {"files": [], "database": []}
        used = dict.fromkeys(taken, 0.0)
        for warm in (True, False):
            served = both.server_seconds()
            for question in questions[: 20 if warm else None]:
                for name, search in (("files", both.files), ("database", both.database)):
                    search._results = ResultCache()
                    began, own = time.perf_counter(), time.process_time()
                    search.search(SearchQuery(question.text, question.lang, limit=DEPTH))
                    if not warm:
                        taken[name].append((time.perf_counter() - began) * 1000)
                        used[name] += time.process_time() - own
        served = both.server_seconds() - served
        a_search = 1000 / len(questions)
        changes, found = [], []
        for number in range(_PUBLISHES):
            section = Section("x", "Changed", 2, f"Text number {number} was changed a moment ago.")
            place = len(articles) // 2 + number
            articles[place] = replace(articles[place], sections=(*articles[place].sections, section))
            changes.append(both.publish(articles))
            began = time.perf_counter()
            both.database.search(SearchQuery("which text was changed a moment ago", "en"))
            found.append(time.perf_counter() - began)
        p50, p95 = _percentiles(taken, 50), _percentiles(taken, 95)
        return Grown(
            both.node.current().manifest.passages if both.node.current() else 0,  # type: ignore[union-attr]
            p50[0], p95[0], p50[1], p95[1], round(p50[1] / p50[0], 2), round(p95[1] / p95[0], 2),
            round(used["files"] * a_search, 1), round(used["database"] * a_search, 1),
            round(served * a_search, 1) if served > 0 else -1.0, round(first, 2),
            *(round(sorted(change[i] for change in changes)[len(changes) // 2], 2) for i in (0, 1)),
            round(sorted(found)[len(found) // 2], 3), both.files_mb(), both.database_mb(),
        )  # fmt: skip


@contextmanager
def _both(url: str, questions: Sequence[str]) -> Iterator[Both]:
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        engine = connect(url)
        searches = for_searches(engine)
        try:
            yield Both(Path(scratch), prepare(engine), searches, questions)
        except NoVectorStore as error:
            raise CannotMeasure(str(error)) from error
        finally:
            searches.dispose()
            engine.dispose()


@contextmanager
def server(url: str | None, shared_buffers: str = "512MB") -> Iterator[str]:
    """An existing server, or one that is removed afterwards."""
    if url:
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="signpost-bench-pg-"))
    own = Postgres(folder, shared_buffers=shared_buffers, max_connections="1000", max_wal_size="4GB")
    own.make()
    own.start()
    try:
        yield own.url()
    finally:
        own.remove()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.stores", description=__doc__.split("\n")[0])
    parser.add_argument("--eval", type=Path, default=EVAL, help="a folder of retrieval test sets")
    parser.add_argument("--only", nargs="*", default=[], help="only these sets; none with a name that is not there")
    parser.add_argument("--sizes", type=int, nargs="*", default=[], help="numbers of passages")
    parser.add_argument("--database", help="an existing PostgreSQL with pgvector, which is emptied of search")
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    given = parser.parse_args(arguments)
    figures: dict[str, Any] = {"machine": asdict(Machine.now()), "sets": [], "sizes": []}
    holds = True
    try:
        with server(given.database) as url:
            if given.only != ["none"]:
                for compared in measure_sets(given.eval, given.only, url):
                    _print(asdict(compared), not figures["sets"])
                    figures["sets"].append(asdict(compared))
                    holds = holds and compared.holds
            for size in given.sizes:
                grown = measure_size(given.eval / "bc", size, url)
                _print(asdict(grown), not figures["sizes"])
                figures["sizes"].append(asdict(grown))
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if not holds:
        print(
            f"A set differs by more than {ALLOWED}, or in more than {1 - EQUAL:.1%} of its verdicts.", file=sys.stderr
        )
    return 0 if holds else 1


def _print(row: dict[str, Any], header: bool) -> None:
    if header:
        print("".join(f"{name:>18}" for name in row))
    print("".join(f"{value:>18}" for value in row.values()), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
