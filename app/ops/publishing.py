"""Publishing pipeline: publish the articles folder, then update the search index.

All articles are searchable by their words first, and by meaning as they are embedded (index/storage/build.py): by this
process, or with `embed=False` by the server's index worker (app/ops/index_worker.py).

The two are separate steps on purpose: articles that are published and not yet indexed can be browsed and are found
after the next run, while an index of unpublished articles would return what nobody may see.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from app.container import Services
from core.cluster.nodes import nodes
from core.database.failures import reason_of
from core.events import emit
from core.file_lock import LockHolder, locked
from core.private_files import private_folder
from core.roles import ROLES
from index.embed.loader import LateEmbedder, ModelNotReady
from index.embed.model import ModelUnavailable
from kb.errors import FolderNotFound
from kb.publish import AUTOMATIC, OnError, PublishReport, Refusal, publish, roll_back
from kb.publish_state import Held, HeldBecause, RollbackHold
from kb.reading_status import told_to_others
from kb.revisions import Origin
from kb.source.folder_reader import FolderReading, ReadingCache

if TYPE_CHECKING:
    from index.storage.build import BuildReport
    from index.storage.generation import Generation

Progress = Callable[[int, int], None]
Waiting = Callable[[str], None]
# Texts that are embedded before a publish ends: some articles' worth, a second on a small machine.
_AT_ONCE = 64
_MODEL_PATIENCE = 120.0


@dataclass(frozen=True)
class PublishingReport:
    """`index` is None when nothing was indexed: on a dry run, or when the articles were refused. `files` are pictures,
    downloads and hints that a rollback brought back or took away."""

    publish: PublishReport
    index: "BuildReport | None" = None
    files: int = 0


def publish_and_index(
    services: Services,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    on_error: OnError = OnError.REFUSE,
    cache: ReadingCache | None = None,
    index: bool = True,
    origin: Origin = Origin(),  # noqa: B008 - frozen
    embed: bool = True,
    waiting: Waiting | None = None,
    reading: Progress | None = None,
    published: Callable[[PublishReport], None] | None = None,
    first_part_only: bool = False,
) -> PublishingReport:
    """Publish the articles folder, then bring the index up to date. Raises FolderNotFound.

    When articles are refused the index is not changed either. Processes are serialised by a lock. `progress` is called
    with passages and titles embedded and those to embed; without `embed` most of them are left to the index worker.
    `waiting` gets sentences that say what this waits for, `reading` files read and to be read, and `published` the
    report as soon as visitors can read the articles, before anything is indexed.

    A large library that nothing is published of is published and indexed in growing parts (`kb/growing.py`); with
    `first_part_only` the rest is left to the next publish.
    """
    with _failure_noted(services, dry_run=dry_run):
        with _one_at_a_time(services.settings.data_dir, waiting):
            began, began_at = time.perf_counter(), services.now()
            if not dry_run:
                put_waiting_files(services)

            def followed(reading: FolderReading) -> None:
                services.translations.lay(reading, services.now())

            def grown(part: PublishReport) -> bool:
                _log_published(part, began)
                if index:
                    _index_part(services, waiting)
                return not first_part_only

            with (
                _state_in_the_log(services),
                told_to_others(services.settings.data_dir, reading) as progress_of_reading,
            ):
                try:
                    taking_over = _takes_over(services, origin)
                    report = publish(
                        services.settings.kb_dir,
                        services.articles,
                        services.now(),
                        dry_run or taking_over,
                        on_error=on_error,
                        default_lang=services.settings.default_lang,
                        cache=cache,
                        video_hosts=services.settings.video_hosts,
                        static=services.settings.kb_static_dir,
                        origin=origin,
                        day=services.today(),
                        keep_days=services.settings.keep_revisions_days,
                        progress=progress_of_reading,
                        grown=grown,
                        followed=followed,
                    )
                except FolderNotFound:
                    if not dry_run and services.articles.count():
                        services.publish_state.folder_missing(services.now())
                    raise
                if taking_over and report.touched:
                    report = replace(report, refused=report.refused or Refusal.OTHER_FOLDER)
                elif report.refused is None and (report.written or taking_over):
                    _publish_files(services, origin)
                    services.publish_state.published_by(services.node.home)
                if not (dry_run or taking_over or report.partial or report.refused is Refusal.ERRORS):
                    services.publish_state.followed(began_at)
            if report.refused is Refusal.ERRORS:
                emit("publish_refused", errors=len(report.errors))
            if not report.partial:
                _log_published(report, began)
        if report.written and report.touched:
            services.feedback.follow(services.articles.all_moved())
        if published:
            published(report)
        if not report.written or not index:
            return PublishingReport(report)
        stop = None if embed else _at_once
        return PublishingReport(report, bring_index_up_to_date(services, progress, stop=stop, waiting=waiting))


@contextmanager
def _failure_noted(services: Services, *, dry_run: bool) -> Iterator[None]:
    """Note with which error a publish ends, so that every process and `flask doctor` can tell; and when one ends well.

    A folder that is missing has a state of its own, and a dry run publishes nothing.
    """
    try:
        yield
    except FolderNotFound:
        raise
    except (ModelNotReady, ModelUnavailable):
        # What is published is published; that search has no model is told by its own state.
        services.publish_state.worked()
        raise
    except Exception as failure:
        if not dry_run:
            note_failure(services, failure)
        raise
    if not dry_run:
        services.publish_state.worked()


def note_failure(services: Services, failure: Exception) -> None:
    """Note that publishing ended with this error, where that can be noted."""
    with suppress(SQLAlchemyError, OSError):  # that the database is away is told elsewhere
        services.publish_state.failed(f"{type(failure).__name__}: {reason_of(failure)}", services.now())


def _publish_files(services: Services, origin: Origin) -> None:
    """Keep the files that belong to the articles where other nodes can have them."""
    if services.engine.dialect.name != "postgresql":
        return
    settings = services.settings
    kept = services.published_files.publish(
        settings.kb_dir, settings.kb_static_dir, settings.default_lang,
        keep_rolled_back=origin.how in AUTOMATIC,
    )  # fmt: skip
    if kept.changed or kept.too_large:
        emit("files_published", changed=kept.changed, too_large=len(kept.too_large))


def put_waiting_files(services: Services) -> None:
    """Put what was begun at the desk of another node into the articles folder."""
    if services.engine.dialect.name != "postgresql" or not services.settings.kb_dir.is_dir():
        return
    for path in services.waiting_files.put(services.settings.kb_dir):
        emit("file_put", path=path)


def _takes_over(services: Services, origin: Origin) -> bool:
    """Whether this node would publish, by itself, a folder beside one that another node published: that one may be
    newer. It may once both are the same, once a person publishes here, or when this node is no chance publisher but
    was made one by the setting `roles`."""
    if services.engine.dialect.name != "postgresql" or origin.how not in AUTOMATIC or services.settings.roles != ROLES:
        return False
    home = services.node.home
    return services.publish_state.publisher() not in {"", home} and any(
        one.home != home for one in nodes(services.engine)
    )


def _index_part(services: Services, waiting: Waiting | None) -> None:
    """Make a part searchable by its words. What prevents that does not prevent the rest from being published."""
    try:
        bring_index_up_to_date(services, stop=_at_once, waiting=waiting)
    except Exception as failure:  # the model is not there, or the disk is full: the index of all says so again
        emit("indexing_failed", error=f"{type(failure).__name__}: {reason_of(failure)}")


def _at_once() -> bool:
    return True


def roll_back_and_index(
    services: Services,
    number: int,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    reason: str = "",
    removals_allowed: bool = False,
) -> PublishingReport:
    """Publish an earlier revision as a new one, then bring the index up to date. Raises UnknownRevision."""
    with _one_at_a_time(services.settings.data_dir):
        began = time.perf_counter()
        with _state_in_the_log(services):
            report = roll_back(
                number,
                services.articles,
                services.now(),
                dry_run,
                reason=reason,
                removals_allowed=removals_allowed,
                day=services.today(),
                keep_days=services.settings.keep_revisions_days,
            )
        _log_published(report, began)
        files = 0
        if report.written and services.engine.dialect.name == "postgresql":
            files = services.published_files.roll_back(number)
            if files:
                emit("files_published", changed=files, too_large=0)
        if report.written and report.touched:
            services.feedback.follow(services.articles.all_moved())
    return PublishingReport(report, _indexed_after(services, report, progress), files)


def _indexed_after(services: Services, report: PublishReport, progress: Progress | None) -> "BuildReport | None":
    """A rollback may be said on any node; where search is in the database, a publisher follows with the index."""
    return bring_index_up_to_date(services, progress) if report.written and services.has_own_index else None


def _log_published(report: PublishReport, began: float) -> None:
    if report.written and report.touched:
        emit(
            "published",
            added=len(report.added),
            changed=len(report.changed),
            removed=len(report.removed),
            unchanged=len(report.unchanged),
            revision=report.revision,
            ms=_ms_since(began),
        )


@contextmanager
def _state_in_the_log(services: Services) -> Iterator[None]:
    """Log what begins or ends to hold publishing back: once, not at every try."""
    before = services.publish_state.read()
    try:
        yield
    finally:
        _log_changes(before, services.publish_state.read())


_State = tuple[Held | None, RollbackHold | None]


def _log_changes(before: _State, after: _State) -> None:
    (held_before, hold_before), (held, hold) = before, after
    if held is not None and not held.same_as(held_before):
        if held.because is HeldBecause.REMOVALS:
            emit("publish_held", would_remove=held.count, articles=held.of, languages=list(held.languages))
        else:
            emit("folder_missing")
    if held is None and held_before is not None:
        emit("publish_resumed")
    if hold is not None and (hold_before is None or hold.since != hold_before.since):
        emit("rolled_back", revision=hold.revision, articles=len(hold.articles))
    if hold is None and hold_before is not None:
        emit("rollback_over", revision=hold_before.revision)


def bring_index_up_to_date(
    services: Services,
    progress: Progress | None = None,
    *,
    rebuild: bool = False,
    stop: Callable[[], bool] | None = None,
    waiting: Waiting | None = None,
) -> "BuildReport":
    """Index the articles visible today; with `rebuild` no rows of the serving index are reused. Waits for the model if
    it is being loaded. When `stop` says so, what is not embedded yet is left to a later build."""
    from index.storage.build import (  # here, because commands that only read articles should start at once
        IndexTarget,
        Steps,
        bring_up_to_date,
    )

    services.model.wait(_MODEL_PATIENCE)
    began = time.perf_counter()
    built_here, embedder, folder = services.built, services.embedder(), services.settings.index_dir
    # Of what is read below: a revision that is published meanwhile is built next.
    latest = services.revisions.latest()
    serve = partial(_serve, services, latest.number if latest else 0)
    if waiting and isinstance(embedder, LateEmbedder):
        embedder.before_load = lambda: waiting("Loading the language model.")
    told = None if waiting is None else lambda holder: waiting(_building(holder, folder))
    built = bring_up_to_date(
        lambda: IndexTarget(services.articles.contents(services.today()), services.articles.get_many),
        embedder, folder, progress, rebuild=rebuild, serve=serve,
        # Where search is in the database, only what is on the disk is published to it.
        ahead=None if services.search_database else built_here.go_ahead,
        steps=Steps(_AT_ONCE, stop or _never, told),
    )  # fmt: skip
    if built.changed:
        # Opened already, unless it was written in one piece since.
        built_here.refresh(built.opened)
        emit(
            "indexed",
            generation=built.generation,
            passages=built.passages,
            embedded=built.embedded,
            reused=built.reused,
            ms=_ms_since(began),
        )
    publish_search(services, latest.number if latest else 0, anew=rebuild)
    return built


def _serve(services: Services, revision: int, generation: "Generation") -> None:
    """Search what was built: here, and in the database by all."""
    services.built.refresh(generation)
    publish_search(services, revision)


def publish_search(services: Services, revision: int = 0, *, anyway: bool = False, anew: bool = False) -> None:
    """Where search is in the database, make all nodes search what this one has in files: unless the database is
    further, or `anyway`. With `anew` all of it is written, and not what differs. Only a publisher does: what lies in
    another node's folder may be old."""
    if services.search_database is None or not services.has_own_index:
        return
    generation = services.built.refresh()
    if generation is None:
        return
    began = time.perf_counter()
    published = services.search_database.publish(generation, revision, anyway=anyway, anew=anew)
    if published is not None:
        emit(
            "search_published",
            epoch=published.serving.epoch,
            generation=published.serving.generation,
            articles=published.articles,
            because=published.begun,
            ms=_ms_since(began),
        )


def _ms_since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _never() -> bool:
    return False


@contextmanager
def _one_at_a_time(data_dir: Path, waiting: Waiting | None = None) -> Iterator[None]:
    """A lock between processes and threads. The index has one of its own: nobody waits here for what is embedded."""
    private_folder(data_dir)
    told = None if waiting is None else lambda holder: waiting(f"Waiting for another publish to end ({_who(holder)}).")
    with locked(data_dir / "publish.lock", told):
        yield


def _building(holder: LockHolder, folder: Path) -> str:
    """A sentence about the build that is waited for."""
    from index.storage.status import BuildStep, read_status

    status = read_status(folder)
    what = "writes the index"
    if status is not None and status.step is BuildStep.EMBEDDING:
        what = f"is embedding, {status.embedded} of {status.total} texts"
        if status.seconds_left is not None:
            what += f", about {status.seconds_left} s left"
    return f"Waiting for another build, which {what} ({_who(holder)})."


def _who(holder: LockHolder) -> str:
    return "process unknown" if holder.pid is None else f"process {holder.pid}, for {holder.seconds:.0f} s"
