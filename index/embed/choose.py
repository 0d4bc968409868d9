"""Selects the embedder: the hashing fake, the default model's ONNX file, or any sentence-transformers model."""

import os
from pathlib import Path

from index.embed.hashing import HashingEmbedder
from index.embed.model import ModelUnavailable, choose, ensure, is_ready, is_unpacked, what_is_wrong
from index.protocols import Embedder


def open_embedder(
    *,
    model: str = "",
    precision: str = "auto",
    model_dir: Path,
    kind: str = "model",
    workers: int = 1,
) -> Embedder:
    """Load an embedder; seconds for a model. `kind` is model or hashing, `precision` auto, fp32 or int8.

    `workers` is the number of texts the default model embeds at once: 1 in a process that also serves requests, 0 for
    the number of processors. Raises ModelUnavailable or FileNotFoundError, both saying what to do.
    """
    if kind == "hashing":
        return HashingEmbedder()
    choice = choose(model, precision, model_dir)
    if choice.file is None:
        from index.embed.sentence import SentenceEmbedder

        embedder = SentenceEmbedder(choice)
        embedder.load()  # now, by one thread, rather than by each of the first visitors'
        return embedder
    if not is_ready(model_dir) and is_unpacked(model_dir):
        ensure(model_dir)  # of an earlier version: two seconds, once
    if not is_ready(model_dir):
        wrong = what_is_wrong(model_dir)
        raise ModelUnavailable(
            f"The model is not in {model_dir} yet. Run `make setup` or `signpost setup`, which makes it."
            if "damaged" not in wrong else f"The model in {model_dir} {wrong}. Run `make setup` or `signpost setup`."
        )  # fmt: skip
    from index.embed.onnx import OnnxEmbedder

    return OnnxEmbedder(
        Path(choice.path),
        choice.file,
        choice.fingerprint,
        choice.query_prefix,
        choice.passage_prefix,
        workers or len(os.sched_getaffinity(0)),
    )


def fingerprint_of(*, model: str = "", precision: str = "auto", model_dir: Path, kind: str = "model") -> str:
    """The fingerprint of what `open_embedder` would open, without opening it."""
    return HashingEmbedder().fingerprint if kind == "hashing" else choose(model, precision, model_dir).fingerprint
