"""Giving memory back to the system, which glibc does by itself only now and then."""

import ctypes
import gc

# mallopt's name for the number of heaps that threads share; by default there are eight a processor, each with gaps.
_M_ARENA_MAX = -8


def keep_heaps_few() -> None:
    """For a process with many threads, before they start. Nothing happens where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)


def give_back() -> None:
    """After work that needed much for a moment, such as publishing.

    What is left lives long (articles, pages, an index), so the garbage collector is told not to walk through it again:
    with five thousand articles each of its walks would hold up every search and the next publish.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
