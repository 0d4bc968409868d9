"""What every Embedder promises (index/protocols.py)."""

import threading

import numpy as np
import pytest

from index.embed import open_embedder
from index.embed.hashing import HashingEmbedder
from index.protocols import Embedder
from tests.model.real import default_model

TEXTS = ["Where is my parcel?", "Kargom nerede?", "我的包裹在哪裡？", "🙂", "", "   ", "x" * 5000, "parcel " * 2000]


class EmbedderContract:
    """Inherit it, and give a fixture `embedder`."""

    def test_vectors_are_unit_vectors_of_the_promised_shape(self, embedder: Embedder) -> None:
        for vectors in (embedder.encode_queries(TEXTS), embedder.encode_passages(TEXTS)):
            assert (vectors.shape, vectors.dtype) == ((len(TEXTS), embedder.dimensions), np.float32)
            assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)

    def test_no_texts_give_no_vectors(self, embedder: Embedder) -> None:
        for vectors in (embedder.encode_queries([]), embedder.encode_passages([])):
            assert (vectors.shape, vectors.dtype) == ((0, embedder.dimensions), np.float32)

    def test_a_vector_does_not_depend_on_its_neighbours(self, embedder: Embedder) -> None:
        together = embedder.encode_passages(TEXTS)
        alone = np.concatenate([embedder.encode_passages([t]) for t in TEXTS])
        assert (together * alone).sum(axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_a_text_always_has_the_same_vector(self, embedder: Embedder) -> None:
        assert np.array_equal(embedder.encode_queries(TEXTS[:3]), embedder.encode_queries(TEXTS[:3]))

    def test_different_texts_have_different_vectors(self, embedder: Embedder) -> None:
        one, two = embedder.encode_queries(["Where is my parcel?", "Reset the headphones"])
        assert float(one @ two) < 0.99

    def test_texts_that_say_the_same_are_nearer_than_others(self, embedder: Embedder) -> None:
        question = embedder.encode_queries(["reset my headphones"])[0]
        near, far = embedder.encode_passages(["How to reset your headphones", "Invoices and VAT numbers"])
        assert float(question @ near) > float(question @ far)

    def test_many_threads_get_the_same_vectors_as_one(self, embedder: Embedder) -> None:
        wanted = embedder.encode_queries(TEXTS[:3])
        got: list[bool] = []

        def ask() -> None:
            got.append(bool(np.allclose(embedder.encode_queries(TEXTS[:3]), wanted, atol=1e-5)))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == [True] * 4

    def test_the_fingerprint_names_the_embedder(self, embedder: Embedder) -> None:
        assert embedder.fingerprint


class TestHashingEmbedder(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls) -> Embedder:
        return HashingEmbedder()


class TestOnnxEmbedder(EmbedderContract):
    @pytest.fixture(scope="class", params=["fp32", "int8"])
    @classmethod
    def embedder(cls, request: pytest.FixtureRequest) -> Embedder:
        return open_embedder(model_dir=default_model(), precision=request.param)


class TestOnnxEmbedderWithWorkers(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls) -> Embedder:
        return open_embedder(model_dir=default_model(), workers=2)
