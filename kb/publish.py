"""Publishes a folder of articles atomically, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from kb.findings import Finding, Severity
from kb.markup import media
from kb.models import Article, ArticleRef, Category
from kb.repository import ArticleRepository
from kb.source.folder_reader import NOT_FATAL, FolderReading, ReadingCache, read_folder
from kb.source.inside import OUTSIDE
from kb.source.paths import place_of


class OnError(StrEnum):
    """What to do when some files have errors. REFUSE is for people and for CI: nothing is written.

    KEEP is for the serving process that watches the folder: an author's half-typed header must neither unpublish an
    article nor delay a colleague's correction, so a broken file keeps its last good article.
    """

    REFUSE = "refuse"
    KEEP = "keep"


@dataclass(frozen=True)
class PublishReport:
    """`errors` prevented files from being read; `warnings` are all other findings. `written` is False on a dry run."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    added: tuple[ArticleRef, ...] = ()
    changed: tuple[ArticleRef, ...] = ()
    removed: tuple[ArticleRef, ...] = ()
    unchanged: tuple[ArticleRef, ...] = ()
    written: bool = False

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
) -> PublishReport:
    """Read the folder and publish it. Raises FolderNotFound."""
    reading = read_folder(folder, default_lang, cache, video_hosts, published=store.sources, static=static)
    errors = tuple(f for f in reading.problems if f.severity is Severity.ERROR and f.code not in NOT_FATAL)
    warnings = tuple(f for f in reading.problems if f not in errors)
    if errors and on_error is OnError.REFUSE:
        changes = store.replace_all(reading.articles, reading.categories, now, dry_run=True)
        return PublishReport(errors, warnings, changes.added, changes.changed, changes.removed, changes.unchanged)
    articles, categories = _with_last_good(reading, store) if errors else (reading.articles, reading.categories)
    changes = store.replace_all(articles, categories, now, dry_run=dry_run)
    return PublishReport(
        errors, warnings, changes.added, changes.changed, changes.removed, changes.unchanged, written=not dry_run
    )


def _with_last_good(reading: FolderReading, store: ArticleRepository) -> tuple[Sequence[Article], Sequence[Category]]:
    """The reading, with the stored last good article for each broken file."""
    fresh = {a.ref for a in reading.articles}
    # What lies outside of the folder is no article, also where an earlier version took it for one.
    outside = {f.path for f in reading.problems if f.code == OUTSIDE}
    kept = [a for a in store.all() if a.source in reading.broken - outside and a.ref not in fresh]
    known = {(c.lang, c.slug) for c in reading.categories}
    broken_categories = {f.path.rpartition("/")[0] for f in reading.problems if f.code.startswith("category-")}
    stored = {(c.lang, c.slug): c for lang in store.languages() for c in store.categories(lang)}
    wanted = {(a.lang, a.category) for a in kept} - known
    categories = [_last_good(c, stored, broken_categories) for c in reading.categories]
    return [*reading.articles, *kept], [*categories, *(stored[pair] for pair in sorted(wanted) if pair in stored)]


def _last_good(category: Category, stored: dict[tuple[str, str], Category], broken_folders: set[str]) -> Category:
    last = stored.get((category.lang, category.slug))
    places = {(place.lang or category.lang, place.category) for place in (place_of(f"{f}/x") for f in broken_folders)}
    return last if last and (category.lang, category.slug) in places else category
