"""Publishing on a running server: freshness for authors, and latency for visitors during an index swap.

    python -m bench.publishing --kb DIR --queries FILE [--changes N] [--json OUT]

Copies DIR and measures three things. Republishing: an article file is saved and the folder published again, as the
watcher does it, N times. Freshness: the same beside the server of `make run`, until a search over HTTP shows the new
text, new articles among them. Swap: while 8 clients ask the questions of FILE without a pause, another process builds
the whole index anew; every answer is timed, and any that is not 200 is counted.

Ends with 1 when one of the first two is slower than wanted, which a busy machine may be.
"""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from app.container import Services
from app.settings.schema import Settings
from bench.latency import WARM_UP, BenchmarkQuery, Publishing, publish, read_questions, run_in_process, sample
from bench.server import ROOT, CannotMeasure, Machine, memory, scratch_settings, serving
from kb.publish import OnError
from kb.publish import publish as publish_folder
from kb.source.folder_reader import ReadingCache

WANTED_PUBLISHED_SECONDS = 0.5
WANTED_FOUND_SECONDS = 2.0  # some hundreds of articles; among thousands it takes longer
CHANGES = 10
CLIENTS = 8
_ADDED = 4  # every so many changes is a new article
_BEFORE_SECONDS, _AFTER_SECONDS = 10.0, 10.0
_PATIENCE = 120.0


@dataclass(frozen=True)
class Republishing:
    """Seconds from a saved file to its published page, without noticing it and without the index."""

    changes: int
    median: float
    worst: float


@dataclass(frozen=True)
class Freshness:
    """Seconds from saving a file to a search that shows it."""

    changes: int
    median: float
    worst: float
    seconds: tuple[float, ...]
    resident_mb: int


@dataclass(frozen=True)
class Stretch:
    """Answers in one stretch of time: milliseconds, and how many there were."""

    p50: float
    p95: float
    p99: float
    longest: float
    answers: int


@dataclass(frozen=True)
class Swap:
    """`failed` counts answers other than 200 and broken connections in all three stretches; `degraded` searches that
    had to do without vectors. `after` begins when the pointer moves."""

    before: Stretch
    during: Stretch
    after: Stretch
    failed: int
    degraded: int
    build_seconds: float
    resident_mb: int
    peak_mb: int


@dataclass(frozen=True)
class Figures:
    kb: str
    indexing: Publishing
    ready_seconds: float
    republishing: Republishing
    freshness: Freshness
    swap: Swap
    machine: Machine


def measure(kb: Path, questions: Sequence[BenchmarkQuery], changes: int) -> Figures:
    """All of it. Raises CannotMeasure."""
    machine = Machine.now()
    with _copied(kb) as copy, scratch_settings(copy) as overrides:
        indexing = run_in_process(publish, overrides)
        republishing = run_in_process(_measure_republishing, overrides, copy, changes)
        with serving(overrides | {"watch": "true"}) as (port, process, ready):
            _warm_up(port)
            freshness = _measure_freshness(copy, port, process.pid, changes)
        with serving(overrides) as (port, process, _):
            _warm_up(port)
            swap = _measure_swap(overrides, port, process.pid, questions)
    return Figures(str(kb), indexing, round(ready, 2), republishing, freshness, swap, machine)


@contextmanager
def _copied(kb: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        yield Path(shutil.copytree(kb, Path(scratch) / "articles"))


def _warm_up(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for text, lang in WARM_UP:
        _ask(connection, BenchmarkQuery(text, lang))
    connection.close()


def _ask(connection: http.client.HTTPConnection, question: BenchmarkQuery) -> tuple[int, dict[str, object]]:
    parameters = {"q": question.text} | ({"lang": question.lang} if question.lang else {})
    connection.request("GET", "/api/v1/search?" + urlencode(parameters))
    response = connection.getresponse()
    body = response.read()
    return response.status, json.loads(body) if response.status == 200 else {}


def _measure_republishing(overrides: dict[str, str], kb: Path, changes: int) -> Republishing:
    services = Services.build(Settings.load(overrides))
    cache, files, taken = ReadingCache(compact=True), _article_files(kb), []
    publish_folder(kb, services.articles, services.now(), on_error=OnError.KEEP, cache=cache)
    for number in range(changes):
        path = files[(number * 997 + 500) % len(files)]
        path.write_text(path.read_text(encoding="utf-8") + f"\n\nSaved again, {number}.\n", encoding="utf-8")
        began = time.perf_counter()
        report = publish_folder(kb, services.articles, services.now(), on_error=OnError.KEEP, cache=cache)
        taken.append(time.perf_counter() - began)
        if len(report.changed) != 1:
            raise CannotMeasure(f"Saving {path} changed {len(report.changed)} articles instead of one.")
    services.close()
    taken.sort()
    return Republishing(len(taken), round(taken[len(taken) // 2], 3), round(taken[-1], 3))


def _article_files(kb: Path) -> list[Path]:
    return sorted(p for p in kb.rglob("*.md") if not p.name.startswith(("_", ".")) and p.stem.lower() != "readme")


def _measure_freshness(kb: Path, port: int, pid: int, changes: int) -> Freshness:
    # In English: a reader is shown an article's translation, which has not what was saved.
    files = [file for file in _article_files(kb) if "en" in file.relative_to(kb).parts] or _article_files(kb)
    taken = []
    for number in range(-1, changes):
        word = f"quizzaciously{number + 1}"
        path = files[(number * 997 + 500) % len(files)]
        if number >= 0 and number % _ADDED == _ADDED - 1:
            path = path.with_name(f"new-{word}.md")
            text = f"# About {word}\n\nThis article is about {word}.\n"
        else:
            text = path.read_text(encoding="utf-8") + f"\n\nThis sentence is about {word}.\n"
        began = time.perf_counter()
        path.write_text(text, encoding="utf-8")
        _wait_until_found(port, word, began)
        # The first change is not counted: it waits for the watcher's initial scan.
        if number >= 0:
            taken.append(time.perf_counter() - began)
    ordered = sorted(taken)
    return Freshness(
        len(taken), round(ordered[len(taken) // 2], 2), round(ordered[-1], 2), tuple(round(t, 2) for t in taken),
        memory("VmRSS", pid),
    )  # fmt: skip


def _wait_until_found(port: int, word: str, began: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while True:
        _, found = _ask(connection, BenchmarkQuery(word, "en"))
        if word in json.dumps(found.get("results") or []):
            return
        if time.perf_counter() - began > _PATIENCE:
            raise CannotMeasure("A changed article was not found; the server's log says why.")
        # Often enough to tell, and seldom enough that the questions do not compete with what is measured.
        time.sleep(0.1)


def _measure_swap(overrides: dict[str, str], port: int, pid: int, questions: Sequence[BenchmarkQuery]) -> Swap:
    answers: list[tuple[float, float]] = []
    failed, degraded = [0], [0]
    lock, waiting, over = threading.Lock(), cycle(questions), threading.Event()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not over.is_set():
            with lock:
                question = next(waiting)
            began = time.perf_counter()
            try:
                status, found = _ask(connection, question)
            except (OSError, http.client.HTTPException):
                status, found = 0, {}
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            ended = time.perf_counter()
            with lock:
                answers.append((began, (ended - began) * 1000))
                failed[0] += status != 200
                degraded[0] += found.get("degraded") is not None

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    time.sleep(_BEFORE_SECONDS)
    began = time.perf_counter()
    _build_anew(overrides)
    moved = time.perf_counter()
    time.sleep(_AFTER_SECONDS)
    over.set()
    for thread in threads:
        thread.join()
    return Swap(
        _stretch(ms for at, ms in answers if at < began),
        _stretch(ms for at, ms in answers if began <= at < moved),
        _stretch(ms for at, ms in answers if at >= moved),
        failed[0], degraded[0], round(moved - began, 1), memory("VmRSS", pid), memory("VmHWM", pid),
    )  # fmt: skip


def _build_anew(overrides: dict[str, str]) -> None:
    ours = {f"SIGNPOST_{name.upper()}": value for name, value in overrides.items()}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "index", "build", "--anew"],
        cwd=ROOT, env={**os.environ, **ours}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotMeasure(f"The index could not be built anew: {done.stderr[-500:]}")


def _stretch(milliseconds: Iterator[float]) -> Stretch:
    ordered = sorted(milliseconds)
    if not ordered:
        raise CannotMeasure("The server answered nothing.")

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return Stretch(at(0.5), at(0.95), at(0.99), round(ordered[-1], 1), len(ordered))


def table(found: Figures) -> str:
    """The results as a text table."""
    again, fresh, swap = found.republishing, found.freshness, found.swap
    rows = [
        f"{found.kb}: {found.indexing.articles} articles, {found.indexing.passages} passages; {found.machine}",
        f"  a saved article is published in {again.median} s (worst of {again.changes}: {again.worst} s)",
        f"  a saved article is found after {fresh.median} s (worst of {fresh.changes}: {fresh.worst} s)",
        f"  {CLIENTS} clients while the index is built anew ({swap.build_seconds} s): {swap.failed} failed,"
        f" {swap.degraded} without vectors; {swap.resident_mb} MB, at most {swap.peak_mb}",
        f"  {'':10}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'longest':>9}{'answers':>9}",
    ]
    for name, s in (("before", swap.before), ("during", swap.during), ("after", swap.after)):
        rows.append(f"  {name:10}{s.p50:>9}{s.p95:>9}{s.p99:>9}{s.longest:>9}{s.answers:>9}")
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.publishing", description=__doc__.split("\n\n")[0])
    parser.add_argument("--kb", type=Path, default=ROOT / "kb" / "articles", help="a folder of articles")
    parser.add_argument("--queries", type=Path, required=True, help="JSON lines with text and lang, or one a line")
    parser.add_argument("--changes", type=int, default=CHANGES, help="articles to save (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(arguments)
    try:
        Settings.load()
        found = measure(given.kb, sample(read_questions(given.queries), 2000), max(1, given.changes))
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 2
    print(table(found))
    if given.json:
        given.json.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(found.republishing.median > WANTED_PUBLISHED_SECONDS or found.freshness.median > WANTED_FOUND_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
