"""The commands `flask kb`, `flask index` and `flask tickets`."""

from flask import Flask

from app.cli.index import index_cli
from app.cli.kb import kb_cli
from app.cli.tickets import tickets_cli


def register(app: Flask) -> None:
    """Add every command group to `flask`."""
    for group in (kb_cli, index_cli, tickets_cli):
        app.cli.add_command(group)
