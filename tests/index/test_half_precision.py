"""Half-precision vectors: the table and the products give what numpy gives."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from index.dense.half_precision import HalfVectors, products, to_single


def test_every_half_is_converted_as_numpy_does() -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    assert np.array_equal(to_single(halves), halves.astype(np.float32), equal_nan=True)


def test_products_are_those_of_the_converted_vectors() -> None:
    random = np.random.default_rng(3)
    for dimensions in (7, 384):
        stored = random.normal(size=(700, dimensions)).astype(np.float16)
        vector = random.normal(size=dimensions).astype(np.float32)
        expected = stored.astype(np.float32) @ vector
        for rows in (np.arange(700), np.array([5, 5, 0, 699]), random.integers(0, 700, 513)):
            assert np.allclose(products(stored, rows, vector), expected[rows], atol=1e-4)
            assert np.array_equal(HalfVectors(stored).products(rows, vector), products(stored, rows, vector))


def test_a_product_is_the_same_whatever_other_rows_are_asked_for() -> None:
    random = np.random.default_rng(4)
    stored = random.normal(size=(700, 384)).astype(np.float16)
    vector = random.normal(size=384).astype(np.float32)
    together = products(stored, np.arange(700), vector)
    alone = [products(stored, np.array([row]), vector)[0] for row in range(0, 700, 13)]
    assert together[::13].tolist() == alone


def test_no_rows_have_no_products() -> None:
    assert products(np.zeros((0, 384), np.float16), np.zeros(0, np.int64), np.ones(384, np.float32)).shape == (0,)


def test_a_vector_that_is_no_number_changes_no_other_product() -> None:
    stored = np.ones((3, 384), np.float16)
    stored[1] = np.nan
    found = products(stored, np.array([0, 1, 2]), np.ones(384, np.float32))
    assert np.isnan(found[1])
    assert found[[0, 2]].tolist() == [384.0, 384.0]


def test_threads_that_multiply_at_once_have_their_own_products() -> None:
    random = np.random.default_rng(5)
    stored = random.normal(size=(1200, 384)).astype(np.float16)
    vectors = random.normal(size=(40, 384)).astype(np.float32)
    rows = np.arange(1200)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda vector: products(stored, rows, vector), vectors))
    expected = stored.astype(np.float32) @ vectors.T
    assert np.allclose(np.stack(found), expected.T, atol=1e-3)
