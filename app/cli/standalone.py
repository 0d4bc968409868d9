"""The command line: `signpost`, and what `flask` loads from `wsgi.py`.

`flask` finds its commands by loading the application, which migrates the database and makes what is missing in the data
folder. Some commands must run before that is wise (a restore wants an empty folder, a backup is made before an upgrade,
the doctor comes when settings are wrong), so for them the application has no services.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from flask import Flask
from flask.cli import FlaskGroup

from app.settings.brands import MAIN

_STANDALONE = frozenset({"backup", "brands", "doctor", "move"})
_TAKE_A_VALUE = frozenset({"-A", "--app", "-e", "--env-file", "--brand"})


def command_of(arguments: Sequence[str]) -> str:
    """The command that these arguments of `flask` name, '' for none."""
    left = list(arguments)
    while left:
        one = left.pop(0)
        if one in _TAKE_A_VALUE and left:
            left.pop(0)
        elif not one.startswith("-"):
            return one
    return ""


def standalone_app(argv: Sequence[str]) -> Flask | None:
    """An application for a command that needs no services, when the command line of this process is one of them."""
    program = Path(argv[0]) if argv else Path()
    name = program.parent.name if program.name == "__main__.py" else program.stem
    command = command_of(argv[1:])
    if name not in {"flask", "signpost"} or (command and command not in _STANDALONE):
        return None
    from app.cli import register

    app = Flask("app")
    register(app)  # all of them, so that `--help` lists them
    return app


def brand_of(arguments: Sequence[str]) -> str:
    """What `--brand` names among these arguments, '' for nothing."""
    for place, one in enumerate(arguments):
        if one == "--":
            break
        if one.startswith("--brand="):
            return one.removeprefix("--brand=")
        if one == "--brand" and place + 1 < len(arguments):
            return arguments[place + 1]
    return ""


def is_command(argv: Sequence[str]) -> bool:
    """Whether this process is a command of `flask` or `signpost`, and no server."""
    program = Path(argv[0]) if argv else Path()
    name = program.parent.name if program.name == "__main__.py" else program.stem
    return name in {"flask", "signpost"} and command_of(argv[1:]) != "run"


def make_app() -> Flask:
    """The application of this process; for a command, that of the brand it names."""
    from app import create_app
    from app.settings.schema import Settings

    named = brand_of(sys.argv[1:]) if is_command(sys.argv) else ""
    if named:
        # In the environment, so that all that reads settings in this process and its children reads those.
        os.environ["SIGNPOST_BRAND"] = named
    alone = standalone_app(sys.argv)
    if alone is not None:
        return alone
    if is_command(sys.argv):
        return _of_a_command()
    if (settings := Settings.load()).brand or settings.default_brand == MAIN:
        return create_app()
    return Flask("app")  # a server's: `wsgi.py` puts the brands into it


def _of_a_command() -> Flask:
    """The application; what is wrong with settings, keys or the database is said in sentences."""
    from app import create_app
    from app.ops.bootstrap import CannotGoOn
    from app.ops.brands.registry import refused_beside_others
    from app.ops.setup import plain_reasons
    from app.settings.schema import BadSettings, Settings

    try:
        settings = Settings.load()
        if not settings.brand and settings.default_brand != MAIN:
            raise click.ClickException(
                "The common settings have no help centre of their own: name a brand with --brand NAME."
            )
        if problems := refused_beside_others(settings.brand):
            raise BadSettings(problems)
        with plain_reasons(settings):
            return create_app(settings)
    except (BadSettings, CannotGoOn) as reason:
        raise click.ClickException(str(reason)) from None


@click.command("serve")
def _serve() -> None:
    """Serve on HOST and PORT of the environment (127.0.0.1:8000), as `make run` does once everything is set up."""
    from app.ops import serve

    code = serve.main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # as app/ops/serve.py does


@click.command("setup")
@click.option("--without-articles", is_flag=True, help="Prepare the model only.")
def _setup(without_articles: bool) -> None:
    """Prepare the model and publish the articles, where that is not done yet."""
    from app.ops import setup

    sys.argv[1:] = ["--without-articles"] if without_articles else []
    sys.exit(setup.main())


def main() -> None:
    """The command `signpost`: all of `flask`'s commands, from any folder."""
    from app.settings.schema import BadSettings

    group = FlaskGroup(create_app=make_app, help="Signpost, a help centre you run yourself.")
    group.add_command(_serve)
    group.add_command(_setup)
    try:
        group.main(prog_name="signpost")
    except BadSettings as reason:
        print(reason, file=sys.stderr)
        sys.exit(1)
