"""`flask kb`: create, lint, publish, list, explain and preview articles, and go back to an earlier revision."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from app.cli import lint_output
from app.cli.progress import EmbeddingProgress, ReadingProgress, TryingProgress
from app.cli.publish_output import (
    dry_run_as_json,
    hold_in_words,
    many,
    print_changes,
    print_comparison,
    print_indexed,
    print_published,
    print_removals,
    print_summary,
    revision_as_json,
    revision_line,
)
from app.cli.translations import translations_cli
from app.container import Services
from app.current import services
from app.ops.publishing import publish_and_index, roll_back_and_index
from app.settings.schema import Settings
from core.roles import PUBLISHER
from core.texts.languages import canonical, fallbacks
from index.embed.loader import ModelNotReady
from index.embed.model import ModelUnavailable
from index.models import SearchQuery
from insight.findability.models import Effect
from insight.findability.service import Comparison
from kb.errors import KbError
from kb.findings import Finding, Severity
from kb.lint import lint
from kb.models import Article, ArticleRef, Status
from kb.publish import OnError, PublishReport, Refusal
from kb.removals import Removals, removals_in_words
from kb.revisions import How, Origin
from kb.source.folder_reader import FolderReading, Source, read_folder
from kb.source.new_article import new_article
from support.intake.forms import linkable
from support.teams.teams import teams

if TYPE_CHECKING:
    from index.tools.findability import FindabilityFinding

_FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path), help="Another folder than the one in the setting kb_dir."
)
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
_ALLOW_REMOVALS = click.option(
    "--allow-removals", is_flag=True, help="Go on where many articles, or all of a language, would be removed."
)
_REASON = click.option("--reason", default="", metavar="TEXT", help="A word on why, kept with the revision.")
_MANY = 20
# Search deadline of commands in ms: unlike a visitor's request, a command waits for the model to load.
_PATIENCE_MS = 120_000

kb_cli = AppGroup("kb", help="Write, check, publish and look at articles.")
kb_cli.add_command(translations_cli)


class _CommandFailed(click.ClickException):
    """A command error whose message is printed without a prefix."""

    exit_code = 1


@kb_cli.command("new")
@click.argument("name", metavar="LANG/CATEGORY[/CATEGORY…]/SLUG")
@click.option("--title", default="", help="Default: made from the slug.")
@click.option("--translation-of", default="", metavar="SLUG", help="The slug of the article this one translates.")
@click.option("--dry-run", is_flag=True, help="Print the file instead of writing it.")
@_FOLDER
def new(name: str, title: str, translation_of: str, dry_run: bool, folder: Path | None) -> None:
    """Make a new article file to fill in. It is a draft until you say otherwise.

    \b
    Example:  flask kb new en/returns/return-an-item --title "Return an item"
    Exit code: 0 made, 1 the name is wrong or the file exists, 2 wrong use.
    """
    own = services()
    try:
        path, text = new_article(folder or own.settings.kb_dir, name, title, translation_of, own.today())
    except KbError as wrong:
        raise _CommandFailed(str(wrong)) from None
    if dry_run:
        click.echo(f"# {path}\n{text}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"Made {path}. `flask kb preview` shows it while you write.")


@kb_cli.command("lint")
@_FOLDER
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to print. sarif is what code hosts show beside the lines of a change.",
)
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option(
    "--no-questions",
    is_flag=True,
    help="No search: no questions, no twins, urgent messages by words only (needs no model).",
)
@click.option("--summary", is_flag=True, help="How many there are of each kind, instead of each finding.")
@click.option("--only", multiple=True, metavar="CODE", help="Only findings of this code. May be given again.")
@click.option("--ignore", multiple=True, metavar="CODE", help="No findings of this code. May be given again.")
@click.option(
    "--baseline", type=click.Path(path_type=Path, dir_okay=False), help="A file of findings that are known, left out."
)
@click.option("--write-baseline", is_flag=True, help="Write all findings of now to the file of --baseline.")
def lint_command(
    folder: Path | None,
    form: str,
    strict: bool,
    no_questions: bool,
    summary: bool,
    only: tuple[str, ...],
    ignore: tuple[str, ...],
    baseline: Path | None,
    write_baseline: bool,
) -> None:
    """Check every article: header, language, links, pictures, translations, reviews, that its questions find it, twins.
    Urgent messages too: that their examples are recognised, and no near miss is. It says what --no-questions leaves
    out.

    \b
    Example:  flask kb lint --baseline lint.json --write-baseline   # what is known today
              flask kb lint --baseline lint.json                    # only what is new
    Exit code: 0 nothing wrong (there may be warnings), 1 errors found, 2 wrong use.
    """
    if write_baseline and baseline is None:
        raise click.UsageError("--write-baseline needs --baseline FILE, the file to write.")
    own = services()
    reading = _read(folder or own.settings.kb_dir, own.settings)
    forms = replace(linkable(own.settings), teams=frozenset(teams(own.settings)))
    found = list(lint(reading, own.today(), forms=forms))
    if not no_questions:
        found += _questions(reading, own)
    found += _urgent(reading, own, by_meaning=not no_questions)
    from index.tools.article_languages import check_languages

    found += check_languages(reading.articles)
    untested = _untested(reading, own) if no_questions else []
    found = lint_output.chosen(found, only, ignore)
    if baseline is not None and not write_baseline:
        try:
            found = lint_output.without_known(found, baseline.read_text(encoding="utf-8"))
        except (OSError, ValueError) as wrong:
            raise click.UsageError(f"{baseline} is no baseline that --write-baseline wrote: {wrong}") from None
    errors, warnings = _count_by_severity(found)
    if form == "json":
        click.echo(lint_output.as_json(found, errors, warnings, summary=summary, untested=untested))
    elif form == "sarif":
        click.echo(lint_output.as_sarif(found))
    else:
        for line in lint_output.summary(found) if summary else map(str, found):
            click.echo(line)
        click.echo(f"{many(len(reading.articles), 'article')}: {many(errors, 'error')}, {many(warnings, 'warning')}.")
    if untested:
        click.echo(f"Not tested: {', '.join(untested)}. Run lint without --no-questions for that.", err=True)
    if write_baseline and baseline is not None:
        baseline.write_text(lint_output.baseline_of(found), encoding="utf-8")
        click.echo(f"Wrote {baseline}: {many(len(found), 'finding')} that will be left out.", err=True)
        return
    if errors or (strict and warnings):
        raise click.exceptions.Exit(1)


@kb_cli.command("publish")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--strict", is_flag=True, help="For CI: publish nothing when any article has an error.")
@click.option("--no-questions", is_flag=True, help="With --dry-run: do not try the questions (needs no model).")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: what would change, as JSON.")
@_ALLOW_REMOVALS
@_REASON
def publish_command(
    dry_run: bool, strict: bool, no_questions: bool, as_json: bool, allow_removals: bool, reason: str
) -> None:
    """Make the folder's articles the published ones and bring search up to date.

    An article that cannot be read is named with file and line and keeps what was published of it before; all others
    are published. With --strict nothing is written then. A publish that would remove more than a fifth of the articles
    (and more than three), or every article of a language, is refused: an empty folder empties no site.

    A dry run also tries the `questions` of all articles, as they are and as they would be, and names those that would
    no longer find their article among the first three results, and those that would again.

    \b
    Exit code: 0 published, 1 errors (see above for what was published) or
    refused, 2 wrong use, 3 a question would no longer find its article (only
    with --dry-run --strict).
    """
    if as_json and not dry_run:
        raise click.UsageError("--json needs --dry-run.")
    origin = Origin(How.COMMAND, reason, allow_removals)
    on_error = OnError.REFUSE if strict else OnError.KEEP
    own = services()
    if PUBLISHER not in own.settings.roles:
        raise _CommandFailed("This node is no publisher (setting roles): its folder may be an old one.")
    reading = ReadingProgress()

    def told(published: PublishReport) -> None:
        reading.done()
        if not dry_run and published.refused is None:
            print_published(published, "Published", dry_run)
            if published.touched:
                click.echo("Visitors can read this now; search is being brought up to date.", err=True)

    try:
        with EmbeddingProgress() as progress:
            report = publish_and_index(
                own.for_indexing(), dry_run=dry_run, progress=progress, on_error=on_error, origin=origin,
                waiting=progress.say, reading=reading, published=told,
            )  # fmt: skip
    except KbError as wrong:
        stays = "\nWhat was published before stays on the site." if own.articles.count() else ""
        raise _CommandFailed(f"{wrong}{stays}") from None
    except ModelUnavailable as wrong:
        raise _CommandFailed(str(wrong)) from None
    published = report.publish
    _print_some(published.warnings)
    for error in published.errors:
        click.echo(str(error), err=True)
    if as_json:
        _print_dry_run(published, own, strict=strict, try_questions=not no_questions)
        return
    if dry_run:
        print_changes(published)
    if published.refused is Refusal.ERRORS:
        raise _CommandFailed(
            f"{many(len(published.errors), 'error')}. Nothing was published; correct the lines above and try again."
        )
    if published.refused is Refusal.REMOVALS:
        _refuse_removals(published.removals, f"Nothing {'would be' if dry_run else 'was'} published")
    compared = None
    if dry_run:
        print_published(published, "Would publish", dry_run)
        compared = None if no_questions else _compared(published, own)
        if compared is not None:
            print_comparison(compared)
    print_indexed(report)
    if published.errors:
        raise _CommandFailed(
            f"{many(len(published.errors), 'error')}: the articles named above"
            f" {'would stay' if dry_run else 'stay'} as they were published before, if they were."
        )
    if strict and compared is not None and compared.of(Effect.BROKEN):
        raise click.exceptions.Exit(3)


def _compared(published: PublishReport, own: Services) -> Comparison | None:
    """What publishing would change for the questions of articles; None where nothing would, or it cannot be tried."""
    if not published.touched or not own.articles.count():
        return None  # nothing would change; or nothing is there yet, and `flask kb lint` tries what would be
    tried, today = own.for_indexing().findability, own.today()
    try:
        progress = TryingProgress(tried.searches(published.articles, today))
        found = tried.compare(published.articles, today, progress)
    except (ModelUnavailable, ModelNotReady) as wrong:
        click.echo(f"The questions of articles were not tried: {wrong}", err=True)
        return None
    progress.done()
    return found


def _print_dry_run(published: PublishReport, own: Services, *, strict: bool, try_questions: bool) -> None:
    refused = published.refused is not None
    compared = _compared(published, own) if try_questions and not refused else None
    click.echo(json.dumps(dry_run_as_json(published, compared), ensure_ascii=False, indent=2))
    if refused or published.errors:
        raise click.exceptions.Exit(1)
    if strict and compared is not None and compared.of(Effect.BROKEN):
        raise click.exceptions.Exit(3)


@kb_cli.command("revisions")
@click.option("--limit", type=click.IntRange(1), help="Only so many, the newest first.")
@_FORMAT
def revisions_command(limit: int | None, form: str) -> None:
    """List the revisions: every publish that changed something, the newest first.

    \b
    Exit code: 0, also when there is none; 2 wrong use.
    """
    found = services().revisions.list(limit)
    hold = services().publish_state.read()[1]
    current = found[0].number if found else 0
    if form == "json":
        rows = [revision_as_json(one, current) for one in found]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(revision_line(one, own_zone=services().settings.zone, current=current))
    click.echo(f"{many(len(found), 'revision')}.")
    if hold:
        click.echo(hold_in_words(len(hold.articles), hold.revision))


@kb_cli.command("rollback")
@click.argument("number", type=click.IntRange(1, 2**62))
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@_ALLOW_REMOVALS
@_REASON
def rollback_command(number: int, dry_run: bool, allow_removals: bool, reason: str) -> None:
    """Publish the articles of an earlier revision again, as a new one, and bring search up to date.

    The articles folder is left as it is. While the service watches it, the articles that came back stay until their
    files are changed; `flask kb publish` publishes the whole folder again.

    \b
    Example:  flask kb rollback 41 --reason "prices were wrong"
    Exit code: 0 published, 1 no such revision or refused, 2 wrong use.
    """
    try:
        with EmbeddingProgress() as progress:
            report = roll_back_and_index(
                services().for_indexing(), number, dry_run=dry_run, progress=progress, reason=reason,
                removals_allowed=allow_removals,
            )  # fmt: skip
    except (KbError, ModelUnavailable) as wrong:
        raise _CommandFailed(str(wrong)) from None
    published = report.publish
    if dry_run:
        print_changes(published)
    if published.refused is Refusal.REMOVALS:
        _refuse_removals(published.removals, f"Nothing {'would be' if dry_run else 'was'} rolled back")
    if report.files:
        click.echo(
            f"{many(report.files, 'file')} (pictures, downloads, synonyms, pins, urgent messages) as at that revision."
        )
    if not dry_run and not published.revision:
        if not report.files:
            click.echo(f"What is published already is as at revision {number}; nothing changed.")
        return
    print_summary(report, f"{'Would go' if dry_run else 'Went'} back to revision {number}", dry_run)
    hold = services().publish_state.read()[1]
    if hold and not dry_run:
        click.echo(hold_in_words(len(hold.articles), hold.revision))


@kb_cli.command("list")
@click.option("--lang", help="Only this language.")
@click.option("--category", help="Only this category.")
@click.option("--status", type=click.Choice(["draft", "published", "all"]), default="all", show_default=True)
@_FORMAT
def list_command(lang: str | None, category: str | None, status: str, form: str) -> None:
    """List the published set: language, category, slug, what readers see of it, title.

    \b
    Exit code: 0, also when there is none; 2 wrong use.
    """
    own = services()
    rows = [
        a
        for a in own.articles.all()
        if (not lang or a.lang == lang)
        and (not category or f"{a.category}/".startswith(f"{category.strip('/')}/"))
        and (status == "all" or a.status.value == status)
    ]
    if form == "json":
        click.echo(json.dumps([_as_json(a, own) for a in rows], ensure_ascii=False, indent=2))
        return
    for article in rows:
        click.echo(
            f"{article.lang:8} {article.category:16} {article.slug:36} {_state(article, own):10} {article.title}"
        )
    click.echo(f"{many(len(rows), 'article')}.")


@kb_cli.command("explain")
@click.argument("query")
@click.option("--lang", help="The reader's language. Default: the one the question seems to be in.")
@click.option("--slug", metavar="[LANG/]SLUG", help="The article you expected; says why it is not higher.")
@click.option("--json", "as_json", is_flag=True, help="Every figure, for machines.")
def explain_command(query: str, lang: str | None, slug: str | None, as_json: bool) -> None:
    """Say why search finds what it finds: each leg, what every feature was worth, how sure it is and why.

    \b
    Example:  flask kb explain "my parcel is late" --slug late-or-lost-parcel
    Exit code: 0 explained, 1 the language is none, 2 wrong use.
    """
    from app.cli.explain_output import lines, to_json
    from index.query.hints import LiveHints
    from index.search import Search
    from index.tools.explain import explain

    own, settings = services(), services().settings
    try:
        reader = canonical(lang) if lang else None
    except ValueError as wrong:
        raise _CommandFailed(str(wrong)) from None
    question = SearchQuery(query, reader)
    search = Search(
        own.live, own.embedder, lambda refs: own.articles.visible(refs, own.today()), _PATIENCE_MS,
        settings.calibration_file, LiveHints(settings.kb_dir, settings.default_lang),
    )  # fmt: skip
    found = explain(search, own.live.current(), question, _expected(slug, reader, own) if slug else None)
    if as_json:
        click.echo(json.dumps(to_json(found), ensure_ascii=False, indent=2))
    else:
        for line in lines(found):
            click.echo(line)


def _expected(name: str, reader: str | None, own: Services) -> ArticleRef:
    """The article of a slug with or without a language prefix: in the reader's language first, then any."""
    head, _, slug = name.rpartition("/")
    langs = [a.lang for a in own.articles.all() if a.slug == slug]
    wanted = head or next((tag for tag in fallbacks(reader or own.settings.default_lang) if tag in langs), "")
    return ArticleRef(wanted or next(iter(langs), own.settings.default_lang), slug)


@kb_cli.command("preview")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0 takes a free one.")
@_FOLDER
def preview_command(port: int, folder: Path | None) -> None:
    """Show the articles as they will look, with lint findings in the margin; the page reloads when you save.

    Only this machine can see it. Drafts are shown. Nothing is published. Ctrl-C stops it.

    \b
    Exit code: 0 stopped by you, 1 the port is taken or there is no folder, 2 wrong use.
    """
    from app.ops.preview import CannotPreview, serve_preview

    own = services()
    try:
        serve_preview(
            folder or own.settings.kb_dir,
            default_lang=own.settings.default_lang,
            site_name=own.settings.site_name,
            video_hosts=own.settings.video_hosts,
            today=own.today,
            port=port,
            ready=lambda url: click.echo(f"Preview: {url}  (press Ctrl-C to stop)"),
            forms=linkable(own.settings),
            static=own.settings.kb_static_dir,
        )
    except (KbError, CannotPreview) as wrong:
        raise _CommandFailed(str(wrong)) from None


def _refuse_removals(found: Removals, nothing: str) -> None:
    """Name what would go, and fail."""
    print_removals(found)
    raise _CommandFailed(f"{nothing}: {removals_in_words(found)}")


def _read(folder: Path, settings: Settings) -> FolderReading:
    try:
        return read_folder(
            folder, settings.default_lang, video_hosts=settings.video_hosts, static=settings.kb_static_dir
        )
    except KbError as wrong:
        raise _CommandFailed(str(wrong)) from None


def _questions(reading: FolderReading, own: Services) -> list[Finding]:
    """Findability findings from a real index. Only articles visible today can be found."""
    shown = [a for a in reading.articles if a.visible_on(own.today()) and not a.exclude]
    if len(shown) < 2 and not any(a.questions for a in shown):
        return []
    from index.tools.findability import check  # here, because it loads the search engines, which no other command needs

    sources = {source.article.ref: source for source in reading.sources}
    try:
        findability = check(shown, own.embedder(), own.settings.index_dir / "vectors")
    except ModelUnavailable as wrong:
        raise _CommandFailed(str(wrong)) from None
    return [_finding(item, sources[item.ref]) for item in findability]


def _untested(reading: FolderReading, own: Services) -> list[str]:
    """What is there to be tested with the model, and was not."""
    from index.tools.urgent_check import needs_meaning

    shown = [a for a in reading.articles if a.visible_on(own.today()) and not a.exclude]
    examples, near_misses = needs_meaning(reading.hints)
    questions = sum(len(a.questions) for a in shown)
    found = [
        f"{many(questions, 'question')} of articles" if questions else "",
        "whether articles are twins" if len(shown) > 1 else "",
        f"{many(examples, 'example')} of urgent messages" if examples else "",
        f"{many(near_misses, 'near miss', 'near misses')} of urgent messages (by words only)" if near_misses else "",
    ]
    return [one for one in found if one]


def _urgent(reading: FolderReading, own: Services, *, by_meaning: bool) -> list[Finding]:
    """Whether urgent messages match what they should."""
    if not reading.hints.urgent:
        return []
    from index.tools.urgent_check import check_urgent

    try:
        return list(check_urgent(reading.hints, own.embedder() if by_meaning else None, own.settings.languages))
    except ModelUnavailable as wrong:
        raise _CommandFailed(str(wrong)) from None


def _finding(item: "FindabilityFinding", source: Source) -> Finding:
    """The finding with its line: that of the question it is about, if there is one."""
    matches = (i for i, question in enumerate(source.article.questions) if f"“{question}”" in item.message)
    field = f"questions[{next(matches, 0)}]" if item.field == "questions" else item.field
    line = source.header.lines.get(field, source.header.lines.get(item.field, 1))
    return Finding(Severity(item.severity), item.path, line, item.code, item.message)


def _print_some(findings: Sequence[Finding]) -> None:
    for finding in findings[:_MANY]:
        click.echo(str(finding), err=True)
    if len(findings) > _MANY:
        click.echo(f"… and {len(findings) - _MANY} more; `flask kb lint` lists all.", err=True)


def _count_by_severity(found: Sequence[Finding]) -> tuple[int, int]:
    errors = sum(f.severity is Severity.ERROR for f in found)
    return errors, len(found) - errors


def _state(article: Article, own: Services) -> str:
    day = own.today()
    if article.status is Status.DRAFT:
        return "draft"
    if article.visible_on(day):
        return "published"
    return "scheduled" if article.publish_date and article.publish_date > day else "expired"


def _as_json(article: Article, own: Services) -> dict[str, str]:
    return {
        "lang": article.lang,
        "category": article.category,
        "slug": article.slug,
        "key": article.key,
        "state": _state(article, own),
        "title": article.title,
        "source": article.source,
    }
