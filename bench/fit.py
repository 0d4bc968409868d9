"""Fits the shipped parameters of search: language means and fusion weights. Writes index/data/.

    python -m bench.fit means --eval DIR        language means of the default model
    python -m bench.fit fusion --eval DIR       weights of index/ranking/fuse.py, tested on sets that took no part

The calibration of both confidences comes after them: `python -m bench.fit_first`. Only sets with a licence take part in
a fit (LICENSED); the others are measured only. Run the steps in this order.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from app.settings.schema import Settings
from bench.collection import Question, embedder, open_search, read_articles, read_questions
from bench.score import judgements, ndcg
from index.embed.cache import VectorCache
from index.models import SearchQuery
from index.query.language import detect
from index.query.normalize import normalize
from index.ranking import fuse
from index.ranking.fuse import Floats
from index.search import Search
from index.tools import findability
from kb.models import PassageKind
from kb.passages import passages_of
from kb.source.folder_reader import read_folder

SETS = (
    "zulip", "stackfaq", "banking77", "bc", "alchemy-mixed", "xquad-mixed", "xquad-to-en", "xquad-tr", "xquad-zh",
    "tquad", "drcd", "cmrc2018",
)  # fmt: skip
# tquad and stackfaq state no licence: they are test sets only, and nothing that ships is fitted to them.
LICENSED = tuple(s for s in SETS if s not in ("tquad", "stackfaq"))
# The demo articles of this project, all languages in one collection, with their authors' `questions` as queries.
DEMO = "demo"
ARTICLES = Path(__file__).parent.parent / "kb" / "articles"
DATA = Path(__file__).parent.parent / "index" / "data"
_L2 = 2e-2


def kin(name: str) -> str:
    """The family of a set: sets made from the same texts must not be in both training and test data."""
    return "xquad" if name.startswith("xquad") else name


@dataclass(frozen=True)
class Case:
    """One query on one collection: candidate features, relevance labels, and the number of relevant articles."""

    matrix: Floats
    right: np.ndarray
    relevant: int
    evidence: fuse.Evidence


def cases(search: Search, questions: Sequence[Question], relevant: dict[str, set[str]], limit: int = 0) -> list[Case]:
    """The candidate features of each query (judged or not) on `search`'s collection."""
    generation = search._live.current()
    assert generation is not None
    out = []
    for q in questions[: limit or None]:
        text = normalize(q.text)
        lang = detect(text, q.lang, generation.lexicons)
        found = search.candidates(generation, text, lang, SearchQuery(text, q.lang))
        ids = [generation.articles[r].slug for r in found.rows]
        wanted = relevant.get(q.id, set())
        right = np.array([i in wanted for i in ids], bool)
        out.append(Case(fuse.features(found.evidence), right, max(len(wanted), int(right.sum())), found.evidence))
    return out


def fit_means(root: Path) -> None:
    """Macro-averaged language means, so that a large collection does not dominate its language."""
    arrays: dict[str, Floats] = {}
    chosen = embedder()
    cache = VectorCache(Settings.load().index_dir / "vectors", chosen)
    sums: dict[str, list[Floats]] = {}
    for name in LICENSED:
        articles, questions = read_articles(root / name), read_questions(root / name / "queries.jsonl")
        for lang in sorted({a.lang for a in articles}):
            own = [a for a in articles if a.lang == lang]
            texts = [p.embed_text for a in own for p in passages_of(a) if p.kind is PassageKind.BODY]
            sums.setdefault(f"passage/{lang}", []).append(cache.vectors(texts, []).passages.mean(axis=0))
            titles = [a.title for a in own if a.title]
            if titles:
                sums.setdefault(f"title/{lang}", []).append(cache.vectors([], titles).queries.mean(axis=0))
        for lang in sorted({q.lang for q in questions}):
            asked = [normalize(q.text) for q in questions if q.lang == lang]
            sums.setdefault(f"query/{lang}", []).append(cache.vectors([], asked).queries.mean(axis=0))
    for key, values in sums.items():
        arrays[key] = np.mean(values, axis=0)
    for group in ("passage", "title", "query"):
        known = {k: v for k, v in arrays.items() if k.startswith(f"{group}/")}
        arrays[f"{group}/"] = np.mean(list(known.values()), axis=0)
    model = chosen.fingerprint.split("@")[0]
    np.savez(DATA / "means.npz", **{f"{model}/{k}": v.astype(np.float16) for k, v in arrays.items()})
    print("means:", ", ".join(sorted(sums)))


def fit_weights(train: dict[str, list[Case]], nuisance: bool = True) -> dict[str, float]:
    """Fusion weights that minimise ListNet's top-one loss, with every family of sets weighted equally.

    In alchemy-mixed the relevant articles are always in another language than the query. It would bias the fit against
    the customer's own language; with `nuisance` it has a language offset of its own, which is discarded.
    """
    blocks, rights, shares = [], [], []
    for name, rows in train.items():
        picked = [c for c in rows if c.right.any()]
        share = 1 / len(picked) / np.sqrt(sum(kin(n) == kin(name) for n in train))
        for case in picked:
            own = case.matrix[:, [fuse.FEATURES.index("same_language")]] * (name == "alchemy-mixed" and nuisance)
            blocks.append(np.hstack([case.matrix, own]))
            rights.append(case.right)
            shares.append(share)
    stacked = np.vstack(blocks)
    scale = stacked.std(axis=0) + 1e-9
    z, right = (stacked - stacked.mean(axis=0)) / scale, np.concatenate(rights)
    lengths = np.array([len(b) for b in blocks])
    starts = np.cumsum(lengths) - lengths
    group = np.repeat(np.arange(len(blocks)), lengths)
    share = np.array(shares) / np.sum(shares)

    def loss(w: Floats) -> tuple[float, Floats]:
        s = z @ w
        e = np.exp(s - np.maximum.reduceat(s, starts)[group])
        total, good = np.add.reduceat(e, starts), np.add.reduceat(e * right, starts)
        pull = (e * right / good[group] - e / total[group]) * share[group]
        return float(-(share * np.log(good / total)).sum() + _L2 * (w @ w)), 2 * _L2 * w - z.T @ pull

    best = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x / scale
    return {name: round(float(v), 4) for name, v in zip(fuse.FEATURES, best, strict=False)}


def quality(rows: list[Case], weights: dict[str, float]) -> tuple[float, float]:
    """(nDCG@10, recall@5) with these weights."""
    gains, hits = each(rows, weights)
    return float(np.mean(gains)), float(np.mean(hits))


def each(rows: list[Case], weights: dict[str, float]) -> tuple[Floats, Floats]:
    """nDCG@10 and recall@5 of every answerable query."""
    gains, hits = [], []
    for c in rows:
        if c.relevant == 0:
            continue
        order = np.argsort(-fuse.score(c.matrix, np.ones(len(c.matrix), np.float32), weights), kind="stable")
        ranked = [bool(r) for r in c.right[order]]
        gains.append(ndcg(ranked, c.relevant))
        hits.append(float(any(ranked[:5])))
    return np.array(gains), np.array(hits)


def gather(root: Path, names: Sequence[str]) -> dict[str, list[Case]]:
    out = {}
    for name in names:
        with open_search(read_articles(root / name)) as (search, _):
            relevant = judgements(root / name / "qrels.tsv")
            out[name] = cases(search, read_questions(root / name / "queries.jsonl"), relevant)
        print(f"  {name}: {len(out[name])} questions", flush=True)
    return out


def gather_demo() -> list[Case]:
    """Cases of the demo articles' questions (leave-one-out)."""
    articles = read_folder(ARTICLES).articles
    entries = [(a, n) for a in articles for n in range(len(a.questions))]
    out = []
    for group in findability.batches(entries):
        asked = [Question(f"{a.slug}/{n}", a.lang, a.questions[n]) for a, n in group]
        with open_search(findability.leave_out(articles, group)) as (search, _):
            out += cases(search, asked, {q.id: {q.id.split("/")[0]} for q in asked})
    return out


def fit_fusion(root: Path) -> None:
    data = gather(root, SETS)
    data[DEMO] = gather_demo()
    weights = fit_weights({n: data[n] for n in (*LICENSED, DEMO)})
    print(f"{'set':15} left out: nDCG@10 recall@5   fitted: nDCG@10 recall@5")
    for name in data:
        held = fit_weights({n: data[n] for n in (*LICENSED, DEMO) if kin(n) != kin(name)})
        a, b = quality(data[name], held), quality(data[name], weights)
        print(f"{name:15} {a[0]:18.3f} {a[1]:8.3f} {b[0]:17.3f} {b[1]:8.3f}")
    note = "Fitted by `python -m bench.fit fusion`; see docs/search.md."
    (DATA / "fusion.json").write_text(json.dumps({"note": note, "weights": weights}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(weights, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=("means", "fusion"))
    parser.add_argument("--eval", type=Path, required=True, help="the folder that holds the sets")
    given = parser.parse_args()
    steps: dict[str, Callable[[Path], None]] = {"means": fit_means, "fusion": fit_fusion}
    steps[given.step](given.eval)


if __name__ == "__main__":
    main()
