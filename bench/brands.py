"""Many brands in one process: how long it takes to start, what each costs in memory, and how fast a search is answered.

    python -m bench.brands [--sizes 2 20 100 300] [--articles 12] [--open 64] [--model] [--json OUT]

Every brand has the same small articles on a database and index of its own (SQLite). Each size is measured in a process
of its own, first with all brands open, then with as many as `--open` says and brands asked by Zipf's law. `quiet` is
the processor's time that background work takes while nobody asks for anything. Vectors are hashed unless `--model` is
given: the model is in memory once, whatever the number of brands.
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from werkzeug.test import Client

from app.container import Services
from app.ops.brands.hosting import hosted
from app.ops.publishing import publish_and_index
from app.settings.schema import Settings
from bench.server import cpu_seconds, memory

SIZES = (2, 20, 100, 300)
QUESTIONS = ("late parcel", "refund after return", "pair headphones", "change address", "invoice of an order")
_ASKED = 400
_QUIET_SECONDS = 20.0


@dataclass(frozen=True)
class Row:
    """One number of brands: seconds, megabytes, milliseconds; `quiet` is a share of one processor."""

    brands: int
    start_seconds: float
    resident_start: int
    first_page_ms: float
    resident_all: int
    p50: float
    p95: float
    open: int
    resident_open: int
    zipf_p50: float
    zipf_p95: float
    quiet: float


def write_articles(folder: Path, count: int) -> None:
    words = ["parcel", "order", "refund", "headphones", "invoice", "address", "payment", "delivery", "warranty"]
    chooser = random.Random(7)  # noqa: S311 - not for secrets
    for number in range(count):
        path = folder / "en" / "orders" / f"article-{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        body = "\n\n".join(
            f"## About {chooser.choice(words)}\n\n{' '.join(chooser.choices(words, k=60))}." for _ in range(3)
        )
        path.write_text(f"---\ntitle: {' '.join(chooser.sample(words, 3))}\n---\n\n{body}\n", encoding="utf-8")


def overrides(folder: Path, brands: int, most: int, *, model: bool) -> dict[str, object]:
    return {
        "data_dir": folder / "data", "embedder": "model" if model else "hashing", "default_brand": "",
        "rate_limits": "off", "brands_open": most, "insight": "on",
        "brands": {
            f"b{number}": {"base_url": f"http://b{number}.example", "kb_dir": str(folder / "kb" / f"b{number}")}
            for number in range(brands)
        },
    }  # fmt: skip


def prepare(folder: Path, brands: int, articles: int, *, model: bool) -> None:
    """One brand is published, the others are copies of it."""
    write_articles(folder / "kb" / "b0", articles)
    first = Services.build(Settings.load(overrides(folder, 1, 1, model=model), environ={}, brand="b0"))
    publish_and_index(first)
    first.close()
    for number in range(1, brands):
        shutil.copytree(folder / "data" / "brands" / "b0", folder / "data" / "brands" / f"b{number}")
        shutil.copytree(folder / "kb" / "b0", folder / "kb" / f"b{number}")


def ask(client: Client, brand: int, question: str) -> float:
    began = time.perf_counter()
    path = "/api/v1/search?q=" + question.replace(" ", "+")
    answer = client.get(path, base_url=f"http://b{brand}.example", buffered=True)
    assert answer.status_code == 200, answer.text
    return (time.perf_counter() - began) * 1000


def p(times: list[float], share: float) -> float:
    return round(sorted(times)[min(len(times) - 1, int(len(times) * share))], 1)


def measure(folder: Path, brands: int, most: int, *, model: bool) -> Row:
    chooser = random.Random(1)  # noqa: S311
    began = time.perf_counter()
    given = overrides(folder, brands, brands, model=model)
    served = hosted(Settings.load(given, environ={}), None, given)
    assert served is not None
    start = time.perf_counter() - began
    if model:
        served.model.get()
    client, resident_start = Client(served.wsgi), memory("VmRSS")
    first = [ask(client, number, QUESTIONS[0]) for number in range(brands)]
    times = [ask(client, chooser.randrange(brands), chooser.choice(QUESTIONS)) for _ in range(_ASKED)]
    resident_all = memory("VmRSS")
    served.start()
    time.sleep(8 + brands * 0.15)  # the first turns publish
    before = cpu_seconds()
    time.sleep(_QUIET_SECONDS)
    quiet = (cpu_seconds() - before) / _QUIET_SECONDS
    served.stop()
    few = min(most, brands)
    given = overrides(folder, brands, few, model=model)
    again = hosted(Settings.load(given, environ={}), None, given)
    assert again is not None
    client = Client(again.wsgi)
    weights = [1 / (number + 1) for number in range(brands)]
    zipf = [ask(client, chooser.choices(range(brands), weights)[0], chooser.choice(QUESTIONS)) for _ in range(_ASKED)]
    return Row(
        brands, round(start, 2), resident_start, round(statistics.median(first), 1), resident_all, p(times, 0.5),
        p(times, 0.95), few, memory("VmRSS"), p(zipf, 0.5), p(zipf, 0.95), round(quiet, 4),
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--articles", type=int, default=12)
    parser.add_argument("--open", type=int, default=64)
    parser.add_argument("--model", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one is not None:
        row = measure(chosen.one, chosen.sizes[0], chosen.open, model=chosen.model)
        print(json.dumps(asdict(row)))
        return 0
    rows = []
    for size in chosen.sizes:
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder), size, chosen.articles, model=chosen.model)
            command = [sys.executable, "-m", "bench.brands", "--one", folder, "--sizes", str(size)]
            command += ["--open", str(chosen.open), *(["--model"] if chosen.model else [])]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(rows[-1], flush=True)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
