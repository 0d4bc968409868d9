"""flask webhooks: test a receiver, and show the delivery log."""

import secrets
import sys
import time
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.current import services
from core.network.errors import NotDelivered
from support.background.worker import adapters_of
from support.delivery import delivery_log
from support.tickets.deliveries import attempts, dead_letters
from support.tickets.models import Delivery

webhooks_cli = AppGroup("webhooks", help="Receivers of tickets besides e-mail.")


def _now() -> datetime:
    return datetime.now(UTC)


@webhooks_cli.command("list")
def list_() -> None:
    """Name the channels of all teams that are not e-mail, and those that are left alone now."""
    s = services()
    open_ = {circuit.channel: circuit for circuit in delivery_log.circuits(s.engine)}
    for name in adapters_of(s.settings):
        circuit = open_.get(name)
        state = f"left alone until {circuit.retry_at:%H:%M:%S}: {circuit.last_error}" if circuit else "ok"
        click.echo(f"{name}  {state}")


@webhooks_cli.command("test")
@click.argument("channel", default="default/webhook")
@click.option("--dry-run", is_flag=True, help="Only check that the channel can be used.")
def test(channel: str, dry_run: bool) -> None:
    """Send something harmless to a channel, and show what it said. Exit code 1 if it did not take it."""
    adapters = adapters_of(services().settings)
    if channel not in adapters:
        known = ", ".join(adapters) or "none; set webhook_url, or channels of teams"
        raise click.ClickException(f"there is no channel {channel}; there are: {known}")
    if dry_run:
        click.echo(f"{channel}: would be tried")
        return
    uid = f"msg_{secrets.token_hex(12)}"
    began = time.monotonic()
    try:
        answer = adapters[channel].test(uid, _now())
    except NotDelivered as failure:
        click.echo(f"{channel}: not taken: {failure}  ({uid})")
        sys.exit(1)
    click.echo(f"{channel}: taken, answer {answer} in {round((time.monotonic() - began) * 1000)} ms  ({uid})")


@webhooks_cli.command("log")
@click.option("--limit", default=50, show_default=True)
@click.option("--failed", is_flag=True, help="Only what was not taken.")
@click.option("--mail", is_flag=True, help="Mails too.")
@click.option("--reference", help="Of one ticket only.")
def log(limit: int, failed: bool, mail: bool, reference: str | None) -> None:
    """Show tries to deliver of the last thirty days, newest first."""
    s = services()
    ticket_id = s.tickets.by_reference(reference).id if reference else None
    kind = "" if mail else Delivery.WEBHOOK.value
    rows = attempts(s.engine, ticket_id=ticket_id, kind=kind, failed=failed, limit=limit)
    for a in rows:
        when = a.at.strftime("%Y-%m-%d %H:%M:%S")
        took = "taken" if a.ok else "FAILED"
        click.echo(f"{when}  {a.reference}  {a.channel}  {a.uid}  try {a.attempt}  {took}  {a.ms} ms  {a.answer}")
    if not rows:
        click.echo("nothing was sent")


@webhooks_cli.command("retry")
@click.argument("channel")
@click.option("--dry-run", is_flag=True, help="Only say how many would be tried.")
def retry(channel: str, dry_run: bool) -> None:
    """Try everything again at once that was given up on a channel: `mail`, or a name of `flask webhooks list`."""
    s = services()
    if dry_run:
        dead = [row for _, row in dead_letters(s.engine, 10_000) if row.channel == channel]
        click.echo(f"{channel}: {len(dead)} would be tried again")
        return
    click.echo(f"{channel}: {delivery_log.retry_channel(s.engine, channel, _now())} to be tried again")
