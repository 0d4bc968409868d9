"""Hybrid search (BM25 and dense vectors, learned fusion) over published passages, with a calibrated verdict.

Imports `kb`; knows nothing of requests or tickets.
"""

import core  # noqa: F401 - says with how many threads numpy computes, which must be known before it is imported
