"""What every KeywordIndex promises (index/protocols.py)."""

import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.database.parts import DatabaseKeyword, Numbering
from index.keyword import postings, whoosh
from index.parts.lexicon import Lexicon
from index.protocols import KeywordIndex
from tests.index.database import SearchDatabase

DOCUMENTS = (
    ("late", "parcel", "tracking"),
    ("refund", "card", "late"),
    ("refund", "refund", "refund", "days"),
    (),
    ("退款", "err2041", "iade", "and", "or", "not", "c++", "body:refund", "a*"),
)


def rows(found: list[tuple[int, float]]) -> list[int]:
    return [row for row, _ in found]


class KeywordIndexContract(ABC):
    @abstractmethod
    def make(self, documents: Sequence[Sequence[str]], folder: Path) -> KeywordIndex: ...

    @pytest.fixture
    def index(self, tmp_path: Path) -> KeywordIndex:
        return self.make(DOCUMENTS, tmp_path / "keyword")

    def test_a_row_is_found_by_each_of_its_tokens(self, index: KeywordIndex) -> None:
        assert [rows(index.search([token], 5)) for token in ("parcel", "card", "days")] == [[0], [1], [2]]

    def test_rows_with_any_of_the_tokens_are_found(self, index: KeywordIndex) -> None:
        assert sorted(rows(index.search(["parcel", "days"], 5))) == [0, 2]

    def test_the_best_comes_first_and_scores_fall(self, index: KeywordIndex) -> None:
        found = index.search(["refund", "late"], 5)
        scores = [score for _, score in found]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) > 0

    def test_more_of_a_word_scores_more(self, index: KeywordIndex) -> None:
        assert rows(index.search(["refund"], 5)) == [2, 1]

    def test_a_rare_word_scores_more_than_a_common_one(self, index: KeywordIndex) -> None:
        assert index.search(["parcel"], 1)[0][1] > index.search(["late"], 1)[0][1]

    def test_a_token_asked_for_twice_counts_once(self, index: KeywordIndex) -> None:
        assert index.search(["refund", "refund"], 5) == index.search(["refund"], 5)

    def test_depth_is_kept(self, index: KeywordIndex) -> None:
        assert len(index.search(["refund", "late"], 1)) == 1

    def test_only_rows_of_the_mask_are_found(self, index: KeywordIndex) -> None:
        mask = np.array([True, True, False, True, True])
        assert rows(index.search(["refund", "late"], 5, mask)) == [1, 0]
        assert index.search(["refund"], 5, np.zeros(5, bool)) == []

    @pytest.mark.parametrize("tokens", [[], ["nobody"], ["", " "]])
    def test_what_is_not_there_is_not_found(self, tokens: list[str], index: KeywordIndex) -> None:
        assert index.search(tokens, 5) == []

    @pytest.mark.parametrize("token", ["退款", "err2041", "iade", "and", "or", "not", "c++", "body:refund", "a*"])
    def test_tokens_are_taken_literally(self, token: str, index: KeywordIndex) -> None:
        assert rows(index.search([token], 5)) == [4]

    def test_an_index_without_rows_finds_nothing(self, tmp_path: Path) -> None:
        assert self.make([], tmp_path / "empty").search(["refund"], 5) == []

    def test_rows_without_tokens_are_counted_and_never_found(self, tmp_path: Path) -> None:
        assert rows(self.make([(), ("refund",), ()], tmp_path / "few").search(["refund"], 5)) == [1]

    def test_rows_keep_their_numbers_in_a_large_index(self, tmp_path: Path) -> None:
        large = self.make([(f"word{i}", "common") for i in range(3000)], tmp_path / "large")
        assert [rows(large.search([f"word{i}"], 3)) for i in (0, 1499, 2999)] == [[0], [1499], [2999]]
        assert len(large.search(["common"], 5000)) == 3000

    def test_many_threads_find_the_same(self, index: KeywordIndex) -> None:
        wanted = {token: index.search([token, "late"], 5) for token in ("refund", "parcel", "card", "退款")}
        wrong: list[str] = []

        def ask(token: str) -> None:
            wrong.extend(token for _ in range(50) if index.search([token, "late"], 5) != wanted[token])

        threads = [threading.Thread(target=ask, args=(token,)) for token in wanted for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


class TestWhooshIndex(KeywordIndexContract):
    def make(self, documents: Sequence[Sequence[str]], folder: Path) -> KeywordIndex:
        whoosh.write(folder, documents)
        return whoosh.WhooshIndex(folder)


class TestSplicedWhooshIndex(KeywordIndexContract):
    """Made in two steps: half of the rows stood elsewhere in another folder, among documents that are gone."""

    def make(self, documents: Sequence[Sequence[str]], folder: Path) -> KeywordIndex:
        half = list(documents[::2])
        whoosh.write(folder / "before", [("gone", "refund"), *reversed(half), ("parcel",)])
        sources = [len(half) - row // 2 if row % 2 == 0 else -1 for row in range(len(documents))]
        whoosh.update(folder / "after", folder / "before", sources, lambda row: documents[row])
        return whoosh.WhooshIndex(folder / "after")


class TestPostingsIndex(KeywordIndexContract):
    def make(self, documents: Sequence[Sequence[str]], folder: Path) -> KeywordIndex:
        lexicon = Lexicon.of(documents, [])
        postings.write(folder, lexicon)
        return postings.PostingsIndex(folder, lexicon)

    def test_its_scores_are_those_of_whoosh(self, tmp_path: Path) -> None:
        chance = random.Random(5)
        words = [f"word{i}" for i in range(60)]
        documents = [chance.choices(words, range(60, 0, -1), k=chance.randrange(1, 40)) for _ in range(300)]
        ours = self.make(documents, tmp_path / "ours")
        whoosh.write(tmp_path / "whoosh", documents)
        theirs = whoosh.WhooshIndex(tmp_path / "whoosh")
        for _ in range(50):
            tokens = chance.choices([*words, "nobody"], k=4)
            found, wanted = dict(ours.search(tokens, 1000)), dict(theirs.search(tokens, 1000))
            assert found == pytest.approx(wanted, rel=1e-6)
            assert [r for r, _ in ours.search(tokens, 10)] == [r for r, _ in ours.search(tokens, 1000)][:10]

    def test_postings_of_another_lexicon_are_refused(self, tmp_path: Path) -> None:
        postings.write(tmp_path, Lexicon.of([("one", "two")], []))
        with pytest.raises(ValueError, match="2 words of 1"):
            postings.PostingsIndex(tmp_path, Lexicon.of([("one",)], []))


class TestDatabaseKeyword(KeywordIndexContract):
    """In PostgreSQL, beside the postings of another family and of another epoch."""

    @pytest.fixture(autouse=True)
    def _of_its_own(self, search_database: SearchDatabase) -> None:
        self._database = search_database

    def make(self, documents: Sequence[Sequence[str]], folder: Path) -> KeywordIndex:
        lexicon = Lexicon.of(documents, [])
        numbering = Numbering.of(np.arange(len(documents), dtype=np.int64) * 5 + 2)
        return DatabaseKeyword(self._database.with_postings(lexicon, numbering.ids, 2), 2, lexicon, numbering)

    def test_its_scores_are_those_of_the_files(self, tmp_path: Path) -> None:
        chance = random.Random(6)
        words = [f"word{i}" for i in range(60)]
        documents = [chance.choices(words, range(60, 0, -1), k=chance.randrange(1, 40)) for _ in range(300)]
        mine = self.make(documents, tmp_path / "ours")
        postings.write(tmp_path, Lexicon.of(documents, []))
        files = postings.PostingsIndex(tmp_path, Lexicon.of(documents, []))
        mask = np.random.default_rng(1).random(300) < 0.05
        for among in (None, mask):
            for _ in range(10):
                tokens = chance.choices([*words, "nobody"], k=4)
                found, wanted = mine.search(tokens, 1000, among), files.search(tokens, 1000, among)
                assert dict(found) == pytest.approx(dict(wanted), rel=1e-6)
                assert [score for _, score in found] == pytest.approx([score for _, score in wanted], rel=1e-6)
