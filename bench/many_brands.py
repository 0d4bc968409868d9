"""Many brands that search in one PostgreSQL, a schema each, with sizes by Zipf's law, while one publishes each second.

    python -m bench.many_brands [--brands 300] [--passages 1000000] [--seconds 120] [--database URL] [--json OUT]

Texts are made of a made-up vocabulary, and a text's vector of its own words and of chance, so that nothing has to be
embedded: what is measured is the database and its client, not quality. Brands of about one size hold the same texts,
so that these are built once, and those above 8,000 passages hold them several times, with other vectors. A million
passages take a quarter of an hour to write, `--brands 30 --passages 100000` some minutes. Searches come to brands by
their size, one after the other. What was published is vacuumed at once.
"""

import argparse
import hashlib
import json
import math
import multiprocessing
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
from sqlalchemy import Engine, Table, column, func, select, table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateSchema, DropSchema, ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from bench.server import CannotMeasure, Machine, memory
from bench.stores import server
from core.database.connection import connect, for_searches
from index.database.live import DatabaseLive
from index.database.publisher import publish
from index.database.schema import SEARCH_TABLES
from index.database.store import NoVectorStore, SearchTables, prepare
from index.deadline import question_pool
from index.models import SearchQuery
from index.parts.lexicon import Level
from index.parts.windows import Windows
from index.protocols import Vectors
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from kb.models import Article, Section

_SECTIONS, _WORDS = 5, 60
_VOCABULARY = 8_000
_DIMENSIONS = 384
# A brand counts as one of the first of these that it is no larger than.
_CLASSES = (1_500, 4_000, 7_000, 20_000, 35_000, 1_000_000)
# Articles are built in files in numbers this far apart, and no more than this; larger brands have them repeated.
_STEP, _BUILT = 1.12, 1_600


class ChanceEmbedder:
    """Texts that share words are a little nearer to one another than to others."""

    fingerprint = "chance-1"
    dimensions = _DIMENSIONS

    def __init__(self) -> None:
        self._known: dict[str, Vectors] = {}

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._one(text) for text in texts]) if texts else np.zeros((0, _DIMENSIONS), np.float32)

    encode_passages = encode_queries

    def _one(self, text: str) -> Vectors:
        words = text.split()[:20]
        vector = self._of(text) * 2 + sum((self._word(word) for word in words), np.zeros(_DIMENSIONS, np.float32))
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    def _word(self, word: str) -> Vectors:
        if word not in self._known:
            self._known[word] = self._of(word)
        return self._known[word]

    def _of(self, text: str) -> Vectors:
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
        return np.random.default_rng(seed).standard_normal(_DIMENSIONS, np.float32)


@dataclass(frozen=True)
class OfClass:
    """Brands of one size: milliseconds. `own_p50` and `own_p95` are without the time in which node or server waited for
    a processor; `cpu_node` and `cpu_server` are what a search takes of one in the mean."""

    up_to: int
    brands: int
    passages: int
    searches: int
    p50: float
    p95: float
    own_p50: float
    own_p95: float
    cpu_node: float
    cpu_server: float


@dataclass(frozen=True)
class Figures:
    brands: int
    passages: int
    classes: tuple[OfClass, ...]
    published: int
    publish_p50_ms: float
    publish_p95_ms: float
    found_p50_ms: float
    vacuum_p50_ms: float
    opened_p50_ms: float
    database_mb: int
    kb_a_passage: float
    node_mb: int
    connection_mb: float
    built_s: float
    written_s: float
    machine: Machine


@dataclass
class Brand:
    name: str
    articles: list[Article]
    folder: Path
    engine: Engine
    searches: Engine
    tables: SearchTables
    search: Search
    copies: int
    own: bool = False

    @property
    def passages(self) -> int:
        return len(self.articles) * _SECTIONS * self.copies

    def be_alone(self) -> None:
        """Have a folder and articles that are not other brands' as well."""
        if not self.own:
            own = self.folder.with_name(self.name)
            shutil.copytree(self.folder, own)
            self.folder, self.articles, self.own = own, list(self.articles), True

    def publish(self, embedder: ChanceEmbedder) -> float:
        """Seconds that the database took."""
        built = bring_up_to_date(self.articles, embedder, self.folder)
        return self.write(built.opened or Generation(self.folder / "generations" / built.generation))

    def write(self, generation: Generation) -> float:
        began = time.perf_counter()
        publish(self.tables, generation)
        return time.perf_counter() - began

    def vacuum(self) -> float:
        """Seconds to vacuum all tables of this brand, and to count what is in them."""
        began = time.perf_counter()
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in SEARCH_TABLES.sorted_tables:
                connection.execute(_Vacuum(table))
        return time.perf_counter() - began


class _Vacuum(ExecutableDDLElement):
    def __init__(self, table: Table) -> None:
        self.table = table


@compiles(_Vacuum)
def _vacuum(element: _Vacuum, compiler: DDLCompiler, **_: Any) -> str:
    return f"VACUUM ANALYZE {compiler.preparer.format_table(element.table)}"


def sizes(brands: int, passages: int) -> list[tuple[int, int]]:
    """(articles, how often they are repeated) of each brand, the largest first."""
    whole = sum(1 / rank for rank in range(1, brands + 1))
    return [_rounded(passages / _SECTIONS / rank / whole) for rank in range(1, brands + 1)]


def _rounded(articles: float) -> tuple[int, int]:
    copies = math.ceil(articles / _BUILT)
    return max(2, round(_STEP ** round(math.log(max(2, articles / copies), _STEP)))), copies


def repeated(once: Generation, copies: int) -> Generation:
    """A generation with each article so many times, under other addresses and with vectors that differ a little: as
    much of it as a publish reads."""
    chance = np.random.default_rng(copies)
    many = copy(once)
    count = len(once.articles)
    many.articles = [
        replace(one, slug=f"{one.slug}-{n}", key=f"{one.key}-{n}") for n in range(copies) for one in once.articles
    ]
    many.manifest = replace(
        once.manifest, articles=count * copies, passages=once.manifest.passages * copies,
        titles=once.manifest.titles * copies, content=f"{once.manifest.content} {copies}",
    )  # fmt: skip
    steps = np.diff(once.first_passage)
    many.first_passage = np.concatenate([[0], np.cumsum(np.tile(steps, copies))])
    many.passage_article = np.repeat(np.arange(count * copies), np.tile(steps, copies))
    many.title_articles = np.concatenate([once.title_articles + n * count for n in range(copies)])
    for name in (
        "title_state", "is_title", "passage_state", "article_lang", "title_lang", "article_family", "passage_lang"
    ):  # fmt: skip
        setattr(many, name, np.tile(getattr(once, name), copies))
    (family,) = once.manifest.families
    many.row_in_family, many.passage_in_family = np.arange(count * copies), np.arange(many.manifest.passages)
    many.lexicons = {family: copy(once.lexicons[family])}
    many.lexicons[family].articles = _tiled(once.lexicons[family].articles, copies)
    many.lexicons[family].passages = _tiled(once.lexicons[family].passages, copies)
    many.exact = {family: copy(once.exact[family])}
    many.exact[family].level = _tiled(once.exact[family].level, copies)
    windows = once.windows
    many.windows = Windows.of(np.tile(np.diff(windows.starts), copies).tolist(), np.tile(windows.vectors, (copies, 1)))
    many.passages = _Repeated(once.passages)  # type: ignore[assignment]
    vectors = [np.tile(some, (copies, 1)) for some in once.raw_vectors()]
    for some in vectors:
        some += 0.02 * chance.standard_normal(some.shape, np.float32)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
    many.raw_vectors = lambda: tuple(vectors)  # type: ignore[assignment, method-assign, return-value]
    return many


class _Repeated:
    def __init__(self, once: Any) -> None:
        self._once = once

    def encoded(self, number: int) -> bytes:
        return bytes(self._once.encoded(number % len(self._once)))


def _tiled(level: Level, copies: int) -> Level:
    starts = np.concatenate([[0], np.cumsum(np.tile(np.diff(level.indptr), copies))])
    rows = [np.tile(some, copies) for some in (level.indices, level.counts, level.lengths, level.weights)]
    return Level(starts, *rows, level.frequency * copies, level.first * copies, level.second * copies)


def made_up(chance: random.Random, words: Sequence[str], weights: Sequence[float], number: int) -> Article:
    def text(count: int) -> str:
        return " ".join(chance.choices(words, weights, k=count))

    sections = tuple(Section(f"s{i}", text(3), 2, f"{text(_WORDS)}.") for i in range(_SECTIONS))
    return Article("en", f"a{number}", f"a{number}", "help", text(4), sections)


@contextmanager
def opened(
    url: str, counts: Sequence[tuple[int, int]], embedder: ChanceEmbedder, taken: dict[str, float]
) -> Iterator[list[Brand]]:
    """All brands, published; removed afterwards. `taken` gets the seconds of building and writing."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    words = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("lan", "mir", "tok", "vesh", "rund")]
    words = [f"{one}{end}" for one in words for end in ("", "a", "el", "ing", "ous", "ter", "um", "y")]
    words += [f"{one}{two}" for one in words[:80] for two in words[200:280]]
    words = words[:_VOCABULARY]
    weights = [1 / (rank + 5) for rank in range(len(words))]
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch, ExitStack() as stack:
        whole = connect(url)
        stack.callback(whole.dispose)
        brands: list[Brand] = []
        pool = question_pool()  # help centres of one process share it
        known: dict[int, tuple[list[Article], Path]] = {}
        for number, (count, copies) in enumerate(counts):
            name = f"bench_brand_{number}"
            with whole.begin() as connection:
                connection.execute(DropSchema(name, cascade=True, if_exists=True))
                connection.execute(CreateSchema(name))
            engine = connect(f"{url}{'&' if '?' in url else '?'}schema={name}")
            searches = for_searches(engine)
            stack.callback(searches.dispose)
            stack.callback(engine.dispose)
            tables = prepare(engine)
            search = Search(DatabaseLive(searches, tables), embedder, set, budget_ms=60_000, pool=pool)
            began = time.perf_counter()
            if count not in known:
                articles = [made_up(chance, words, weights, i) for i in range(count)]
                known[count] = articles, Path(scratch) / f"of_{count}"
                bring_up_to_date(articles, embedder, known[count][1])
            articles, folder = known[count]
            generation = LiveIndex(folder).current()
            assert generation is not None
            taken["built"] = taken.get("built", 0.0) + time.perf_counter() - began
            brand = Brand(name, articles, folder, engine, searches, tables, search, copies)
            generation = repeated(generation, copies) if copies > 1 else generation
            taken["written"] = taken.get("written", 0.0) + brand.write(generation)
            engine.dispose()
            brands.append(brand)
            print(f"{name}: {brand.passages} passages, {taken}", file=sys.stderr, flush=True)
        yield brands


def _publish_each_second(brands: list[Brand], embedder: ChanceEmbedder, begin: Any, over: Any, told: Any) -> None:
    """In a process of its own, as a publisher is: building in files must not take the searches' time."""
    chance = random.Random(2)  # noqa: S311
    published, found, vacuumed = [], [], []
    brands = [brand for brand in brands if brand.copies == 1]
    number = 0
    begin.wait()
    while not over.wait(1.0):
        number += 1
        brand = chance.choice(brands)
        brand.be_alone()
        place = number % len(brand.articles)
        first, *others = brand.articles[place].sections
        changed = replace(first, text=f"{first.text} changed{number}.")
        brand.articles[place] = replace(brand.articles[place], sections=(changed, *others))
        published.append(brand.publish(embedder) * 1000)
        began = time.perf_counter()
        hits = brand.search.search(SearchQuery(f"changed{number}", "en")).hits
        if any(hit.ref.slug == brand.articles[place].slug for hit in hits):
            found.append((time.perf_counter() - began) * 1000)
        vacuumed.append(brand.vacuum() * 1000)
    told.put((published, found, vacuumed))


def measure(brands: list[Brand], seconds: float, embedder: ChanceEmbedder) -> dict[str, Any]:
    """Search, while one brand publishes each second. Raises CannotMeasure where a change was not found at once."""
    chance = random.Random(1)  # noqa: S311
    forked = multiprocessing.get_context("fork")
    begin, over, told = forked.Event(), forked.Event(), forked.Queue()
    publisher = forked.Process(target=_publish_each_second, args=(brands, embedder, begin, over, told), daemon=True)
    publisher.start()  # before there are threads, which it would lack
    taken: dict[int, list[_Taken]] = {up_to: [] for up_to in _CLASSES}
    weights = [brand.passages for brand in brands]
    opening = []
    for brand in brands:  # each catalogue is read once
        began = time.perf_counter()
        brand.search.search(SearchQuery("warm up", "en"))
        opening.append((time.perf_counter() - began) * 1000)
    begin.set()
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        brand = chance.choices(brands, weights)[0]
        article = chance.choice(brand.articles)
        asked = " ".join(chance.sample(article.sections[chance.randrange(_SECTIONS)].text.split(), 5))
        taken[_class_of(brand)].append(_timed(brand, SearchQuery(asked, "en", as_typed=True)))
    over.set()
    published, found, vacuumed = told.get(timeout=120)
    publisher.join()
    classes = []
    for up_to, all_taken in taken.items():
        own = [brand for brand in brands if _class_of(brand) == up_to]
        if own and len(all_taken) > 1:
            times = [_percentiles([getattr(one, name) for one in all_taken]) for name in ("wall", "own")]
            mean = [sum(getattr(one, name) for one in all_taken) / len(all_taken) for name in ("node", "server")]
            passages = sum(brand.passages for brand in own)
            classes.append(
                OfClass(
                    up_to, len(own), passages, len(all_taken), *times[0], *times[1], *(round(one, 1) for one in mean)
                )
            )
    if len(found) < len(published):
        raise CannotMeasure(f"Of {len(published)} published changes {len(found)} were found at once.")
    return {
        "classes": tuple(classes), "published": len(published),
        "publish_p50_ms": round(median(published or [0]), 1), "found_p50_ms": round(median(found or [0]), 1),
        "publish_p95_ms": round(quantiles(published, n=20)[18], 1) if len(published) > 1 else 0.0,
        "vacuum_p50_ms": round(median(vacuumed or [0]), 1), "opened_p50_ms": round(median(opening), 1),
    }  # fmt: skip


@dataclass(frozen=True)
class _Taken:
    """Milliseconds of one search: by the clock, without waiting for processors, and of processors."""

    wall: float
    own: float
    node: float
    server: float


def _timed(brand: Brand, query: SearchQuery) -> _Taken:
    with brand.searches.connect() as connection:
        server = Path(f"/proc/{connection.execute(select(func.pg_backend_pid())).scalar_one()}/schedstat")
    # This thread's own figures are the last before and the first after: looking at the others takes time.
    own, threads = Path("/proc/thread-self/schedstat"), sorted(Path("/proc/self/task").glob("*/schedstat"))
    threads = [path for path in threads if path.parent.name != str(threading.get_native_id())]
    before = _spent(threads), _spent([server]), _spent([own])
    began = time.perf_counter()
    brand.search.search(query)
    wall = (time.perf_counter() - began) * 1000
    after = [_spent([own]), _spent([server]), _spent(threads)][::-1]
    others, served, here = (now - then for now, then in zip(after, before, strict=True))
    waited = others[1] + served[1] + here[1]
    return _Taken(wall, max(wall - waited, 0.0), others[0] + here[0], served[0])


def _spent(statistics: Iterable[Path]) -> Vectors:
    """Milliseconds on a processor, and of waiting for one."""
    told = [path.read_text(encoding="ascii").split()[:2] for path in statistics if path.exists()]
    return np.array(told or [[0, 0]], np.float64).sum(0) / 1e6  # type: ignore[return-value]


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    cut = quantiles(times, n=100)
    return round(cut[49], 1), round(cut[94], 1)


def _connection_mb(engine: Engine) -> float:
    """Memory of its own of a connection's process, in the middle; 0 where the server is elsewhere."""
    activity = table("pg_stat_activity", column("pid"), column("backend_type"))
    with engine.connect() as connection:
        pids = connection.scalars(select(activity.c.pid).where(activity.c.backend_type == "client backend")).all()
    told = [Path(f"/proc/{pid}/smaps_rollup") for pid in pids]
    own = [_private_kb(path.read_text(encoding="ascii")) for path in told if path.exists()]
    return round(median(own) / 1024, 1) if own else 0.0


def _private_kb(rollup: str) -> int:
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))


def _class_of(brand: Brand) -> int:
    return next(up_to for up_to in _CLASSES if brand.passages <= up_to)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.many_brands", description=__doc__.split("\n")[0])
    parser.add_argument("--brands", type=int, default=300)
    parser.add_argument("--passages", type=int, default=1_000_000, help="of all brands together")
    parser.add_argument("--seconds", type=float, default=120, help="for how long searches are asked")
    parser.add_argument("--database", help="an existing PostgreSQL with pgvector; schemas bench_brand_… are made in it")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(arguments)
    machine, embedder = Machine.now(), ChanceEmbedder()
    try:
        with server(given.database, shared_buffers="2GB") as url:
            taken: dict[str, float] = {}
            with opened(url, sizes(given.brands, given.passages), embedder, taken) as brands:
                measured = measure(brands, given.seconds, embedder)
                with brands[0].engine.connect() as connection:
                    size = connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
                passages = sum(brand.passages for brand in brands)
                figures = Figures(
                    brands=len(brands), passages=passages, database_mb=int(size) // 2**20,
                    kb_a_passage=round(int(size) / 1024 / passages, 1), node_mb=memory("VmRSS"),
                    connection_mb=_connection_mb(brands[0].engine), built_s=round(taken["built"], 1),
                    written_s=round(taken["written"], 1), machine=machine, **measured,
                )  # fmt: skip
    except (CannotMeasure, NoVectorStore) as reason:
        print(reason, file=sys.stderr)
        return 1
    print("".join(f"{name:>12}" for name in asdict(figures.classes[0])))
    for one in figures.classes:
        print("".join(f"{value:>12}" for value in asdict(one).values()))
    print({name: value for name, value in asdict(figures).items() if name not in {"classes", "machine"}})
    if given.json:
        given.json.write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
