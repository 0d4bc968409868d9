"""`flask index`: build, inspect, verify, roll back and calibrate the search index."""

import sys
from contextlib import suppress

import click
from flask.cli import AppGroup

from app.cli.progress import EmbeddingProgress
from app.current import services
from app.ops.publishing import bring_index_up_to_date, publish_search
from index.embed.model import ModelUnavailable
from index.storage import build as building
from index.storage import verification
from index.storage.checksums import open_checked
from index.storage.generation import BrokenGeneration, Generation

index_cli = AppGroup("index", help="The search index: generations, their state, and going back to an earlier one.")


@index_cli.command("build")
@click.option("--dry-run", is_flag=True, help="Say whether there is anything to do, and do nothing.")
@click.option("--anew", is_flag=True, help="Take nothing over from the serving index but vectors.")
def build(dry_run: bool, anew: bool) -> None:
    """Bring the index up to date with the published articles. Embeds only what this model has not seen."""
    _refuse_where_no_index_is()
    if dry_run:
        return _say_what_a_build_would_do()
    try:
        with EmbeddingProgress() as progress:
            own = services().for_indexing()
            report = bring_index_up_to_date(own, progress, rebuild=anew, waiting=progress.say)
    except ModelUnavailable as error:
        raise click.ClickException(str(error)) from None
    if (database := own.search_database) is not None and (written := database.last_published) is not None:
        because = f", since {written.begun}" if written.begun else ""
        click.echo(f"Database: epoch {written.serving.epoch} serves on every node{because}.")
    if not report.changed:
        click.echo(f"Nothing changed: {report.generation} holds {report.articles} articles, {report.passages} passages")
        return
    click.echo(
        f"{report.generation} serves: {report.articles} articles, {report.passages} passages,"
        f" {report.embedded} embedded now, {report.seconds:.1f} s."
    )


def _refuse_where_no_index_is() -> None:
    """What such a node built, or had in its folder from before, would be searched by all."""
    if not services().has_own_index:
        raise click.ClickException(
            "This node searches in the database and is no publisher (setting roles): it has no index of its own."
            " Run this on a publisher."
        )


def _say_what_a_build_would_do() -> None:
    wanted = building.IndexTarget(services().articles.contents(services().today()), services().articles.get_many)
    if building.is_up_to_date(wanted, services().embedder().fingerprint, services().settings.index_dir):
        click.echo("Nothing changed: a build would do nothing.")
    else:
        click.echo(f"A build would make a new generation of {len(wanted.contents)} articles.")


@index_cli.command("status")
def status() -> None:
    """Say which generation serves, what it holds, and whose calibration its verdicts go by. Exits 1 when none does."""
    from index.ranking import confidence  # here, because it loads the search engines

    settings = services().settings
    folder = settings.index_dir
    serving = building.serving_generation(folder)
    for name in building.generations(folder):
        mark = "serves " if serving and serving.name == name else "kept   "
        try:
            manifest = open_checked(folder / "generations" / name).manifest
        except BrokenGeneration as error:
            click.echo(f"{mark} {error}. `flask index build` makes a new one.")
            continue
        click.echo(
            f"{mark} {name}: {manifest.articles} articles, {manifest.passages} passages"
            f"{f' ({manifest.pending} texts not embedded yet)' if manifest.pending else ''},"
            f" {', '.join(manifest.languages)}, model {manifest.fingerprint}, built {manifest.built_at}"
        )
    if (database := services().search_database) is not None:
        found = database.live.current()
        click.echo(
            f"Database: epoch {found.place.epoch}, generation {found.number}, {found.manifest.articles} articles,"
            f" {found.manifest.passages} passages, model {found.manifest.fingerprint}; it serves on every node."
            if found
            else "Database: nothing was published to it yet."
        )
        if serving is None and found is not None:
            return
    if serving is None:
        raise click.ClickException(_NOTHING if services().has_own_index else _NOT_PUBLISHED)
    with suppress(BrokenGeneration):
        model = Generation(serving).manifest.fingerprint
        click.echo(_CALIBRATIONS[confidence.source_of(model, settings.calibration_file)])


_NOTHING = "No generation serves. Run `flask index build`."
_NOT_PUBLISHED = "Nothing was published to the database yet: start a publisher, or run `flask index build` there."
_CALIBRATIONS = {
    "own": "Calibrated on your own articles (`flask index calibrate`).",
    "shipped": "Calibration: the one that ships with the product.",
    "none": "No calibration for this model: search never says `answer`. `flask index calibrate` makes one.",
}


@index_cli.command("verify")
def verify() -> None:
    """Compare every file of every generation with its checksum, and check that its parts agree. With search in the
    database, count the rows of its tables, too.

    Names the files that were changed, cut off or lost, and what tables have lost. Exits 1 when there are some, or when
    no generation serves.
    """
    if not services().has_own_index:
        click.echo("This node searches in the database and has no index in files; a publisher has one to be verified.")
        if not _database_is_sound():
            sys.exit(1)
        return
    folder = services().settings.index_dir
    serving = building.serving_generation(folder)
    damaged = False
    for name in building.generations(folder):
        try:
            has_checksums = verification.verify(folder / "generations" / name)
        except BrokenGeneration as error:
            damaged = True
            serves = serving is not None and serving.name == name
            what = "The one before it is used until" if serves else "It cannot be gone back to; it is removed when"
            click.echo(f"{error}. {what} `flask index build` has made a new one.", err=True)
        else:
            since = "" if has_checksums else " It was made before there were checksums; the next build adds them."
            click.echo(f"{name} is sound.{since}")
    damaged = not _database_is_sound() or damaged
    if serving is None:
        raise click.ClickException(_NOTHING)
    if damaged:
        sys.exit(1)


def _database_is_sound() -> bool:
    """Whether search in the database, where that is, has all its rows; says so."""
    database = services().search_database
    if database is None:
        return True
    problems = database.problems()
    for problem in problems:
        click.echo(f"Database: {problem}. `flask index build` on a publisher writes all of it anew.", err=True)
    if not problems:
        click.echo("Database: its tables of search are sound.")
    return not problems


@index_cli.command("rollback")
@click.option("--dry-run", is_flag=True, help="Say what would serve, and change nothing.")
@click.option("--epoch", is_flag=True, help="With search in the database: serve the epoch before (another model's).")
def rollback(dry_run: bool, epoch: bool) -> None:
    """Serve the generation before the serving one again. The next publish or build goes forward from the articles."""
    if epoch:
        return _roll_back_epoch(dry_run)
    _refuse_where_no_index_is()
    folder = services().settings.index_dir
    earlier = building.earlier_generations(folder)
    if not earlier:
        raise click.ClickException("There is no earlier generation to go back to.")
    try:
        verification.verify(folder / "generations" / earlier[-1])
    except BrokenGeneration as error:
        raise click.ClickException(f"{error}. Nothing was changed; run `flask index build` instead.") from error
    if not dry_run:
        building.set_serving(folder, earlier[-1])
        publish_search(services(), anyway=True)
    click.echo(f"{earlier[-1]} {'would serve' if dry_run else 'serves'}.")


def _roll_back_epoch(dry_run: bool) -> None:
    database = services().search_database
    if database is None:
        raise click.ClickException("Search is not in the database: there are no epochs.")
    before = database.earlier_epoch() if dry_run else database.go_back()
    if before is None:
        raise click.ClickException("There is no earlier epoch to go back to.")
    click.echo(f"Epoch {before} {'would serve' if dry_run else 'serves'} on every node.")


@index_cli.command("calibrate")
@click.option("--dry-run", is_flag=True, help="Measure and report, and write nothing.")
def calibrate_command(dry_run: bool) -> None:
    """Fit the verdict to your own articles: from which evidence on is it right to answer, from which to ask a person?

    Asks the articles' own questions and titles, each left out of the index while it is asked, and questions no help
    centre answers. Half of them fit, half test; what is found is kept only if it is better on the half that tests. It
    holds for the language model in use, and a running service takes it at once.

    \b
    Exit code: 0 written, or nothing better found; 1 not enough questions; 2 wrong use.
    """
    from index.ranking import confidence  # here, because it loads the search engines
    from index.tools import calibrate

    own = services()
    articles = [a for a in own.articles.published(own.today()) if not a.exclude]
    try:
        embedder = own.embedder()
        with click.progressbar(length=1, label="Asking", file=sys.stderr) as bar:

            def progress(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            collected = calibrate.collect_samples(articles, embedder, own.settings.index_dir / "vectors", progress)
        path = own.settings.calibration_file
        in_use = confidence.calibration_for(embedder.fingerprint, path)
        proposal = calibrate.propose(collected, embedder.fingerprint, in_use)
    except (ModelUnavailable, calibrate.TooFewSamples) as error:
        raise click.ClickException(str(error)) from None
    click.echo(
        f"Asked {collected.questions} questions and {collected.titles} titles of {len(articles)} articles,"
        f" and {collected.unanswerable_questions} questions without an answer."
    )
    if collected.own_topics:
        topics = ", ".join(f"{topic} ({lang})" for lang, topic in collected.own_topics)
        click.echo(f"Left out, because your articles seem to answer them: {topics}.")
    click.echo("On the half that took no part:   AUROC   wrong   shown   error")
    for name, quality in (("in use now", proposal.before), ("fitted", proposal.quality)):
        if quality is not None:
            shown = f"{quality.auroc:7.3f} {quality.wrong:7.3f} {quality.shown:7.3f} {quality.error:7.3f}"
            click.echo(f"  {name:29} {shown}")
    new = proposal.calibration
    answer_from = new.first.answer_from if new.first else new.answer_from
    click.echo(f"Fitted thresholds: suggest from {new.suggest_from:.2f}, answer from {answer_from:.2f}.")
    if not proposal.better:
        kept = "What is in use stays." if in_use else "Search goes on without a calibration, and never says `answer`."
        click.echo(f"That is not better. {kept}")
    elif dry_run:
        click.echo(f"That is better. Without --dry-run it would be written to {path.name}.")
    else:
        note = {"calibrated_at": own.now().isoformat(timespec="seconds")}
        calibrate.write(path, embedder.fingerprint, new, note)
        click.echo(f"That is better: written to {path.name}, and used from the next search on.")
