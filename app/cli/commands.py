"""The command groups of `flask`: kb, index, tickets, webhooks, incident, privacy, insight, desk, backup and so on."""

import click
from flask.cli import ScriptInfo

from app.cli import quarantine, routing, transfer  # noqa: F401 - they add commands to `flask tickets` and `flask kb`
from app.cli.backup import backup_cli
from app.cli.brands import brands_cli
from app.cli.desk import desk_cli
from app.cli.doctor import doctor
from app.cli.incident import incident_cli
from app.cli.index import index_cli
from app.cli.insight import insight_cli
from app.cli.kb import kb_cli
from app.cli.move import move_cli
from app.cli.privacy import privacy_cli
from app.cli.tickets import tickets_cli
from app.cli.webhooks import webhooks_cli
from app.settings.brands import MAIN


def all_commands() -> tuple[click.Command, ...]:
    """Every command group, each with `--brand`."""
    groups = (kb_cli, index_cli, tickets_cli, webhooks_cli, incident_cli, privacy_cli, insight_cli, desk_cli)
    standalone = (backup_cli, brands_cli, doctor, move_cli)  # these need no services, see app/cli/standalone.py
    for command in (*groups, *standalone):
        if command is not brands_cli:
            _take_brand(command)
    return (*groups, *standalone)


def _take_brand(command: click.Command) -> None:
    """Have a command, and all below it, take `--brand`: see `make_app` in app/cli/standalone.py, which reads it before
    the application is made."""
    if not any(option.name == "brand" for option in command.params):
        command.params.append(
            click.Option(
                ["--brand"], expose_value=False, callback=_is_this, metavar="NAME",
                help="The brand it is about (SIGNPOST_BRAND); see docs/operate/brands.md.",
            )
        )  # fmt: skip
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _take_brand(below)


def _is_this(context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    """Refuse a name that is not that of the application: a command must never work on another brand than it says."""
    if not name:
        return None
    services = context.ensure_object(ScriptInfo).load_app().extensions.get("signpost")
    if services is not None and name != (services.settings.brand or MAIN):
        raise click.UsageError(f"this application is of the brand {services.settings.brand or MAIN}, not of {name}")
    return name
