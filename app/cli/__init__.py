"""The commands `flask kb`, `flask index` and `flask tickets`."""

import importlib

from flask import Flask

_GROUPS = (("app.cli.kb", "kb_cli"), ("app.cli.index", "index_cli"), ("app.cli.tickets", "tickets_cli"))


def register(app: Flask) -> None:
    """Add every command group to `flask`."""
    for module, name in _GROUPS:
        try:
            group = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            continue
        app.cli.add_command(group)
