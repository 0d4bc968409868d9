"""The English demo articles, calibrated with the real model."""

from pathlib import Path

from index.protocols import Embedder
from index.ranking.confidence import shipped_calibration
from index.tools.calibrate import collect_samples, judge, propose
from kb.models import Article


def test_the_demos_own_calibration_knows_which_questions_have_no_answer(
    demo: tuple[Article, ...], serving: Embedder, vectors: Path
) -> None:
    asked = collect_samples([a for a in demo if a.lang == "en"], serving, vectors)
    proposal = propose(asked, serving.fingerprint, shipped_calibration(serving.fingerprint))
    taken = judge(asked.samples, proposal.calibration)
    assert proposal.quality.auroc >= 0.95
    assert taken.wrong <= 0.05
    assert taken.shown >= 0.85
