"""Which embedder serves: a test stand-in, the default model's ONNX file, or anything through sentence-transformers."""

from pathlib import Path

from index.embed.hashing import HashingEmbedder
from index.model import ModelUnavailable, choose, is_ready
from index.protocols import Embedder


def open_embedder(
    *,
    model: str = "",
    precision: str = "auto",
    model_dir: Path,
    kind: str = "model",
    indexing: bool = False,
    workers: int = 1,
) -> Embedder:
    """Load an embedder; seconds for a model. `kind` is model or hashing, `precision` auto, fp32 or int8.

    With `indexing` the default model goes through sentence-transformers as every other model does; without, its ONNX
    file is run directly. Raises ModelUnavailable or FileNotFoundError, both saying what to do.
    """
    if kind == "hashing":
        return HashingEmbedder()
    choice = choose(model, precision, model_dir)
    if choice.file is None or indexing:
        from index.embed.sentence import SentenceEmbedder

        if choice.file is not None and not is_ready(model_dir):
            raise ModelUnavailable(f"The model is not in {model_dir} yet. Run `make setup`, which makes it.")
        embedder = SentenceEmbedder(choice)
        if not indexing:
            embedder.load()  # now, by one thread, rather than by each of the first visitors'
        return embedder
    from index.embed.onnx import OnnxEmbedder

    return OnnxEmbedder(
        Path(choice.path), choice.file, choice.fingerprint, choice.query_prefix, choice.passage_prefix, workers
    )
