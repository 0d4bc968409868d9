"""Text to vectors: the real model by two roads, and a deterministic stand-in for tests."""
