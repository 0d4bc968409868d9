"""flask doctor: look at everything an operator would look at, and say what to do."""

import json
import os
import sys
from dataclasses import asdict

import click

from app.doctor import PATIENCE, Level, examine

_MARKS = {Level.OK: "ok      ", Level.WARNING: "warning ", Level.ERROR: "ERROR   "}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON document: findings, and the worst level.")
@click.option("--round-trip", is_flag=True, help="Also send a mail and wait until it comes back (up to two minutes).")
@click.option("--full", is_flag=True, help="Also read all files of tickets and of the model, instead of samples.")
@click.option("--patience", default=PATIENCE, show_default=True, help="Seconds each check may take.")
def doctor(as_json: bool, round_trip: bool, full: bool, patience: float) -> None:
    """Check settings, keys, permissions, database, mail, channels, index, disk, clock and backups.

    Each line says ok, warning or ERROR, and below it what to do. Nothing is changed.

    \b
    Exit code: 0 no errors; 1 at least one error; 2 wrong use.
    """
    found = examine(round_trip=round_trip, full=full, patience=patience)
    levels = {one.level for one in found}
    if as_json:
        worst = next(level for level in (Level.ERROR, Level.WARNING, Level.OK) if level in levels)
        click.echo(json.dumps({"level": worst, "findings": [asdict(one) for one in found]}, ensure_ascii=False))
    else:
        for one in found:
            click.echo(f"{_MARKS[one.level]}{one.check}: {one.message}")
            if one.action:
                click.echo(f"        -> {one.action}")
    sys.stdout.flush()
    if any("gave no answer" in one.message for one in found):
        os._exit(1)  # a thread that hangs in a driver would hold the process
    if Level.ERROR in levels:
        sys.exit(1)
