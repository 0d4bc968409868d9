"""One other library answers the questions of bench/peers.py, in the virtual environment made for it.

    python peers_worker.py {txtai,bm25s} JOB

Imports nothing of ours. Writes JOB/<name>.json: the articles for each question, and the milliseconds each took.
"""

import json
import sys
import time
from pathlib import Path

# Passages fetched a question: enough that ten articles are among them.
_PASSAGES = 60


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def txtai(job, passages):
    """A function from question to passage rows, best first; hybrid search as txtai does it by default."""
    import numpy as np
    from txtai import Embeddings

    model = (job / "model.txt").read_text(encoding="utf-8")
    vectors = np.load(job / "vectors.npy")
    row_of = {p["text"]: i for i, p in enumerate(passages)}
    native = Embeddings({"path": model, "instructions": {"query": "query: ", "data": "passage: "}})

    def transform(texts):
        """Passages have the vectors given; anything else is a question, embedded as txtai itself does."""
        rows = [row_of.get(t) for t in texts]
        if all(row is not None for row in rows):
            return vectors[rows]
        return np.stack([native.transform(t, "query") for t in texts])

    index = Embeddings({"method": "external", "transform": transform, "hybrid": True})
    index.index((i, p["text"], None) for i, p in enumerate(passages))
    return lambda question: [int(row) for row, _ in index.search(question, _PASSAGES)]


def bm25s(job, passages):
    """The same with BM25 alone: English stop words and stemmer, as its documentation suggests."""
    import bm25s as library
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    tokens = library.tokenize([p["text"] for p in passages], stopwords="en", stemmer=stemmer, show_progress=False)
    index = library.BM25()
    index.index(tokens, show_progress=False)

    def ask(question):
        asked = library.tokenize([question], stopwords="en", stemmer=stemmer, show_progress=False)
        rows, scores = index.retrieve(asked, k=min(_PASSAGES, len(passages)), show_progress=False)
        return [int(row) for row, score in zip(rows[0], scores[0], strict=True) if score > 0]

    return ask


def main():
    name, job = sys.argv[1], Path(sys.argv[2])
    passages, questions = read(job / "passages.jsonl"), read(job / "queries.jsonl")
    began = time.perf_counter()
    ask = {"txtai": txtai, "bm25s": bm25s}[name](job, passages)
    ask("ready")
    loaded = time.perf_counter() - began
    run, taken = {}, []
    for question in questions:
        at = time.perf_counter()
        rows = ask(question["text"])
        taken.append((time.perf_counter() - at) * 1000)
        run[question["id"]] = list(dict.fromkeys(passages[row]["article"] for row in rows))[:10]
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    found = {
        "name": name, "run": run, "taken": taken, "load_seconds": loaded,
        "resident_mb": int(status.split("VmRSS:")[1].split()[0]) // 1024,
    }  # fmt: skip
    (job / f"{name}.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
