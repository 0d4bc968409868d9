"""Delivery worker: claims due outbox rows and sends them.

Any number of workers may run, in one process or many: rows are leased, so each is sent once unless a worker dies
between sending and recording it; then it is sent again under the same id (at-least-once delivery).
"""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import NoResultFound

from core.cluster.nodes import Heartbeats, ended, holder_name
from core.database.connection import writing
from core.email_addresses import email_key
from core.events import emit
from core.network.errors import NotDelivered
from core.texts.gettext import gettext_of
from support.background.maintenance import Maintenance
from support.delivery import circuit_breaker, delivery_log, outbox, recipient_limit
from support.delivery.adapters import Adapter, AdapterContext, AdapterOptions, module
from support.email import mail_threads
from support.email.composer import EmailComposer, Suggesting, target_words
from support.email.digest_emails import DigestEmails
from support.email.inbound import spool
from support.email.incident_emails import IncidentEmails
from support.email.review_emails import ReviewEmails
from support.email.smtp import transport_for
from support.incidents import service as incidents
from support.incidents.models import Incident
from support.settings import SupportSettings
from support.teams.teams import DEFAULT, destinations
from support.tickets import repository
from support.tickets.handoff import pack
from support.tickets.models import Delivery, OutboxRow, OutboxState, State, Ticket
from support.tickets.service import TicketService
from support.tickets.target_tracking import ResponseTargets

_POLL_SECONDS = 2.0
_MAINTENANCE_EVERY = timedelta(minutes=1)
_SWEEP_EVERY = timedelta(hours=1)
_LOG_KEPT = timedelta(days=30)
_OVER_LIMIT = "held back: its recipient got {most} mails within an hour (mails_per_hour); it is sent later"
_ABOUT_INCIDENTS = {Delivery.INCIDENT_CONFIRM, Delivery.INCIDENT_MAIL}
_FOR_THE_TEAM = {Delivery.TEAM_MAIL, Delivery.WEBHOOK}


class DeliveryCancelled(Exception):
    """A due delivery is no longer wanted: it is cancelled, not retried."""


class OverRecipientLimit(Exception):
    """The recipient got many mails within the hour: the row waits until then."""

    def __init__(self, until: datetime, most: int):
        super().__init__(_OVER_LIMIT.format(most=most))
        self.until = until


class OutboxSender:
    """Sends one outbox row to its destination. The constructor generates the webhook secret if one is needed."""

    def __init__(
        self,
        settings: SupportSettings,
        attachment_path: Callable[[str], Path],
        response_targets: ResponseTargets | None = None,
        suggested: Suggesting | None = None,
    ):
        self._settings = settings
        self._attachment_path = attachment_path
        self._composer = EmailComposer(settings, attachment_path, response_targets, suggested)
        self._incident_mails = IncidentEmails(settings)
        self._digest_mails = DigestEmails(settings)
        self._review_mails = ReviewEmails(settings)
        self._transport = transport_for(settings.smtp_url, settings.data_dir)
        self._addresses = {spec.name: spec.mail_address for spec in destinations(settings) if spec.mail_address}
        self._adapters = adapters_of(settings)
        self._most = settings.mails_per_hour if settings.rate_limits == "on" else 0

    def check_recipient(self, engine: Engine, row: OutboxRow, address: str, now: datetime) -> None:
        """Count a mail to this address. Raises OverRecipientLimit."""
        if not self._most or row.kind not in recipient_limit.LIMITED:
            return
        recipient = recipient_limit.recipient_of(address, self._settings.keys.get("links").current)
        with writing(engine) as connection:
            until = recipient_limit.admit(connection, row.uid, recipient, self._most, now)
        if until is not None:
            raise OverRecipientLimit(until, self._most)

    def send(self, row: OutboxRow, ticket: Ticket, now: datetime, links: "DeliveryLinks | None" = None) -> str:
        """The receiver's answer, for the delivery log; raises NotDelivered or DeliveryCancelled."""
        if row.kind is Delivery.WEBHOOK:
            adapter = self._adapters.get(row.target or f"{DEFAULT}/webhook")
            if adapter is not None:
                return adapter.send(self._adapter_context(row, ticket, now, links))
            row = replace(row, kind=Delivery.TEAM_MAIL)  # fallback: the settings no longer have this destination
        to_team = self._addresses.get(row.target, self._settings.team_email)
        thread = links.thread if links else None
        open_incidents = links.incidents if links else ()
        return self._mail(row, lambda: self._composer.write(row, ticket, now, thread, to_team, open_incidents))

    def recipient(self, row: OutboxRow, ticket: Ticket) -> str:
        """The address a mail of a ticket goes to."""
        if row.kind not in _FOR_THE_TEAM:
            return str(row.payload.get("address", ticket.email))
        return parseaddr(self._addresses.get(row.target, self._settings.team_email))[1]

    def send_incident_mail(self, row: OutboxRow, engine: Engine, now: datetime) -> str:
        """Send a mail about an incident; raises NotDelivered, DeliveryCancelled or OverRecipientLimit."""
        with engine.connect() as connection:
            about = incidents.of_delivery(connection, row)
        if about is None:
            raise DeliveryCancelled("unsubscribed, or never confirmed")
        self.check_recipient(engine, row, about[0].email, now)
        return self._mail(row, lambda: self._incident_mails.write(row, *about))

    def send_digest(self, row: OutboxRow) -> str:
        """Send a weekly digest; raises NotDelivered."""
        return self._mail(row, lambda: self._digest_mails.write(row))

    def send_review(self, row: OutboxRow) -> str:
        """Send a mail about a review of an article; raises NotDelivered."""
        return self._mail(row, lambda: self._review_mails.write(row))

    def _mail(self, row: OutboxRow, write: Callable[[], EmailMessage]) -> str:
        try:
            mail = write()
        except (ValueError, OSError) as error:
            raise NotDelivered(f"the mail could not be written: {error}") from error
        self._transport.send(mail, row.uid)
        return "250"

    def check_wanted(self, row: OutboxRow, ticket: Ticket) -> None:
        if row.kind in {Delivery.STATUS_MAIL, Delivery.CHECK_IN_MAIL}:
            if ticket.quiet or not ticket.email or ticket.state is not State.CLOSED:
                raise DeliveryCancelled("the ticket is open again, or its customer wants no such mail")
            if row.kind is Delivery.CHECK_IN_MAIL and ticket.rating is not None:
                raise DeliveryCancelled("the customer has said how it went")

    def _adapter_context(
        self, row: OutboxRow, ticket: Ticket, now: datetime, links: "DeliveryLinks | None"
    ) -> AdapterContext:
        message = next((m for m in (*ticket.messages, *ticket.internal) if m.id == row.message_id), ticket.messages[0])
        lang = self._settings.default_lang
        return AdapterContext(
            uid=row.uid,
            ticket=ticket,
            message=message,
            pack=pack(ticket),
            written_at=row.created_at,
            now=now,
            attempt=row.attempts,
            file_path=self._attachment_path,
            gettext=gettext_of(lang),
            target_words=target_words(self._composer.response_target(ticket, message), lang, now),
            their_id=links.their_id if links else "",
            keep=links.keep if links else (lambda _their_id: None),
        )


def adapters_of(settings: SupportSettings) -> dict[str, Adapter]:
    """The adapter of every destination of every team that is not e-mail, by the destination's name. Raises ValueError
    for an address or a secret that cannot be used."""

    def secret() -> str:
        return settings.webhook_secret or " ".join(f"whsec_{key.decode()}" for key in settings.keys.get("webhook").all)

    adapter_options = AdapterOptions(settings.allow_private_webhooks, settings.site_name, secret)
    specs = [spec for spec in destinations(settings) if not spec.mail_address]
    return {spec.name: module(spec.kind).build(spec.options, adapter_options) for spec in specs}


class DeliveryLinks:
    """Links from a delivery to earlier ones: the mail thread, the receiver's own id of the ticket. Notes the key of
    the address that a mail goes to."""

    def __init__(self, tickets: TicketService, row: OutboxRow, ticket: Ticket, domain: str, recipient: str):
        self._tickets, self._row = tickets, row
        self.thread: mail_threads.Thread | None = None
        self.their_id = ""
        self.incidents: tuple[Incident, ...] = ()
        if row.kind is Delivery.ACKNOWLEDGEMENT:
            self.incidents = incidents.open_incidents(tickets.engine)
        with writing(tickets.engine) as connection:
            if row.kind is Delivery.WEBHOOK:
                self.their_id = delivery_log.their_id(connection, row.channel, ticket.id)
            else:
                self.thread = mail_threads.thread_of(connection, row, ticket, domain)
                outbox.note_recipient(connection, row, recipient)

    def keep(self, their_id: str) -> None:
        delivery_log.keep_their_id(self._tickets.engine, self._row.channel, self._row.ticket_id, their_id)


class OutboxProcessor:
    """Processes due outbox rows in the caller's thread. `node_id` is that of the process's heartbeat; without one, only
    processes in the same place see at once that it has ended, and others wait for its leases to expire."""

    def __init__(
        self,
        tickets: TicketService,
        sender: OutboxSender,
        kinds: Collection[Delivery] = tuple(Delivery),
        node_id: str = "",
    ):
        self._tickets = tickets
        self._sender = sender
        self._kinds = kinds
        self.name = holder_name(node_id)
        self._heartbeats = Heartbeats(tickets.engine)

    def deliver_due(self, clock: Callable[[], datetime], stop: threading.Event | None = None) -> int:
        """Attempt every due delivery once; how many were attempted."""
        tried = 0
        while not (stop and stop.is_set()):
            row = outbox.claim(self._tickets.engine, self.name, clock(), self._kinds)
            if row is None:
                return tried
            tried += 1
            self._deliver(row, clock)
        return tried

    def free_stale_leases(self) -> None:
        """Release leases of processes that have ended, so that nobody need wait for them to expire. Also this worker's
        own: between deliveries it holds none, unless the database failed during one."""
        with self._tickets.engine.connect() as connection:
            holders = outbox.lease_holders(connection)
            others = [holder for holder in holders if holder != self.name]
        gone = [*(self.name for holder in holders if holder == self.name), *sorted(ended(others, self._heartbeats))]
        if gone:
            with writing(self._tickets.engine) as connection:
                outbox.free_leases(connection, gone)

    def _deliver(self, row: OutboxRow, clock: Callable[[], datetime]) -> None:
        started = time.perf_counter()
        try:
            answer = self._send(row, clock())
        except DeliveryCancelled:
            self._cancel(row, clock())
            return
        except OverRecipientLimit as over:
            with writing(self._tickets.engine) as connection:
                outbox.mark_over_limit(connection, row, self.name, over.until, str(over))
            emit("mail_limited", id=row.uid, channel=row.kind.value)
            return
        except NotDelivered as failure:
            # Only a customer's address fails permanently: the team's own mail server may be misconfigured for a while.
            permanent = failure.permanent and row.kind not in _FOR_THE_TEAM
            short = type(failure.__cause__ or failure).__name__
            self._failed(row, str(failure), short, clock(), _ms(started), permanent, failure.channel_down)
            return
        except Exception as error:  # a bug in one mail must not stop the others
            self._failed(row, f"{type(error).__name__}: {error}", type(error).__name__, clock(), _ms(started))
            return
        ms = _ms(started)
        with writing(self._tickets.engine) as connection:
            if outbox.mark_sent(connection, row, self.name, clock()) and row.ticket_id:
                repository.insert_event(connection, row.ticket_id, "delivered", clock(), {"what": row.kind.value})
            delivery_log.note_attempt(connection, row, clock(), ms, ok=True, answer=answer or "")
            healed = circuit_breaker.close(connection, row.channel)
        if healed:
            emit("channel_back", channel=row.channel)
        emit("delivered", id=row.uid, channel=row.kind.value, attempts=row.attempts, ms=ms)

    def _send(self, row: OutboxRow, now: datetime) -> str:
        if row.kind in _ABOUT_INCIDENTS:
            return self._sender.send_incident_mail(row, self._tickets.engine, now)
        if row.kind is Delivery.DIGEST_MAIL:
            return self._sender.send_digest(row)
        if row.kind is Delivery.REVIEW_MAIL:
            return self._sender.send_review(row)
        try:
            ticket = self._tickets.by_id(row.ticket_id)
        except NoResultFound:
            raise DeliveryCancelled("the ticket was erased") from None
        self._sender.check_wanted(row, ticket)
        address = self._sender.recipient(row, ticket)
        self._sender.check_recipient(self._tickets.engine, row, address, now)
        links = DeliveryLinks(self._tickets, row, ticket, self._sender._composer.domain, email_key(address))
        return self._sender.send(row, ticket, now, links)

    def _cancel(self, row: OutboxRow, now: datetime) -> None:
        with writing(self._tickets.engine) as connection:
            outbox.mark_cancelled(connection, row, self.name, now)

    def _failed(
        self, row: OutboxRow, reason: str, short: str, now: datetime, ms: int, permanent: bool = False,
        channel_down: bool = False,
    ) -> None:  # fmt: skip
        opened = False
        with writing(self._tickets.engine) as connection:
            state = outbox.mark_failed(connection, row, self.name, reason, now, permanent=permanent)
            delivery_log.note_attempt(connection, row, now, ms, ok=False, answer=reason)
            if state is OutboxState.DEAD and row.ticket_id:
                repository.insert_event(connection, row.ticket_id, "delivery_dead", now, {"what": row.kind.value})
            if channel_down:
                opened = circuit_breaker.record_failure(connection, row.channel, reason, now)
        if opened:
            emit("channel_down", channel=row.channel, error=short)
        # The reason may hold an address, so only its class is logged; `flask tickets stuck` shows it whole.
        if state is OutboxState.DEAD:
            emit("delivery_dead", id=row.uid, channel=row.kind.value, attempts=row.attempts, error=short)
        else:
            emit("delivery_failed", id=row.uid, channel=row.kind.value, attempts=row.attempts, error=short)


def _ms(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def sender_of(settings: SupportSettings, tickets: TicketService) -> OutboxSender:
    return OutboxSender(settings, tickets.files.verified, tickets.response_targets, tickets.suggested)


class DeliveryWorker:
    """The delivery threads of a worker: one for mail, one for webhooks, so that a slow receiver of one kind does not
    delay the other. Any number of processes deliver; maintenance is done by the one that is `elected`.

    They wake at once when a ticket is stored in this process, and poll every two seconds.
    """

    def __init__(
        self,
        settings: SupportSettings,
        tickets: TicketService,
        maintenance: Maintenance,
        *,
        elected: Callable[[], bool] = lambda: True,
        node_id: str = "",
    ):
        self._elected = elected
        self._tickets = tickets
        self._maintenance = maintenance
        self._spool_folder = spool.folder_of(settings)
        sender = sender_of(settings, tickets)
        mail = tuple(kind for kind in Delivery if kind is not Delivery.WEBHOOK)
        self._stop = threading.Event()
        self._wakes: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        for name, kinds in (("mail", mail), ("webhook", (Delivery.WEBHOOK,))):
            wake = threading.Event()
            processor = OutboxProcessor(tickets, sender, kinds, node_id)
            self._wakes.append(wake)
            runs_maintenance = name == "mail"
            self._threads.append(
                threading.Thread(
                    target=self._run, args=(processor, wake, runs_maintenance), name=f"delivery-{name}", daemon=True
                )
            )

    def start(self) -> None:
        self._tickets.on_outbox = self._wake
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Graceful shutdown: finish the deliveries in progress, then end."""
        self._stop.set()
        self._wake()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout)

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()

    def _run(self, processor: OutboxProcessor, wake: threading.Event, runs_maintenance: bool) -> None:
        maintain = Periodic(_MAINTENANCE_EVERY, self._maintenance.run)
        sweep = Periodic(_SWEEP_EVERY, partial(remove_expired_data, self._tickets, self._spool_folder))
        while not self._stop.is_set():
            wake.clear()
            try:
                processor.free_stale_leases()
                processor.deliver_due(_now, self._stop)
                if runs_maintenance and self._elected():
                    maintain(_now())
                    sweep(_now())
            except Exception as error:  # the thread must survive every error: without it nothing is delivered
                emit("delivery_worker_failed", error=type(error).__name__)
            wake.wait(_POLL_SECONDS)


class Periodic:
    """Calls at most once per interval, by the monotonic clock."""

    def __init__(self, every: timedelta, call: Callable[[datetime], object]):
        self._every, self._call = every.total_seconds(), call
        self._next = 0.0

    def __call__(self, now: datetime) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every
            self._call(now)


def remove_expired_data(tickets: TicketService, spool_folder: spool.SpoolFolder, now: datetime) -> None:
    """Delete what has expired: unclaimed files, idempotency keys, incoming mails, the delivery log, subscribers."""
    tickets.sweep(now)
    spool_folder.sweep(tickets.engine, now)
    with writing(tickets.engine) as connection:
        spool.forget(connection, now - spool.KEPT)
        delivery_log.forget(connection, now - _LOG_KEPT)
        recipient_limit.forget(connection, now)
        incidents.forget_subscribers(connection, now)


def _now() -> datetime:
    return datetime.now(UTC)
