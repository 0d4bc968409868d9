"""Prints what a publish did, what it would remove, and the revisions."""

import sys
from typing import Any
from zoneinfo import ZoneInfo

import click

from app.ops.publishing import PublishingReport
from core.database.timestamps import iso
from insight.findability.models import Change, Effect, Place
from insight.findability.service import Comparison
from kb.publish import PublishReport
from kb.removals import Removals
from kb.revisions import How, Revision


def many(count: int, noun: str, plural: str = "") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


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


_SHOWN = 50
_VERDICTS = {"answer": "answered", "suggest": "suggested", "ask_human": "a person is offered first"}
_EFFECTS = {
    Effect.BROKEN: "would no longer be found", Effect.MENDED: "would be found again", Effect.LOWER: "would be lower",
    Effect.HIGHER: "would be higher", Effect.NEW: "new",
}  # fmt: skip


def print_comparison(found: Comparison) -> None:
    """What publishing would change for the questions of articles: what breaks in full, of the rest the first ones."""
    new = [one for one in found.of(Effect.NEW) if one.now is not None and not one.now.found]
    broken = found.of(Effect.BROKEN)
    others = [*found.of(Effect.MENDED), *found.of(Effect.LOWER), *found.of(Effect.HIGHER)]
    for one in [*broken, *new, *others[:_SHOWN]]:
        click.echo(_change_line(one))
    if len(others) > _SHOWN:
        click.echo(f"… and {len(others) - _SHOWN} more that move; --json has all.")
    told = ", ".join(f"{len(found.of(effect))} {words}" for effect, words in _EFFECTS.items())
    before, after = (f"{of[0]} of {of[1]}" for of in zip(found.found, found.questions, strict=True))
    click.echo(f"Questions that find their article: {before} now, {after} then; {told}.")
    if found.left_out:
        click.echo(f"{many(found.left_out, 'question')} more were not tried.", err=True)


def _change_line(one: Change) -> str:
    above = ""
    if one.now is not None and one.now.rivals and one.now.rank != 1:
        above = f"; above it {', '.join(f'{ref.lang}/{ref.slug}' for ref in one.now.rivals)}"
    name = f"{one.question.lang}/{one.question.slug}"
    return (
        f"{one.effect.value:7} {name}  “{one.question.text}”  {_place_words(one.was)} -> {_place_words(one.now)}{above}"
    )


def _place_words(place: Place | None) -> str:
    if place is None:
        return "not there"
    rank = f"place {place.rank}" if place.rank else "not found"
    return f"{rank}, {_VERDICTS.get(place.verdict, place.verdict)}"


def place_as_json(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"rank": place.rank or None, "verdict": place.verdict}


def dry_run_as_json(published: PublishReport, compared: Comparison | None) -> dict[str, Any]:
    """What `flask kb publish --dry-run --json` prints."""
    refs = {
        name: [f"{ref.lang}/{ref.slug}" for ref in found]
        for name, found in (
            ("added", published.added), ("changed", published.changed), ("removed", published.removed),
        )
    }  # fmt: skip
    questions: dict[str, Any] | None = None
    if compared is not None:
        questions = {
            "tried": {"before": compared.questions[0], "after": compared.questions[1]},
            "found": {"before": compared.found[0], "after": compared.found[1]},
            **{effect.value: len(compared.of(effect)) for effect in Effect},
            "changes": [
                {
                    "lang": one.question.lang, "slug": one.question.slug, "question": one.question.text,
                    "effect": one.effect.value, "was": place_as_json(one.was), "now": place_as_json(one.now),
                    "rivals": [[ref.lang, ref.slug] for ref in one.now.rivals] if one.now else [],
                }
                for one in compared.changes
            ],
        }  # fmt: skip
    return {
        **refs, "unchanged": len(published.unchanged),
        "refused": published.refused.value if published.refused else None,
        "errors": [str(one) for one in published.errors], "warnings": len(published.warnings), "questions": questions,
    }  # fmt: skip


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
