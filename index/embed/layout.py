"""The default model's files as a serving process needs them: weights beside the graph, and a compact tokenizer.

ONNX Runtime copies weights that stand inside an ONNX file into each process, and maps those that stand beside it. The
word embeddings, four fifths of the weights, are an input of the graph `<file>.rows.onnx`: `WordRows` looks them up. The
Hugging Face tokenizer of 250,000 pieces takes 280 MB, the same pieces in SentencePiece 35. Weights and pieces are the
same, so vectors are too (tests/model/test_layout.py).
"""

import json
import mmap
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOKENIZER = "sentencepiece.model"
_HUGGING_FACE = "tokenizer.json"
_WEIGHTS = ".weights"
_ROWS = ".rows.onnx"
_METADATA = "word_rows"
# Rows after which the pages that were mapped for them are given back: at most 16 MB.
_GIVE_BACK_ROWS = 256
_WORD_EMBEDDINGS = "word_embeddings"
# Smaller tensors stay in the ONNX file: mapping them saves nothing.
_LARGE = 1024
_NORMAL, _UNKNOWN = 1, 2
_UNIGRAM = 1


class WordRows:
    """The word embeddings of a laid-out model, read row by row. Thread-safe.

    The kernel maps some sixteen pages for each row: after a few hundred questions nearly all hundred megabytes would be
    resident. So the pages are given back now and then; they stay in the page cache. Reading the file instead would let
    go of the interpreter's lock for each row, and other threads take it.
    """

    def __init__(self, onnx_file: Path, metadata: Mapping[str, str]) -> None:
        """`metadata` is that of the session opened on `graph_of(onnx_file)`."""
        stored = json.loads(metadata[_METADATA])
        self.input: str = stored["input"]
        with onnx_file.with_name(onnx_file.name + _WEIGHTS).open("rb") as file:
            self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        dtype, shape = np.dtype(stored["dtype"]), (stored["rows"], stored["columns"])
        table = np.frombuffer(self._mapped, dtype, shape[0] * shape[1], stored["offset"])
        self._table = table.reshape(shape)
        self._taken = 0

    def of(self, tokens: Sequence[int]) -> NDArray[Any]:
        """The rows of some tokens, of shape (1, tokens, columns)."""
        rows = self._table[tokens][None]
        self._taken += len(tokens)
        if self._taken > _GIVE_BACK_ROWS:
            self._taken = 0
            self._mapped.madvise(mmap.MADV_DONTNEED)
        return rows


def graph_of(onnx_file: Path) -> Path:
    """The graph to open for serving."""
    return onnx_file.with_name(onnx_file.name + _ROWS)


def is_done(folder: Path, onnx_files: Iterable[str]) -> bool:
    """Whether `lay_out` finished for these ONNX files of a folder."""
    return (folder / TOKENIZER).is_file() and all(graph_of(folder / name).is_file() for name in onnx_files)


def files_of(onnx_files: Iterable[str]) -> list[str]:
    """All that serving reads of a folder that is laid out."""
    return [*(name + end for name in onnx_files for end in ("", _ROWS, _WEIGHTS)), TOKENIZER]


def lay_out(folder: Path, onnx_files: Iterable[str]) -> None:
    """Write what is missing; about two seconds. Safe to interrupt, and in several processes at once.

    Raises OSError when the folder cannot be written.
    """
    for name in onnx_files:
        if not graph_of(folder / name).is_file():
            _move_weights(folder / name)
    if not (folder / TOKENIZER).is_file():
        _write_tokenizer(folder)


def _move_weights(path: Path) -> None:
    # Imported lazily: it is needed once.
    import onnx

    part = path.with_name(f"{path.name}.{os.getpid()}")
    weights, part_weights = path.with_name(path.name + _WEIGHTS), path.with_name(part.name + _WEIGHTS)
    part_weights.unlink(missing_ok=True)
    model = onnx.load(str(path))
    onnx.save_model(model, str(part), save_as_external_data=True, location=part_weights.name, size_threshold=_LARGE)
    part_weights.chmod(0o644)
    model = onnx.load(str(part), load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = weights.name
    part.write_bytes(model.SerializeToString())
    # In this order: the old file holds its own weights, the new one needs those beside it.
    part_weights.replace(weights)
    part.replace(path)
    _take_rows_out(model)
    part.write_bytes(model.SerializeToString())
    part.replace(graph_of(path))


def _take_rows_out(model: Any) -> None:
    """Make the rows of the word embeddings an input of the graph."""
    import onnx

    graph = model.graph
    table = next(t for t in graph.initializer if _WORD_EMBEDDINGS in t.name and len(t.dims) == 2)
    lookup = next(node for node in graph.node if node.op_type == "Gather" and node.input[0] == table.name)
    place = {entry.key: entry.value for entry in table.external_data}
    name, columns = lookup.output[0], int(table.dims[1])
    dtype = onnx.helper.tensor_dtype_to_np_dtype(table.data_type).str
    graph.input.append(
        onnx.helper.make_tensor_value_info(name, table.data_type, ["batch_size", "sequence_length", columns])
    )
    graph.node.remove(lookup)
    graph.initializer.remove(table)
    stored = {
        "input": name,
        "offset": int(place.get("offset", 0)),
        "dtype": dtype,
        "rows": int(table.dims[0]),
        "columns": columns,
    }
    model.metadata_props.add(key=_METADATA, value=json.dumps(stored))


def _write_tokenizer(folder: Path) -> None:
    from sentencepiece import sentencepiece_model_pb2

    stored = json.loads((folder / _HUGGING_FACE).read_text(encoding="utf-8"))["model"]
    model = sentencepiece_model_pb2.ModelProto()
    for number, (piece, score) in enumerate(stored["vocab"]):
        kind = _UNKNOWN if number == stored["unk_id"] else _NORMAL
        model.pieces.add(piece=piece, score=score, type=kind)
    trainer = model.trainer_spec
    trainer.model_type, trainer.vocab_size, trainer.unk_id = _UNIGRAM, len(stored["vocab"]), stored["unk_id"]
    trainer.bos_id = trainer.eos_id = trainer.pad_id = -1
    # Texts are normalised in index/embed/onnx.py.
    normalizer = model.normalizer_spec
    normalizer.name, normalizer.add_dummy_prefix, normalizer.remove_extra_whitespaces = "identity", False, False
    part = folder / f"{TOKENIZER}.{os.getpid()}"
    part.write_bytes(model.SerializeToString())
    part.replace(folder / TOKENIZER)
