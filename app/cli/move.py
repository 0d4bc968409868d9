"""flask move: take an installation to another database."""

import click
from flask.cli import AppGroup

from app.ops import moving
from app.settings.schema import BadSettings, Settings
from core.database.connection import connect

move_cli = AppGroup("move", help="Take everything to another database.")


@move_cli.command("sqlite-to-postgresql", with_appcontext=False)
@click.option("--to", "url", envvar="MOVE_TO", default="", help="postgresql://user:password@host/name, empty.")
@click.option("--dry-run", is_flag=True, help="Say how much would be moved.")
def sqlite_to_postgresql(url: str, dry_run: bool) -> None:
    """Move every row of the SQLite database into an empty PostgreSQL database, and compare them.

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
    source = connect(settings.database)
    try:
        if dry_run:
            moved = moving.count(source)
        else:
            target = connect(url)
            try:
                moved = moving.move(source, target, lambda name, rows: click.echo(f"{name}: {rows}", err=True))
            finally:
                target.dispose()
    except moving.MoveFailed as reason:
        raise click.ClickException(str(reason)) from None
    finally:
        source.dispose()
    rows = sum(moved.tables.values())
    if dry_run:
        click.echo(f"{rows} rows of {len(moved.tables)} tables would be moved.")
    else:
        click.echo(f"{rows} rows of {len(moved.tables)} tables were moved and compared. Now set database_url to it.")
