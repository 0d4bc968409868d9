"""flask incident: open, update and resolve incidents, shown on every page and mailed to subscribers."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.current import services
from core.events import emit
from core.texts.languages import UnknownLanguage, canonical
from support.incidents import service as incidents
from support.incidents.models import Incident, IncidentStage, UnknownIncident

incident_cli = AppGroup("incident", help="What is broken for many.")

_TRANSLATED = click.option(
    "--in", "others", nargs=2, multiple=True, metavar="LANG TEXT", help="The same in another language; may be repeated."
)
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Only show what would be said.")


def _now() -> datetime:
    return datetime.now(UTC)


@incident_cli.command("open")
@click.option("--title", required=True, help="In a few words: what does not work.")
@click.option("--message", required=True, help="What is known, and what people can do meanwhile.")
@click.option(
    "--title-in", "titles", nargs=2, multiple=True, metavar="LANG TITLE", help="The title in another language."
)
@_TRANSLATED
@_DRY_RUN
def open_(
    title: str, message: str, titles: tuple[tuple[str, str], ...], others: tuple[tuple[str, str], ...], dry_run: bool
) -> None:
    """Open an incident: a banner on every page, and a word in every acknowledgement."""
    titles_by_language, texts_by_language = _by_language(title, titles), _by_language(message, others)
    if dry_run:
        click.echo(f"would be open: {title}")
        return
    _show(incidents.open_incident(services().engine, titles_by_language, texts_by_language, _now()))


@incident_cli.command("update")
@click.argument("reference")
@click.option("--message", required=True, help="What is new.")
@click.option(
    "--stage", default="identified", show_default=True, type=click.Choice(["investigating", "identified", "monitoring"])
)
@_TRANSLATED
@_DRY_RUN
def update(reference: str, message: str, stage: str, others: tuple[tuple[str, str], ...], dry_run: bool) -> None:
    """News of an incident: on its page, and by mail to who asked."""
    _change(reference, IncidentStage(stage), _by_language(message, others), dry_run)


@incident_cli.command("close")
@click.argument("reference")
@click.option("--message", default="", help="What was done; a plain “It works again.” without it.")
@_TRANSLATED
@_DRY_RUN
def close(reference: str, message: str, others: tuple[tuple[str, str], ...], dry_run: bool) -> None:
    """It is over: the banner goes, and who asked is told by mail."""
    texts_by_language = _by_language(message, others) if message else dict(_WORKS_AGAIN)
    _change(reference, IncidentStage.RESOLVED, texts_by_language, dry_run)


@incident_cli.command("list")
def list_() -> None:
    """Incidents that go on."""
    found = incidents.open_incidents(services().engine)
    for incident in found:
        _show(incident)
    if not found:
        click.echo("no incident is open")


_WORKS_AGAIN = {
    "en": "It works again.",
    "tr": "Yeniden çalışıyor.",
    "zh-Hant": "已恢復正常。",
    "zh-Hans": "已恢复正常。",
}


def _change(reference: str, stage: IncidentStage, texts: dict[str, str], dry_run: bool) -> None:
    engine = services().engine
    try:
        if dry_run:
            click.echo(f"{incidents.by_reference(engine, reference).reference} would be {stage.value}")
            return
        _show(incidents.update_incident(engine, reference, stage, texts, _now()))
    except UnknownIncident as error:
        raise click.ClickException(f"{error}; flask incident list shows those there are") from None


def _by_language(text: str, others: tuple[tuple[str, str], ...]) -> dict[str, str]:
    try:
        return {services().settings.default_lang: text, **{canonical(lang): words for lang, words in others}}
    except UnknownLanguage as error:
        raise click.ClickException(str(error)) from None


def _show(incident: Incident) -> None:
    emit("incident_changed", reference=incident.reference, stage=incident.stage.value)
    title = incident.title(services().settings.default_lang)
    click.echo(f"{incident.reference}  {incident.stage.value}  {incident.opened_at:%Y-%m-%d %H:%M}  {title}")
