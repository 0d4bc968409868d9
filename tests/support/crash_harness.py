"""Real processes for the crash tests: each child is killed (SIGKILL, by itself) at the n-th step of its work.

A step is a statement, a commit, an fsync, a rename, or the moment around handing a mail over. Run as a program:
    crash_harness.py create DATABASE_URL DATA_DIR FIRST LAST    creates ticket `key-n`, killed at step n
    crash_harness.py deliver DATABASE_URL DATA_DIR FIRST LAST   delivers, killed at step n, an hour later each time
    crash_harness.py die DATABASE_URL DATA_DIR HOURS            claims one delivery and dies before sending it
    crash_harness.py race DATABASE_URL DATA_DIR WORKERS         that many workers deliver at once
Each child writes what it told its customer to DATA_DIR/acknowledged as one line, which is what may not be lost.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from app.settings.schema import Settings
from core.database.connection import connect
from support.background.worker import OutboxProcessor, OutboxSender
from support.email.smtp import FolderTransport
from support.tickets.models import NewTicket, Upload
from support.tickets.service import TicketService

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Killer:
    """Counts steps and ends this process at the given one; 0 never does."""

    def __init__(self, at: int):
        self._left = at

    def step(self, *_: Any, **__: Any) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            self.step()
            result = function(*args, **kwargs)
            self.step()
            return result

        return stepped


def settings_on(data_dir: str) -> Settings:
    return Settings.load(
        {"data_dir": data_dir, "kb_dir": data_dir, "embedder": "hashing", "mails_per_hour": 0}, environ={}
    )


def warm_up(url: str, data_dir: str) -> None:
    """Import and prepare here what each of a hundred children would do again, for longer than its work takes. No
    connection stays open: none is shared with a child."""
    settings = settings_on(data_dir)
    engine = connect(url)
    tickets = TicketService(engine, settings)
    OutboxSender(settings, tickets.files.path)
    tickets.backlog(NOW)
    engine.dispose()


def build(url: str, data_dir: str, killer: Killer) -> TicketService:
    settings = settings_on(data_dir)
    engine = connect(url)
    event.listen(engine, "before_cursor_execute", killer.step)
    event.listen(engine, "commit", killer.step)
    os.fsync = killer.around(os.fsync)  # type: ignore[assignment]
    Path.replace = killer.around(Path.replace)  # type: ignore[method-assign]
    return TicketService(engine, settings)


def create(url: str, data_dir: str, number: int, kill_at: int) -> None:
    killer = Killer(kill_at)
    tickets = build(url, data_dir, killer)
    file = tickets.files.save(Upload("log.txt", f"log of {number}".encode()))
    ticket = tickets.create(
        NewTicket(
            message=f"message {number}",
            lang="en",
            site_url="https://help.example",
            email="ada@example.org",
            attachments=(file,),
        ),
        f"key-{number}",
        NOW,
    )
    killer.step()
    line = json.dumps({"number": number, "reference": ticket.reference, "token": ticket.token}) + "\n"
    descriptor = os.open(Path(data_dir) / "acknowledged", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    killer.step()


def deliver(url: str, data_dir: str, number: int, kill_at: int) -> None:
    killer = Killer(kill_at)
    tickets = build(url, data_dir, killer)
    settings = settings_on(data_dir)
    sender = OutboxSender(settings, tickets.files.path)
    sender.send = killer.around(sender.send)  # type: ignore[method-assign]
    moment = NOW + timedelta(hours=number)  # after the lease of the one killed before
    OutboxProcessor(tickets, sender).deliver_due(lambda: moment)


def die(url: str, data_dir: str, hours: int) -> None:
    tickets = build(url, data_dir, Killer(0))
    settings = settings_on(data_dir)
    sender = OutboxSender(settings, tickets.files.path)
    sender.send = Killer(1).step  # type: ignore[method-assign]
    OutboxProcessor(tickets, sender).deliver_due(lambda: NOW + timedelta(hours=hours))


def race(url: str, data_dir: str, worker: int) -> None:
    tickets = build(url, data_dir, Killer(0))
    settings = settings_on(data_dir)
    sender = OutboxSender(settings, tickets.files.path)
    sender._transport = FolderTransport(Path(data_dir) / f"mail-{worker}")
    OutboxProcessor(tickets, sender).deliver_due(lambda: NOW + timedelta(minutes=1))


def in_child(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def finished(pid: int) -> str:
    """`killed`, or `done`; anything else ends the program with an error."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return "killed"
    if status != 0:
        sys.exit(f"a child failed with {status}")
    return "done"


def main() -> None:
    what, url, data_dir, *numbers = sys.argv[1:]
    Path(data_dir).mkdir(parents=True, exist_ok=True)
    warm_up(url, data_dir)
    if what == "race":
        pids = [in_child(lambda w=w: race(url, data_dir, w)) for w in range(int(numbers[0]))]  # type: ignore[misc]
        results = [finished(pid) for pid in pids]
    elif what == "die":
        results = [finished(in_child(lambda: die(url, data_dir, int(numbers[0]))))]
    else:
        work = create if what == "create" else deliver
        first, last = int(numbers[0]), int(numbers[1])
        results = [finished(in_child(lambda n=n: work(url, data_dir, n, n))) for n in range(first, last + 1)]  # type: ignore[misc]
    print(json.dumps(results))  # noqa: T201


if __name__ == "__main__":
    main()
