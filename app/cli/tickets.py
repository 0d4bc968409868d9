"""flask tickets: run the outbox, find stuck deliveries, ingest mail, read and answer tickets."""

import os
import sys
import threading
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from app.current import services
from app.ops.brands.registry import inbound_addresses
from app.settings.brands import MAIN
from support.background.worker import OutboxProcessor, OutboxSender
from support.delivery import delivery_log
from support.email.inbound import spool
from support.email.inbound.imap import Mailbox, Unreachable, read_once
from support.email.inbound.imap_url import parse_imap_url
from support.email.inbound.parser import read
from support.email.inbound.quotes import fold
from support.email.inbound.signatures import names_of
from support.email.mail_threads import token_in
from support.tickets.models import Channel, State, Ticket, UnknownTicket

# Exit codes for a mail server's pipe (sysexits.h): EX_TEMPFAIL, EX_NOPERM.
_TRY_AGAIN, _REFUSED = 75, 77

tickets_cli = AppGroup("tickets", help="Tickets and their delivery to people.")


def _now() -> datetime:
    return datetime.now(UTC)


@tickets_cli.command("deliver")
@click.option("--once", is_flag=True, help="Deliver what is due now, then end.")
@click.option("--dry-run", is_flag=True, help="Only say how many deliveries wait.")
def deliver(once: bool, dry_run: bool) -> None:
    """Send waiting mails and webhooks, until stopped. `make run` does this itself."""
    s = services()
    if dry_run:
        backlog = s.tickets.backlog(_now())
        click.echo(f"{backlog['pending']} waiting, {backlog['dead']} given up, {backlog['held']} held")
        return
    sender = OutboxSender(s.settings, s.tickets.files.verified, s.tickets.response_targets, s.tickets.suggested)
    processor = OutboxProcessor(s.tickets, sender)  # without a heartbeat: its leases expire where it cannot be seen
    processor.free_stale_leases()
    if once:
        click.echo(f"{processor.deliver_due(_now)} tried")
        return
    stop = threading.Event()
    try:
        while not stop.wait(2.0):
            processor.deliver_due(_now)
    except KeyboardInterrupt:
        click.echo("stopped")


@tickets_cli.command("stuck")
@click.option("--minutes", default=15, show_default=True, help="How long a delivery may wait.")
def stuck(minutes: int) -> None:
    """List what is given up, came back or waits too long, and mail that came in and is held. Exit code 1 if there is
    any."""
    s = services()
    found = s.tickets.stuck(_now(), timedelta(minutes=minutes))
    for reference, row in found:
        click.echo(f"{reference}  {row.kind.value}  {row.state.value}  {row.attempts} tries  {row.last_error}".rstrip())
    mails = spool.to_look_at(s.engine, _now(), timedelta(minutes=minutes))
    set_aside = spool.counts(s.engine, _now() - timedelta(days=1))[1]
    for mail in mails:
        click.echo(f"mail {mail.id}  {mail.outcome.value}  {mail.sender}  {mail.why}".rstrip())
    for circuit in delivery_log.circuits(s.engine):
        click.echo(f"{circuit.channel} is left alone since {circuit.opened_at:%Y-%m-%d %H:%M}: {circuit.last_error}")
    if not (found or mails):
        click.echo("nothing is stuck")
    if set_aside:
        click.echo(f"{set_aside} mails of programs, servers and ourselves were set aside today: flask tickets mail")
    sys.exit(1 if found or mails else 0)


@tickets_cli.command("ingest")
@click.option("--dry-run", is_flag=True, help="Only show what was understood of the mail.")
def ingest(dry_run: bool) -> None:
    """Take in one mail from standard input, as a mail server's pipe gives it.

    Exit code 75 when it could not be stored now (the mail server tries again), 77 when its sender is refused.
    """
    raw = sys.stdin.buffer.read()
    if not raw.strip():
        raise click.ClickException("there is no mail on standard input")
    if dry_run:
        email = read(raw)
        click.echo(f"from {email.sender}, subject: {email.subject}, {len(email.files)} files")
        click.echo(email.automatic or email.bulk or email.listed or "written by a person")
        click.echo(fold(email.text, names=names_of(email.sender_name, email.sender)).words)
        return
    _only_of_this_brand(raw)
    try:
        result = services().ingester().ingest(raw, _now())
    except (SQLAlchemyError, OSError, spool.MailClaimed) as error:
        click.echo(f"not stored, keep the mail and try again: {type(error).__name__}", err=True)
        sys.exit(_TRY_AGAIN)
    click.echo(f"{result.outcome.value} {result.reference}".rstrip())
    sys.exit(_REFUSED if result.outcome is spool.InboundOutcome.REFUSED else 0)


def _only_of_this_brand(raw: bytes) -> None:
    """Refuse an answer to a ticket of another brand, and say so of a mail to another brand's address: this pipe may be
    the wrong one."""
    own = parseaddr(services().settings.inbound_email)[1]
    recipients = read(raw).recipients
    if own and any(token_in(one, own) is not None for one in recipients):
        return
    for name, address in inbound_addresses({}, os.environ).items():
        found = {token_in(one, parseaddr(address)[1]) for one in recipients} - {None}
        if name == (services().settings.brand or MAIN) or not found:
            continue
        command = f"flask tickets ingest --brand {name}"
        if found != {""}:
            click.echo(
                f"not stored: it answers a ticket of the brand {name}. Let the mail server pipe mail to {address} into"
                f" `{command}`; it tries again", err=True,
            )  # fmt: skip
            sys.exit(_TRY_AGAIN)
        click.echo(f"it is to {address}, the address of the brand {name}, whose command is `{command}`", err=True)


@tickets_cli.command("fetch")
@click.option("--dry-run", is_flag=True, help="Only check that the mailbox can be opened.")
def fetch(dry_run: bool) -> None:
    """Take in what lies in the mailbox now. `make run` does this itself."""
    s = services()
    if not s.settings.imap_url:
        raise click.ClickException("imap_url is not set; see docs/operate/mail.md")
    server = parse_imap_url(s.settings.imap_url)
    try:
        if dry_run:
            with Mailbox(server, ""):
                click.echo("the mailbox can be opened")
            return
        count = read_once(server, s.settings.imap_done, s.ingester(), _now)
    except Unreachable as error:
        raise click.ClickException(f"the mailbox cannot be read: {error}") from None
    click.echo(f"{count} taken in")


@tickets_cli.command("mail")
@click.option("--outcome", type=click.Choice([o.value for o in spool.InboundOutcome]), help="Only those.")
@click.option("--limit", default=50, show_default=True)
@click.option("--accept", type=int, metavar="NUMBER", help="Take in a held or failed mail after all.")
@click.option("--dismiss", type=int, metavar="NUMBER", help="Nothing more is to be done with a held or failed mail.")
@click.option("--dry-run", is_flag=True, help="Only check that the mail is there.")
def mail(outcome: str | None, limit: int, accept: int | None, dismiss: int | None, dry_run: bool) -> None:
    """List mail that came in, newest first, or decide about one of them."""
    s = services()
    number = accept or dismiss
    if number is None:
        for found in spool.incoming(s.engine, spool.InboundOutcome(outcome) if outcome else None, limit):
            when = found.received_at.strftime("%Y-%m-%d %H:%M")
            what = f"{found.outcome.value:9}  {found.sender}  {found.subject[:50]}  {found.why}"
            click.echo(f"{found.id}  {when}  {what}".rstrip())
        return
    chosen = spool.one(s.engine, number)
    if chosen is None or chosen.outcome not in spool.TO_DECIDE:
        raise click.ClickException(f"no held or failed mail has the number {number}")
    if dry_run:
        click.echo(f"{number}: would be {'taken in' if accept else 'dismissed'}")
    elif accept:
        result = s.ingester().ingest_again(chosen, _now())
        click.echo(f"{number}: {result.outcome.value} {result.reference}".rstrip())
    else:
        spool.dismiss(s.engine, number, _now())
        click.echo(f"{number}: dismissed")


@tickets_cli.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only those.")
@click.option("--quarantined", is_flag=True, help="Those held back because a robot seems to have sent them.")
@click.option("--limit", default=50, show_default=True)
def list_(state: str | None, quarantined: bool, limit: int) -> None:
    """List tickets, newest first."""
    wanted = State(state) if state else None
    for ticket in services().tickets.newest(state=wanted, quarantined=quarantined, limit=limit):
        why = f"  ({ticket.quarantine})" if ticket.quarantine else ""
        when = ticket.created_at.strftime("%Y-%m-%d %H:%M")
        click.echo(f"{ticket.reference}  {when}  {ticket.state.value:8}  {ticket.subject[:60]}{why}")


@tickets_cli.command("show")
@click.argument("reference")
def show(reference: str) -> None:
    """Print one ticket with its conversation."""
    ticket = _find_ticket(reference)
    click.echo(f"{ticket.reference}  {ticket.state.value}  {ticket.status_url}")
    reach = f"call {ticket.phone}" if ticket.preferred_channel is Channel.PHONE else f"e-mail {ticket.email}"
    click.echo(f"{ticket.name or '-'}  {reach}  {ticket.lang}")
    if ticket.subject:
        click.echo(ticket.subject)
    for message in ticket.messages:
        click.echo(f"\n{message.created_at:%Y-%m-%d %H:%M} {message.author.value}\n{message.text}")
        for file in message.attachments:
            click.echo(f"[{file.name}, {file.size} bytes]")


@tickets_cli.command("reply")
@click.argument("reference")
@click.option("--message", help="The answer; without it, it is read from standard input.")
@click.option("--dry-run", is_flag=True, help="Only show what would be sent.")
def reply(reference: str, message: str | None, dry_run: bool) -> None:
    """Answer a customer: on the status page, and by e-mail unless the phone was chosen."""
    body = (message if message is not None else sys.stdin.read()).strip()
    if not body:
        raise click.ClickException("the answer is empty")
    ticket = _find_ticket(reference)
    by_mail = ticket.preferred_channel is Channel.EMAIL
    if not dry_run:
        services().agent_actions.reply(ticket.reference, body, _now())
    says = "mailed and on the status page" if by_mail else f"on the status page only; call {ticket.phone}"
    click.echo(f"{ticket.reference}: {'would be ' if dry_run else ''}{says}")


@tickets_cli.command("close")
@click.argument("reference")
@click.option("--dry-run", is_flag=True, help="Only check that the ticket exists.")
def close(reference: str, dry_run: bool) -> None:
    """Close a ticket; a new message of the customer opens it again."""
    ticket = _find_ticket(reference)
    if not dry_run:
        services().agent_actions.close(ticket.reference, _now())
    click.echo(f"{ticket.reference}: {'would be ' if dry_run else ''}closed")


@tickets_cli.command("release")
@click.argument("reference")
@click.option("--dry-run", is_flag=True, help="Only check that the ticket is held.")
def release(reference: str, dry_run: bool) -> None:
    """Deliver a quarantined ticket after all."""
    ticket = _find_ticket(reference)
    if not ticket.quarantine:
        raise click.ClickException(f"{ticket.reference} is not held")
    if not dry_run:
        services().tickets.release(ticket.reference, _now())
    click.echo(f"{ticket.reference}: {'would be ' if dry_run else ''}released")


@tickets_cli.command("retry")
@click.argument("reference")
@click.option("--dry-run", is_flag=True, help="Only check that the ticket exists.")
def retry(reference: str, dry_run: bool) -> None:
    """Try again what was given up for a ticket."""
    ticket = _find_ticket(reference)
    revived = 0 if dry_run else services().tickets.retry(ticket.reference, _now())
    click.echo(f"{ticket.reference}: {revived} to be tried again")


def _find_ticket(reference: str) -> Ticket:
    try:
        return services().tickets.by_reference(reference)
    except UnknownTicket as error:
        raise click.ClickException(f"{error}; flask tickets list shows those there are") from None
