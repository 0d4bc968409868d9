"""The model laid out for serving gives the tokens and vectors of the files it was made from."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from index.embed import layout, open_embedder
from index.embed.model import ONNX_FILES, ensure, is_ready, is_unpacked
from index.embed.onnx import MAX_TOKENS, OnnxEmbedder
from kb.models import Article

STRANGE = (
    "", " ", "a", "  two   spaces\tand a tab ", "ﬁne ＦＵＬＬ ½ …", "🔋 emoji", "▁ underline", "x" * 300,
    "سلام دنیا", "नमस्ते दुनिया", "ภาษาไทย", "한국어 질문", "日本語の質問", "ERR_2041 / WH-1000XM4",
    "\u200bzero\u200bwidth", "𝒳𝓎𝓏", "İstanbul’dan iade", "退貨要多久？", "退货要多久？", "naïve café", "٣٤٥ 12,5 €",
)  # fmt: skip


@pytest.fixture(scope="module")
def texts(demo: tuple[Article, ...]) -> list[str]:
    found = list(STRANGE)
    for article in demo:
        found += [article.title, article.summary, *article.questions, *(s.text for s in article.sections)]
    return found


@pytest.fixture(scope="module")
def serving_embedder(model_dir: Path) -> OnnxEmbedder:
    embedder = open_embedder(model_dir=model_dir)
    assert isinstance(embedder, OnnxEmbedder)
    return embedder


def test_tokens_are_those_of_the_hugging_face_tokenizer(
    model_dir: Path, serving_embedder: OnnxEmbedder, texts: Sequence[str]
) -> None:
    tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    for text in texts:
        for prefix in ("query: ", "passage: "):
            assert serving_embedder.tokens(prefix + text) == tokenizer.encode(prefix + text).ids, text


@pytest.mark.parametrize("precision", sorted(ONNX_FILES))
def test_vectors_are_those_of_the_whole_graph(model_dir: Path, precision: str, texts: Sequence[str]) -> None:
    embedder = open_embedder(model_dir=model_dir, precision=precision)
    assert isinstance(embedder, OnnxEmbedder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    whole = onnxruntime.InferenceSession(str(model_dir / ONNX_FILES[precision]), options)
    inputs = {i.name for i in whole.get_inputs()}
    for text in texts[::60]:
        ids = np.array([embedder.tokens("passage: " + text)], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = whole.run(None, {k: v for k, v in feed.items() if k in inputs})[0][0].mean(axis=0)
        assert np.allclose(embedder.encode_passages([text])[0], mean / np.linalg.norm(mean), atol=1e-6), text


def test_a_folder_of_an_earlier_version_is_laid_out_in_place(model_dir: Path, tmp_path: Path) -> None:
    import onnx

    folder = tmp_path / "model"
    shutil.copytree(
        model_dir,
        folder,
        ignore=shutil.ignore_patterns("model.safetensors", "model.onnx*", "*.rows.onnx", "contents.json"),
    )
    # As it was: one file with its weights inside.
    file = ONNX_FILES["int8"]
    model = onnx.load(str(model_dir / file))
    (folder / (file + ".weights")).unlink()
    (folder / layout.TOKENIZER).unlink()
    onnx.save_model(model, str(folder / file))
    shutil.copy(folder / file, folder / ONNX_FILES["fp32"])
    assert is_unpacked(folder) and not is_ready(folder)
    before = open_embedder(model_dir=model_dir, precision="int8").encode_queries(["how do I return it"])
    assert np.array_equal(
        open_embedder(model_dir=folder, precision="int8").encode_queries(["how do I return it"]), before
    )
    assert is_ready(folder)
    ensure(folder)  # nothing more to do
    assert sorted(p.name for p in (folder / "onnx").iterdir()) == sorted(
        Path(f).name + end for f in ONNX_FILES.values() for end in ("", ".rows.onnx", ".weights")
    )
