"""`flask kb translations`: how translations stand, and work for translators as XLIFF 2.0 or PO, out and back."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from app.container import Services
from app.current import services
from core.texts.languages import UnknownLanguage, canonical
from kb.authoring.models import Author
from kb.source.folder_reader import FolderReading
from kb.translations.coverage import board, counts
from kb.translations.exchange import Format, Outcome, Taken
from kb.translations.models import State
from kb.translations.packages import MOST_BYTES, PackageError
from kb.translations.words import WHAT_TO_DO, shortened

translations_cli = AppGroup("translations", help="How translations stand; work for translators, out and back.")

_NAME = "flask kb translations"


class _Failed(click.ClickException):
    """A message without a prefix."""

    exit_code = 1


@translations_cli.command("status")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
def status(form: str) -> None:
    """How many articles of each language are there, outdated, drafts and missing.

    \b
    Example:  flask kb translations status --format json
    Exit code: 0.
    """
    s = services()
    reading = _reading(s)
    bases = s.translations.notice(reading, s.now())
    langs = sorted({one.lang for one in reading.articles})
    found = counts(board(reading.sources, bases, langs, s.settings.default_lang, s.now()), langs)
    if form == "json":
        click.echo(json.dumps([{**vars(one), "share": round(one.share, 4)} for one in found], indent=2))
        return
    for one in found:
        click.echo(
            f"{one.lang}: {one.current} up to date, {one.outdated} outdated, {one.drafts} drafts, {one.missing} missing"
            f" ({one.share:.0%})"
        )


@translations_cli.command("export")
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@click.option("--to", required=True, metavar="LANG", help="The language to translate into.")
@click.option(
    "--format",
    "form",
    type=click.Choice([str(one) for one in Format]),
    default="xliff",
    show_default=True,
    help="XLIFF 2.0, or PO of gettext.",
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([str(one) for one in State]),
    help="Articles that stand so; may be given again. Default: missing and outdated.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write. Default: standard output."
)
def export(paths: tuple[str, ...], to: str, form: str, states: tuple[str, ...], out: Path | None) -> None:
    """Hand out articles to be translated: all that are missing or outdated in a language, or those at PATH.

    \b
    Example:  flask kb translations export --to tr --out work.xlf
    Exit code: 0 written (or nothing to do), 1 the language is none, 2 wrong use.
    """
    s = services()
    lang = _language(to)
    wanted = [State(one) for one in states] or (list(State) if paths else [State.MISSING, State.OUTDATED])
    try:
        package = s.exchange.package(_reading(s), lang, wanted, s.now(), paths)
    except PackageError as wrong:
        raise _Failed(str(wrong)) from None
    if not package.work:
        click.echo("Nothing to hand out: no article stands so in this language.", err=True)
        return
    data = s.exchange.write(package, Format(form))
    if out is None:
        click.echo(data, nl=False)
        return
    out.write_bytes(data)
    units = sum(len(one.units) for one in package.work)
    click.echo(f"Wrote {out}: {len(package.work)} articles, {units} units, {package.source_lang} into {lang}.")


@translations_cli.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what would become of it.")
def import_(file: Path, dry_run: bool) -> None:
    """Take back what was translated: new translations as drafts, over others only what is whole.

    \b
    Example:  flask kb translations import work.xlf --dry-run
    Exit code: 0 taken, 1 the file cannot be read or something in it was refused, 2 wrong use.
    """
    s = services()
    reading = _reading(s)
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
        delivery = s.exchange.read(data, reading, s.now())
        made = s.exchange.take_back(delivery, reading, Author("", True, _NAME), s.now(), s.today(), dry=dry_run)
    except PackageError as wrong:
        raise _Failed(f"{file}: {wrong}") from None
    for one in made:
        click.echo(in_words(one))
    if any(one.taken is Taken.REFUSED or one.problems for one in made):
        raise SystemExit(1)


def in_words(one: Outcome) -> str:
    """What became of an article, with what was not taken of it."""
    parts = [f"{one.path}: {one.taken}{f' as {one.written}' if one.written else ''}"]
    if one.why:
        parts.append(one.why)
    if one.new:
        parts.append(f"{one.new} of {one.units} units have new words")
    if one.missing:
        parts.append(f"{one.missing} of {one.units} units are not translated")
    if one.stale:
        parts.append(f"{one.stale} are of a source that has changed since, or of another article")
    parts += [
        f"“{shortened(problem.text)}” was not taken ({problem.code}): {WHAT_TO_DO[problem.code]}"
        for problem in (*one.problems, *one.left)
    ]
    return "; ".join(parts)


def _reading(s: Services) -> FolderReading:
    look = s.shelf.look(s.today(), None, 600.0)
    if look is None:
        raise _Failed("The articles folder could not be read.")
    return look.reading


def _language(written: str) -> str:
    try:
        return canonical(written)
    except UnknownLanguage:
        raise _Failed(f"{written} is no language; write one like tr, zh-Hant or de.") from None
