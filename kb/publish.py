"""Publishes a folder of articles atomically, in one transaction; and an earlier revision, in another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from kb.findings import Finding, Severity
from kb.growing import GrowingParts
from kb.markup import media
from kb.models import Article, ArticleRef, Category
from kb.publish_state import PublishState, RollbackHold, keep_rolled_back
from kb.published_set import Changes
from kb.removals import Removals
from kb.repository import ArticleRepository
from kb.revisions import How, Origin, RevisionRepository
from kb.source.folder_reader import NOT_FATAL, FolderReading, ReadingCache, read_folder
from kb.source.inside import OUTSIDE
from kb.source.paths import place_of

# Whoever publishes by itself leaves alone what a person rolled back; a person who publishes means the folder.
AUTOMATIC = frozenset({How.WATCHER, How.SETUP})


class OnError(StrEnum):
    """What to do when some files have errors. REFUSE is for CI: nothing is written.

    KEEP is for everybody else: an author's half-typed header must neither unpublish an article nor delay a colleague's
    correction, so a broken file keeps its last good article.
    """

    REFUSE = "refuse"
    KEEP = "keep"


class Refusal(StrEnum):
    """Why nothing was published."""

    ERRORS = "errors"
    REMOVALS = "removals"
    OTHER_FOLDER = "other_folder"  # another node published another folder, which may be newer


@dataclass(frozen=True)
class PublishReport:
    """`errors` prevented files from being read; `warnings` are all other findings. `written` is False on a dry run.

    `removals` is what readers lose. `revision` is the new number, 0 when nothing changed. `rolled_back` articles and
    categories stayed as a rollback left them. `partial` is a part of a large library; the rest is not read yet.
    `articles` are those that a dry run would publish, drafts among them.
    """

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    added: tuple[ArticleRef, ...] = ()
    changed: tuple[ArticleRef, ...] = ()
    removed: tuple[ArticleRef, ...] = ()
    unchanged: tuple[ArticleRef, ...] = ()
    written: bool = False
    removals: Removals = field(default_factory=Removals)
    refused: Refusal | None = None
    revision: int = 0
    rolled_back: int = 0
    partial: bool = False
    articles: tuple[Article, ...] = field(default=(), repr=False, compare=False)

    @property
    def touched(self) -> int:
        """How many articles were added, changed or removed."""
        return len(self.added) + len(self.changed) + len(self.removed)


def publish(
    folder: Path,
    store: ArticleRepository,
    now: datetime,
    dry_run: bool = False,
    *,
    on_error: OnError = OnError.REFUSE,
    default_lang: str = "en",
    cache: ReadingCache | None = None,
    video_hosts: Sequence[str] = media.DEFAULT_HOSTS,
    static: Path | None = None,
    origin: Origin = Origin(),  # noqa: B008 - frozen
    day: date | None = None,
    keep_days: int = 0,
    progress: Callable[[int, int], None] | None = None,
    grown: Callable[[PublishReport], bool] | None = None,
    followed: Callable[[FolderReading], None] | None = None,
) -> PublishReport:
    """Read the folder and publish it. Raises FolderNotFound.

    Nothing is published when readers would lose much and `origin` does not allow it. `day` is today for readers;
    revisions older than `keep_days` are forgotten, 0 keeps all. `progress` gets files read and files there are.

    With `grown`, a large library that nothing is published of is published in parts (`kb/growing.py`). It gets the
    report of each, and says whether to go on: else that is the report. `followed` gets what was read, once it is
    published.
    """
    hold = PublishState(store.engine).read()[1] if origin.how in AUTOMATIC else None
    parts = None
    if grown and not dry_run and not hold and on_error is OnError.KEEP and _is_first(store):
        parts = GrowingParts(_publisher_of_parts(store, now, origin, day, grown))
    try:
        reading = read_folder(
            folder, default_lang, cache, video_hosts, published=store.sources, static=static, progress=progress,
            parts=parts,
        )  # fmt: skip
    except _PartIsEnough as enough:
        return enough.report
    errors = tuple(f for f in reading.problems if f.severity is Severity.ERROR and f.code not in NOT_FATAL)
    warnings = tuple(f for f in reading.problems if f not in errors)
    refused_for_errors = bool(errors) and on_error is OnError.REFUSE
    articles: Sequence[Article] = reading.articles
    categories: Sequence[Category] = reading.categories
    if errors and not refused_for_errors:
        articles, categories = _with_last_good(reading, store)
    if hold:
        articles, categories, hold = _with_rolled_back(hold, reading, articles, categories, store)
    would = tuple(articles) if dry_run else ()
    dry_run = dry_run or refused_for_errors
    changes = store.replace_all(
        articles, categories, now, dry_run=dry_run, origin=origin, day=day, hold=hold, keep_days=keep_days
    )
    report = _report(changes, written=not dry_run and not changes.refused)
    if report.written and followed:
        followed(reading)
    refused = Refusal.ERRORS if refused_for_errors else report.refused
    held_back = len(hold.articles) + len(hold.categories) if hold else 0
    return replace(report, errors=errors, warnings=warnings, refused=refused, rolled_back=held_back, articles=would)


def _is_first(store: ArticleRepository) -> bool:
    """Whether no publish of a whole folder has been completed yet. Else a part would say nothing new."""
    return not store.count() or PublishState(store.engine).is_partial()


class _PartIsEnough(Exception):
    def __init__(self, report: PublishReport) -> None:
        super().__init__()
        self.report = report


def _publisher_of_parts(
    store: ArticleRepository, now: datetime, origin: Origin, day: date | None, grown: Callable[[PublishReport], bool]
) -> Callable[[Sequence[Article], Sequence[Category]], None]:
    def publish_part(articles: Sequence[Article], categories: Sequence[Category]) -> None:
        reason = f"the first {len(articles)} articles, while the others are read"
        part = replace(origin, reason=f"{origin.reason} ({reason})" if origin.reason else reason)
        changes = store.replace_all(articles, categories, now, origin=part, day=day, only_adding=True)
        if not changes.revision:
            return  # it would have changed what is published: that waits for the whole
        report = replace(_report(changes, written=True), partial=True)
        if not grown(report):
            raise _PartIsEnough(report)

    return publish_part


def roll_back(
    number: int,
    store: ArticleRepository,
    now: datetime,
    dry_run: bool = False,
    *,
    reason: str = "",
    removals_allowed: bool = False,
    day: date | None = None,
    keep_days: int = 0,
) -> PublishReport:
    """Publish what was published at an earlier revision, as a new one. Raises UnknownRevision.

    What the folder says against it stays unpublished until its files are saved again, or until a person publishes.
    """
    articles, categories = RevisionRepository(store.engine).contents(number)
    origin = Origin(How.ROLLBACK, reason, removals_allowed, number)
    changes = store.replace_all(articles, categories, now, dry_run=dry_run, origin=origin, day=day, keep_days=keep_days)
    return _report(changes, written=not dry_run and not changes.refused)


def _report(changes: Changes, *, written: bool) -> PublishReport:
    return PublishReport(
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        unchanged=changes.unchanged,
        written=written,
        removals=changes.removals,
        refused=Refusal.REMOVALS if changes.refused else None,
        revision=changes.revision,
    )


def _with_rolled_back(
    hold: RollbackHold,
    reading: FolderReading,
    articles: Sequence[Article],
    categories: Sequence[Category],
    store: ArticleRepository,
) -> tuple[Sequence[Article], Sequence[Category], RollbackHold]:
    """The folder's articles, with those that a rollback holds as they are published."""
    published = {article.ref: article for article in store.get_many(hold.articles)}
    stored = {f"{c.lang}/{c.slug}": c for lang in store.category_languages() for c in store.categories(lang)}

    def unreadable(ref: ArticleRef) -> bool:
        return ref in published and reading.is_broken(published[ref].source)

    known = store.sources().keys()
    return keep_rolled_back(hold, (articles, categories), (published, stored), unreadable, known)


def _with_last_good(reading: FolderReading, store: ArticleRepository) -> tuple[Sequence[Article], Sequence[Category]]:
    """The reading, with the stored last good article for each broken file."""
    fresh = {a.ref for a in reading.articles}
    # What lies outside of the folder is no article, also where an earlier version took it for one.
    outside = {f.path for f in reading.problems if f.code == OUTSIDE}
    kept = [a for a in store.all() if reading.is_broken(a.source) and a.source not in outside and a.ref not in fresh]
    known = {(c.lang, c.slug) for c in reading.categories}
    broken_categories = {f.path.rpartition("/")[0] for f in reading.problems if f.code.startswith("category-")}
    stored = {(c.lang, c.slug): c for lang in store.category_languages() for c in store.categories(lang)}
    wanted = {(a.lang, a.category) for a in kept} - known
    categories = [_last_good(c, stored, broken_categories) for c in reading.categories]
    return [*reading.articles, *kept], [*categories, *(stored[pair] for pair in sorted(wanted) if pair in stored)]


def _last_good(category: Category, stored: dict[tuple[str, str], Category], broken_folders: set[str]) -> Category:
    last = stored.get((category.lang, category.slug))
    places = {(place.lang or category.lang, place.category) for place in (place_of(f"{f}/x") for f in broken_folders)}
    return last if last and (category.lang, category.slug) in places else category
