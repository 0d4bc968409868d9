"""The command groups of `flask`: kb, index, tickets, webhooks, incident, privacy, insight, desk, backup and so on."""

from flask import Flask

from app.cli import quarantine, routing, transfer  # noqa: F401 - they add commands to `flask tickets` and `flask kb`
from app.cli.backup import backup_cli
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


def register(app: Flask) -> None:
    """Add every command group to `flask`."""
    for group in (kb_cli, index_cli, tickets_cli, webhooks_cli, incident_cli, privacy_cli, insight_cli, desk_cli):
        app.cli.add_command(group)
    for command in (backup_cli, doctor, move_cli):  # these need no services, see app/cli/standalone.py
        app.cli.add_command(command)
