"""The default model: what serves gives the vectors that sentence-transformers gives."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.embed import open_embedder
from index.embed.model import ModelUnavailable, choose
from index.embed.sentence import SentenceEmbedder
from index.protocols import Embedder
from tests.model.real import ROOT

TEXTS = [
    "Where is my parcel? It should have been here on Tuesday.",
    "How do I reset the headphones (model WH-1000XM4, error E-17)?",
    "wifi",
    "Kargom nerede? Salı günü gelmesi gerekiyordu.",
    "İADE için kargo ücretini kim öder, ÖDEMEM nasıl geri gelir?",
    "我的包裹在哪裡？本來應該星期二送到。",
    "耳机无法配对，蓝牙找不到设备。",
    "أين طردي؟ كان من المفترض أن يصل يوم الثلاثاء.",
    "لا تعمل السماعة مع WiFi",
    "Open the tracking page and read the last scan. " * 40,
]


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_serving_gives_the_vectors_of_sentence_transformers(precision: str, model_dir: Path) -> None:
    serving = open_embedder(model_dir=model_dir, precision=precision)
    indexing = SentenceEmbedder(choose("", precision, model_dir))
    assert (serving.fingerprint, serving.dimensions) == (indexing.fingerprint, indexing.dimensions)
    for ours, theirs in (
        (serving.encode_queries(TEXTS), indexing.encode_queries(TEXTS)),
        (serving.encode_passages(TEXTS), indexing.encode_passages(TEXTS)),
    ):
        assert (ours * theirs).sum(axis=1).min() >= 0.9999


def test_fp32_vectors_are_those_of_the_unpacked_weights(model_dir: Path) -> None:
    from sentence_transformers import SentenceTransformer

    ours = open_embedder(model_dir=model_dir, precision="fp32").encode_queries(TEXTS)
    torch_model = SentenceTransformer(str(model_dir), device="cpu", local_files_only=True)
    theirs = torch_model.encode([f"query: {t}" for t in TEXTS], prompt="", normalize_embeddings=True)
    assert (ours * np.asarray(theirs)).sum(axis=1).min() >= 0.9999


def test_int8_vectors_are_close_to_fp32_ones(model_dir: Path) -> None:
    fp32, int8 = (open_embedder(model_dir=model_dir, precision=p).encode_queries(TEXTS) for p in ("fp32", "int8"))
    assert (fp32 * int8).sum(axis=1).min() >= 0.98


def test_translations_are_nearer_than_other_texts(serving: Embedder) -> None:
    parcel, kargo, baoguo, reset = serving.encode_queries([TEXTS[0], TEXTS[3], TEXTS[5], TEXTS[1]])
    assert min(float(parcel @ kargo), float(parcel @ baoguo)) > float(parcel @ reset)


def test_queries_and_passages_are_told_apart(serving: Embedder) -> None:
    assert not np.allclose(serving.encode_queries(["wifi"]), serving.encode_passages(["wifi"]), atol=1e-3)


def test_any_sentence_transformers_folder_can_be_named(model_dir: Path) -> None:
    embedder = open_embedder(model=str(model_dir), model_dir=Path("nowhere"))
    default = open_embedder(model_dir=model_dir, precision="fp32")
    assert embedder.fingerprint != default.fingerprint
    assert embedder.encode_queries(["wifi"]).shape == (1, 384)


def test_a_model_that_is_not_there_is_one_sentence_that_says_what_to_do() -> None:
    with pytest.raises(ModelUnavailable, match="SIGNPOST_MODEL"):
        SentenceEmbedder(choose("nobody/no-such-model", "auto", Path("nowhere"))).encode_queries(["wifi"])


def test_a_default_model_that_was_not_made_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="make setup"):
        open_embedder(model_dir=tmp_path / "model")


SERVE = """
import sys
from pathlib import Path
from app import create_app
from app.settings.schema import Settings
from index.models import SearchQuery

settings = Settings.load({"data_dir": Path(sys.argv[1]), "kb_dir": Path(sys.argv[2]), "watch": False}, environ={})
app = create_app(settings)
services = app.extensions["signpost"]
services.warm()
services.model.wait(120)
from app.ops.publishing import publish_and_index
publish_and_index(services)
result = services.search.search(SearchQuery("where is my parcel", "en"))
assert result.degraded is None, result
assert result.hits[0].key == "late-parcel", result
page = app.test_client().get("/en/search?q=where+is+my+parcel")
assert page.status_code == 200 and b"late-parcel" in page.data, page.data
heavy = sorted({"torch", "sentence_transformers", "transformers", "optimum", "scipy", "sklearn"} & set(sys.modules))
assert heavy == [], heavy
"""


def test_a_serving_process_searches_without_importing_torch(model_dir: Path, tmp_path: Path) -> None:
    from tests.articles import write_demo

    data = tmp_path / "data"
    data.mkdir()
    (data / "model").symlink_to(model_dir)
    write_demo(tmp_path / "articles")
    run = subprocess.run(
        [sys.executable, "-c", SERVE, str(data), str(tmp_path / "articles")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stderr
