"""Runs a function on a text of strangers in a process that is ended when its time is over.

For libraries whose time may grow faster than their input: a thread cannot be ended, a process can. It costs about a
second to start, so whoever calls keeps ordinary input in its own process.
"""

import contextlib
import importlib
import json
import os
import resource
import select
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).resolve().parents[1]
# More at a time would take the processors from those who serve.
_AT_A_TIME = threading.BoundedSemaphore(2)
_IDLE_SECONDS = 300


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


class KeptProcess:
    """Calls as `call` does, in one process that stays for the next call, so that only the first waits for its start.

    It ends by itself when nobody has called for some minutes, and with whoever made it. Thread-safe: one call at a
    time, the next one waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._end: Any = None
        self._made_in = 0

    def call(self, function: str, *arguments: str, seconds: float) -> str:
        """The text that `module:function` returns for these texts. Raises TookTooLong, also where it failed otherwise;
        the process is ended then."""
        asked = json.dumps([function, int(seconds) + 1, arguments]).encode() + b"\n"
        until = time.monotonic() + seconds
        if not self._lock.acquire(timeout=seconds):
            raise TookTooLong(function)
        try:
            # It may have ended for want of work at this very moment: then once more.
            answer = self._asked(asked, until) or self._asked(asked, until)
        except OSError:
            answer = b""
        finally:
            self._lock.release()
        if not answer:
            raise TookTooLong(function)
        return str(json.loads(answer))

    def close(self) -> None:
        """End the process, if there is one; the next call starts another."""
        with self._lock:
            self._stop()

    def _asked(self, asked: bytes, until: float) -> bytes:
        """The line it answers; nothing where it ended, or was ended at `until`."""
        process = self._process()
        try:
            process.stdin.write(asked)  # type: ignore[union-attr]  # it is waiting for this line
            process.stdin.flush()  # type: ignore[union-attr]
            answer = _line_of(process.stdout, until)  # type: ignore[arg-type]
        except BrokenPipeError:
            answer = b""
        if not answer:
            self._stop()
        return answer

    def _process(self) -> subprocess.Popen[bytes]:
        if self._running is not None and self._made_in != os.getpid():
            self._end.detach()  # this process was forked: the other one's is not ours to end
            self._running = None
        if self._running is None or self._running.poll() is not None:
            self._stop()
            self._running = subprocess.Popen(
                [sys.executable, "-m", "core.ended_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
            )
            self._made_in = os.getpid()
            self._end = weakref.finalize(self, _ended, self._running)
        return self._running

    def _stop(self) -> None:
        if self._running is not None:
            self._end()
            self._running = None


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


def _line_of(pipe: IO[bytes], until: float) -> bytes:
    """A line of a pipe; nothing at its end, or when the time is over."""
    waiting = select.poll()  # unlike select(), it takes a descriptor of any number
    waiting.register(pipe, select.POLLIN)
    parts: list[bytes] = []
    while not (parts and parts[-1].endswith(b"\n")):
        left = until - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            return b""
        part = os.read(pipe.fileno(), 1 << 20)
        if not part:
            return b""
        parts.append(part)
    return b"".join(parts)


def _found(function: str) -> Any:
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)


def _main(function: str, seconds: int) -> None:
    # Should the parent die, nobody else would end this one.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    json.dump(_found(function)(*json.load(sys.stdin)), sys.stdout)


def _keep_on() -> None:
    """Answer lines with lines, until there are no more or none has come for long."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    while select.select([sys.stdin], [], [], _IDLE_SECONDS)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        function, seconds, arguments = json.loads(line)
        used = resource.getrusage(resource.RUSAGE_SELF)
        # As above, counted from here.
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, hard))
        answer = json.dumps(_found(function)(*arguments))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _main(sys.argv[1], int(sys.argv[2]))
    else:
        _keep_on()
