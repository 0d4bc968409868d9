"""Fits both confidences (index/ranking/confidence.py): that the answer is among five, and that the first result is
right (index/ranking/first_place.py). Measures them left out of fit.

    python -m bench.fit_first --eval DIR [--precision int8|fp32] [--sets NAME ...] [--keep FILE]

Every set is asked whole, with half of the documents that answer something taken out (near unknowns), with 5, 10 and 20
documents, far questions, and questions of other sets (short ones too); the demo articles likewise, each question left
out of the index while it is asked; so are the questions that readers wrote for articles of others (bench/questions),
near unknowns among them. A family of sets is then left out of the fit and measured. `--keep` stores the signals, or
reads them if the file is there. Writes the model's entry of index/data/calibration.json.
"""

import argparse
import json
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from bench import written
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
STRANGERS = "strangers"
# Questions that readers wrote for these articles: half of them known, the others near unknowns and some far ones.
WRITTEN = "written"
# What each kind weighs for the first result: near unknowns most. Whether the answer is among five is not their
# question, since they have good-looking results: that is fitted to whole sets against far and other sets' questions.
_WEIGHT = {WHOLE: 0.3, WRITTEN: 1.0, HALF: 1.0, MORE_HALF: 1.0, FAR: 0.1} | dict.fromkeys(TINY, 0.2)
# A set of written questions beside a test set: they are harder than most questions, on purpose, and few.
_WRITTEN_WEIGHT = 0.4
_TINY_SEED, _TINY_QUESTIONS = "a", 300
_L2, _L2_FIVE = 0.01, 3e-3
# Signals are clipped to this many standard deviations while fitting.
_CLIP, _CLIP_FIVE = 4.0, 6.0
# Whose questions are asked where they have no answer. Most are shorter and more like titles than far questions, which
# are whole sentences: without them a short question would look as if it had an answer.
OTHERS = {
    "zulip": ("banking77",), "banking77": ("zulip", "stackfaq"), "stackfaq": ("zulip",), "bc": ("zulip",),
    "alchemy-mixed": ("banking77", "xquad-tr", "xquad-zh"), "xquad-tr": ("alchemy-mixed",),
    "xquad-zh": ("alchemy-mixed",), "xquad-mixed": ("alchemy-mixed", "banking77"),
    "xquad-to-en": ("alchemy-mixed", "zulip"), DEMO: ("zulip", "alchemy-mixed"),
}  # fmt: skip
_OTHERS_EACH, _WRITTEN_EACH = 150, 25
# The accepted share of far questions that get suggestions, on test sets with titles, as a help centre has. Not of the
# demo's, which answers some of them (about refunds, accounts, headphones), nor of other sets' questions, for the same
# reason: a list to choose from claims less than `answer` does.
_WRONG, TITLED = 0.045, ("zulip", "banking77", "bc", "alchemy-mixed")
_CAP = 0.8


@dataclass(frozen=True)
class Asked:
    """Questions asked of one collection: confidence's signals and those of the first (one row each), whether the first
    is right, whether the answer is among five, and in the collection at all."""

    five: Floats
    values: Floats
    right: np.ndarray
    found: np.ndarray
    known: np.ndarray

    def only(self, mask: np.ndarray) -> "Asked":
        return Asked(*(values[mask] for values in vars(self).values()))


def ask(
    articles: Sequence[Article], questions: Sequence[Question], relevant: dict[str, set[str]], precision: str
) -> Asked:
    """Ask questions of a collection; `relevant` names articles by key."""
    have = {a.key for a in articles}
    rows = []
    with open_search(list(articles), precision) as (search, live):
        generation = live.current()
        assert generation is not None
        for q in questions:
            text = normalize(q.text)
            lang = detect(text, q.lang, generation.lexicons)
            ranking = search.rank(generation, text, lang, SearchQuery(text, q.lang))
            keys = [generation.articles[int(r)].key for r in ranking.candidates.rows[ranking.order][: confidence.SHOWN]]
            wanted = relevant.get(q.id, set())
            rows.append((
                ranking.signals, ranking.first_signals, keys[:1] != [] and keys[0] in wanted,
                bool(wanted & set(keys)), bool(wanted & have),
            ))  # fmt: skip
    columns = list(zip(*rows, strict=True))
    return Asked(np.stack(columns[0]), np.stack(columns[1]), *(np.array(c, float) for c in columns[2:]))


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
        STRANGERS: ask(articles, other_questions(root, name, langs), {}, precision),
    }
    for tiny in TINY:
        kept = only(articles, relevant, int(tiny.split()[1]), _TINY_SEED)
        slugs = {a.slug for a in kept}
        own = [q for q in judged if relevant[q.id] & slugs]
        out[tiny] = ask(kept, own + [q for q in judged if q not in own][:_TINY_QUESTIONS], relevant, precision)
    return out


def gather_written(root: Path, name: str, precision: str) -> dict[str, Asked]:
    articles, asked = written.articles_of(name, root), written.read(name)
    questions, relevant = [w.question for w in asked], written.relevant(asked, articles)
    slugs = {w.question.id: set(w.answers) for w in asked}
    langs = {q.lang for q in questions}
    others: list[Question] = []
    for other in written.NAMES:
        if other != name:
            known = [w.question for w in written.read(other) if w.kind == written.KNOWN and w.question.lang in langs]
            others += known[:: max(1, len(known) // _WRITTEN_EACH)]
    return {
        WRITTEN: ask(articles, questions, relevant, precision),
        HALF: ask(halved(articles, slugs, "dev"), questions, relevant, precision),
        MORE_HALF: ask(halved(articles, slugs, "t1"), questions, relevant, precision),
        STRANGERS: ask(articles, others, {}, precision),
    }


def far_questions(root: Path, near_too: bool) -> list[Question]:
    kinds = {q["id"]: q["kind"] for q in read_lines(root / "oos" / "queries.jsonl")}
    return [q for q in read_questions(root / "oos" / "queries.jsonl") if kinds[q.id] == "far" or near_too]


def other_questions(root: Path, name: str, langs: set[str]) -> list[Question]:
    """Questions of other sets in these languages, spread over each."""
    found: list[Question] = []
    for other in OTHERS[name]:
        by_lang: dict[str, list[Question]] = {}
        for q in read_questions(root / other / "queries.jsonl"):
            if q.lang in langs:
                by_lang.setdefault(q.lang, []).append(q)
        for some in by_lang.values():
            most = _OTHERS_EACH // min(len(by_lang), 2)
            found += some[:: max(1, len(some) // most)][:most]
    return found


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
    strangers = other_questions(root, DEMO, {a.lang for a in articles})
    return {label: joined(parts) for label, parts in some.items()} | {
        FAR: ask(articles, far, {}, precision),
        STRANGERS: ask(articles, strangers, {}, precision),
    }


def _stub(key: str) -> Article:
    return Article(lang="en", slug=key, key=key, category="", title=key, sections=())


Collected = dict[str, dict[str, Asked]]


def family(name: str) -> str:
    """What a set is left out of the fit with; written questions with the test set of the same articles."""
    return kin(name.removesuffix(f", {WRITTEN}"))


@dataclass(frozen=True)
class Fitted:
    """A logistic regression over `names`, by name."""

    names: tuple[str, ...]
    weights: dict[str, float]
    bias: float

    def believe(self, values: Floats) -> np.ndarray:
        z = values.astype(float) @ np.array([self.weights[n] for n in self.names]) + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def fit(data: Collected, names: Sequence[str]) -> Fitted:
    """That the first is right. Families of sets weigh the same, and within one a set's kinds as in _WEIGHT."""
    rows = [
        (asked.values, asked.right, _share(name, names, _WEIGHT[label], len(asked.right)))
        for name in names for label, asked in data[name].items() if label in _WEIGHT
    ]  # fmt: skip
    return _regression(FIRST_SIGNALS, rows, _L2, _CLIP)


def fit_five(data: Collected, names: Sequence[str]) -> Fitted:
    """That the answer is among five: whole sets against questions without an answer, which weigh the same."""
    rows = []
    for name in names:
        whole, none = _with_answer(data[name]), _without_answer(data[name])
        rows.append((whole.five, whole.found, _share(name, names, 1.0, len(whole.found))))
        rows.append((none, np.zeros(len(none)), _share(name, names, 1.0, len(none))))
    return _regression(confidence.SIGNALS, rows, _L2_FIVE, _CLIP_FIVE)


def _with_answer(kinds: dict[str, Asked]) -> Asked:
    """The questions whose answer is in the collection. Near unknowns are none of the other confidence's questions."""
    return kinds[WRITTEN].only(kinds[WRITTEN].known > 0) if WRITTEN in kinds else kinds[WHOLE]


def _without_answer(kinds: dict[str, Asked]) -> Floats:
    return np.vstack([kinds[label].five for label in (FAR, STRANGERS) if label in kinds])


def _share(name: str, names: Sequence[str], weight: float, count: int) -> np.ndarray:
    """What each of `count` questions weighs: families are equal, and in one test sets among each other, and written."""
    by_hand = name.endswith(WRITTEN)
    kindred = sum(family(n) == family(name) and n.endswith(WRITTEN) == by_hand for n in names)
    return np.full(count, weight * (_WRITTEN_WEIGHT if by_hand else 1.0) / kindred / count)


def _regression(
    names: tuple[str, ...], rows: Sequence[tuple[Floats, np.ndarray, np.ndarray]], l2: float, clip: float
) -> Fitted:
    blocks, labels, shares = zip(*rows, strict=True)
    x, y, share = np.vstack(blocks).astype(float), np.concatenate(labels), np.concatenate(shares)
    share /= share.sum()
    mean = np.average(x, axis=0, weights=share)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=share)) + 1e-6
    z = np.hstack([np.clip((x - mean) / scale, -clip, clip), np.ones((len(x), 1))])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        p = 1 / (1 + np.exp(-np.clip(z @ w, -30, 30)))
        value = -(share * (y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))).sum()
        return float(value + l2 * (w[:-1] @ w[:-1])), z.T @ ((p - y) * share) + 2 * l2 * np.append(w[:-1], 0)

    w = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x
    weights = w[:-1] / scale
    named = {n: round(float(v), 4) for n, v in zip(names, weights, strict=True)}
    return Fitted(names, named, round(float(w[-1] - weights @ mean), 4))


def threshold_five(data: Collected, fitted: Fitted) -> float:
    """The threshold of `suggest`: it holds on every collection, not on average."""
    none = [data[name][FAR].five for name in TITLED if name in data]
    return round(max(float(np.quantile(fitted.believe(values), 1 - _WRONG)) for values in none), 4)


def judge(asked: Asked, belief: np.ndarray, five: np.ndarray, cut: float, suggest_from: float) -> list[float]:
    """Of `answer` verdicts the share whose first is right; share of right firsts answered; of those found among five,
    the share sent to a person; share of unknowns answered; AUROC."""
    answered, right = belief >= cut, asked.right > 0
    person = ~answered & (five < suggest_from)
    found, unknown = asked.found > 0, asked.known == 0
    return [
        float(right[answered].mean()) if answered.any() else 1.0,
        float(answered[right].mean()) if right.any() else 1.0,
        float(person[found].mean()) if found.any() else 0.0,
        float(answered[unknown].mean()) if unknown.any() else 0.0,
        auroc(belief[right].tolist(), belief[~right].tolist()),
    ]


def judge_five(kinds: dict[str, Asked], fitted: Fitted, suggest_from: float) -> list[float]:
    """AUROC of questions whose answer was found against those without one; the share of the latter that were shown, and
    of the former; expected calibration error with both sides by half."""
    known = _with_answer(kinds)
    pos, found = fitted.believe(known.five), known.found > 0
    neg = fitted.believe(_without_answer(kinds))
    belief = np.concatenate([pos, neg])
    truth = np.concatenate([found, np.zeros(len(neg))])
    share = np.concatenate([np.full(len(pos), 0.5 / len(pos)), np.full(len(neg), 0.5 / len(neg))])
    bins = np.minimum(9, (belief * 10).astype(int))
    error = sum(abs(float(((belief - truth) * share)[bins == b].sum())) for b in range(10))
    shown = float((pos[found] >= suggest_from).mean())
    return [auroc(pos[found].tolist(), neg.tolist()), float((neg >= suggest_from).mean()), shown, error]


def tables(data: Collected, cut: float) -> str:
    """The Markdown tables of docs/search.md: left out of the fit, and fitted."""
    licensed = fitted_to(data)
    fitted, five = fit(data, licensed), fit_five(data, licensed)
    suggest_from = threshold_five(data, five)
    families = {own: [n for n in licensed if family(n) != own] for own in {family(n) for n in data}}
    held = {own: (fit(data, names), fit_five(data, names)) for own, names in families.items()}
    lines = []
    for label in (WRITTEN, HALF, WHOLE, *TINY):
        for name, kinds in data.items():
            if label not in kinds:
                continue
            cells = []
            for first, among in (held[family(name)], (fitted, five)):
                asked = kinds[label]
                cells += judge(asked, first.believe(asked.values), among.believe(asked.five), cut, suggest_from)
            lines.append(f"| {label.split()[0] if label == HALF else label} | {name} | {_cells(cells, 2)} |")
    lines.append("")
    for name, kinds in data.items():
        cells = [*judge_five(kinds, held[family(name)][1], suggest_from), *judge_five(kinds, five, suggest_from)]
        lines.append(f"| {name} | {_cells(cells, 3)} |")
    return "\n".join(lines)


def fitted_to(data: Collected) -> list[str]:
    """The sets that take part in the fit: what is licensed, and what was written for this project."""
    return [n for n in data if n in (*LICENSED, DEMO) or n.endswith(WRITTEN)]


def _cells(values: Iterable[float], digits: int) -> str:
    return " | ".join(f"{v:.{digits}f}".removeprefix("0") for v in values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--eval", type=Path, required=True, help="the folder that holds the sets")
    parser.add_argument("--precision", choices=("", "int8", "fp32"), default="")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--keep", type=Path, help="a file to keep the signals in")
    parser.add_argument("--answer-from", type=float, default=0.6, help=f"the threshold of {Verdict.ANSWER}")
    given = parser.parse_args()
    data: Collected = {}
    if given.keep and given.keep.is_file():
        data = pickle.loads(given.keep.read_bytes())  # noqa: S301 - written by this program
    by_hand = {f"{name}, {WRITTEN}": name for name in written.NAMES}
    for name in (*given.sets, DEMO, *by_hand):
        if name not in data:
            if name in by_hand:
                data[name] = gather_written(given.eval, by_hand[name], given.precision)
            elif name == DEMO:
                data[name] = gather_demo(given.eval, given.precision)
            else:
                data[name] = gather_set(given.eval, name, given.precision)
            print(f"  {name}", flush=True)
            if given.keep:
                given.keep.write_bytes(pickle.dumps(data))
    print(tables(data, given.answer_from))
    licensed = fitted_to(data)
    first, five = fit(data, licensed), fit_five(data, licensed)
    path = DATA / "calibration.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored[embedder(given.precision).fingerprint] = {
        "weights": five.weights, "bias": five.bias, "suggest_from": threshold_five(data, five),
        "answer_from": _CAP, "first": {"weights": first.weights, "bias": first.bias, "answer_from": given.answer_from},
    }  # fmt: skip
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
