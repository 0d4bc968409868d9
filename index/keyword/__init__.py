"""BM25 over our own analyzers' tokens."""
