"""Comparison with other search libraries: the same model, passages and queries, in one run.

    python -m bench.peers --set DIR [--sample N] [--json OUT] [--run FOLDER]

DIR is a retrieval test set (docs/search.md). Sets up txtai 9 and bm25s in a virtual environment of their own in the
data folder (`peers/`; about a gigabyte, once), which nothing else uses. txtai searches hybrid with the unpacked default
model as it does by itself, through PyTorch; the vectors of the passages are given to it, since embedding them twice
would take hours and change nothing. Passages become articles by their best one. Each library answers in a process of
its own.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.settings.schema import Settings
from bench import score
from bench.collection import embedder, open_search, read_articles, read_questions
from bench.latency import run_in_process
from bench.server import ROOT, CannotMeasure, Machine
from index.embed.cache import VectorCache
from index.models import SearchQuery
from kb.models import PassageKind
from kb.passages import passages_of

_PACKAGES = ("txtai>=9,<10", "bm25s", "PyStemmer")
_WORKER = Path(__file__).parent / "peers_worker.py"
_DEPTH = 10


@dataclass(frozen=True)
class Peer:
    """One library on one set: quality, and milliseconds a question in-process."""

    name: str
    ndcg: float
    recall5: float
    p50: float
    p95: float
    load_seconds: float
    resident_mb: int


@dataclass(frozen=True)
class Figures:
    set: str
    articles: int
    passages: int
    questions: int
    peers: tuple[Peer, ...]
    machine: Machine


def measure(folder: Path, sample: int, keep: Path | None) -> Figures:
    """All of it. Raises CannotMeasure."""
    machine = Machine.now()
    python = _environment()
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as scratch:
        job = Path(scratch)
        articles, passages, questions = run_in_process(_write_job, folder, job, sample)
        found = [run_in_process(_ask_ours, folder, job)]
        for name in ("txtai", "bm25s"):
            done = subprocess.run([python, str(_WORKER), name, str(job)], capture_output=True, text=True, check=False)
            if done.returncode:
                raise CannotMeasure(f"{name} failed: {done.stderr[-1500:]}")
            found.append(json.loads((job / f"{name}.json").read_text(encoding="utf-8")))
        peers = tuple(_judged(folder, job, one, keep) for one in found)
    return Figures(folder.name, articles, passages, questions, peers, machine)


def _environment() -> Path:
    """The Python of the peers' virtual environment, made if it is not there."""
    home = Settings.load().data_dir.absolute() / "peers"
    python, done = home / "bin" / "python", home / "signpost-peers.txt"
    wanted = "\n".join(_PACKAGES)
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return python
    print(f"Setting up the other libraries in {home} …", file=sys.stderr, flush=True)
    venv.create(home, with_pip=True, clear=True)
    torch = re.search(r"^torch==\S+", (ROOT / "requirements-torch.txt").read_text(encoding="utf-8"), re.MULTILINE)
    constraint = home / "constraint.txt"
    constraint.write_text(torch[0] + "\n" if torch else "", encoding="utf-8")
    command = [str(python), "-m", "pip", "install", "-q", "-c", str(constraint), *_PACKAGES]
    if subprocess.run(command, check=False).returncode:
        raise CannotMeasure(f"The other libraries could not be installed in {home}; pip said why.")
    done.write_text(wanted, encoding="utf-8")
    return python


def _write_job(folder: Path, job: Path, sample: int) -> tuple[int, int, int]:
    """What the others read: passages with their vectors, and questions."""
    articles = read_articles(folder)
    rows = [(a.slug, p.embed_text) for a in articles for p in passages_of(a) if p.kind is PassageKind.BODY]
    vectors = VectorCache(Settings.load().index_dir / "vectors", embedder()).vectors([text for _, text in rows], [])
    np.save(job / "vectors.npy", vectors.passages)
    lines = [json.dumps({"article": slug, "text": text}, ensure_ascii=False) for slug, text in rows]
    (job / "passages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    questions = read_questions(folder / "queries.jsonl")
    asked = questions[:: max(1, len(questions) // sample)] if sample else questions
    lines = [json.dumps({"id": q.id, "lang": q.lang, "text": q.text}, ensure_ascii=False) for q in asked]
    (job / "queries.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = Settings.load()
    (job / "model.txt").write_text(str(Path(settings.model or settings.model_dir).absolute()), encoding="utf-8")
    return len(articles), len(rows), len(asked)


def _ask_ours(folder: Path, job: Path) -> dict[str, Any]:
    from bench.server import memory

    asked = read_questions(job / "queries.jsonl")
    run, taken = {}, []
    began = time.perf_counter()
    with open_search(read_articles(folder)) as (search, _live):
        search.search(SearchQuery("ready", "en"))
        loaded = time.perf_counter() - began
        for question in asked:
            at = time.perf_counter()
            result = search.search(SearchQuery(question.text, question.lang, limit=_DEPTH))
            taken.append((time.perf_counter() - at) * 1000)
            run[question.id] = [hit.ref.slug for hit in result.hits]
    return {"name": "Signpost", "run": run, "taken": taken, "load_seconds": loaded, "resident_mb": memory("VmRSS")}


def _judged(folder: Path, job: Path, found: dict[str, Any], keep: Path | None) -> Peer:
    lines = [
        f"{query}\t{rank}\t{article}\t{-rank}"
        for query, articles in found["run"].items()
        for rank, article in enumerate(articles[:_DEPTH], 1)
    ]
    run = (keep or job) / f"{folder.name}.{found['name']}.tsv"
    run.parent.mkdir(parents=True, exist_ok=True)
    run.write_text("\n".join(lines) + "\n", encoding="utf-8")
    quality = score.metrics(folder, job / "queries.jsonl", run).get("all") or {"ndcg@10": 0.0, "recall@5": 0.0}
    return Peer(
        found["name"], round(quality["ndcg@10"], 4), round(quality["recall@5"], 4), _at(found["taken"], 50),
        _at(found["taken"], 95), round(found["load_seconds"], 1), int(found["resident_mb"]),
    )  # fmt: skip


def _at(taken: Sequence[float], percent: float) -> float:
    return round(float(np.percentile(taken, percent)), 1)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__.split("\n\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="folder with corpus.jsonl, queries.jsonl and qrels.tsv")
    parser.add_argument("--sample", type=int, default=0, help="about so many of the questions (default: all)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--run", type=Path, help="keep each library's run in this folder")
    given = parser.parse_args(arguments)
    try:
        found = measure(given.set, given.sample, given.run)
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    told = f"{found.articles} articles, {found.passages} passages, {found.questions} questions"
    print(f"{found.set}: {told}; {found.machine}")
    print(f"{'':12}{'nDCG@10':>10}{'recall@5':>10}{'p50 ms':>10}{'p95 ms':>10}{'MB':>8}")
    for p in found.peers:
        print(f"{p.name:12}{p.ndcg:>10.3f}{p.recall5:>10.3f}{p.p50:>10}{p.p95:>10}{p.resident_mb:>8}")
    if given.json:
        given.json.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
