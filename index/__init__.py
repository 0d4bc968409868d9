"""Search: published passages become a hybrid index with a calibrated verdict.

Imports `kb`; knows nothing of requests or tickets.
"""

import os

# Before numpy is loaded: its linear algebra would use every processor for products that take microseconds, and the
# threads wait for each other in busy loops. A search on 5,000 articles took 42 ms of CPU so, and about half with one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
