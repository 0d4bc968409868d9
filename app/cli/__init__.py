"""The commands `flask kb`, `flask index`, `flask tickets`, `flask privacy` and `flask desk`."""

from flask import Flask

from app.cli.desk import desk_cli
from app.cli.index import index_cli
from app.cli.kb import kb_cli
from app.cli.privacy import privacy_cli
from app.cli.tickets import tickets_cli


def register(app: Flask) -> None:
    """Add every command group to `flask`."""
    for group in (kb_cli, index_cli, tickets_cli, privacy_cli, desk_cli):
        app.cli.add_command(group)
