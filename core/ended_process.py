"""Runs a function on a text of strangers in a process that is ended when its time is over.

For libraries whose time may grow faster than their input: a thread cannot be ended, a process can. It costs about a
second to start, so whoever calls keeps ordinary input in its own process.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
# More at a time would take the processors from those who serve.
_AT_A_TIME = threading.BoundedSemaphore(2)


class TookTooLong(Exception):
    """The function was ended, or could not begin, within its time."""


def call(function: str, *arguments: str, seconds: float) -> str:
    """The text that `module:function` returns for these texts. Raises TookTooLong, also where it failed otherwise."""
    if not _AT_A_TIME.acquire(timeout=seconds):
        raise TookTooLong(function)
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the text goes in by its standard input
            [sys.executable, "-m", "core.ended_process", function, str(int(seconds) + 1)],
            input=json.dumps(arguments),
            capture_output=True,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            encoding="utf-8",
            timeout=seconds,
        )
    except (subprocess.TimeoutExpired, OSError):
        raise TookTooLong(function) from None
    finally:
        _AT_A_TIME.release()
    if done.returncode:
        raise TookTooLong(function)
    return str(json.loads(done.stdout))


def _main(function: str, seconds: int) -> None:
    # Should the parent die, nobody else would end this one.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    module, _, name = function.partition(":")
    found: Any = getattr(importlib.import_module(module), name)
    json.dump(found(*json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
