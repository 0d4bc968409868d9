"""What a long text needs in the model is given back once it is embedded."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from core.process_memory import trim
from index.embed import open_embedder

LONG = "How do I change the address of a parcel that is on its way? " * 60
SHORT = "Where is my parcel?"

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or "CS_GNU_LIBC_VERSION" not in os.confstr_names,
    reason="memory is given back where the C library is glibc",
)


def own_megabytes() -> float:
    rows = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith("Anonymous:")) / 1024


@pytest.mark.parametrize("texts", [[LONG], [SHORT, LONG, SHORT]])
def test_a_long_text_leaves_no_memory_behind_and_the_same_vectors(texts: list[str], model_dir: Path) -> None:
    embedder = open_embedder(model_dir=model_dir, precision="int8")
    embedder.encode_passages([SHORT])
    trim()
    settled = own_megabytes()
    first = embedder.encode_passages(texts)
    assert own_megabytes() - settled < 12
    assert np.array_equal(embedder.encode_passages(texts), first)
