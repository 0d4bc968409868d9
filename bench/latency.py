"""Latency, throughput and memory on any folder of articles.

    python -m bench.latency --kb DIR --queries FILE [--sample N] [--json OUT]

Publishes DIR into a temporary data folder as `make setup` does, runs the queries on the keyword retriever alone, then
in-process and over HTTP (1 client, then 8, against the server that `make run` starts), and prints a table and JSON.
FILE has one query a line, or JSON lines with `text` and optionally `lang`; default: the articles' own `questions`.
Every measurement runs in a new process with cold caches; over HTTP a third of the queries are repeated, as visitors do,
unless --repeated says otherwise. Only cached vectors persist, which a second run reuses: its indexing figures then do
not show the model's speed, and the table says so.
"""

import argparse
import http.client
import json
import random
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from app.settings.schema import Settings
from bench.server import ROOT, CannotMeasure, Machine, cpu_seconds, memory, scratch_settings, serving
from core.texts.languages import canonical
from index.models import Degraded, SearchQuery
from kb.source.folder_reader import read_folder

SAMPLE = 300
CLIENTS = (1, 8)
REPEATED = 1 / 3
# Warm-up queries, not counted: they include one-time loading.
WARM_UP = (("how do I begin", "en"), ("nereden başlamalıyım", "tr"), ("我該怎麼開始", "zh-Hant"))


@dataclass(frozen=True)
class BenchmarkQuery:
    """A question as it is sent: `lang` is the reader's language, None when FILE does not say."""

    text: str
    lang: str | None


@dataclass(frozen=True)
class Times:
    """Milliseconds a query, and queries a second over all clients. `late` ones exceeded the search budget.

    `cpu` is the searching process's CPU time a query: it depends least on other load of the machine.
    """

    p50: float
    p95: float
    p99: float
    cpu: float
    per_second: float
    questions: int
    late: int

    @staticmethod
    def of(taken: Sequence[tuple[float, bool]], seconds: float, cpu_seconds: float) -> "Times":
        """From (milliseconds, whether it was late) of each question, and the seconds all of them took."""
        ordered = sorted(milliseconds for milliseconds, _ in taken)

        def at(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

        late = sum(is_late for _, is_late in taken)
        cpu = round(cpu_seconds * 1000 / len(ordered), 1)
        return Times(at(0.5), at(0.95), at(0.99), cpu, round(len(ordered) / seconds, 1), len(ordered), late)


@dataclass(frozen=True)
class Publishing:
    """What publishing and indexing took. `vectors_per_second` is None when every vector was there already."""

    articles: int
    passages: int
    embedded: int
    vectors_per_second: float | None
    publish_seconds: float
    index_seconds: float
    peak_mb: int


@dataclass(frozen=True)
class InProcess:
    times: Times
    load_seconds: float
    resident_mb: int


@dataclass(frozen=True)
class OverHttp:
    """`ready_seconds`: from the start of the process until /readyz said that hybrid search works."""

    clients: int
    times: Times
    ready_seconds: float
    resident_mb: int
    peak_mb: int


@dataclass(frozen=True)
class LatencyFigures:
    kb: str
    indexing: Publishing
    keywords: InProcess
    in_process: InProcess
    http: tuple[OverHttp, ...]
    machine: Machine


def measure(kb: Path, questions: Sequence[BenchmarkQuery], repeated: float = REPEATED) -> LatencyFigures:
    """All of it. Raises CannotMeasure."""
    machine = Machine.now()
    with scratch_settings(kb) as overrides:
        indexing = run_in_process(publish, overrides)
        keywords = run_in_process(_ask_keywords, overrides, tuple(questions))
        in_process = run_in_process(_ask_in_process, overrides, tuple(questions))
        asked = mix_repeated(questions, repeated)
        http = tuple(_ask_over_http(overrides, asked, clients) for clients in CLIENTS)
        return LatencyFigures(str(kb), indexing, keywords, in_process, http, machine)


def mix_repeated(questions: Sequence[BenchmarkQuery], repeated: float) -> list[BenchmarkQuery]:
    """The queries mixed with repeated ones (cache hits), which are this share of all."""
    chance, out = random.Random(11), []  # noqa: S311
    for i, question in enumerate(questions):
        out.append(question)
        while i and chance.random() < repeated:
            out.append(questions[chance.randrange(i)])
    return out


def run_in_process(work: Any, *arguments: Any) -> Any:
    """The result of a function run in a new process, with its own memory and caches."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def publish(overrides: dict[str, str]) -> Publishing:
    from app.container import Services, embedder_of
    from app.ops.bootstrap import Progress
    from app.ops.publishing import bring_index_up_to_date, publish_and_index
    from index.embed.loader import EmbedderLoader
    from kb.publish import OnError

    _quiet()
    settings = Settings.load(overrides)
    services = Services.build(settings, indexing=True)
    timed = _TimingEmbedder(embedder_of(settings, indexing=True))
    services.model = EmbedderLoader(lambda: timed)
    began = time.perf_counter()
    published = publish_and_index(services, index=False, on_error=OnError.KEEP).publish
    publish_seconds = time.perf_counter() - began
    progress = Progress("Indexing")
    report = bring_index_up_to_date(services, progress.at)
    if report.articles == 0:
        reasons = "; ".join(str(finding) for finding in published.errors[:3])
        raise CannotMeasure(f"No article of {settings.kb_dir} could be published. {reasons}".strip())
    rate = round(timed.texts / timed.seconds, 1) if timed.texts else None
    return Publishing(
        report.articles, report.passages, timed.texts, rate, round(publish_seconds, 2), round(report.seconds, 2),
        memory("VmHWM"),
    )  # fmt: skip


class _TimingEmbedder:
    """An embedder that counts and times its work, excluding the loading of the model."""

    def __init__(self, embedder: Any) -> None:
        self._embedder = embedder
        self.fingerprint = embedder.fingerprint
        self.texts, self.seconds = 0, 0.0

    @property
    def dimensions(self) -> int:
        return int(self._embedder.dimensions)

    def encode_queries(self, texts: Sequence[str]) -> Any:
        return self._counted(self._embedder.encode_queries, texts)

    def encode_passages(self, texts: Sequence[str]) -> Any:
        return self._counted(self._embedder.encode_passages, texts)

    def _counted(self, encode: Any, texts: Sequence[str]) -> Any:
        if not self.texts and texts:
            encode(texts[:1])
        began = time.perf_counter()
        vectors = encode(texts)
        self.seconds += time.perf_counter() - began
        self.texts += len(texts)
        return vectors


def _ask_in_process(overrides: dict[str, str], questions: Sequence[BenchmarkQuery]) -> InProcess:
    from app.container import Services

    _quiet()
    began = time.perf_counter()
    services = Services.build(Settings.load(overrides))
    for text, lang in WARM_UP:
        services.search.search(SearchQuery(text, lang))
    loaded = time.perf_counter() - began
    taken = []
    began, used = time.perf_counter(), cpu_seconds()
    for question in questions:
        asked = time.perf_counter()
        result = services.search.search(SearchQuery(question.text, question.lang), where="bench")
        taken.append(((time.perf_counter() - asked) * 1000, _was_late(result.degraded)))
    times = Times.of(taken, time.perf_counter() - began, cpu_seconds() - used)
    return InProcess(times, round(loaded, 2), memory("VmRSS"))


def _ask_keywords(overrides: dict[str, str], questions: Sequence[BenchmarkQuery]) -> InProcess:
    """The latency of the keyword retriever alone, over all language families."""
    from index.query.language import detect
    from index.query.normalize import normalize
    from index.ranking.retrievers import RETRIEVER_DEPTH, keyword_retriever
    from index.storage.live import LiveIndex

    began = time.perf_counter()
    generation = LiveIndex(Settings.load(overrides).index_dir).current()
    if generation is None:
        raise CannotMeasure("There is no index to ask.")
    loaded = time.perf_counter() - began
    asked = [(normalize(q.text), q.lang) for q in questions]
    taken = []
    began, used = time.perf_counter(), cpu_seconds()
    for text, lang in asked:
        at = time.perf_counter()
        keyword_retriever(generation, text, detect(text, lang), RETRIEVER_DEPTH)
        taken.append(((time.perf_counter() - at) * 1000, False))
    times = Times.of(taken, time.perf_counter() - began, cpu_seconds() - used)
    return InProcess(times, round(loaded, 2), memory("VmRSS"))


def _ask_over_http(overrides: dict[str, str], questions: Sequence[BenchmarkQuery], clients: int) -> OverHttp:
    with serving(overrides) as (port, process, ready):
        for text, lang in WARM_UP:
            _fetch(http.client.HTTPConnection("127.0.0.1", port, timeout=30), BenchmarkQuery(text, lang))
        waiting = iter(questions)
        lock = threading.Lock()

        def client() -> list[tuple[float, bool]]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            taken = []
            while True:
                with lock:
                    question = next(waiting, None)
                if question is None:
                    connection.close()
                    return taken
                asked = time.perf_counter()
                late = _fetch(connection, question)
                taken.append(((time.perf_counter() - asked) * 1000, late))

        began, used = time.perf_counter(), cpu_seconds(process.pid)
        with ThreadPoolExecutor(clients) as pool:
            runs = [pool.submit(client) for _ in range(clients)]
            taken = [t for run in runs for t in run.result()]
        times = Times.of(taken, time.perf_counter() - began, cpu_seconds(process.pid) - used)
        return OverHttp(clients, times, round(ready, 2), memory("VmRSS", process.pid), memory("VmHWM", process.pid))


def _fetch(connection: http.client.HTTPConnection, question: BenchmarkQuery) -> bool:
    parameters = {"q": question.text} | ({"lang": question.lang} if question.lang else {})
    connection.request("GET", "/api/v1/search?" + urlencode(parameters))
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise CannotMeasure(f"The server answered {response.status}: {body[:300].decode(errors='replace')}.")
    return _was_late(json.loads(body)["degraded"])


def _was_late(degraded: str | None) -> bool:
    """Whether a search exceeded its deadline. Raises CannotMeasure for other degradation, which would distort times."""
    if degraded not in (None, Degraded.DEADLINE):
        raise CannotMeasure(f"Search lacked a part and said so ({degraded}); times would flatter it.")
    return degraded is not None


def _quiet() -> None:
    import logging

    from core.events import configure_logging

    configure_logging(json_lines=True, level=logging.ERROR)


def read_questions(path: Path) -> list[BenchmarkQuery]:
    """One question a line, or JSON lines with `text` and perhaps `lang`. Raises CannotMeasure."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not lines or not lines[0].lstrip().startswith("{"):
        return [BenchmarkQuery(line.strip(), None) for line in lines]
    try:
        rows = [json.loads(line) for line in lines]
        return [BenchmarkQuery(row["text"], canonical(row["lang"]) if row.get("lang") else None) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise CannotMeasure(f"{path} is not JSON lines with a text each ({type(error).__name__}: {error}).") from None


def own_questions(kb: Path) -> list[BenchmarkQuery]:
    """The articles' own `questions`, or their titles without them."""
    articles = read_folder(kb).articles
    return [BenchmarkQuery(text, a.lang) for a in articles for text in a.questions or (a.title,)]


def sample(questions: Sequence[BenchmarkQuery], size: int) -> list[BenchmarkQuery]:
    """At most `size` of them, the same ones every time."""
    return list(questions) if len(questions) <= size else random.Random(7).sample(list(questions), size)  # noqa: S311


def table(found: LatencyFigures) -> str:
    """The results as a text table."""
    i = found.indexing
    speed = f"{i.vectors_per_second} a second" if i.vectors_per_second else "all vectors were there from an earlier run"
    rows = [
        f"{found.kb}: {i.articles} articles, {i.passages} passages; {found.machine}",
        f"  published in {i.publish_seconds} s, indexed in {i.index_seconds} s"
        f" ({i.embedded} texts embedded, {speed}; at most {i.peak_mb} MB)",
        "",
        f"  {'asked':16}"
        + "".join(
            f"{c:>9}" for c in ("p50 ms", "p95 ms", "p99 ms", "CPU ms", "a second", "late", "ready s", "MB", "peak MB")
        ),
        _row("keyword retriever", found.keywords.times, found.keywords.load_seconds, found.keywords.resident_mb, ""),
        _row("in-process", found.in_process.times, found.in_process.load_seconds, found.in_process.resident_mb, ""),
    ]
    rows += [
        _row(f"HTTP, {h.clients} client{'s'[: h.clients - 1]}", h.times, h.ready_seconds, h.resident_mb, h.peak_mb)
        for h in found.http
    ]
    return "\n".join(rows)


def _row(name: str, t: Times, ready: float, now: int, peak: int | str) -> str:
    return f"  {name:16}" + "".join(
        f"{c:>9}" for c in (t.p50, t.p95, t.p99, t.cpu, t.per_second, t.late, ready, now, peak)
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__.split("\n")[0])
    parser.add_argument("--kb", type=Path, default=ROOT / "kb" / "articles", help="a folder of articles")
    parser.add_argument("--queries", type=Path, help="JSON lines with text and lang, or one question a line")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="ask at most so many (default: %(default)s)")
    parser.add_argument("--repeated", type=float, default=REPEATED, help="share asked before, over HTTP")
    parser.add_argument("--json", type=Path, help="write the figures to this file instead of after the table")
    given = parser.parse_args(arguments)
    missing = [] if given.kb.is_dir() else [f"The folder {given.kb} (--kb)"]
    missing += [] if not given.queries or given.queries.is_file() else [f"The file {given.queries} (--queries)"]
    if missing:
        print(f"{' and '.join(missing)} cannot be found.", file=sys.stderr)
        return 2
    try:
        questions = read_questions(given.queries) if given.queries else own_questions(given.kb)
        if not questions:
            raise CannotMeasure(f"There is nothing to ask: {given.queries or given.kb} holds no question.")
        found = measure(given.kb, sample(questions, max(1, given.sample)), min(0.9, given.repeated))
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    print(table(found))
    figures = json.dumps(asdict(found), ensure_ascii=False, indent=1)
    if given.json:
        given.json.write_text(figures + "\n", encoding="utf-8")
    else:
        print("\n" + figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
