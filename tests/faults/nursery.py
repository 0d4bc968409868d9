"""Servers that are to be killed. One process loads everything once; each server is a child of it, so that it starts in
a fraction of a second and can still be killed like any other.

It reads one JSON object a line: {"environ": {...}, "kill_at": n, "log": path} starts a server that kills itself
(SIGKILL) at the n-th step after it began to take in a ticket (0: never), and answers {"pid": n}; {"reap": pid} answers
{"signal": n or null} when that child has ended.

A step is a statement, a commit, an fsync, a rename, or the moment before or after storing a ticket, answering a
request, or handing over a mail or webhook.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

import app.api.tickets
import app.cli
import app.desk
import app.ops.serve
from support.delivery.webhook_signing import Webhook
from support.email.smtp import SmtpTransport
from support.tickets.attachments import AttachmentFolder
from support.tickets.service import TicketService


class Killer:
    """Counts steps in all threads once it is armed, and ends the process at the given one."""

    def __init__(self, at: int):
        self._left = at
        self._armed = False
        self._lock = threading.Lock()

    def arm(self) -> None:
        self._armed = True

    def step(self, *_: Any, **__: Any) -> None:
        if not self._armed or self._left <= 0:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str, *, arms: bool = False) -> None:
        """Make every call of `owner.name` two steps."""
        function: Callable[..., Any] = getattr(owner, name)

        def stepped(*args: Any, **kwargs: Any) -> Any:
            if arms:
                self.arm()
            self.step()
            result = function(*args, **kwargs)
            self.step()
            return result

        setattr(owner, name, stepped)


def serve(environ: dict[str, str], kill_at: int, log: str) -> int:
    os.environ.update(environ)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    killer = Killer(kill_at)
    event.listen(Engine, "before_cursor_execute", killer.step)
    event.listen(Engine, "commit", killer.step)
    killer.around(os, "fsync")
    killer.around(Path, "replace")
    killer.around(AttachmentFolder, "save", arms=True)
    killer.around(TicketService, "create")
    killer.around(SmtpTransport, "send")
    killer.around(Webhook, "send")
    killer.around(Flask, "wsgi_app")
    return app.ops.serve.main()


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "reap" in asked:
            _, status = os.waitpid(asked["reap"], 0)
            print(json.dumps({"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None}), flush=True)  # noqa: T201
            continue
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = serve(asked["environ"], asked["kill_at"], asked["log"])
            finally:
                os._exit(code)
        print(json.dumps({"pid": pid}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
