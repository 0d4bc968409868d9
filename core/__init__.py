"""Shared infrastructure: database, log events, files, languages, outgoing HTTP. Imports no other package of ours."""

import os

# Set before anybody imports numpy, and here, since every package of ours imports this one: OpenBLAS would use every
# processor for products that take microseconds, with its threads spinning while they wait. A search on 5,000 articles
# took 42 ms of CPU that way, and about half with one thread; on a busy machine the covariance of an index build took
# fifteen times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
