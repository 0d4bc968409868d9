"""Text embeddings: the real model through ONNX Runtime or sentence-transformers, and a deterministic fake for tests."""

from index.embed.choose import open_embedder

__all__ = ["open_embedder"]
