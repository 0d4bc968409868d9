"""flask desk: the accounts of staff, from the command line. The first admin is made here."""

import secrets
import sys
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.current import services
from support.agents.models import BadAccount, Role, User
from support.agents.sign_in.accounts import tidy
from support.agents.sign_in.passwords import SHORTEST

BY = "command line"
_WHY = {
    "login": "the address to sign in with must be an e-mail address",
    "taken": "there is an account with this address already",
    "password": f"a password needs at least {SHORTEST} characters, and more than a few different ones",
    "common_password": "this password is one of those that are guessed first; a few words in a row are good",
    "roles": "give at least one role",
    "last_admin": "this is the last account that manages the desk; make another admin first",
}

desk_cli = AppGroup("desk", help="Accounts of the desk, where staff answer tickets.")


def _now() -> datetime:
    return datetime.now(UTC)


@desk_cli.command("create-user")
@click.argument("login", metavar="EMAIL")
@click.option("--name", default="", help="The name customers and colleagues read.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), default=["agent"],
    show_default=True, help="May be given several times.",
)  # fmt: skip
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--dry-run", is_flag=True, help="Only check the address.")
def create_user(login: str, name: str, roles: tuple[str, ...], password_stdin: bool, dry_run: bool) -> None:
    """Make an account. Without --password-stdin a password is made up and printed once.

    \b
    Example:  flask desk create-user ada@example.com --name Ada --role admin
    Exit code: 0 made, 1 it cannot be made, 2 wrong use.
    """
    desk = services().desk
    if dry_run:
        if desk.accounts.by_login(login):
            raise click.ClickException(_WHY["taken"])
        click.echo(f"{tidy(login)}: would be made with {', '.join(roles)}")
        return
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(15)
    try:
        user = desk.accounts.create(login, name, password, [Role(role) for role in roles], BY, _now())
    except BadAccount as bad:
        raise click.ClickException(_WHY[bad.code]) from None
    base = services().settings.base_url.rstrip("/")
    click.echo(f"{user.login}: made with {', '.join(user.roles)}. Sign in at {base}/desk/")
    if not password_stdin:
        click.echo(f"password: {password}")


@desk_cli.command("users")
def users() -> None:
    """List the accounts."""
    accounts = services().desk.accounts
    found = accounts.all()
    unreadable = set(accounts.unreadable_totp())
    for user in found:
        factor = "second factor unreadable: drop-second-factor" if user.id in unreadable else "second factor"
        marks = [*user.roles, *([factor] if user.has_totp else []), *(["shut out"] if user.disabled else [])]
        click.echo(f"{user.login:40}  {user.name:24}  {', '.join(marks)}")
    if not found:
        click.echo("none yet: flask desk create-user EMAIL --role admin")


@desk_cli.command("set-password")
@click.argument("login", metavar="EMAIL")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--dry-run", is_flag=True, help="Only check that the account exists.")
def set_password(login: str, password_stdin: bool, dry_run: bool) -> None:
    """Give an account a new password and end its sessions."""
    user = _find_user(login)
    if dry_run:
        click.echo(f"{user.login}: would get a new password")
        return
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(15)
    try:
        services().desk.accounts.set_password(user, password, BY, _now())
    except BadAccount as bad:
        raise click.ClickException(_WHY[bad.code]) from None
    click.echo(f"{user.login}: changed, and signed out everywhere")
    if not password_stdin:
        click.echo(f"password: {password}")


@desk_cli.command("drop-second-factor")
@click.argument("login", metavar="EMAIL")
@click.option("--dry-run", is_flag=True, help="Only check that the account exists.")
def drop_second_factor(login: str, dry_run: bool) -> None:
    """Let somebody in who lost phone and recovery codes: the password alone is enough again."""
    user = _find_user(login)
    if not dry_run:
        services().desk.accounts.drop_totp(user, BY, _now())
    click.echo(f"{user.login}: {'would be' if dry_run else 'is'} without a second factor")


@desk_cli.command("disable")
@click.argument("login", metavar="EMAIL")
@click.option("--undo", is_flag=True, help="Let the account in again.")
@click.option("--dry-run", is_flag=True, help="Only check that the account exists.")
def disable(login: str, undo: bool, dry_run: bool) -> None:
    """Shut an account out at once. What it did stays in the log."""
    user = _find_user(login)
    if not dry_run:
        try:
            services().desk.accounts.change(user, BY, _now(), roles=user.roles, disabled=not undo)
        except BadAccount as bad:
            raise click.ClickException(_WHY[bad.code]) from None
    click.echo(f"{user.login}: {'would be ' if dry_run else ''}{'let in again' if undo else 'shut out'}")


def _find_user(login: str) -> User:
    user = services().desk.accounts.by_login(login)
    if user is None:
        raise click.ClickException(f"there is no account {tidy(login)}; flask desk users shows those there are")
    return user
