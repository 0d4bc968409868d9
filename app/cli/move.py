"""flask move: take an installation to another database."""

import click
from flask.cli import AppGroup

from app.ops.moving import MoveFailed, move_to
from app.settings.brands import database_of
from app.settings.schema import BadSettings, Settings

move_cli = AppGroup("move", help="Take everything to another database.")


@move_cli.command("sqlite-to-postgresql", with_appcontext=False)
@click.option("--to", "url", envvar="MOVE_TO", default="", help="postgresql://user:password@host/name, empty.")
@click.option(
    "--common", is_flag=True, help="The database is to hold all brands: a brand goes into a schema of its own."
)
@click.option("--dry-run", is_flag=True, help="Say how much would be moved.")
def sqlite_to_postgresql(url: str, common: bool, dry_run: bool) -> None:
    """Move every row of the SQLite database into an empty PostgreSQL database, and compare them.

    With brands: `flask brands each move sqlite-to-postgresql --common --to …`, and set the address for all of them.

    Stop the service first and make a backup. Then set database_url to the new address and start it again; files and
    keys stay in the data folder. All or nothing: whatever goes wrong, the new database holds no row, and the old one is
    as it was.

    \b
    Exit code: 0 moved and compared; 1 nothing was moved; 2 wrong use.
    """
    if not url and not dry_run:
        raise click.UsageError("Name the new database with --to, or in MOVE_TO of the environment.")
    try:
        settings = Settings.load()
    except BadSettings as reason:
        raise click.ClickException(str(reason)) from None
    if common and settings.brand and url:
        url = database_of(url, settings.brand)
    try:
        moved = move_to(settings, "" if dry_run else url, lambda name, rows: click.echo(f"{name}: {rows}", err=True))
    except MoveFailed as reason:
        raise click.ClickException(str(reason)) from None
    rows = sum(moved.tables.values())
    if dry_run:
        click.echo(f"{rows} rows of {len(moved.tables)} tables would be moved.")
    else:
        click.echo(f"{rows} rows of {len(moved.tables)} tables were moved and compared. Now set database_url to it.")
