"""flask tickets: deliver what waits, find what is stuck, read and answer from the command line."""

import sys
import threading
from datetime import UTC, datetime, timedelta

import click
from flask.cli import AppGroup

from app.services import services
from app.support.delivery import Courier, Deliverer
from app.support.types import Channel, State, Ticket, UnknownTicket

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
    deliverer = Deliverer(s.tickets, Courier(s.settings, s.tickets.files.path))
    deliverer.free_leases_of_the_dead()
    if once:
        click.echo(f"{deliverer.deliver_due(_now)} tried")
        return
    stop = threading.Event()
    try:
        while not stop.wait(2.0):
            deliverer.deliver_due(_now)
    except KeyboardInterrupt:
        click.echo("stopped")


@tickets_cli.command("stuck")
@click.option("--minutes", default=15, show_default=True, help="How long a delivery may wait.")
def stuck(minutes: int) -> None:
    """List deliveries given up, waiting too long, or held for more than a day. Exit code 1 if there are any."""
    found = services().tickets.stuck(_now(), timedelta(minutes=minutes))
    for reference, row in found:
        click.echo(f"{reference}  {row.kind.value}  {row.state.value}  {row.attempts} tries  {row.last_error}".rstrip())
    if not found:
        click.echo("nothing is stuck")
    sys.exit(1 if found else 0)


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
    ticket = _found(reference)
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
    ticket = _found(reference)
    by_mail = ticket.preferred_channel is Channel.EMAIL
    if not dry_run:
        services().casework.reply(ticket.reference, body, _now())
    says = "mailed and on the status page" if by_mail else f"on the status page only; call {ticket.phone}"
    click.echo(f"{ticket.reference}: {'would be ' if dry_run else ''}{says}")


@tickets_cli.command("close")
@click.argument("reference")
@click.option("--dry-run", is_flag=True, help="Only check that the ticket exists.")
def close(reference: str, dry_run: bool) -> None:
    """Close a ticket; a new message of the customer opens it again."""
    ticket = _found(reference)
    if not dry_run:
        services().casework.close(ticket.reference, _now())
    click.echo(f"{ticket.reference}: {'would be ' if dry_run else ''}closed")


@tickets_cli.command("release")
@click.argument("reference")
@click.option("--dry-run", is_flag=True, help="Only check that the ticket is held.")
def release(reference: str, dry_run: bool) -> None:
    """Deliver a quarantined ticket after all."""
    ticket = _found(reference)
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
    ticket = _found(reference)
    revived = 0 if dry_run else services().tickets.retry(ticket.reference, _now())
    click.echo(f"{ticket.reference}: {revived} to be tried again")


def _found(reference: str) -> Ticket:
    try:
        return services().tickets.by_reference(reference)
    except UnknownTicket as error:
        raise click.ClickException(f"{error}; flask tickets list shows those there are") from None
