"""Which model serves, and whether the default one is there."""

import json
from pathlib import Path

import pytest

from index.embed import layout, open_embedder
from index.embed.hashing import HashingEmbedder
from index.embed.model import ONNX_FILES, ModelUnavailable, best_precision, choose, ensure, is_ready, what_is_wrong


def made(folder: Path, recipe: str = "e5-small-2") -> Path:
    """A folder that looks as `ensure` leaves it, with empty model files."""
    for name in ONNX_FILES.values():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
        layout.graph_of(folder / name).touch()
    (folder / layout.TOKENIZER).touch()
    (folder / "signpost.json").write_text(json.dumps({"recipe": recipe}))
    return folder


def test_a_finished_folder_is_ready(tmp_path: Path) -> None:
    assert is_ready(made(tmp_path))


def test_a_folder_of_another_recipe_is_not_ready(tmp_path: Path) -> None:
    assert not is_ready(made(tmp_path, recipe="e5-small-0"))


@pytest.mark.parametrize("missing", [*ONNX_FILES.values(), "signpost.json"])
def test_a_folder_with_a_missing_file_is_not_ready(missing: str, tmp_path: Path) -> None:
    (made(tmp_path) / missing).unlink()
    assert not is_ready(tmp_path)


def test_what_is_cut_off_or_changed_is_not_ready_and_says_so(tmp_path: Path) -> None:
    folder = made(tmp_path / "model")
    weights = folder / (ONNX_FILES["int8"] + ".weights")
    weights.write_bytes(bytes(range(256)) * 8_000)
    ensure(folder)  # notes what the files are
    assert (is_ready(folder), what_is_wrong(folder), what_is_wrong(folder, whole=True)) == (True, "", "")

    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + b"x")
    assert "is damaged: onnx/model_qint8_avx512_vnni.onnx.weights is not what was unpacked" in what_is_wrong(folder)
    weights.write_bytes(whole[:50_000] + b"x" + whole[50_001:])
    assert (what_is_wrong(folder), "damaged" in what_is_wrong(folder, whole=True)) == ("", True)
    weights.write_bytes(whole[:1_000])
    assert not is_ready(folder) and "has 1000 of 2048000 bytes" in what_is_wrong(folder)
    with pytest.raises(ModelUnavailable, match=r"is damaged.*signpost setup"):
        open_embedder(model_dir=folder, precision="int8")
    (folder / "contents.json").write_text("{", encoding="utf-8")
    assert "cannot be read" in what_is_wrong(folder)
    assert what_is_wrong(tmp_path / "none") == "is not there"
    (tmp_path / "none.part").mkdir()
    assert what_is_wrong(tmp_path / "none") == "was not unpacked to the end"


def test_what_is_ready_is_not_made_again(tmp_path: Path) -> None:
    told: list[str] = []
    ensure(made(tmp_path), lambda step, _share: told.append(step))
    assert told == []


def test_the_default_model_is_named_by_its_precision(tmp_path: Path) -> None:
    fp32, int8 = (choose("", precision, tmp_path) for precision in ("fp32", "int8"))
    assert (fp32.fingerprint, fp32.file) == ("e5-small-2@fp32", ONNX_FILES["fp32"])
    assert (int8.fingerprint, int8.file) == ("e5-small-2@int8", ONNX_FILES["int8"])


def test_auto_is_the_precision_this_processor_is_best_at(tmp_path: Path) -> None:
    assert choose("", "auto", tmp_path) == choose("", best_precision(), tmp_path)


@pytest.mark.parametrize(
    ("flags", "precision"),
    [
        ("fpu sse4_2 avx avx2 avx512f avx512_vnni", "int8"),
        ("fpu sse4_2 avx avx2 avx_vnni", "int8"),
        ("fpu sse4_2 avx avx2 avx512f", "fp32"),
        ("Features : fp asimd evtstrm aes", "fp32"),
    ],
)
def test_a_processor_without_instructions_for_int8_uses_fp32(flags: str, precision: str, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n", encoding="utf-8")
    assert best_precision(tmp_path / "cpuinfo") == precision


def test_where_nothing_is_known_of_the_processor_fp32_is_used(tmp_path: Path) -> None:
    assert best_precision(tmp_path / "nowhere") == "fp32"


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("intfloat/multilingual-e5-large", "query: "), ("sentence-transformers/all-MiniLM-L6-v2", "")],
)
def test_another_model_goes_through_sentence_transformers(name: str, prefix: str, tmp_path: Path) -> None:
    choice = choose(name, "auto", tmp_path)
    assert (choice.path, choice.file, choice.query_prefix) == (name, None, prefix)


def test_different_models_never_share_a_name(tmp_path: Path) -> None:
    names = ["", "intfloat/multilingual-e5-small", "sentence-transformers/all-MiniLM-L6-v2"]
    assert len({choose(name, "fp32", tmp_path).fingerprint for name in names}) == 3


def test_the_hashing_embedder_needs_no_model(tmp_path: Path) -> None:
    assert isinstance(open_embedder(kind="hashing", model_dir=tmp_path), HashingEmbedder)
