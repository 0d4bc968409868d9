"""What the fault tests put around a server: the people who write, a mail server, a webhook's receiver, the books."""

import email
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message as Mail
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text

from core.database.connection import connect
from tests.process.server import ROOT, environment, free_port

PATIENCE = 180.0


class Post:
    """A mail server on a free port. `behave` may answer DATA instead of taking it."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []
        self.behave: Callable[[Envelope], str | None] = lambda _envelope: None
        self._controller = _FreePort(self, hostname="127.0.0.1", port=0, ready_timeout=60)
        self._controller.start()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        answer = self.behave(envelope)
        if answer is None:
            self.taken.append((list(envelope.rcpt_tos), bytes(envelope.content or b"")))
        return answer or "250 OK"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"

    def mails(self) -> list[tuple[str, Mail]]:
        """(recipient, mail) in the order of arrival."""
        return [(to[0], email.message_from_bytes(raw)) for to, raw in self.taken]

    def close(self) -> None:
        self._controller.stop()


class _FreePort(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Receiver(ThreadingHTTPServer):
    """Keeps (webhook-id, payload) of all it gets."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.hang = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def close(self) -> None:
        self.hang.clear()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):
            return  # the sender was killed in the middle
        while self.server.hang.is_set():
            time.sleep(0.05)
        self.server.got.append((self.headers["webhook-id"], json.loads(body)))
        try:
            self.send_response(204)
            self.end_headers()
        except OSError:
            pass

    def log_message(self, *_: Any) -> None:
        return


@dataclass
class Books:
    """What was counted, for the report."""

    seed: int
    submissions: int = 0
    kills: int = 0
    kills_outside: int = 0  # at a random moment after the answer, rather than at a step
    kills_by_step: Counter[int] = field(default_factory=Counter)
    acknowledged: dict[int, str] = field(default_factory=dict)
    tickets: int = 0
    mails: int = 0
    webhooks: int = 0
    mails_twice: int = 0
    webhooks_twice: int = 0
    missing: int = 0  # acknowledged, and not there or not delivered
    doubled: int = 0  # stored twice, or delivered under two ids

    def line(self) -> str:
        return (
            f"seed {self.seed}: {self.submissions} submissions, {self.kills} kills ({self.kills_outside} from outside,"
            f" the others at {len(self.kills_by_step)} different steps), {len(self.acknowledged)} acknowledged,"
            f" {self.tickets} tickets, {self.mails} mails ({self.mails_twice} arrived again),"
            f" {self.webhooks} webhooks ({self.webhooks_twice} again);"
            f" missing: {self.missing}, doubled: {self.doubled}"
        )


class Site:
    """A server in a process that can be killed and started again on the same data."""

    def __init__(self, folder: Path, database: str = "", **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.post = Post()
        self.receiver = Receiver()
        self.pid = 0
        self.database = database or f"sqlite:///{folder / 'data' / 'signpost.db'}"
        self.environ = {
            "SIGNPOST_SMTP_URL": self.post.url,
            "SIGNPOST_WEBHOOK_URL": self.receiver.url,
            "SIGNPOST_ALLOW_PRIVATE_WEBHOOKS": "true",
            "SIGNPOST_RATE_LIMITS": "off",
            "SIGNPOST_CHALLENGE": "off",
            "SIGNPOST_WATCH": "false",
            "SIGNPOST_TEAM_EMAIL": "team@example.org",
            "SIGNPOST_DATABASE_URL": self.database,
            **more,
        }
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def start(self, kill_at: int = 0) -> None:
        """A server that answers, unless it is to die before that."""
        environ = {**environment(self.folder, self.port, **self.environ)}
        asked = {"environ": environ, "kill_at": kill_at, "log": str(self.folder / "log")}
        self.pid = self._ask(asked)["pid"]
        end = time.monotonic() + PATIENCE
        while self.get("/healthz") is None:
            assert _alive(self.pid), self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def _ask(self, what: dict[str, Any]) -> dict[str, Any]:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(json.dumps(what) + "\n")
        self._nursery.stdin.flush()
        return dict(json.loads(self._nursery.stdout.readline()))

    def kill(self) -> None:
        """SIGKILL from outside, and the end of the process awaited."""
        os.kill(self.pid, signal.SIGKILL)
        self.reap()

    def reap(self) -> int | None:
        """The signal the server died of, once it has."""
        pid, self.pid = self.pid, 0
        found: int | None = self._ask({"reap": pid})["signal"]
        return found

    def get(self, path: str) -> tuple[int, dict[str, Any]] | None:
        return self._request("GET", path, b"", {}, 5)

    def clock(self) -> datetime:
        """What time the server believes it is: the date of its answers."""
        end = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("GET", "/healthz")
                return parsedate_to_datetime(connection.getresponse().headers["Date"])
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < end, self.log()
            finally:
                connection.close()

    def submit(self, number: int, timeout: float = 30) -> tuple[int, dict[str, Any]] | None:
        """Send the form of customer `number` through the API; None when no answer came."""
        body, kind = _multipart(
            {
                "message": f"message {number}", "email": f"c{number}@example.org", "name": f"Customer {number}",
                "consent": "true", "fields": json.dumps({"order_number": f"TF-{20_000_000 + number}"}),
            },
            ("log.txt", f"log of {number}".encode()),
        )  # fmt: skip
        headers = {"Content-Type": kind, "Idempotency-Key": f"customer-{number}"}
        return self._request("POST", "/api/v1/tickets", body, headers, timeout)

    def _request(
        self, method: str, path: str, body: bytes, headers: dict[str, str], timeout: float
    ) -> tuple[int, dict[str, Any]] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def wait_delivered(self) -> None:
        """Until nothing waits in the outbox."""
        end = time.monotonic() + PATIENCE
        while True:
            answer = self.get("/readyz")
            if answer is not None and answer[1].get("backlog") == 0:
                return
            assert time.monotonic() < end, (answer, self.log())
            time.sleep(0.1)

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text()[-4_000:] if path.exists() else ""

    def close(self) -> None:
        if self.pid:
            self.kill()
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait(timeout=30)
        assert self._nursery.stdout is not None
        self._nursery.stdout.close()
        self.post.close()
        self.receiver.close()

    def check(self, books: Books) -> None:
        """Every acknowledged ticket exists once; every message arrived at least once and under one id; nothing that
        was acknowledged is missing, and nobody has two tickets."""
        engine = connect(self.database)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT reference, email FROM ticket")).all()
            files = set(connection.execute(text("SELECT sha256 FROM attachment")).scalars())
            left = connection.execute(text("SELECT COUNT(*) FROM outbox WHERE state <> 'sent'")).scalar_one()
        engine.dispose()
        found = {row.email: row.reference for row in rows}
        books.doubled = len(rows) - len(found)
        lost = [
            reference for number, reference in books.acknowledged.items()
            if found.get(f"c{number}@example.org") != reference
        ]  # fmt: skip
        books.missing = len(lost)
        assert (books.missing, books.doubled) == (0, 0), lost
        assert len(found) == books.submissions
        assert left == 0
        for sha256 in files:
            assert (self.folder / "data" / "attachments" / sha256[:2] / sha256).is_file()
        arrived: dict[tuple[str, str], list[str]] = defaultdict(list)
        for to, mail in self.post.mails():
            key = mail["X-Signpost-Reference"] or to
            arrived["team" if mail["X-Signpost-Reference"] else "customer", key].append(mail["Message-ID"])
        for address, reference in found.items():
            for key in (("customer", address), ("team", reference)):
                books.missing += not arrived[key]
                books.doubled += len(set(arrived[key])) > 1
                assert len(set(arrived[key])) == 1, f"{key}: {arrived[key]}"
        told: dict[str, list[str]] = defaultdict(list)
        for uid, payload in self.receiver.got:
            told[payload["data"]["reference"]].append(uid)
        for reference in found.values():
            books.missing += not told[reference]
            books.doubled += len(set(told[reference])) > 1
            assert len(set(told[reference])) == 1, f"{reference}: {told[reference]}"
        books.tickets = len(rows)
        books.mails = len(arrived)
        books.webhooks = len(told)
        books.mails_twice = sum(len(ids) - 1 for ids in arrived.values())
        books.webhooks_twice = sum(len(ids) - 1 for ids in told.values())


def submit_under_fire(site: Site, submissions: int, seed: int, last_step: int = 130) -> Books:
    """Send that many forms to a server that is killed at a random step of each one, started again, and asked again
    with the same key until it acknowledges."""
    chance = random.Random(seed)
    books = Books(seed, submissions)
    for number in range(submissions):
        step = chance.randint(1, last_step)
        pause = chance.random() * 0.2
        while number not in books.acknowledged:
            if not site.pid:
                site.start(step)
            answer = site.submit(number)
            if answer is not None and answer[0] == 201:
                books.acknowledged[number] = answer[1]["reference"]
                continue
            assert answer is None, answer
            assert site.reap() == signal.SIGKILL, site.log()
            books.kills += 1
            books.kills_by_step[step] += 1
            # Most of the next tries are killed too, each somewhere else.
            step = chance.choice([0, 0, chance.randint(1, last_step)])
        # The step may lie behind the answer, in the delivery: then the process dies by itself a moment later, else we
        # do it.
        time.sleep(pause)
        if _alive(site.pid):
            os.kill(site.pid, signal.SIGKILL)
            books.kills_outside += 1
        else:
            books.kills_by_step[step] += 1
        site.reap()
        books.kills += 1
    site.start()
    site.wait_delivered()
    site.check(books)
    return books


def _alive(pid: int) -> bool:
    try:
        with Path(f"/proc/{pid}/stat").open() as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _multipart(fields: dict[str, str], file: tuple[str, bytes]) -> tuple[bytes, str]:
    mark = "a-line-no-form-has"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts.append(
        f'--{mark}\r\nContent-Disposition: form-data; name="attachments"; filename="{file[0]}"\r\n'.encode()
        + b"Content-Type: text/plain\r\n\r\n" + file[1] + b"\r\n"
    )  # fmt: skip
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
