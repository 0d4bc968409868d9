"""The spread of a generation's vectors in the database: mean and covariance, as stored bytes."""

import io

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# In a manifest: the generation that wrote the spread, so that nodes read half a megabyte only when it has changed.
SPREAD_SINCE = "spread_since"


def packed_spread(mean: Floats, covariance: Floats) -> bytes:
    written = io.BytesIO()
    np.savez(written, mean=mean, covariance=covariance)
    return written.getvalue()


def spread_of(stored: bytes) -> tuple[Floats, Floats]:
    with np.load(io.BytesIO(stored)) as spread:
        return spread["mean"], spread["covariance"]
