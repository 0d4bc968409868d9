"""The commands of `flask`. They are loaded when one is asked for: a server runs none, and they bring imports and
exports, checks and backups with them, a tenth of its memory."""

from collections.abc import MutableMapping

import click
from flask import Flask
from flask.cli import AppGroup


class Commands(AppGroup):
    """A command group whose commands are loaded when they are first looked at."""

    _loaded: MutableMapping[str, click.Command] | None = None

    @property
    def commands(self) -> MutableMapping[str, click.Command]:
        if self._loaded is None:
            from app.cli.commands import all_commands

            self._loaded = {str(command.name): command for command in all_commands()}
        return self._loaded

    @commands.setter
    def commands(self, _given: MutableMapping[str, click.Command]) -> None:
        """click's own constructor: no command is added from without."""


def register(app: Flask) -> None:
    """Have `flask` find every command group."""
    app.cli = Commands(app.name)
