"""Memory footprint: returns freed memory to the system, which glibc rarely does by itself."""

import ctypes
import gc

# mallopt's M_ARENA_MAX. By default glibc creates up to eight malloc arenas per processor, each fragmented.
_M_ARENA_MAX = -8


def keep_heaps_few() -> None:
    """Limit malloc arenas; call it before threads start. Does nothing where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)


def collect_again() -> None:
    """End the start, during which the garbage collector was off (`app/ops/serve.py`): what is there stays."""
    gc.freeze()
    gc.enable()


def give_back() -> None:
    """Release memory after a peak, such as publishing.

    The remaining objects are long-lived (articles, pages, an index), so they are frozen for the garbage collector: with
    five thousand articles each full collection would delay every search and the next publish.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    trim()


def trim() -> None:
    """Release what the C library holds free, a millisecond or two. Does nothing where it is not glibc."""
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
