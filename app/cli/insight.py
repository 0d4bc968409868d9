"""flask insight: the ledger in and out, what was counted, and whether it still adds up."""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

import click
from flask.cli import AppGroup

from app.cli.publish_output import place_as_json
from app.current import services
from app.desk import digest
from core.database.timestamps import iso
from core.events import emit
from core.texts.languages import UnknownLanguage, canonical
from index.embed.loader import ModelNotReady
from index.embed.model import ModelUnavailable
from insight import aggregates, ledger
from insight.events import WHERE
from insight.outcomes import wilson
from insight.report import Filters, report
from insight.topics.models import Status
from insight.topics.service import shown_days
from support.email.digest_emails import DigestEmails

insight_cli = AppGroup("insight", help="What customers searched, read and asked for, and what came of it.")


def _day(_context: click.Context, _option: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        if len(value) != 10:
            raise ValueError
        day = date.fromisoformat(value)
        if not 2000 <= day.year < 2100:  # when an event may have happened
            raise ValueError
        return day
    except ValueError:
        raise click.BadParameter(f"“{value[:40]}” is no day; write it as 2026-11-30") from None


def _language(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        return canonical(value) if value else ""
    except UnknownLanguage as error:
        raise click.BadParameter(str(error)) from None


def _time(required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def add(command: Callable[..., None]) -> Callable[..., None]:
        for name, what in (("last", "to"), ("first", "from")):
            words = f"The {name} day (UTC), as 2026-11-30."
            option = click.option(f"--{what}", name, metavar="DAY", callback=_day, required=required, help=words)
            command = option(command)
        return command

    return add


@insight_cli.command("import")
@click.argument("file", type=click.File("rb"))
def import_events(file: BinaryIO) -> None:
    """Add the events of FILE (JSON Lines; - is standard input). One that is there already, by its id, stays.

    One that lies more than five minutes ahead of this machine's clock is refused.
    """
    s = services()
    done = ledger.import_file(s.engine, file, s.scrub, s.category_of(), datetime.now(UTC))
    for line, reason in done.refused:
        click.echo(f"line {line}: {reason}", err=True)
    if done.refused_count > len(done.refused):
        click.echo(f"… and {done.refused_count - len(done.refused)} more lines", err=True)
    aggregates.update(s.engine, datetime.now(UTC), stragglers=False)
    ahead = f", {done.ahead} of them for a time that is yet to come: compare the clocks" if done.ahead else ""
    click.echo(f"{done.added} events added, {done.known} known already, {done.refused_count} lines refused{ahead}")
    if done.refused_count:
        raise click.exceptions.Exit(1)


@insight_cli.command("export")
@_time(required=False)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write. Default: the screen."
)
def export_events(first: date | None, last: date | None, output: Path | None) -> None:
    """Write every event as JSON Lines, in the order of their moments: what `import` reads."""
    try:
        target = output.open("w", encoding="utf-8") if output else sys.stdout
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from None
    try:
        for one in ledger.export(services().engine, first, last):
            target.write(json.dumps(one.as_json(), ensure_ascii=False) + "\n")
        target.flush()
    except BrokenPipeError:  # `flask insight export | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError as error:
        raise click.ClickException(f"the export is not whole: {error.strerror}") from None
    finally:
        if output:
            target.close()


@insight_cli.command("purge")
@click.option("--dry-run", is_flag=True, help="Only say how much would be removed.")
def purge(dry_run: bool) -> None:
    """Forget what is older than `keep_queries_days` and `keep_events_days`; counts by day stay."""
    s = services()
    done = s.privacy.purge(datetime.now(UTC), dry_run=dry_run, only=("events", "queries"))
    if not dry_run:
        emit("purged", tickets=0, attachments=0, events=done.events, queries=done.queries)
    would = "would be removed" if dry_run else "removed"
    click.echo(f"{would}: {done.events} events, the words of {done.queries} searches")


@insight_cli.command("report")
@_time(required=True)
@click.option("--lang", default="", callback=_language, help="Only this language of the page.")
@click.option("--site", default="", help="Only this embedding site.")
@click.option("--category", default="", help="Only what is about articles of this topic.")
@click.option("--where", type=click.Choice(WHERE), help="Only this surface.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def print_report(
    first: date, last: date, lang: str, site: str, category: str, where: str | None, as_json: bool
) -> None:
    """What came of visits, searches and tickets from one day to another, both included."""
    if last < first:
        raise click.BadParameter("the last day is before the first", param_hint="--to")
    s = services()
    now = datetime.now(UTC)
    aggregates.update(s.engine, now)
    figures = report(s.engine, Filters(first, last, lang, site, category, where or ""), now)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    _print(figures)


def _print(figures: dict[str, Any]) -> None:
    outcomes = cast(dict[str, int], figures["outcomes"])
    settled = figures["visits"] - outcomes["pending"]
    click.echo(f"{figures['visits']} visits with a search or a suggestion, {outcomes['pending']} of them still pending")
    for name in ("confirmed", "probable", "abandoned", "failed"):
        click.echo(f"  {name:<10} {_rate(outcomes[name], settled)}")
    false = figures["false_deflection"]
    click.echo(f"false deflection: {_rate(false['cases'], false['of'])}")
    searches, tickets = figures["searches"], figures["tickets"]
    click.echo(f"{searches['total']} searches, without a click {_rate(searches['no_click'], searches['total'])}")
    for name in ("answer", "suggest", "ask_human"):
        click.echo(f"  {name:<10} {_rate(searches[name], searches['total'])}")
    click.echo(f"{tickets['total']} tickets, after a search {_rate(tickets['with_search'], tickets['total'])}")
    for channel, count in tickets["by_channel"].items():
        click.echo(f"  {channel:<10} {count}")
    for row in figures["articles"][:20]:
        click.echo(
            f"{row['lang']}/{row['slug']}: {row['reads']} reads, {row['helpful']} helpful, {row['unhelpful']} not,"
            f" {row['solved']} solved, {row['failed_after']} failed after it"
        )


def _rate(cases: int, of: int) -> str:
    """Cases of how many; the share with its 95 % interval from 20 on."""
    if of < 20:
        return f"{cases} of {of}"
    low, high = wilson(cases, of)
    return f"{cases} of {of} ({cases / of:.1%}, {low:.1%} to {high:.1%})"


@insight_cli.command("recompute")
@click.option("--check", is_flag=True, help="Store nothing; end with an error at the first figure that differs.")
def recompute(check: bool) -> None:
    """Compute every stored figure again from the ledger."""
    s = services()
    if not check:
        days = aggregates.recompute(s.engine)
        s.topics.recount(datetime.now(UTC))
        click.echo(f"{days} days counted again")
        return
    difference = aggregates.check(s.engine, datetime.now(UTC)) or s.topics.check()
    if difference:
        raise click.ClickException(difference)
    click.echo("every figure is what the ledger says")


@insight_cli.command("gaps")
@_time(required=False)
@click.option(
    "--refresh/--no-refresh",
    default=True,
    show_default=True,
    help="Take what is new from the ledger first. Served installations do that once a day.",
)
@click.option("--limit", type=click.IntRange(1), help="At most so many. Default: all as JSON, else 20.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def print_gaps(first: date | None, last: date | None, refresh: bool, limit: int | None, as_json: bool) -> None:
    """What customers asked in vain, by topic over all languages, what matters most first.

    Without days: the last twelve weeks in which something happened. Ignored topics come last.
    """
    s = services()
    now = datetime.now(UTC)
    newest = s.topics.newest()
    last = last or min(now.date(), newest or now.date())
    first = first or shown_days(last)[0]
    if last < first:
        raise click.BadParameter("the last day is before the first", param_hint="--to")
    if refresh:
        try:
            if s.topics.refresh(now, s.today(), last) is None:
                click.echo("Another process is refreshing the topics; these are from before.", err=True)
        except (ModelNotReady, ModelUnavailable) as error:
            raise click.ClickException(f"the questions cannot be grouped without the model: {error}") from None
    found = [one for one in s.topics.topics(first, last) if one.size]
    found.sort(key=lambda one: one.status is Status.IGNORED)
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found[:limit]], ensure_ascii=False, indent=2))
        return
    click.echo(f"{len(found)} topics asked about in vain from {first} to {last}")
    for one in found[: limit or 20]:
        lang, title = one.title((s.settings.default_lang, "en"))
        near = f"{one.nearest.lang}/{one.nearest.slug}" if one.nearest else "-"
        click.echo(
            f"{one.id:>5}  {one.size:>5} asked  {one.tickets:>4} contacts  {one.status.value:<8}"
            f"  {one.cause.value:<14}  {near}"
        )
        click.echo(f"       {lang}: {title}")


@insight_cli.command("digest")
@click.option("--send", is_flag=True, help="Mail it now. Without, it is only shown.")
@click.option("--to", "address", metavar="ADDRESS", help="Only to this one of those who get it, even if it was sent.")
@click.option("--week", "day", metavar="DAY", callback=_day, help="The week of this day. Default: the last whole week.")
def mail_digest(send: bool, address: str | None, day: date | None) -> None:
    """Show the weekly digest: who gets it, in which language, and what stands in it. With --send, mail it."""
    s = services()
    now = datetime.now(UTC)
    today = now.astimezone(s.settings.zone).date()
    week = digest.last_week(day + timedelta(days=7) if day else today)
    aggregates.update(s.engine, now)
    mails = [one for one in digest.planned(s, week, now) if not address or one.address.casefold() == address.casefold()]
    if not mails:
        whom = f"{address} is not among those who get it" if address else "nobody gets it"
        raise click.ClickException(f"{whom}: authors, admins, and the mailboxes of teams that own articles")
    if send:
        sent = digest.send_to(s, week, now, address) if address else digest.send(s, week, now)
        known = "; this week's was sent before, and --to sends it again to one address" if not (sent or address) else ""
        click.echo(f"{sent} digests of {week.first} to {week.last} go out with the next mails{known}")
        return
    emails, shown = DigestEmails(s.settings), set()
    for one in mails:
        click.echo(f"{one.address}  {one.lang}{f'  not mailed: {one.why_not}' if one.why_not else ''}")
    for one in mails:
        rendered = emails.preview({**one.payload, "token": "…"})
        if not one.why_not and rendered.text not in shown:
            shown.add(rendered.text)
            click.echo(f"\n--- {one.address}\nSubject: {rendered.subject}\n\n{rendered.text.strip()}")


@insight_cli.command("findability")
@click.option(
    "--refresh/--no-refresh",
    default=True,
    show_default=True,
    help="Try all questions first, if something was published since. Served installations do that by themselves.",
)
@click.option("--json", "as_json", is_flag=True, help="Every question, as JSON.")
def print_findability(refresh: bool, as_json: bool) -> None:
    """Where the questions of articles find them, what stands above, and what publishes broke or mended."""
    s = services()
    now, latest = datetime.now(UTC), s.revisions.latest()
    if refresh and latest is not None:
        own = s.for_indexing()
        try:
            if own.findability.due(s.today()) and own.findability.measure(now, s.today(), latest.number) is None:
                click.echo("Another process is trying the questions; this is from before.", err=True)
        except (ModelNotReady, ModelUnavailable) as error:
            raise click.ClickException(f"questions cannot be tried without the model: {error}") from None
    places = s.findability.repository.places()
    runs = s.findability.repository.runs(20)
    if as_json:
        told = {
            "runs": [
                {"revision": one.revision, "at": iso(one.at), "questions": one.questions, "found": one.found,
                 "broken": one.broken, "mended": one.mended, "left_out": one.left_out}
                for one in runs
            ],
            "questions": [
                {"lang": question.lang, "slug": question.slug, "question": question.text,
                 **(place_as_json(place) or {}), "since": place.since,
                 "rivals": [[ref.lang, ref.slug] for ref in place.rivals]}
                for question, place in places.items()
            ],
        }  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for question, place in places.items():
        if not place.found:
            above = ", ".join(f"{ref.lang}/{ref.slug}" for ref in place.rivals) or "nothing"
            click.echo(
                f"{question.lang}/{question.slug}  “{question.text}”  place {place.rank or '-'}, above it: {above}"
            )
    click.echo(f"{sum(one.found for one in places.values())} of {len(places)} questions find their article")
    for run in runs:
        click.echo(f"revision {run.revision}: {run.found} of {run.questions}, {run.broken} broken, {run.mended} mended")
