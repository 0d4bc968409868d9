"""IMAP client: every mail in the folder is ingested, then moved; IDLE where the server has it, else polling.

A mail is moved only after it is stored, so after a crash in between it is fetched again and recognised as a duplicate.
"""

import imaplib
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from imap_tools import AND, BaseMailBox, Header, MailBox, MailboxMoveError, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from sqlalchemy.exc import SQLAlchemyError

from core.events import emit
from support.email.inbound import spool
from support.email.inbound.imap_url import ImapServer
from support.email.inbound.ingest import Ingester

_TIMEOUT_SECONDS = 30
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_LARGEST = 60 * 1024 * 1024

Unreachable = (OSError, imaplib.IMAP4.error, ImapToolsError)


class Mailbox:
    """A connection to one folder of one account; a context manager."""

    def __init__(self, server: ImapServer, done: str):
        self._server = server
        self._done = done
        self._box: BaseMailBox | None = None
        self.idles = False

    def __enter__(self) -> "Mailbox":
        """Raises one of Unreachable."""
        server = self._server
        context = ssl.create_default_context()
        if server.host in _LOCAL:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if server.tls == "immediate":
            box: BaseMailBox = MailBox(server.host, server.port, timeout=_TIMEOUT_SECONDS, ssl_context=context)
        elif server.tls == "required":
            box = MailBoxStartTls(server.host, server.port, timeout=_TIMEOUT_SECONDS, ssl_context=context)
        else:
            box = MailBoxUnencrypted(server.host, server.port, timeout=_TIMEOUT_SECONDS)
        self._box = box
        try:
            box.login(server.user, server.password, initial_folder=server.folder)
            # Asked again: before the login many servers do not tell all they can.
            _, told = box.client.capability()
            self.idles = b"IDLE" in b" ".join(told).upper().split()
            if self._done and not box.folder.exists(self._done):
                box.folder.create(self._done)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        box, self._box = self._box, None
        if box is not None:
            try:
                box.client.shutdown()
            except (OSError, imaplib.IMAP4.error):
                pass  # it is gone already

    def take_all(self, take: Callable[[bytes], None]) -> int:
        """Hand each mail to `take` and move it away; one for which it raises spool.MailClaimed stays. How many were
        taken.

        Raises one of Unreachable, and what `take` raises.
        """
        box = self._connection
        taken = 0
        # In batches, because mails may be deleted meanwhile, and a mailbox can be large.
        for uid in box.uids("ALL")[:500]:
            raw = self._fetch(uid)
            if raw is None:
                continue
            try:
                take(raw)
            except spool.MailClaimed:
                continue
            self._put_away(uid)
            taken += 1
        return taken

    def remove(self, message_id: str) -> bool:
        """Delete the mail of this Message-ID, here or where mail is put away; whether there was one."""
        box = self._connection
        for folder in (box.folder.get() or "INBOX", *((self._done,) if self._done else ())):
            box.folder.set(folder)
            uids = box.uids(AND(header=Header("Message-ID", message_id)))
            if uids:
                box.delete(uids)
                return True
        return False

    def _fetch(self, uid: str) -> bytes | None:
        # The bytes as they came: a parsed mail written out again is another one. PEEK leaves it unread for people.
        status, data = self._connection.client.uid("FETCH", uid, "(BODY.PEEK[])")
        if status != "OK":
            return None
        parts: list[Any] = [part for part in data or [] if isinstance(part, tuple)]
        return bytes(parts[0][1]) if parts else None

    def _put_away(self, uid: str) -> None:
        box = self._connection
        if self._done:
            try:
                box.move(uid, self._done)
                return
            except MailboxMoveError:
                pass  # a server without MOVE, and without room for copies: marked is better than taken again for ever
        box.delete(uid)

    def wait(self, seconds: float) -> None:
        """Until something arrives, or the time is over. Where the server has no IDLE, until the time is over."""
        if self.idles:
            self._connection.idle.wait(timeout=seconds)

    @property
    def _connection(self) -> BaseMailBox:
        if self._box is None:
            raise OSError("the mailbox is not open")
        return self._box


_ELECTION_SECONDS = 2.0


class MailboxWorker:
    """The thread that reads the mailbox, in the one process of all that is `elected`."""

    def __init__(self, server: ImapServer, done: str, ingester: Ingester, every: float = 60.0, idle: float = 15.0,
                 elected: Callable[[], bool] = lambda: True):  # fmt: skip
        self._elected = elected
        self._server, self._done, self._ingester = server, done, ingester
        self._every = every
        self._idle = idle  # short, so that an end is noticed; the next IDLE follows at once
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 20.0) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        pause = 5.0
        while not self._stop.is_set():
            if not self._elected():
                self._stop.wait(_ELECTION_SECONDS)
                continue
            try:
                with Mailbox(self._server, self._done) as mailbox:
                    pause = 5.0
                    self._read(mailbox)
            except (*Unreachable, SQLAlchemyError) as error:
                emit("mailbox_unreachable", error=type(error).__name__)
            except Exception as error:  # the thread must survive every error: without it no mail is read
                emit("mailbox_unreachable", error=type(error).__name__)
            self._stop.wait(pause)
            pause = min(pause * 2, 300.0)

    def _read(self, mailbox: Mailbox) -> None:
        while not self._stop.is_set() and self._elected():
            count = mailbox.take_all(self._take)
            if count:
                emit("mailbox_read", count=count)
            if mailbox.idles:
                mailbox.wait(self._idle)
            else:
                self._stop.wait(self._every)

    def _take(self, raw: bytes) -> None:
        self._ingester.ingest(raw, datetime.now(UTC))


def read_once(server: ImapServer, done: str, ingester: Ingester, now: Callable[[], datetime]) -> int:
    """Ingest all mails in the mailbox; how many. Raises one of Unreachable."""

    def take(raw: bytes) -> None:
        ingester.ingest(raw, now())

    with Mailbox(server, done) as mailbox:
        return mailbox.take_all(take)
