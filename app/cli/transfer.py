"""`flask kb import` and `flask kb export`: moving in from other tools, and out."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from app.cli.kb import kb_cli
from app.current import services
from core.texts.languages import UnknownLanguage, canonical
from kb.errors import KbError
from kb.models import Article
from kb.transfer.export import export
from kb.transfer.registry import NAMES
from kb.transfer.report import DoubtfulLanguage, TitleSearch
from kb.transfer.service import look


@kb_cli.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--into", "folder", type=click.Path(path_type=Path), required=True, help="The folder to write to.")
@click.option("--from", "kind", type=click.Choice(NAMES), help="What the source is. Default: found out from its files.")
@click.option(
    "--lang", help="The language of what does not say its own, as en or zh-Hant. Default: SIGNPOST_DEFAULT_LANG."
)
@click.option("--dry-run", is_flag=True, help="Print the report, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="The whole report, for machines.")
@click.option("--verbose", is_flag=True, help="List everything that was left out, instead of the first of each kind.")
@click.option("--no-search", is_flag=True, help="Do not try whether titles find their articles.")
def import_command(
    source: Path,
    folder: Path,
    kind: str | None,
    lang: str | None,
    dry_run: bool,
    as_json: bool,
    verbose: bool,
    no_search: bool,
) -> None:
    """Bring articles in from another tool's folder, zip or export.

    A second run brings what changed there, and never undoes what was edited here; such articles stay, and the other
    text is put into _import/upstream/ of the folder.

    \b
    Example:  flask kb import ~/our-docs --into kb/ours --dry-run
    Exit code: 0 imported, also when some files wait for you; 1 refused, 2 wrong use.
    """
    own = services()
    titles = (lambda articles: None) if no_search else titles_found
    try:
        default_lang = canonical(lang) if lang else own.settings.default_lang
    except UnknownLanguage as wrong:
        raise click.BadParameter(str(wrong), param_hint="--lang") from None
    try:
        with look(
            source, folder, kind=kind or "", default_lang=default_lang, titles=titles, languages=doubtful_languages
        ) as found:
            if as_json:
                click.echo(json.dumps({**found.report.to_json(), "dry_run": dry_run}, ensure_ascii=False, indent=2))
            else:
                for line in found.report.lines(verbose=verbose):
                    click.echo(line)
            if not dry_run:
                found.write()
    except KbError as wrong:
        raise click.ClickException(str(wrong)) from None
    if not as_json:
        click.echo(
            "Nothing was written."
            if dry_run
            else f"Written to {folder}. Look at it: flask kb preview --folder {folder}"
        )


def doubtful_languages(articles: Sequence[Article]) -> Sequence[DoubtfulLanguage]:
    """The articles that read as another language than they are filed under."""
    from index.tools import article_languages  # here, because it loads what reads questions

    found = article_languages.doubtful_languages(articles)
    return [
        DoubtfulLanguage(filed, read, tuple(article.source for article in own)) for (filed, read), own in found.items()
    ]


def titles_found(articles: Sequence[Article]) -> TitleSearch | None:
    """Whether each title finds its own article, by words alone: the model would take minutes for a large library."""
    from index.tools.titles import titles_by_words  # here, because it loads the search engines

    result = titles_by_words([a for a in articles if not a.exclude])
    return TitleSearch(result.found, result.tried, "search by words, first five", result.lost)


@kb_cli.command("export")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("articles.zip"), show_default=True, help="The zip."
)
@click.option("--folder", type=click.Path(path_type=Path), help="Another folder than the one in the setting kb_dir.")
@click.option("--dry-run", is_flag=True, help="Say what the zip would hold, and write nothing.")
def export_command(out: Path, folder: Path | None, dry_run: bool) -> None:
    """Write all articles, pictures, categories and hints to search as one zip, which imports again as it was.

    \b
    Exit code: 0 written, 1 there is no folder or no room, 2 wrong use.
    """
    try:
        made = export(folder or services().settings.kb_dir, out, dry_run=dry_run)
    except KbError as wrong:
        raise click.ClickException(str(wrong)) from None
    for path in made.left:
        click.echo(f"not part of a help centre, left out: {path}", err=True)
    click.echo(f"{'Would write' if dry_run else 'Wrote'} {out}: {made.articles} articles, {made.files} files in all.")
