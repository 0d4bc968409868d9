"""What every DenseIndex promises (index/protocols.py)."""

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import pytest

from index.database.parts import DatabaseIndex, DatabaseVectors, Numbering
from index.dense import faiss
from index.protocols import DenseIndex, Vectors
from tests.index.database import SearchDatabase

# East, north-east, north, west.
ROWS = np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], np.float32)


def ask(index: DenseIndex, x: float, y: float, depth: int) -> tuple[list[float], list[int]]:
    scores, rows = index.search(np.array([[x, y]], np.float32), depth)
    return [float(s) for s in scores[0]], [int(r) for r in rows[0]]


class DenseIndexContract(ABC):
    @abstractmethod
    def make(self, vectors: Vectors, folder: Path) -> DenseIndex: ...

    @pytest.fixture
    def index(self, tmp_path: Path) -> DenseIndex:
        return self.make(ROWS, tmp_path)

    def test_the_nearest_come_first_with_their_inner_products(self, index: DenseIndex) -> None:
        scores, rows = ask(index, 0, 1, 3)
        assert (scores, rows[:2]) == (pytest.approx([1.0, 0.8, 0.0], abs=1e-3), [2, 1])

    def test_each_question_has_its_own_answers(self, index: DenseIndex) -> None:
        scores, rows = index.search(np.array([[1, 0], [-1, 0]], np.float32), 1)
        assert (rows.tolist(), scores.tolist()) == ([[0], [3]], [[1.0], [1.0]])

    def test_where_there_are_fewer_rows_the_rest_is_minus_one(self, index: DenseIndex) -> None:
        _, rows = ask(index, 1, 0, 6)
        assert (rows[0], rows[4:]) == (0, [-1, -1])
        assert sorted(rows[:4]) == [0, 1, 2, 3]

    def test_an_index_without_rows_answers_with_minus_one(self, tmp_path: Path) -> None:
        empty = self.make(np.zeros((0, 2), np.float32), tmp_path)
        assert ask(empty, 1, 0, 2)[1] == [-1, -1]

    def test_no_questions_have_no_answers(self, index: DenseIndex) -> None:
        scores, rows = index.search(np.zeros((0, 2), np.float32), 3)
        assert (scores.shape, rows.shape) == ((0, 3), (0, 3))

    def test_only_rows_of_the_mask_are_compared(self, index: DenseIndex) -> None:
        mask = np.array([True, False, False, True])
        scores, rows = index.search(np.array([[0.6, 0.8]], np.float32), 3, mask)
        assert rows[0].tolist() == [0, 3, -1]
        assert scores[0][:2].tolist() == pytest.approx([0.6, -0.6], abs=1e-3)
        assert index.search(np.array([[1, 0]], np.float32), 2, np.zeros(4, bool))[1][0].tolist() == [-1, -1]

    def test_the_best_of_a_mask_are_the_best_of_all_that_it_has(self, tmp_path: Path) -> None:
        random = np.random.default_rng(8)
        many = random.normal(size=(3_001, 16)).astype(np.float16).astype(np.float32)
        mask = random.random(3_001) < 0.01
        questions = random.normal(size=(20, 16)).astype(np.float32)
        _, rows = self.make(many, tmp_path).search(questions, 10, mask)
        wanted = np.flatnonzero(mask)[np.argsort(-(questions @ many[mask].T), axis=1)[:, :10]]
        assert rows.tolist() == wanted.tolist()

    def test_a_zero_vector_is_as_near_to_all(self, index: DenseIndex) -> None:
        assert ask(index, 0, 0, 4)[0] == [0.0] * 4

    def test_it_finds_what_comparing_with_every_row_finds(self, tmp_path: Path) -> None:
        random = np.random.default_rng(7)
        many = random.normal(size=(500, 16)).astype(np.float16).astype(np.float32)  # what an index may round to
        questions = random.normal(size=(20, 16)).astype(np.float32)
        _, rows = self.make(many, tmp_path).search(questions, 10)
        assert rows.tolist() == np.argsort(-(questions @ many.T), axis=1)[:, :10].tolist()


class TestFaissIndex(DenseIndexContract):
    def make(self, vectors: Vectors, folder: Path) -> DenseIndex:
        faiss.write(folder / "rows.faiss", vectors)
        return faiss.FaissIndex(folder / "rows.faiss")

    def test_vectors_are_read_back_as_they_were_written(self, tmp_path: Path) -> None:
        faiss.write(tmp_path / "rows.faiss", ROWS)
        assert np.array_equal(faiss.FaissIndex(tmp_path / "rows.faiss").vectors(), ROWS.astype(np.float16))


class TestDatabaseIndex(DenseIndexContract):
    """In PostgreSQL, where rows have ids that are in another order."""

    @pytest.fixture(autouse=True)
    def _of_its_own(self, search_database: SearchDatabase) -> None:
        self._database = search_database

    def make(self, vectors: Vectors, folder: Path) -> DenseIndex:
        numbering = Numbering.of(np.arange(len(vectors), dtype=np.int64)[::-1] * 7 + 3)
        return DatabaseIndex(self._database.with_vectors(vectors, numbering.ids), "passages", numbering)

    def test_a_mask_of_one_in_a_hundred_finds_what_the_files_find(self, tmp_path: Path) -> None:
        random = np.random.default_rng(9)
        many = random.normal(size=(2_000, 16)).astype(np.float16).astype(np.float32)
        mask = random.random(2_000) < 0.01
        questions = random.normal(size=(10, 16)).astype(np.float16).astype(np.float32)
        faiss.write(tmp_path / "rows.faiss", many)
        wanted = faiss.FaissIndex(tmp_path / "rows.faiss").search(questions, 30, mask)[1]
        assert self.make(many, tmp_path).search(questions, 30, mask)[1].tolist() == wanted.tolist()
        almost_all = self.make(many, tmp_path).search(questions, 30, ~mask)[1]
        assert almost_all.tolist() == faiss.FaissIndex(tmp_path / "rows.faiss").search(questions, 30, ~mask)[1].tolist()

    def test_a_mask_is_a_gain_where_few_ids_need_be_sent(self, tmp_path: Path) -> None:
        index = self.make(ROWS, tmp_path)
        assert [index.skips(np.arange(4) < count) for count in (0, 2, 3)] == [True, True, False]

    def test_vectors_and_products_are_those_of_the_rows_asked_for(self, tmp_path: Path) -> None:
        random = np.random.default_rng(10)
        many = random.normal(size=(50, 16)).astype(np.float16).astype(np.float32)
        numbering = Numbering.of(np.arange(50, dtype=np.int64)[::-1] * 7 + 3)
        stored = DatabaseVectors(self._database.with_vectors(many, numbering.ids), "passages", numbering, 16)
        rows, question = np.array([9, 3, 3, 40]), many[1]
        assert np.array_equal(stored[rows], many[rows])
        assert np.array_equal(stored[5:8], many[5:8])
        assert stored[7:7].shape == (0, 16)
        assert stored.products(rows, question) == pytest.approx(many[rows] @ question, rel=1e-4)
        assert stored.products(rows[:0], question).tolist() == []
