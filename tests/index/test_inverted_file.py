"""Candidates of large collections: found where the check passes, and no file where it does not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.dense import faiss, inverted_file
from index.protocols import Vectors

DIMENSIONS = 32


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inverted_file, "FROM_ROWS", 1_000)


def collection(rows: int, seed: int = 1) -> Vectors:
    """Unit vectors around two hundred subjects, as passages are."""
    chance = np.random.default_rng(seed)
    subjects = np.random.default_rng(0).normal(size=(200, DIMENSIONS))
    vectors = subjects[chance.integers(0, 200, rows)] + chance.normal(size=(rows, DIMENSIONS)) * 0.4
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def opened(folder: Path, vectors: Vectors, questions: Vectors) -> faiss.FaissIndex:
    faiss.write(folder / "passages.faiss", vectors)
    assert inverted_file.write(folder / "passages.ivf", vectors, questions)
    return faiss.FaissIndex(folder / "passages.faiss")


def exact(vectors: Vectors, questions: Vectors, depth: int) -> list[list[int]]:
    best: list[list[int]] = np.argsort(-(questions @ vectors.T), axis=1)[:, :depth].tolist()
    return best


def test_it_finds_nearly_all_that_comparing_with_every_row_finds_with_exact_scores(tmp_path: Path) -> None:
    vectors, questions = collection(4_000), collection(100, seed=2)
    scores, rows = opened(tmp_path, vectors, questions).search(questions, 10)
    wanted = exact(vectors, questions, 10)
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows.tolist(), wanted, strict=True)]) >= 0.99
    assert np.allclose(scores, np.take_along_axis(questions @ vectors.T, rows, axis=1), atol=1e-3)
    assert (np.diff(scores, axis=1) <= 0).all()


def test_a_mask_of_one_in_a_hundred_is_searched_exactly(tmp_path: Path) -> None:
    vectors, questions = collection(4_000), collection(50, seed=2)
    mask = np.random.default_rng(6).random(4_000) < 0.01
    _, rows = opened(tmp_path, vectors, questions).search(questions, 20, mask)
    wanted = np.flatnonzero(mask)[np.array(exact(vectors[mask], questions, 20))].tolist()
    assert np.mean([len(set(a) & set(b)) / 20 for a, b in zip(rows.tolist(), wanted, strict=True)]) >= 0.99


def test_a_mask_that_is_not_asked_for_is_no_gain(tmp_path: Path) -> None:
    vectors = collection(1_000)
    with_file = opened(tmp_path, vectors, vectors[:50])
    (tmp_path / "passages.ivf").unlink()
    mask = np.arange(1_000) < 10
    assert (with_file.skips(mask), faiss.FaissIndex(tmp_path / "passages.faiss").skips(mask)) == (False, True)


def test_where_there_are_fewer_candidates_the_rest_is_minus_one(tmp_path: Path) -> None:
    vectors = collection(1_000)
    _, rows = opened(tmp_path, vectors, vectors[:50]).search(vectors[:1], 5_000)
    assert rows.shape == (1, 5_000)
    assert (rows[0, 0], rows[0, -1]) == (0, -1)


def test_a_small_collection_has_none(tmp_path: Path) -> None:
    vectors = collection(999)
    assert not inverted_file.write(tmp_path / "passages.ivf", vectors, vectors[:50])
    assert list(tmp_path.iterdir()) == []


def test_without_the_recall_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inverted_file, "_PROBES", (1,))
    chance = np.random.default_rng(3)
    vectors = chance.normal(size=(2_000, DIMENSIONS)).astype(np.float32)  # around nothing: the worst case
    assert not inverted_file.write(tmp_path / "passages.ivf", vectors, vectors[:100] * -1)
    assert list(tmp_path.iterdir()) == []


def test_nobody_to_ask_is_no_check(tmp_path: Path) -> None:
    assert not inverted_file.write(tmp_path / "passages.ivf", collection(1_000), collection(1)[:0])


def test_centres_and_cells_are_kept_over_a_publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, questions = collection(2_000), collection(60, seed=2)
    opened(tmp_path, vectors, questions)
    monkeypatch.setattr(inverted_file, "_learned", lambda vectors: pytest.fail("centres were learned again"))
    monkeypatch.setattr(inverted_file, "_passes", lambda *parts: pytest.fail("so few new rows need no new check"))
    changed = np.concatenate([vectors[5:], collection(20, seed=4)])
    sources = np.concatenate([np.arange(5, 2_000), np.full(20, -1)])
    (tmp_path / "next").mkdir()
    faiss.write(tmp_path / "next" / "passages.faiss", changed)
    path = tmp_path / "next" / "passages.ivf"
    assert inverted_file.write(path, changed, questions, tmp_path / "passages.ivf", sources)
    _, rows = faiss.FaissIndex(tmp_path / "next" / "passages.faiss").search(changed[-20:], 1)
    assert rows[:, 0].tolist() == list(range(1_995, 2_015))


def test_a_collection_that_has_more_than_doubled_learns_its_centres_anew(tmp_path: Path) -> None:
    vectors, questions = collection(1_000), collection(60, seed=2)
    opened(tmp_path, vectors, questions)
    many = collection(2_100, seed=5)
    sources = np.concatenate([np.arange(1_000), np.full(1_100, -1)])
    assert inverted_file.write(tmp_path / "next.ivf", many, questions, tmp_path / "passages.ivf", sources)
    index: Any = inverted_file.InvertedFile(tmp_path / "next.ivf")._index
    assert index.nlist == int(4 * 2_100**0.5)


def test_a_damaged_file_is_an_error_and_not_an_empty_answer(tmp_path: Path) -> None:
    vectors = collection(1_000)
    opened(tmp_path, vectors, vectors[:50])
    path = tmp_path / "passages.ivf"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(RuntimeError):
        faiss.FaissIndex(tmp_path / "passages.faiss")
