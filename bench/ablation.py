"""Ablation study of feature groups on every set: `python -m bench.ablation --eval DIR` prints a table for the docs.

Weights are refitted without the group, and always without the test set and sets of the same source texts.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.fit import DEMO, LICENSED, SETS, Case, each, fit_weights, gather, gather_demo, kin
from index.ranking import fuse
from index.ranking.fuse import Floats

# Feature groups.
KINDS = {
    "article keywords": ("keyword", "keyword_root", "keyword_z", "keyword_z_log", "keyword_share",
                         "keyword_share_squared", "both", "title_keyword"),
    "passage keywords": ("passage", "passage_root", "passage_z", "passage_z_log", "passage_share", "coverage",
                         "coverage_share", "title_coverage"),
    "words as written": ("exact",),
    "passage vectors": ("cosine", "cosine_z", "cosine_squared", "both"),
    "windows": ("window", "title_window"),
    "titles and questions": ("title", "title_squared", "title_gap", "title_across", "title_coverage", "title_keyword",
                             "title_window"),
    "the question's language": ("same_language", "title_across"),
    "products of two": ("both", "title_across", "title_coverage", "title_keyword", "title_window"),
}  # fmt: skip
# Cross-lingual sets are measured by recall@5.
ACROSS = ("alchemy-mixed", "xquad-mixed", "xquad-to-en")


def without(data: dict[str, list[Case]], features: Sequence[str]) -> dict[str, list[Case]]:
    """The same questions, with some features set to zero."""
    kept = np.array([name not in features for name in fuse.FEATURES], np.float32)
    if "window" not in features:
        return {name: [replace(c, matrix=c.matrix * kept) for c in rows] for name, rows in data.items()}
    # The best window stands in for titles where there are none: then it is the passage alone.
    blind = {
        name: [replace(c.evidence, window=np.zeros_like(c.evidence.window)) for c in rows]
        for name, rows in data.items()
    }
    return {
        name: [replace(c, matrix=fuse.features(e) * kept) for c, e in zip(rows, blind[name], strict=True)]
        for name, rows in data.items()
    }


def ablation(root: Path) -> None:
    """Print, for every set, the loss without each feature group, with leave-one-family-out refitting.

    A star marks a difference that a paired t test finds at p < .05 (|t| > 1.96; hundreds of questions).
    """
    data = gather(root, SETS)
    data[DEMO] = gather_demo()

    def measured(some: dict[str, list[Case]]) -> dict[str, Floats]:
        found = {}
        for name, rows in some.items():
            held = fit_weights({n: some[n] for n in (*LICENSED, DEMO) if kin(n) != kin(name)})
            found[name] = each(rows, held)[name in ACROSS]
        return found

    whole = measured(data)
    print("| Set | all | " + " | ".join(KINDS) + " |\n" + "| --- " * (len(KINDS) + 2) + "|")
    cells: dict[str, list[str]] = {name: [f"{values.mean():.3f}"] for name, values in whole.items()}
    for features in KINDS.values():
        for name, values in measured(without(data, features)).items():
            change = values - whole[name]
            t = change.mean() / max(1e-9, change.std() / np.sqrt(len(change)))
            cells[name].append(f"{change.mean() * 1000:+.0f}{'*' if abs(t) > 1.96 else ''}")
    for name, row in cells.items():
        print(f"| {name} | " + " | ".join(row) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--eval", type=Path, required=True, help="the folder that holds the sets")
    ablation(parser.parse_args().eval)


if __name__ == "__main__":
    main()
