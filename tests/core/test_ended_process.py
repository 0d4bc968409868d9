"""A process that is kept for the next call, and ended when a call takes too long."""

import pytest

from core.ended_process import KeptProcess, TookTooLong


def test_one_process_answers_every_call_until_one_takes_too_long() -> None:
    kept = KeptProcess()
    try:
        first = kept.call("os:getpid", seconds=20)
        assert kept.call("posixpath:join", "é" * 100_000, "b", seconds=20) == "é" * 100_000 + "/b"
        assert kept.call("os:getpid", seconds=20) == first
        with pytest.raises(TookTooLong):
            kept.call("signal:pause", seconds=0.3)
        with pytest.raises(TookTooLong):
            kept.call("os:getenv", seconds=20)  # fails: it wants a name
        assert kept.call("os:getpid", seconds=20) != first
    finally:
        kept.close()


def test_one_that_ended_meanwhile_is_started_again() -> None:
    kept = KeptProcess()
    try:
        first = kept.call("os:getpid", seconds=20)
        kept._running.kill()  # type: ignore[union-attr]
        assert kept.call("os:getpid", seconds=20) != first
    finally:
        kept.close()
