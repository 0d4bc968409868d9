"""Delivery: what is due in the outbox is taken and sent.

Any number of workers may run, in one process or many: rows are leased, so each is sent once unless a worker dies
between sending and saying so; then it is sent again under the same id.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app import security
from app.config import Settings
from app.events import emit
from app.support import outbox, store
from app.support.mail_transport import NotDelivered, transport_for
from app.support.mails import MailWriter
from app.support.pack import pack
from app.support.service import TicketService
from app.support.types import Delivery, OutboxRow, OutboxState, Ticket
from app.support.webhook import Webhook
from kb.database import writing

if TYPE_CHECKING:
    from app.services import Services

_POLL_SECONDS = 2.0
_SWEEP_EVERY = timedelta(hours=1)


class Courier:
    """Sends one outbox row to where it belongs. Building it makes the webhook's secret if one is needed."""

    def __init__(self, settings: Settings, attachment_path: Callable[[str], Path]):
        self._mails = MailWriter(settings, attachment_path)
        self._transport = transport_for(settings.smtp_url, settings.data_dir)
        self._webhook: Webhook | None = None
        if settings.webhook_url:
            secret = settings.webhook_secret or "whsec_" + security.secret(settings, "webhook").decode()
            self._webhook = Webhook(settings.webhook_url, secret, allow_private=settings.allow_private_webhooks)

    def send(self, row: OutboxRow, ticket: Ticket, now: datetime) -> None:
        """Returns when the other end has taken it; raises NotDelivered."""
        if row.kind is Delivery.WEBHOOK:
            if self._webhook is None:
                raise NotDelivered("webhook_url is no longer set")
            kind = "ticket.created" if row.message_id == ticket.messages[0].id else "ticket.message"
            payload = {
                "type": kind,
                "timestamp": store.iso(row.created_at),
                "data": {**pack(ticket), "message_id": row.message_id},
            }
            self._webhook.send(row.uid, payload, now)
            return
        try:
            mail = self._mails.write(row, ticket, now)
        except (ValueError, OSError) as error:
            raise NotDelivered(f"the mail could not be written: {error}") from error
        self._transport.send(mail, row.uid)


class Deliverer:
    """Delivers what is due, in the caller's thread."""

    def __init__(self, tickets: TicketService, courier: Courier, kinds: Collection[Delivery] = tuple(Delivery)):
        self._tickets = tickets
        self._courier = courier
        self._kinds = kinds
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def deliver_due(self, clock: Callable[[], datetime], stop: threading.Event | None = None) -> int:
        """Try everything that is due now, each once; how many were tried."""
        tried = 0
        while not (stop and stop.is_set()):
            row = outbox.claim(self._tickets.engine, self.name, clock(), self._kinds)
            if row is None:
                return tried
            tried += 1
            self._deliver(row, clock)
        return tried

    def free_leases_of_the_dead(self) -> None:
        """End the leases of processes of this machine that no longer run, so that a restart does not wait for them."""
        with self._tickets.engine.connect() as connection:
            gone = [holder for holder in outbox.lease_holders(connection) if _is_gone(holder)]
        if gone:
            with writing(self._tickets.engine) as connection:
                outbox.free_leases(connection, gone)

    def _deliver(self, row: OutboxRow, clock: Callable[[], datetime]) -> None:
        started = time.perf_counter()
        ticket = self._tickets.by_id(row.ticket_id)
        try:
            self._courier.send(row, ticket, clock())
        except NotDelivered as failure:
            # The team's own mail server may be wrongly set up for a while; only a customer's address is ever hopeless.
            hopeless = failure.permanent and row.kind in {Delivery.ACKNOWLEDGEMENT, Delivery.CUSTOMER_MAIL}
            self._failed(row, str(failure), type(failure.__cause__ or failure).__name__, clock(), permanent=hopeless)
            return
        except Exception as error:  # a bug in one mail must not stop the others
            self._failed(row, f"{type(error).__name__}: {error}", type(error).__name__, clock())
            return
        with writing(self._tickets.engine) as connection:
            if outbox.mark_sent(connection, row, self.name, clock()):
                store.insert_event(connection, row.ticket_id, "delivered", clock(), {"what": row.kind.value})
        milliseconds = round((time.perf_counter() - started) * 1000)
        emit("delivered", id=row.uid, channel=row.kind.value, attempts=row.attempts, ms=milliseconds)

    def _failed(self, row: OutboxRow, reason: str, short: str, now: datetime, *, permanent: bool = False) -> None:
        with writing(self._tickets.engine) as connection:
            state = outbox.mark_failed(connection, row, self.name, reason, now, permanent=permanent)
            if state is OutboxState.DEAD:
                store.insert_event(connection, row.ticket_id, "delivery_dead", now, {"what": row.kind.value})
        # The reason may hold an address, so only its class is logged; `flask tickets stuck` shows it whole.
        if state is OutboxState.DEAD:
            emit("delivery_dead", id=row.uid, channel=row.kind.value, attempts=row.attempts, error=short)
        else:
            emit("delivery_failed", id=row.uid, channel=row.kind.value, attempts=row.attempts, error=short)


def _is_gone(holder: str) -> bool:
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class DeliveryWorker:
    """The threads `make run` starts: one for mail, one for webhooks, so that neither waits for the other's slow end.

    They wake at once when a ticket is stored in this process, and look by themselves every two seconds.
    """

    def __init__(self, services: "Services"):
        tickets: TicketService = services.tickets
        self._tickets = tickets
        courier = Courier(services.settings, tickets.files.path)
        mail = tuple(kind for kind in Delivery if kind is not Delivery.WEBHOOK)
        self._stop = threading.Event()
        self._wakes: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        for name, kinds in (("mail", mail), ("webhook", (Delivery.WEBHOOK,))):
            wake = threading.Event()
            deliverer = Deliverer(tickets, courier, kinds)
            sweeps = name == "mail"
            self._wakes.append(wake)
            self._threads.append(
                threading.Thread(target=self._run, args=(deliverer, wake, sweeps), name=f"delivery-{name}", daemon=True)
            )

    def start(self) -> None:
        self._tickets.on_outbox = self._wake
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the deliveries at hand, then end."""
        self._stop.set()
        self._wake()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout)

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()

    def _run(self, deliverer: Deliverer, wake: threading.Event, sweeps: bool) -> None:
        swept = datetime.min.replace(tzinfo=UTC)
        while not self._stop.is_set():
            wake.clear()
            try:
                deliverer.free_leases_of_the_dead()
                deliverer.deliver_due(_now, self._stop)
                if sweeps and _now() - swept >= _SWEEP_EVERY:
                    swept = _now()
                    self._tickets.sweep(_now())
            except Exception as error:  # the thread must outlive whatever happens: without it nobody is told
                emit("delivery_worker_failed", error=type(error).__name__)
            wake.wait(_POLL_SECONDS)


def _now() -> datetime:
    return datetime.now(UTC)
