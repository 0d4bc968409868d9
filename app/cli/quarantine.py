"""flask tickets quarantine: list, release and reject suspected spam."""

from datetime import UTC, datetime, timedelta

import click
from flask.cli import AppGroup

from app.cli.tickets import tickets_cli
from app.current import services
from support.tickets.models import State, Ticket, UnknownTicket

quarantine_cli = AppGroup("quarantine", help="What was held back as a robot's, and the decision about it.")
tickets_cli.add_command(quarantine_cli)


def _now() -> datetime:
    return datetime.now(UTC)


@quarantine_cli.command("list")
@click.option("--rejected", is_flag=True, help="Those that were looked at and rejected.")
@click.option("--limit", default=50, show_default=True)
def list_(rejected: bool, limit: int) -> None:
    """List what waits for somebody to look, newest first, with the reasons."""
    state = State.CLOSED if rejected else State.WAITING
    for ticket in services().tickets.newest(state=state, quarantined=True, limit=limit):
        when = ticket.created_at.strftime("%Y-%m-%d %H:%M")
        who = ticket.email or ticket.phone
        click.echo(f"{ticket.reference}  {when}  {who}  {ticket.subject[:50]}  ({ticket.quarantine})")


@quarantine_cli.command("release")
@click.argument("references", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only check that they are held.")
def release(references: tuple[str, ...], dry_run: bool) -> None:
    """Honest after all: deliver at once what was held. Also what was rejected before."""
    for ticket in _held_tickets(references):
        if not dry_run:
            services().tickets.release(ticket.reference, _now())
        click.echo(f"{ticket.reference}: {'would be ' if dry_run else ''}released")


@quarantine_cli.command("reject")
@click.argument("references", nargs=-1)
@click.option("--older-than", type=int, metavar="DAYS", help="All that nobody has looked at for so long.")
@click.option("--dry-run", is_flag=True, help="Only say which.")
def reject(references: tuple[str, ...], older_than: int | None, dry_run: bool) -> None:
    """A robot's work: close it and deliver nothing. It is kept for `keep_held_days`."""
    if bool(references) == (older_than is not None):
        raise click.ClickException("name references, or give --older-than DAYS")
    tickets = services().tickets
    if older_than is not None:
        before = _now() - timedelta(days=older_than)
        waiting = tickets.newest(state=State.WAITING, quarantined=True, limit=100_000)
        chosen = [ticket for ticket in waiting if ticket.created_at <= before]
    else:
        chosen = _held_tickets(references)
    for ticket in chosen:
        if not dry_run:
            tickets.reject(ticket.reference, _now())
        click.echo(f"{ticket.reference}: {'would be ' if dry_run else ''}rejected")


def _held_tickets(references: tuple[str, ...]) -> list[Ticket]:
    """All referenced tickets, or an error: a typing error must not leave the command half done."""
    found = []
    for reference in references:
        try:
            ticket = services().tickets.by_reference(reference)
        except UnknownTicket:
            raise click.ClickException(f"there is no ticket {reference}") from None
        if not ticket.quarantine:
            raise click.ClickException(f"{ticket.reference} is not held")
        found.append(ticket)
    return found
