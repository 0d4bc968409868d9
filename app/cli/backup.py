"""flask backup: create, verify, list and restore backups; make the key they are encrypted to."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from app.backups import checking, keys, making, restoring
from app.backups.archive import Manifest
from app.backups.keys import KeysUnreadable, Lock
from app.backups.stored import BackupFailed, backups_in
from app.settings.schema import BadSettings, Settings

backup_cli = AppGroup("backup", help="Backups of database, files, keys and articles, and the way back.")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_passphrase_file = click.option(
    "--passphrase-file", type=_FILE, help="A file whose first line is the passphrase of the keys."
)
_identity = click.option("--identity", type=_FILE, help="The file of the secret key that `new-key` wrote.")


def _settings() -> Settings:
    try:
        return Settings.load()
    except BadSettings as reason:
        raise click.ClickException(str(reason)) from None


@backup_cli.command("create", with_appcontext=False)
@_passphrase_file
@click.option("--without-keys", is_flag=True, help="Leave keys and settings out; links in mails die with them.")
@click.option("--dry-run", is_flag=True, help="Say where it would go and which would go for it.")
def create(passphrase_file: Path | None, without_keys: bool, dry_run: bool) -> None:
    """Make a backup while the service runs, read it back, and remove those beyond `backup_keep`.

    Keys are encrypted to the setting backup_recipient, or with a passphrase.

    \b
    Exit code: 0 made and read back; 1 none was made; 2 wrong use.
    """
    settings = _settings()
    if dry_run:
        going = backups_in(settings.backups)[: -(settings.backup_keep - 1) or None]
        going = going if len(backups_in(settings.backups)) >= settings.backup_keep else []
        click.echo(f"A backup would be made in {settings.backups}; {len(going)} older would be removed.")
        return
    lock = None if without_keys else _lock(settings, passphrase_file)
    try:
        backup = making.create(settings, lock, datetime.now(UTC), os.environ, lambda text: click.echo(text, err=True))
    except BackupFailed as reason:
        raise click.ClickException(str(reason)) from None
    click.echo(f"{backup.path} ({backup.bytes / 1_000_000:.1f} MB) was made and read back.")


def _lock(settings: Settings, passphrase_file: Path | None) -> Lock:
    if passphrase_file is not None:
        return Lock(passphrase=_passphrase(passphrase_file))
    if settings.backup_recipient:
        return Lock(recipient=settings.backup_recipient)
    raise click.UsageError(
        "Keys are kept encrypted only. Set backup_recipient (`flask backup new-key` makes a key), give"
        " --passphrase-file, or leave them out with --without-keys."
    )


def _passphrase(path: Path | None) -> str:
    try:
        return keys.read_passphrase(path) if path else ""
    except (KeysUnreadable, OSError) as error:
        raise click.ClickException(str(error)) from None


def _read_identity(path: Path | None) -> str:
    try:
        return keys.read_identity(path) if path else ""
    except (KeysUnreadable, OSError) as error:
        raise click.ClickException(str(error)) from None


@backup_cli.command("verify", with_appcontext=False)
@click.argument("archive", type=_FILE, required=False)
@_identity
@_passphrase_file
def verify(archive: Path | None, identity: Path | None, passphrase_file: Path | None) -> None:
    """Read all of a backup, the newest one unless named: hashes, the database's own check, counts, files of tickets.

    With --identity or --passphrase-file also whether its keys can be read.

    \b
    Exit code: 0 sound; 1 damaged, or not readable; 2 wrong use.
    """
    settings = _settings()
    stored = backups_in(settings.backups)
    if archive is None and not stored:
        raise click.ClickException(f"There are no backups in {settings.backups}.")
    path = archive or stored[-1].path
    report = checking.verify(
        path, settings.postgresql_tools, identity=_read_identity(identity), passphrase=_passphrase(passphrase_file)
    )
    for note in report.notes:
        click.echo(f"  {note}", err=True)
    for problem in report.problems:
        click.echo(f"  {problem}", err=True)
    if report.problems or report.manifest is None:
        raise click.ClickException(f"{path.name} is damaged. Make a new one, and keep an older one that is sound.")
    click.echo(f"{path.name} is sound: {_words(report.manifest)}.")


def _words(manifest: Manifest) -> str:
    return (
        f"{manifest.tables.get('ticket', 0)} tickets, {len(manifest.files)} files, articles at revision"
        f" {manifest.revision}, schema {manifest.schema}, made {manifest.created_at} by {manifest.version}"
    )


@backup_cli.command("list", with_appcontext=False)
def list_() -> None:
    """List the backups that are kept, newest first, with their age."""
    settings = _settings()
    stored = backups_in(settings.backups)
    for one in reversed(stored):
        hours = one.age_seconds(datetime.now(UTC)) / 3600
        click.echo(f"{one.path}  {one.bytes / 1_000_000:.1f} MB  {hours:.1f} hours old")
    if not stored:
        click.echo(f"There are no backups in {settings.backups}.")


@backup_cli.command("restore", with_appcontext=False)
@click.argument("archive", type=_FILE)
@_identity
@_passphrase_file
@click.option("--without-keys", is_flag=True, help="Do without keys: status links of before do not work then.")
@click.option("--any-brand", is_flag=True, help="Also a backup of another brand, which becomes this one.")
@click.option("--dry-run", is_flag=True, help="Verify the archive and change nothing.")
def restore(
    archive: Path, identity: Path | None, passphrase_file: Path | None, without_keys: bool, any_brand: bool,
    dry_run: bool,
) -> None:  # fmt: skip
    """Restore ARCHIVE into the empty data folder and database that the settings name.

    \b
    Exit code: 0 all of it is restored; 1 nothing was changed; 2 wrong use.
    """
    settings = _settings()
    secrets = {"identity": _read_identity(identity), "passphrase": _passphrase(passphrase_file)}
    if dry_run:
        report = checking.verify(archive, settings.postgresql_tools, **secrets)
        if report.problems or report.manifest is None:
            raise click.ClickException("; ".join(report.problems))
        click.echo(f"Would be restored into {settings.data_dir}: {_words(report.manifest)}.")
        return
    try:
        done = restoring.restore(archive, settings, without_keys=without_keys, any_brand=any_brand, **secrets)
    except BackupFailed as reason:
        raise click.ClickException(str(reason)) from None
    for note in done.notes:
        click.echo(note)
    click.echo(f"Restored into {settings.data_dir}: {_words(done.manifest)}.")
    click.echo("Next: `make setup` or `signpost setup` for the model, `flask doctor`, and start the service.")
    click.echo("It makes the search index; meanwhile search goes by words.")


@backup_cli.command("new-key", with_appcontext=False)
@click.argument("file", type=click.Path(exists=False, dir_okay=False, path_type=Path))
def new_key(file: Path) -> None:
    """Write a new secret key into FILE, which is not there yet, and print the public key for `backup_recipient`.

    Keep FILE away from this machine and its backups: who has it can read the keys, and without it nobody can.
    """
    secret, public = keys.new_identity()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(f"# public key: {public}\n{secret}\n")
    click.echo(public)
