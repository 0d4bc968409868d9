"""The questions the demo articles name find them, each left out of the index while it is asked."""

from pathlib import Path

from index.protocols import Embedder
from index.tools.findability import check
from kb.models import Article


def test_every_question_of_the_demo_finds_its_article(
    demo: tuple[Article, ...], serving: Embedder, vectors: Path
) -> None:
    errors = [f"{d.path}: {d.message}" for d in check(demo, serving, vectors) if d.severity == "error"]
    assert errors == []
