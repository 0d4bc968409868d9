"""Shared infrastructure: database, log events, files, languages, outgoing HTTP. Imports no other package of ours."""

import os

# Set before anybody imports numpy, and here, since every package of ours imports this one: OpenBLAS would use every
# processor for products that take microseconds, with its threads spinning while they wait. On a busy machine the
# covariance of an index build took seven times the processor time that way (.25 s instead of .037).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
