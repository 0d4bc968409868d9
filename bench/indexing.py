"""Embedding throughput of the product's embedder against plain sentence-transformers, and query latency beside a busy
process.

    python -m bench.indexing [--kb DIR] [--passages N] [--json OUT]

Both embed the same N passages of DIR in turns, a batch each, so that whatever else the machine does falls on both; what
counts is the ratio. Then short questions are embedded one by one, first alone, then while another process keeps one
processor busy.
"""

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.settings.schema import Settings
from bench.latency import own_questions, run_in_process
from bench.server import ROOT, CannotMeasure, Machine
from index.embed.choose import open_embedder
from kb.models import PassageKind
from kb.passages import passages_of
from kb.source.folder_reader import read_folder

PASSAGES = 200
_BATCH = 20
_QUESTIONS = 200


@dataclass(frozen=True)
class Figures:
    """Passages a second of ours and theirs (PyTorch, fp32), and the latency of one query in milliseconds."""

    passages: int
    ours_per_second: float
    theirs_per_second: float
    ratio: float
    query_p50: float
    query_p95: float
    query_p50_beside_another: float
    query_p95_beside_another: float
    precision: str
    machine: Machine


def measure(kb: Path, size: int) -> Figures:
    """All of it. Raises CannotMeasure."""
    settings = Settings.load()
    if settings.embedder != "model":
        raise CannotMeasure("The setting embedder is not `model`, so there is nothing to compare.")
    texts = [p.embed_text for a in read_folder(kb).articles for p in passages_of(a) if p.kind is PassageKind.BODY]
    chosen = random.Random(3).sample(texts, min(size, len(texts)))  # noqa: S311
    machine = Machine.now()
    ours, theirs, fingerprint = run_in_process(_race, chosen)
    questions = [q.text for q in own_questions(kb)]
    questions = random.Random(4).choices(questions, k=_QUESTIONS)  # noqa: S311
    alone = run_in_process(_ask, questions)
    with _busy_process():
        beside = run_in_process(_ask, questions)
    return Figures(
        len(chosen), round(ours, 1), round(theirs, 1), round(ours / theirs, 2), *alone, *beside, fingerprint, machine
    )


def _race(texts: Sequence[str]) -> tuple[float, float, str]:
    settings = Settings.load()
    mine = open_embedder(model=settings.model, precision=settings.precision, model_dir=settings.model_dir, workers=0)
    import torch
    from sentence_transformers import SentenceTransformer

    theirs: Any = SentenceTransformer(settings.model or str(settings.model_dir), device="cpu", local_files_only=True)

    def plain(batch: Sequence[str]) -> Any:
        with torch.inference_mode():
            return theirs.encode([f"passage: {t}" for t in batch], normalize_embeddings=True, show_progress_bar=False)

    taken = {"ours": 0.0, "theirs": 0.0}
    encoders: dict[str, Callable[[Sequence[str]], Any]] = {"ours": mine.encode_passages, "theirs": plain}
    for encode in encoders.values():
        encode(texts[:2])
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        for name, encode in encoders.items():
            began = time.perf_counter()
            encode(batch)
            taken[name] += time.perf_counter() - began
    return len(texts) / taken["ours"], len(texts) / taken["theirs"], mine.fingerprint


def _ask(questions: Sequence[str]) -> tuple[float, float]:
    settings = Settings.load()
    embedder = open_embedder(model=settings.model, precision=settings.precision, model_dir=settings.model_dir)
    embedder.encode_queries(["ready"])
    taken = []
    for question in questions:
        began = time.perf_counter()
        embedder.encode_queries([question])
        taken.append((time.perf_counter() - began) * 1000)
    return round(float(np.percentile(taken, 50)), 1), round(float(np.percentile(taken, 95)), 1)


def _spin() -> None:
    while True:
        sum(range(100_000))


@contextmanager
def _busy_process() -> Any:
    process = multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.indexing", description=__doc__.split("\n\n")[0])
    parser.add_argument("--kb", type=Path, default=ROOT / "kb" / "articles", help="a folder of articles")
    parser.add_argument("--passages", type=int, default=PASSAGES, help="how many (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(arguments)
    try:
        found = measure(given.kb, given.passages)
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    print(
        f"{found.passages} passages: {found.ours_per_second} a second ({found.precision}),"
        f" sentence-transformers {found.theirs_per_second}: {found.ratio} times as many\n"
        f"one question: p50 {found.query_p50} ms, p95 {found.query_p95} ms;"
        f" beside a busy process p50 {found.query_p50_beside_another} ms, p95 {found.query_p95_beside_another} ms\n"
        f"{found.machine}"
    )
    if given.json:
        given.json.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
