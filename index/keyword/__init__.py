"""Keyword retrieval: BM25 over tokens of our own analyzers."""
