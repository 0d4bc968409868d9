"""Prints what a publish did, what it would remove, and the revisions."""

import sys
from zoneinfo import ZoneInfo

import click

from app.ops.publishing import PublishingReport
from core.database.timestamps import iso
from kb.publish import PublishReport
from kb.removals import Removals
from kb.revisions import How, Revision


def many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def print_changes(published: PublishReport) -> None:
    for mark, refs in (("+", published.added), ("~", published.changed), ("-", published.removed)):
        for ref in refs:
            click.echo(f"{mark} {ref.lang}/{ref.slug}")


def print_published(published: PublishReport, what: str, dry_run: bool) -> None:
    """What changed on the site; it can be printed before search is up to date."""
    summary = ", ".join(
        f"{len(refs)} {kind}"
        for kind, refs in (
            ("added", published.added), ("changed", published.changed),
            ("removed", published.removed), ("unchanged", published.unchanged),
        )
    )  # fmt: skip
    click.echo(f"{what}: {summary}.")
    if published.revision and not dry_run:
        click.echo(f"This is revision {published.revision}.")
    sys.stdout.flush()


def print_indexed(report: PublishingReport) -> None:
    if report.index:
        built = report.index
        click.echo(f"Search: {built.passages} passages, {built.embedded} embedded now, {built.reused} reused.")


def print_summary(report: PublishingReport, what: str, dry_run: bool) -> None:
    print_published(report.publish, what, dry_run)
    print_indexed(report)


def hold_in_words(count: int, revision: int) -> str:
    return (
        f"{many(count, 'article')} {'stays' if count == 1 else 'stay'} as at revision {revision} until the file"
        " changes; `flask kb publish` publishes the whole folder again."
    )


def revision_line(one: Revision, *, own_zone: ZoneInfo, current: int) -> str:
    how = f"rollback to {one.rollback_of}" if one.how is How.ROLLBACK else one.how.value
    changes = f"+{one.added} ~{one.changed} -{one.removed}"
    mark = "*" if one.number == current else " "
    line = f"{mark}{one.number:6}  {one.at.astimezone(own_zone):%Y-%m-%d %H:%M %Z}  {how:15}  {changes:16}"
    return f"{line} {many(one.articles, 'article')}  {one.reason}".rstrip()


def revision_as_json(one: Revision, current: int) -> dict[str, object]:
    return {
        "number": one.number,
        "at": iso(one.at),
        "how": one.how.value,
        "rollback_of": one.rollback_of,
        "reason": one.reason,
        "articles": one.articles,
        "added": one.added,
        "changed": one.changed,
        "removed": one.removed,
        "current": one.number == current,
    }


def print_removals(found: Removals) -> None:
    """The first articles that would be removed, and how many more."""
    for one in found.named:
        click.echo(f"- {one.ref.lang}/{one.ref.slug}  {one.title}", err=True)
    if len(found.lost) > len(found.named):
        click.echo(f"… and {len(found.lost) - len(found.named)} more.", err=True)
