"""What a run of the tests holds until it ends is left out by the garbage collector.

Ten thousand tests, their modules and the packages these import are half a million objects. Each full collection would
walk through all of them: without this, it takes a seventh of the processor time of the tests that make applications.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from core import process_memory


@contextmanager
def left_alone() -> Iterator[None]:
    """Until this is left, what is there now is not looked at. Whatever tests make is collected as ever."""
    gc.collect()
    gc.freeze()
    # A service that gives memory back walks through all it has, which here would be the tests; and what it froze would
    # never be collected, as no service of a test goes on.
    own = SimpleNamespace(collect=gc.collect, enable=gc.enable, freeze=lambda: None, unfreeze=lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process_memory, "gc", own)
        yield
    gc.unfreeze()
