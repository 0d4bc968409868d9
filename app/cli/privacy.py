"""flask privacy: remove what was kept long enough; show or erase what is stored about one person."""

from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from app.current import services
from core.events import emit

privacy_cli = AppGroup("privacy", help="What is stored about people, and for how long.")


@privacy_cli.command("purge")
@click.option("--dry-run", is_flag=True, help="Only say how much would be removed.")
def purge(dry_run: bool) -> None:
    """Remove what was kept as long as the settings say. `make run` does this itself, once a day."""
    done = services().privacy.purge(datetime.now(UTC), dry_run=dry_run)
    if not dry_run:
        emit("purged", tickets=done.tickets, attachments=done.attachments, events=done.events, queries=done.queries)
    would = "would be removed" if dry_run else "removed"
    events = f"{done.events} events, the words of {done.queries} searches"
    click.echo(f"{would}: {done.tickets} tickets, {done.attachments} files, {events}")


@privacy_cli.command("export")
@click.argument("who")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The ZIP file to write.")
@click.option("--with-notes", is_flag=True, help="The team's internal notes as well.")
def export(who: str, output: Path, with_notes: bool) -> None:
    """Write all that is stored about WHO (an address, a phone number, or a reference) into a ZIP file."""
    ids = _find_tickets(who)
    with output.open("wb") as file:
        services().privacy.export(ids, file, with_notes=with_notes, address=who if "@" in who else "")
    click.echo(f"{len(ids)} tickets in {output}")


@privacy_cli.command("erase")
@click.argument("who")
@click.option("--dry-run", is_flag=True, help="Only list what would be erased.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(who: str, dry_run: bool, yes: bool) -> None:
    """Erase all that is stored about WHO (an address, a phone number, or a reference). There is no way back."""
    ids = _find_tickets(who, erasing=True)
    for ticket_id in ids:
        click.echo(services().tickets.by_id(ticket_id).reference)
    if dry_run:
        click.echo(f"{len(ids)} tickets would be erased")
        return
    if not yes:
        click.confirm(f"Erase {len(ids)} tickets for good?", abort=True)
    count = services().privacy.erase(ids, who if "@" in who else "")
    emit("erased", tickets=count)
    click.echo(f"{count} tickets erased")


def _find_tickets(who: str, *, erasing: bool = False) -> tuple[int, ...]:
    ids = services().privacy.find(who)
    if not ids and not (erasing and "@" in who and services().privacy.left_by(who)):
        raise click.ClickException(f"nothing is stored about {who}")
    return ids
