"""Text to vectors: the real model by two roads, and a deterministic stand-in for tests."""

from index.embed.choose import open_embedder

__all__ = ["open_embedder"]
