"""Vectors are computed once, and a damaged file of them costs time and nothing else."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.embed.cache import VectorCache
from index.embed.hashing import HashingEmbedder
from tests.index.builders import CountingEmbedder

PASSAGES = [f"Passage number {i}" for i in range(150)]
QUESTIONS = ["Where is it?", "Passage number 1"]


def cache(folder: Path) -> tuple[VectorCache, CountingEmbedder]:
    embedder = CountingEmbedder(HashingEmbedder(16))
    return VectorCache(folder, embedder), embedder


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    cache(tmp_path)[0].vectors(PASSAGES, QUESTIONS)
    return next(tmp_path.glob("*.sqlite"))


def test_what_was_computed_is_not_computed_again(filled: Path) -> None:
    again, embedder = cache(filled.parent)
    found = again.vectors(PASSAGES, QUESTIONS)
    assert (embedder.passages, embedder.queries, found.computed) == ([], [], 0)
    assert np.array_equal(found.passages, HashingEmbedder(16).encode_passages(PASSAGES))
    assert np.array_equal(found.queries, HashingEmbedder(16).encode_queries(QUESTIONS))


def test_a_text_that_stands_twice_is_computed_once(tmp_path: Path) -> None:
    made, embedder = cache(tmp_path)
    found = made.vectors(["same", "other", "same"], [])
    assert sorted(embedder.passages) == ["other", "same"]
    assert np.array_equal(found.passages[0], found.passages[2])


def overwritten(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 400)


def torn(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 : len(data) // 2] = b"\x55" * (len(data) // 2 - 4096)
    path.write_bytes(data)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("harm", [overwritten, torn, cut_off])
def test_a_damaged_file_is_computed_again_and_the_log_says_so(
    harm: object, filled: Path, caplog: pytest.LogCaptureFixture
) -> None:
    harm(filled)  # type: ignore[operator]
    again, embedder = cache(filled.parent)
    found = again.vectors(PASSAGES, QUESTIONS)
    assert np.array_equal(found.passages, HashingEmbedder(16).encode_passages(PASSAGES))
    assert embedder.passages
    assert "damaged" in caplog.text and filled.name in caplog.text
    third, idle = cache(filled.parent)
    third.vectors(PASSAGES, QUESTIONS)
    assert (idle.passages, idle.queries) == ([], [])


@pytest.mark.parametrize("data", [b"", b"abc", b"\0" * 64, b"\xff" * 64])
def test_a_vector_that_is_none_is_computed_again(data: bytes, filled: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(sqlite3.connect(filled)) as db:
        db.execute("UPDATE vector SET data = ? WHERE rowid = 3", (data,))
        db.commit()
    again, embedder = cache(filled.parent)
    again.vectors(PASSAGES, QUESTIONS)
    assert len(embedder.passages) + len(embedder.queries) == 1
    assert "1 vectors" in caplog.text
