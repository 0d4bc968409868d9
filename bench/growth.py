"""Scaling: how time, memory and disk grow with the collection, from a hundred passages to a hundred thousand.

    python -m bench.growth --kb DIR --queries FILE [--sizes 100 1000 ...] [--json OUT] [--svg OUT]

Takes articles of DIR in a shuffled order until there are enough passages; beyond what DIR holds, its articles are
repeated under other addresses, texts and vectors as they are. Vectors are taken from the vector cache, which the first
run fills: embedding grows by the passage, and how fast it is `python -m bench.indexing` tells. Each size is built,
changed in one article, and asked, in processes of its own.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.container import embedder_of
from app.settings.schema import Settings
from bench.chart import Line, chart
from bench.collection import repeated
from bench.latency import WARM_UP, BenchmarkQuery, Times, read_questions, run_in_process, sample
from bench.server import CannotMeasure, Machine, cpu_seconds, memory
from index.models import SearchQuery
from index.search import Search
from index.storage.build import bring_up_to_date, serving_generation
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from kb.models import Article, Section
from kb.source.folder_reader import read_folder

SIZES = (100, 1_000, 10_000, 30_000, 100_000)
SAMPLE = 200


@dataclass(frozen=True)
class Size:
    """One collection: seconds, milliseconds, megabytes. `searched_seconds` is how soon the process that builds a change
    can search it; `building_mb` is the most it held."""

    passages: int
    articles: int
    build_seconds: float
    change_seconds: float
    searched_seconds: float
    index_mb: int
    building_mb: int
    open_seconds: float
    p50: float
    p95: float
    resident_mb: int


@dataclass(frozen=True)
class Figures:
    kb: str
    sizes: tuple[Size, ...]
    machine: Machine


def measure(kb: Path, questions: Sequence[BenchmarkQuery], sizes: Sequence[int]) -> Figures:
    """All of it. Raises CannotMeasure."""
    machine = Machine.now()
    found = []
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        for size in sorted(sizes):
            folder = Path(scratch) / str(size)
            found.append(
                Size(*run_in_process(_build, kb, size, folder), *run_in_process(_ask, folder, tuple(questions)))
            )
            shutil.rmtree(folder)
            print(found[-1], file=sys.stderr, flush=True)
    return Figures(str(kb), tuple(found), machine)


def collection(kb: Path, passages: int) -> list[Article]:
    """Articles with at least so many passages together, repeated as often as it takes."""
    articles = list(read_folder(kb).articles)
    if not articles:
        raise CannotMeasure(f"There is no article in {kb}.")
    random.Random(7).shuffle(articles)  # noqa: S311
    return repeated(articles, passages)


def _build(kb: Path, passages: int, folder: Path) -> tuple[int, int, float, float, float, int, int]:
    settings = Settings.load()
    embedder = embedder_of(settings, indexing=True)
    articles = collection(kb, passages)
    vectors = settings.index_dir / "vectors"
    # Once beside the clock, so that every vector is there.
    bring_up_to_date(articles, embedder, folder, cache_folder=vectors)
    report = bring_up_to_date(articles, embedder, folder, cache_folder=vectors, rebuild=True)
    generation = serving_generation(folder)
    size = sum(p.stat().st_size for p in generation.rglob("*") if p.is_file()) if generation else 0
    changed = Section("x", "Changed", 2, "This text was changed a moment ago.")
    middle = len(articles) // 2
    articles[middle] = replace(articles[middle], sections=(*articles[middle].sections, changed))
    embedder.encode_queries(["ready"])
    live, searched = LiveIndex(folder), list[float]()

    def ahead(found: Generation | None) -> None:
        live.go_ahead(found)
        searched.append(time.perf_counter() - began)

    began = time.perf_counter()
    bring_up_to_date(articles, embedder, folder, cache_folder=vectors, ahead=ahead)
    change = time.perf_counter() - began
    return (
        report.passages, report.articles, round(report.seconds, 1), round(change, 2), round(searched[0], 2),
        size // 2**20, memory("VmHWM"),
    )  # fmt: skip


def _ask(folder: Path, questions: Sequence[BenchmarkQuery]) -> tuple[float, float, float, int]:
    embedder = embedder_of(Settings.load(), indexing=False)
    began = time.perf_counter()
    live = LiveIndex(folder)
    live.refresh()
    opened = time.perf_counter() - began
    search = Search(live, embedder, set, budget_ms=60_000)
    for text, lang in WARM_UP:
        search.search(SearchQuery(text, lang))
    taken = []
    started, used = time.perf_counter(), cpu_seconds()
    for question in questions:
        at = time.perf_counter()
        search.search(SearchQuery(question.text, question.lang))
        taken.append(((time.perf_counter() - at) * 1000, False))
    times = Times.of(taken, time.perf_counter() - started, cpu_seconds() - used)
    return round(opened, 2), times.p50, times.p95, memory("VmRSS")


def picture(found: Figures) -> str:
    """The figures as an SVG chart with two logarithmic axes."""
    at = [float(s.passages) for s in found.sizes]
    return chart(
        "Growth from a hundred passages to a hundred thousand",
        "passages",
        at,
        (
            Line("search, p95 (ms)", [s.p95 for s in found.sizes]),
            Line("memory when serving (MB)", [float(s.resident_mb) for s in found.sizes]),
            Line("index on disk (MB)", [float(max(1, s.index_mb)) for s in found.sizes]),
            Line("building anew (s)", [s.build_seconds for s in found.sizes]),
            Line("one changed article (s)", [s.change_seconds for s in found.sizes]),
        ),
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__.split("\n\n")[0])
    parser.add_argument("--kb", type=Path, required=True, help="a folder of articles")
    parser.add_argument("--queries", type=Path, required=True, help="JSON lines with text and lang, or one a line")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="passages (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--svg", type=Path, help="also draw them into this file")
    given = parser.parse_args(arguments)
    try:
        found = measure(given.kb, sample(read_questions(given.queries), SAMPLE), given.sizes)
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    names = tuple(asdict(found.sizes[0]))
    print("".join(f"{name:>16}" for name in names))
    for size in found.sizes:
        print("".join(f"{value:>16}" for value in asdict(size).values()))
    if given.json:
        given.json.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if given.svg:
        given.svg.write_text(picture(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
