"""The measuring command of topics reads and writes what it promises, and its figures are those of the literature."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import gaps
from index.embed.hashing import HashingEmbedder

ASKED = [
    {"id": "a", "lang": "en", "text": "refund for a late delivery"},
    {"id": "b", "lang": "en", "text": "late delivery refund"},
    {"id": "c", "lang": "en", "text": "reset the password of my account"},
]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    def open_embedder(**_options: Any) -> HashingEmbedder:
        return HashingEmbedder()

    monkeypatch.setattr(gaps, "open_embedder", open_embedder)
    monkeypatch.setattr(sys, "argv", ["bench.gaps", *map(str, arguments)])
    return gaps.main()


def test_it_writes_a_topic_a_line_and_prints_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    queries, labels, out = tmp_path / "q.jsonl", tmp_path / "labels.tsv", tmp_path / "out.tsv"
    queries.write_text("\n".join(map(json.dumps, ASKED)) + "\n\n", encoding="utf-8")
    labels.write_text("a\trefund\t1\na\tsecond\nb\trefund\nc\tpassword\nunknown\tnothing\n", encoding="utf-8")

    assert run(monkeypatch, "--queries", queries, "--out", out, "--label", labels) == 0

    assert out.read_text(encoding="utf-8") == "a\t0\nb\t0\nc\t1\n"
    printed = json.loads(capsys.readouterr().out)
    assert {name: printed[name] for name in ("purity", "inverse_purity", "v_measure", "adjusted_rand")} == {
        "purity": 1, "inverse_purity": 1, "v_measure": 1, "adjusted_rand": 1,
    }  # fmt: skip
    assert (printed["questions"], printed["topics"], printed["labels"]) == (3, 2, 2)


@pytest.mark.parametrize("line", ['{"id": "a"}', "[]", "{", '{"id": "a", "text": ' + "[" * 5])
def test_a_line_that_is_no_question_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    queries = tmp_path / "q.jsonl"
    queries.write_text(f"{json.dumps(ASKED[0])}\n{line}\n", encoding="utf-8")

    assert run(monkeypatch, "--queries", queries, "--out", tmp_path / "out.tsv") == 1

    assert "line 2" in capsys.readouterr().err
    assert not (tmp_path / "out.tsv").exists()


def test_the_figures_of_a_worked_example() -> None:
    """Three clusters of 17 points, as in Manning, Raghavan, Schütze: Introduction to Information Retrieval, 16.3."""
    topics = [0] * 6 + [1] * 6 + [2] * 5
    labels = [*"xxxxxo", *"xoooo", "d", *"xxddd"]

    found = gaps.quality(topics, labels)

    assert found["purity"] == pytest.approx(12 / 17)
    assert found["adjusted_rand"] == pytest.approx(0.24, abs=0.01)
    assert found["inverse_purity"] == pytest.approx((5 + 4 + 3) / 17)
