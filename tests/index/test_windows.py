"""Windows: pieces of passages with vectors of their own."""

from pathlib import Path

import numpy as np
import pytest

from index.parts import arrays
from index.parts.language_centering import Means, subtract_mean
from index.parts.row_reuse import Run, runs_of
from index.parts.surface_forms import SurfaceForms, forms
from index.parts.windows import Windows
from kb.passages import WINDOW, cost, passages_of, windows_of
from tests.index.builders import article

RNG = np.random.default_rng(7)
LANGS = np.array(["en", "tr", "en"])


def unit(rows: int) -> np.ndarray:
    some = RNG.standard_normal((rows, 8)).astype(np.float32)
    return np.asarray(some / np.linalg.norm(some, axis=1, keepdims=True), np.float32)


MEANS = Means({"": 0.1 * unit(1)[0], "en": 0.2 * unit(1)[0], "tr": 0.3 * unit(1)[0]}, {}, {})


def test_a_window_is_as_near_as_its_centred_vector() -> None:
    vectors, asked = unit(6), unit(1)[0]
    windows = Windows.of([1, 3, 2], vectors).with_lengths(LANGS, MEANS)
    found = windows.best(np.array([2, 1]), LANGS[[2, 1]], MEANS, {"": asked})
    expected = [
        (subtract_mean(vectors[a:b], MEANS.passage(lang)) @ asked).max() for a, b, lang in ((4, 6, "en"), (1, 4, "tr"))
    ]
    assert found == pytest.approx(expected, abs=2e-3)  # half precision


def test_a_language_with_a_question_vector_of_its_own_is_compared_with_that() -> None:
    vectors, plain, turkish = unit(6), unit(1)[0], unit(1)[0]
    windows = Windows.of([1, 3, 2], vectors).with_lengths(LANGS, MEANS)
    found = windows.best(np.array([1]), LANGS[[1]], MEANS, {"": plain, "tr": turkish})
    assert found == pytest.approx([(subtract_mean(vectors[1:4], MEANS.passage("tr")) @ turkish).max()], abs=2e-3)


def test_windows_of_unchanged_passages_are_kept_and_read_back(tmp_path: Path) -> None:
    old, new, path = Windows.of([1, 2], unit(3)), Windows.of([2], unit(2)), tmp_path / "windows.arrays"
    runs, langs = [Run(True, 1, 2), Run(False, 0, 1)], LANGS[:2]
    Windows.save_spliced(path, runs, old, new, langs, MEANS, np.array([1]))
    read = Windows.load(path)
    assert read.starts.tolist() == [0, 2, 4] and len(read) == 4
    assert np.array_equal(read.vectors, np.concatenate([old.vectors[1:], new.vectors]))
    # To the last bit what the same windows have that were never apart, but for passages without vectors.
    whole = Windows(read.starts, read.vectors, read.lengths).with_lengths(langs, MEANS)
    assert np.array_equal(read.lengths[:2], whole.lengths[:2]) and np.isinf(read.lengths[2:]).all()


def test_a_file_in_pieces_is_that_of_the_whole(tmp_path: Path) -> None:
    whole = {"a": np.arange(24, dtype=np.float32).reshape(8, 3), "b": np.zeros(0, np.int64)}
    arrays.write(tmp_path / "whole", whole)
    for cuts in ([8], [3, 8], [0, 3, 3, 8]):
        pieces = [whole["a"][a:b] for a, b in zip([0, *cuts], cuts, strict=False)]
        arrays.write(tmp_path / "pieces", {"a": pieces, "b": [whole["b"]]})
        assert (tmp_path / "pieces").read_bytes() == (tmp_path / "whole").read_bytes()
        arrays.check(tmp_path / "pieces")


def test_every_passage_has_windows_that_are_all_of_its_text() -> None:
    long = " ".join(f"Sentence number {i} says something about parcels." for i in range(60))
    for passage in passages_of(article("long", long)):
        some = windows_of(passage)
        assert some and " ".join(some).split() == (passage.text or passage.embed_text).split()
        assert all(cost(w) <= WINDOW for w in some)


def test_forms_are_words_as_typed_without_accents() -> None:
    assert forms("Accounting İADE iadesi", "tr") == ["accounting", "iade", "iadesi"]
    assert forms("退貨", "zh-Hant") == []


def test_exact_words_count_by_how_rare_they_are_and_only_in_that_form() -> None:
    exact = SurfaceForms.reuse_rows(
        None, runs_of([-1, -1, -1]), [["the", "account"], ["the", "accounting"], ["the", "parcel"]]
    )
    terms = exact.terms("the accounting", "en")
    _, share = exact.level.scores(np.array([0, 1, 2]), terms)
    assert share[1] == pytest.approx(1.0) and share[0] == share[2] < 0.2


def test_exact_words_are_kept_and_read_back(tmp_path: Path) -> None:
    old = SurfaceForms.reuse_rows(None, runs_of([-1, -1]), [["parcel"], ["late", "refund"]])
    made = SurfaceForms.reuse_rows(old, [Run(True, 1, 2), Run(False, 0, 1)], [["parcel", "late"]])
    made.save(tmp_path / "en")
    read = SurfaceForms.load(tmp_path / "en")
    assert list(read.known_forms) == ["late", "parcel", "refund"] and read.level.frequency.tolist() == [2, 1, 1]
