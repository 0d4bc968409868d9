"""Fits the shipped parameters of search: language means, fusion weights, calibration. Writes index/data/.

    python -m bench.fit means --eval DIR        language means of the default model
    python -m bench.fit fusion --eval DIR       weights of index/ranking/fuse.py, tested on sets that took no part
    python -m bench.fit calibration --eval DIR  index/ranking/confidence.py, tested on collections that took no part

Only sets with a licence take part in a fit (LICENSED); the others are measured only. Run the steps in this order.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from app.settings.schema import Settings
from bench.collection import Question, embedder, open_search, read_articles, read_lines, read_questions
from bench.score import judgements, ndcg
from index.embed.cache import VectorCache
from index.models import SearchQuery
from index.query.language import detect
from index.query.normalize import normalize
from index.ranking import confidence, fuse
from index.ranking.fuse import Floats
from index.search import Search
from index.tools import findability
from index.tools.no_answer import held_out, unanswerable_questions
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
    length: float
    lang: str


def cases(search: Search, questions: Sequence[Question], relevant: dict[str, set[str]], limit: int = 0) -> list[Case]:
    """The candidate features of each query (judged or not) on `search`'s collection."""
    generation = search._live.current()
    assert generation is not None
    out = []
    for q in questions[: limit or None]:
        text = normalize(q.text)
        lang = detect(text, q.lang)
        found = search.candidates(generation, text, lang, SearchQuery(text, q.lang))
        ids = [generation.articles[r].slug for r in found.rows]
        wanted = relevant.get(q.id, set())
        right = np.array([i in wanted for i in ids], bool)
        out.append(
            Case(
                fuse.features(found.evidence), right, max(len(wanted), int(right.sum())), found.evidence,
                confidence.length(text), q.lang,
            )
        )  # fmt: skip
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


def gather_demo(unanswerable_questions: Sequence[Question] = ()) -> list[Case]:
    """Cases of the demo articles' questions (leave-one-out), and of `unanswerable_questions`."""
    articles = read_folder(ARTICLES).articles
    entries = [(a, n) for a in articles for n in range(len(a.questions))]
    out = []
    for group in findability.batches(entries):
        asked = [Question(f"{a.slug}/{n}", a.lang, a.questions[n]) for a, n in group]
        with open_search(findability.leave_out(articles, group)) as (search, _):
            out += cases(search, asked, {q.id: {q.id.split("/")[0]} for q in asked})
    if unanswerable_questions:
        with open_search(list(articles)) as (search, _):
            out += cases(search, unanswerable_questions, {})
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


@dataclass(frozen=True)
class Sample:
    """A calibration sample: a query's signals, and whether its answer is among the five shown."""

    values: Floats
    answered: bool
    answerable: bool
    lang: str


# Calibration is fitted to sets with titles, as a help centre has; the others made it underconfident there.
TITLED = ("zulip", "banking77", "bc", "alchemy-mixed")
# Negatives: queries of another collection have no answer in this one. Unlike no-answer sets of full sentences they
# include short and title-like queries.
STRANGERS = {"zulip": ("banking77",), "banking77": ("zulip",), "alchemy-mixed": ("banking77", "xquad-tr")}
_STRANGERS_EACH = 150
# The accepted false-positive rate: unanswerable questions shown as if answered.
_WRONG = 0.045
_ANSWER_FROM = 0.8


def samples(root: Path, weights: dict[str, float]) -> dict[str, list[Sample]]:
    """Signals of answerable and unanswerable questions on every licensed collection."""
    out: dict[str, list[Sample]] = {}
    none = read_questions(root / "oos" / "queries.jsonl")
    far = {
        q.id for q, raw in zip(none, read_lines(root / "oos" / "queries.jsonl"), strict=True) if raw["kind"] == "far"
    }
    for name in TITLED:
        articles, own = read_articles(root / name), read_questions(root / name / "queries.jsonl")
        langs = {a.lang for a in articles} | {q.lang for q in own}
        absent = [q for q in none if q.lang in langs and (q.id in far or name == "zulip")]
        for other in STRANGERS.get(name, ()):
            asked = [q for q in read_questions(root / other / "queries.jsonl") if q.lang in langs]
            absent += asked[:_STRANGERS_EACH]
        relevant = judgements(root / name / "qrels.tsv")
        with open_search(articles) as (search, _):
            out[name] = [_read(c, weights) for c in cases(search, own, relevant)]
            out[name] += [_read(c, weights) for c in cases(search, absent, {})]
        print(f"  {name}: {len(own)} questions with an answer, {len(absent)} without", flush=True)
    absent = [q for q in none if q.id in far] + read_questions(root / "zulip" / "queries.jsonl")
    # The other half of the shipped questions without an answer is left to `flask index calibrate` for testing.
    absent += [
        Question(f"{s.topic}/{n}", s.lang, s.text)
        for n, s in enumerate(unanswerable_questions())
        if not held_out(s.text)
    ]
    out[DEMO] = [_read(c, weights) for c in gather_demo(absent)]
    return out


def _read(case: Case, weights: dict[str, float]) -> Sample:
    scores = fuse.score(case.matrix, np.ones(len(case.matrix), np.float32), weights)
    order = np.argsort(-scores, kind="stable")
    hit = bool(case.right[order[: confidence.SHOWN]].any())
    values = confidence.signals(case.evidence, scores, order, case.length)
    return Sample(values, hit, case.relevant > 0, case.lang)


def fit_logistic(data: dict[str, list[Sample]]) -> tuple[dict[str, float], float]:
    """(weights, bias): collections are weighted equally, and within each both classes by half."""
    rows, labels, shares = [], [], []
    for readings_ in data.values():
        for side in (True, False):
            some = [r for r in readings_ if r.answerable is side]
            rows += [r.values for r in some]
            labels += [float(r.answered) for r in some]
            shares += [1 / len(some)] * len(some)
    x, y, share = np.stack(rows), np.array(labels), np.array(shares) / np.sum(shares)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])

    def loss(w: Floats) -> tuple[float, Floats]:
        p = 1 / (1 + np.exp(-np.clip(z @ w, -30, 30)))
        value = -(share * (y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))).sum()
        return float(value + 1e-4 * (w[:-1] @ w[:-1])), z.T @ ((p - y) * share) + 2e-4 * np.append(w[:-1], 0)

    w = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x
    weights = w[:-1] / scale
    return (
        {n: round(float(v), 4) for n, v in zip(confidence.SIGNALS, weights, strict=True)},
        round(float(w[-1] - weights @ mean), 4),
    )


def believe(rows: Sequence[Sample], fitted: tuple[dict[str, float], float]) -> Floats:
    calibration = confidence.Calibration(fitted[0], fitted[1], 0.5, 0.8)
    return np.array([confidence.confidence(r.values, calibration) for r in rows], np.float32)


def judge(rows: Sequence[Sample], belief: Floats, cut: float) -> dict[str, float]:
    """What score.py prints: AUROC of answered against unanswerable, wrong, shown of found, calibration error."""
    found = np.array([r.answered for r in rows])
    none = np.array([not r.answerable for r in rows])
    pos, neg = np.sort(belief[found]), np.sort(belief[none])
    ranks = np.searchsorted(neg, pos, "left") + np.searchsorted(neg, pos, "right")
    error = 0.0
    bins = np.minimum(9, (belief * 10).astype(int))
    for b in range(10):
        inside = bins == b
        gap = sum(
            0.5 / max(1, int(side.sum())) * float((belief - found)[inside & side].sum()) for side in (none, ~none)
        )
        error += abs(gap)
    return {
        "auroc": float(ranks.mean() / 2 / max(1, len(neg))),
        "wrong": float((neg >= cut).mean()),
        "shown": float((pos >= cut).mean()),
        "ece": error,
    }


def fit_calibration(root: Path) -> None:
    weights = dict(fuse.weights())
    data = samples(root, weights)
    fitted = fit_logistic(data)
    # The threshold must hold on every collection, not on average.
    cut = max(
        float(np.quantile(believe([r for r in data[name] if not r.answerable], fitted), 1 - _WRONG)) for name in data
    )
    print(f"{'left out':15} auroc wrong shown  ece | fitted: auroc wrong shown  ece   (cut {cut:.3f})")
    for name, rows in data.items():
        held = fit_logistic({n: d for n, d in data.items() if kin(n) != kin(name)})
        a, b = judge(rows, believe(rows, held), cut), judge(rows, believe(rows, fitted), cut)
        print(
            f"{name:15} {' '.join(f'{v:.3f}' for v in a.values())} |        {' '.join(f'{v:.3f}' for v in b.values())}"
        )
    path = DATA / "calibration.json"
    stored = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    stored[embedder().fingerprint] = {
        "weights": fitted[0], "bias": fitted[1], "suggest_from": round(cut, 4), "answer_from": _ANSWER_FROM,
    }  # fmt: skip
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(fitted[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=("means", "fusion", "calibration"))
    parser.add_argument("--eval", type=Path, required=True, help="the folder that holds the sets")
    given = parser.parse_args()
    steps: dict[str, Callable[[Path], None]] = {
        "means": fit_means,
        "fusion": fit_fusion,
        "calibration": fit_calibration,
    }
    steps[given.step](given.eval)


if __name__ == "__main__":
    main()
