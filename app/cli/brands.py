"""flask brands: which there are, whether their settings hold, and a command for each of them."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.ops.bootstrap import CannotGoOn
from app.ops.brands import handing_over
from app.ops.brands.checking import look
from app.ops.brands.registry import read_brands
from app.ops.setup import plain_reasons
from app.settings.brands import MAIN
from app.settings.schema import BadSettings, Settings
from core.network.url_secrets import place_of

brands_cli = AppGroup("brands", help="Several help centres in one installation.")


def _common() -> Settings:
    try:
        return Settings.load(brand=MAIN)
    except BadSettings as reason:
        raise click.ClickException(str(reason)) from None


@brands_cli.command("list", with_appcontext=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_(as_json: bool) -> None:
    """List the brands, where they are, and where their data lies: the folder, and the database and the bucket where
    those are elsewhere."""
    common = _common()
    rows = [_row(one.name, one.base_url, one.settings) for one in read_brands(common)]
    if common.default_brand == MAIN:
        rows.insert(0, _row(MAIN, common.base_url or common.local_url, common))
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        places = "  ".join(filter(None, (row["data_dir"], row["database"], row["files"])))
        click.echo(f"{row['name']:<20} {row['state']:<8} {row['url']}  {places}".rstrip())


def _row(name: str, url: str, settings: Settings | None) -> dict[str, str]:
    if settings is None:
        return {"name": name, "url": url, "data_dir": "", "state": "refused", "database": "", "files": ""}
    return {
        "name": name, "url": url, "data_dir": str(settings.data_dir), "state": "ok",
        "database": place_of(settings.database_url), "files": place_of(settings.files_url),
    }  # fmt: skip


@brands_cli.command("check", with_appcontext=False)
@click.option("--settings-only", is_flag=True, help="Look at no folder, and ask no database.")
def check(settings_only: bool) -> None:
    """Check the settings of every brand, that no two share an address, a place or a mailbox, that its folders are there
    and that its database answers and is its own. Nothing is changed.

    \b
    Exit code: 0 all can be served; 1 some cannot.
    """
    brands = read_brands(_common())
    problems = {brand.name: list(brand.problems) for brand in brands}
    if not settings_only:
        for name, lacking in look(brands).items():
            problems[name] += lacking
    for problem in (one for found in problems.values() for one in found):
        click.echo(problem)
    good = sum(not found for found in problems.values())
    by_what = ", going by their settings" if settings_only else ""
    click.echo(f"{good} of {len(brands)} brands can be served{by_what}.")
    if good < len(brands):
        raise SystemExit(1)


@brands_cli.command("hand-over", with_appcontext=False)
@click.argument("old")
@click.argument("new")
def hand_over(old: str, new: str) -> None:
    """Give what was the brand OLD's to NEW, as after a renaming.

    The data folder and the database that the settings of NEW name must be OLD's, and OLD's settings must not name them
    any more. Nothing is moved. Stop the service first.

    \b
    Exit code: 0 it is NEW's; 1 nothing was changed.
    """
    try:
        with plain_reasons(_common()):
            notes = handing_over.hand_over(old, new, datetime.now(UTC))
    except BadSettings as reason:
        raise click.ClickException(str(reason)) from None
    except (handing_over.NotHandedOver, CannotGoOn) as reason:
        raise click.ClickException(f"Nothing was changed: {reason}") from None
    click.echo(f"What was {old}'s is {new}'s now.")
    for note in notes:
        click.echo(note)


@brands_cli.command(
    "each", with_appcontext=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def each(command: tuple[str, ...]) -> None:
    """Run a command of `flask` for every brand, one after another: `flask brands each backup create`.

    \b
    Exit code: 0 all succeeded; 1 some failed, which are named.
    """
    common = _common()
    names = [brand.name for brand in read_brands(common) if brand.settings is not None]
    names = [MAIN, *names] if common.default_brand == MAIN else names
    failed = []
    for name in names:
        click.echo(f"--- {name}", err=True)
        done = subprocess.run(  # noqa: S603 - our own program, arguments of the operator
            [sys.executable, "-m", "flask", *command], env={**os.environ, "SIGNPOST_BRAND": name}, check=False
        )
        if done.returncode:
            failed.append(name)
    if failed:
        raise click.ClickException(f"failed for {', '.join(failed)}")
