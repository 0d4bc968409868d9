"""Fits the confidence that the first result is right (index/ranking/first_place.py), and measures it left out of fit.

    python -m bench.fit_first --eval DIR [--precision int8|fp32] [--sets NAME ...] [--keep FILE]

Every set is asked whole, with half of the documents that answer something taken out (near unknowns), with 5, 10 and 20
documents, and far questions; the demo articles likewise, each question left out of the index while it is asked. The
halves weigh most. A family of sets is then left out of the fit and measured. `--keep` stores the signals, or reads them
if the file is there. Writes the entry `first` of index/data/calibration.json.
"""

import argparse
import json
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from bench.collection import Question, embedder, only, open_search, read_articles, read_lines, read_questions
from bench.collection import without_answers as halved
from bench.fit import ARTICLES, DATA, DEMO, LICENSED, kin
from bench.score import auroc, judgements
from index.models import SearchQuery, Verdict
from index.query.language import detect
from index.query.normalize import normalize
from index.ranking import confidence
from index.ranking.first_names import FIRST_SIGNALS
from index.ranking.fuse import Floats
from index.tools import findability
from index.tools.no_answer import held_out, unanswerable_questions
from kb.models import Article
from kb.source.folder_reader import read_folder

SETS = ("zulip", "banking77", "bc", "alchemy-mixed", "xquad-tr", "xquad-zh", "xquad-mixed", "xquad-to-en", "stackfaq")
# What is measured, and what is fitted besides.
WHOLE, HALF, MORE_HALF, FAR, TINY = "whole", "half dev", "half t1", "far", ("only 5", "only 10", "only 20")
_WEIGHT = {WHOLE: 0.3, HALF: 1.0, MORE_HALF: 1.0, FAR: 0.1} | dict.fromkeys(TINY, 0.2)
_TINY_SEED, _TINY_QUESTIONS = "a", 300
_L2 = 0.01
# Signals are clipped to this many standard deviations while fitting.
_CLIP = 4.0


@dataclass(frozen=True)
class Asked:
    """Questions asked of one collection: signals of the first (one row each), whether the first is right, whether the
    answer is among five and in the collection at all, `confidence`, and the first threshold passed (`suggest_from`)."""

    values: Floats
    right: np.ndarray
    found: np.ndarray
    known: np.ndarray
    confidence: Floats
    shown: np.ndarray


def ask(
    articles: Sequence[Article], questions: Sequence[Question], relevant: dict[str, set[str]], precision: str
) -> Asked:
    """Ask questions of a collection; `relevant` names articles by key."""
    have = {a.key for a in articles}
    rows = []
    with open_search(list(articles), precision) as (search, live):
        generation = live.current()
        assert generation is not None
        calibration = (
            confidence.shipped_calibration(generation.manifest.fingerprint) or confidence.default_calibration()
        )
        for q in questions:
            text = normalize(q.text)
            ranking = search.rank(generation, text, detect(text, q.lang), SearchQuery(text, q.lang))
            keys = [generation.articles[int(r)].key for r in ranking.candidates.rows[ranking.order][: confidence.SHOWN]]
            wanted = relevant.get(q.id, set())
            sure = ranking.probability or 0.0
            rows.append((
                ranking.first_signals, keys[:1] != [] and keys[0] in wanted, bool(wanted & set(keys)),
                bool(wanted & have), sure, sure >= calibration.suggest_from,
            ))  # fmt: skip
    columns = list(zip(*rows, strict=True))
    return Asked(np.stack(columns[0]), *(np.array(c, float) for c in columns[1:]))


def joined(parts: Iterable[Asked]) -> Asked:
    some = list(parts)
    return Asked(*(np.concatenate([vars(p)[name] for p in some]) for name in vars(some[0])))


def gather_set(root: Path, name: str, precision: str) -> dict[str, Asked]:
    articles, relevant = read_articles(root / name), judgements(root / name / "qrels.tsv")
    questions = read_questions(root / name / "queries.jsonl")
    judged = [q for q in questions if q.id in relevant]
    langs = {a.lang for a in articles} | {q.lang for q in questions}
    far = [q for q in far_questions(root, name == "zulip") if q.lang in langs]
    out = {
        WHOLE: ask(articles, judged, relevant, precision),
        HALF: ask(halved(articles, relevant, "dev"), judged, relevant, precision),
        MORE_HALF: ask(halved(articles, relevant, "t1"), judged, relevant, precision),
        FAR: ask(articles, far, {}, precision),
    }
    for tiny in TINY:
        kept = only(articles, relevant, int(tiny.split()[1]), _TINY_SEED)
        slugs = {a.slug for a in kept}
        own = [q for q in judged if relevant[q.id] & slugs]
        out[tiny] = ask(kept, own + [q for q in judged if q not in own][:_TINY_QUESTIONS], relevant, precision)
    return out


def far_questions(root: Path, near_too: bool) -> list[Question]:
    kinds = {q["id"]: q["kind"] for q in read_lines(root / "oos" / "queries.jsonl")}
    return [q for q in read_questions(root / "oos" / "queries.jsonl") if kinds[q.id] == "far" or near_too]


def gather_demo(root: Path, precision: str) -> dict[str, Asked]:
    articles = read_folder(ARTICLES).articles
    groups = findability.batches([(a, n) for a in articles for n in range(len(a.questions))])
    keyed = {f"{a.lang}/{a.slug}": {a.key} for a in articles}
    some: dict[str, list[Asked]] = {}
    for group in groups:
        rest = findability.leave_out(articles, group)
        asked = [Question(f"{a.lang}/{a.slug}/{n}", a.lang, a.questions[n]) for a, n in group]
        relevant = {q.id: keyed[q.id.rsplit("/", 1)[0]] for q in asked}
        by_key = {a.key: a.key for a in rest}
        for label in (WHOLE, HALF, MORE_HALF, *TINY):
            kept = rest
            if label in (HALF, MORE_HALF):
                keep = {a.key for a in halved([_stub(k) for k in by_key], {"": set(by_key)}, label.split()[1])}
                kept = [a for a in rest if a.key in keep]
            elif label in TINY:
                stubs = [_stub(k) for k in by_key]
                keep = {a.key for a in only(stubs, {"": set(by_key)}, int(label.split()[1]), _TINY_SEED)}
                kept = [a for a in rest if a.key in keep]
            some.setdefault(label, []).append(ask(kept, asked, relevant, precision))
    far = far_questions(root, near_too=False)
    far += [Question(f"u{n}", s.lang, s.text) for n, s in enumerate(unanswerable_questions()) if not held_out(s.text)]
    return {label: joined(parts) for label, parts in some.items()} | {FAR: ask(articles, far, {}, precision)}


def _stub(key: str) -> Article:
    return Article(lang="en", slug=key, key=key, category="", title=key, sections=())


Collected = dict[str, dict[str, Asked]]


def fit(data: Collected, names: Sequence[str]) -> tuple[dict[str, float], float]:
    """(weights, bias): families of sets weigh the same, and within one a set's kinds of question as in _WEIGHT."""
    blocks, labels, shares = [], [], []
    for name in names:
        family = [n for n in names if kin(n) == kin(name)]
        for label, asked in data[name].items():
            blocks.append(asked.values)
            labels.append(asked.right)
            shares.append(np.full(len(asked.right), _WEIGHT[label] / len(family) / len(asked.right)))
    x, y, share = np.vstack(blocks).astype(float), np.concatenate(labels), np.concatenate(shares)
    share /= share.sum()
    mean = np.average(x, axis=0, weights=share)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=share)) + 1e-6
    z = np.hstack([np.clip((x - mean) / scale, -_CLIP, _CLIP), np.ones((len(x), 1))])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        p = 1 / (1 + np.exp(-np.clip(z @ w, -30, 30)))
        value = -(share * (y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))).sum()
        return float(value + _L2 * (w[:-1] @ w[:-1])), z.T @ ((p - y) * share) + 2 * _L2 * np.append(w[:-1], 0)

    w = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x
    weights = w[:-1] / scale
    named = {n: round(float(v), 4) for n, v in zip(FIRST_SIGNALS, weights, strict=True)}
    return named, round(float(w[-1] - weights @ mean), 4)


def believe(asked: Asked, fitted: tuple[dict[str, float], float]) -> np.ndarray:
    z = asked.values.astype(float) @ np.array([fitted[0][n] for n in FIRST_SIGNALS]) + fitted[1]
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def judge(asked: Asked, belief: np.ndarray, cut: float) -> list[float]:
    """Of `answer` verdicts the share whose first is right; share of right firsts answered; of those found among five,
    the share sent to a person; share of unknowns answered; AUROC."""
    answered, right = belief >= cut, asked.right > 0
    person = ~answered & (asked.shown == 0)
    found, unknown = asked.found > 0, asked.known == 0
    return [
        float(right[answered].mean()) if answered.any() else 1.0,
        float(answered[right].mean()) if right.any() else 1.0,
        float(person[found].mean()) if found.any() else 0.0,
        float(answered[unknown].mean()) if unknown.any() else 0.0,
        auroc(belief[right].tolist(), belief[~right].tolist()),
    ]


def table(data: Collected, cut: float) -> str:
    """The Markdown table of docs/search.md: left out of the fit, and fitted."""
    licensed = [n for n in data if n in (*LICENSED, DEMO)]
    fitted = fit(data, licensed)
    held = {family: fit(data, [n for n in licensed if kin(n) != family]) for family in {kin(n) for n in data}}
    lines = []
    for label in (HALF, WHOLE, *TINY, FAR):
        for name, kinds in data.items():
            left = judge(kinds[label], believe(kinds[label], held[kin(name)]), cut)
            own = judge(kinds[label], believe(kinds[label], fitted), cut)
            cells = " | ".join(f"{v:.2f}".replace("0.", ".", 1) if v < 1 else "1.00" for v in (*left, *own))
            lines.append(f"| {label} | {name} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--eval", type=Path, required=True, help="the folder that holds the sets")
    parser.add_argument("--precision", choices=("", "int8", "fp32"), default="")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--keep", type=Path, help="a file to keep the signals in")
    parser.add_argument("--answer-from", type=float, default=0.67, help=f"the threshold of {Verdict.ANSWER}")
    given = parser.parse_args()
    data: Collected = {}
    if given.keep and given.keep.is_file():
        data = pickle.loads(given.keep.read_bytes())  # noqa: S301 - written by this program
    for name in (*given.sets, DEMO):
        if name not in data:
            data[name] = (
                gather_demo(given.eval, given.precision)
                if name == DEMO
                else gather_set(given.eval, name, given.precision)
            )
            print(f"  {name}", flush=True)
            if given.keep:
                given.keep.write_bytes(pickle.dumps(data))
    print(table(data, given.answer_from))
    weights, bias = fit(data, [n for n in data if n in (*LICENSED, DEMO)])
    path = DATA / "calibration.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    entry = {"weights": weights, "bias": bias, "answer_from": given.answer_from}
    stored[embedder(given.precision).fingerprint]["first"] = entry
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
