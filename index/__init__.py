"""Hybrid search (BM25 and dense vectors, learned fusion) over published passages, with a calibrated verdict.

Imports `kb`; knows nothing of requests or tickets.
"""

import os

# Set before numpy is imported: OpenBLAS would use every processor for products that take microseconds, with its threads
# spinning while they wait. A search on 5,000 articles took 42 ms of CPU that way, and about half with one thread.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
